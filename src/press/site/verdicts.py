"""What is wrong between statements and the verdicts that pages declare.

It catches a statement that was added, dropped or edited without its verdict,
and a verdict that was changed without a look at the statement.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Verdicts = Mapping[str, list[dict[str, str]]]
"""``id``, ``verdict`` and ``because`` of what each page declares."""


def complaints(stated: Iterable[str], verdicts: Verdicts) -> Iterator[str]:
    """Tell, in sentences, which statements' ids do not have one verdict.

    Nothing is wrong where there are no statements.
    """
    pages = defaultdict(list)
    for page, declared in verdicts.items():
        for verdict in declared:
            pages[verdict["id"]].append(page)
    ids = list(stated)
    for name in ids:
        where = pages.pop(name, [])
        if not where:
            yield f"No page declares a verdict on the statement '{name}'."
        if len(where) > 1:
            yield (
                f"The statement '{name}' is judged {len(where)} times: "
                f"{', '.join(where)}."
            )
    if ids:
        for name, where in pages.items():
            yield f"{where[0]} judges '{name}', which is no statement."


def edited(
    stated: Mapping[str, Mapping[str, Any]], verdicts: Verdicts
) -> Iterator[str]:
    """Tell, in sentences, which statements are not what was judged.

    A statement's ``judged`` is the fingerprint of its verdict and itself.
    """
    for page, declared in verdicts.items():
        for verdict in declared:
            if (name := verdict["id"]) not in stated:
                continue
            words = f"{verdict['verdict']}: {stated[name]['says']}"
            now = hashlib.sha256(words.encode()).hexdigest()[:8]
            if stated[name].get("judged") != now:
                yield (
                    f"The statement '{name}' or its verdict in {page} has "
                    "been edited without the other: read both, then set "
                    f'judged to "{now}".'
                )
