"""What is wrong between statements and the verdicts that pages declare."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def complaints(
    stated: Iterable[str], verdicts: dict[str, list[dict[str, str]]]
) -> Iterator[str]:
    """Tell what is wrong between the statements and their verdicts.

    Args:
        stated: The ids of the statements; nothing is wrong without any.
        verdicts: What each page declares.

    Yields:
        A sentence for each fault.
    """
    pages: dict[str, list[str]] = {}
    for page, declared in verdicts.items():
        for verdict in declared:
            pages.setdefault(verdict["id"], []).append(page)
    ids = list(stated)
    for name in ids:
        where = pages.get(name, [])
        if not where:
            yield f"No page declares a verdict on the statement '{name}'."
        if len(where) > 1:
            yield (
                f"The statement '{name}' is judged {len(where)} times: "
                f"{', '.join(where)}."
            )
    if ids:
        for name in pages.keys() - set(ids):
            yield (f"{pages[name][0]} judges '{name}', which is no statement.")


def edited(
    stated: Mapping[str, Mapping[str, Any]],
    verdicts: dict[str, list[dict[str, str]]],
) -> Iterator[str]:
    """Find the statements that are not, or not so, what was judged.

    Args:
        stated: The statements by their ids. ``judged`` is the fingerprint
            of verdict and statement.
        verdicts: What each page declares.

    Yields:
        A sentence for each fault.
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
