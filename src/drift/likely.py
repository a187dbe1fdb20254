"""Which files are likely to notice a change, so that they are asked first."""

import re
from collections.abc import Mapping
from pathlib import Path

from drift.patch import Patch

WORD = re.compile(r"\b[a-zA-Z]\w{3,}\b")


def likely(patch: Patch, texts: Mapping[str, str]) -> list[str]:
    """Order files, given by their names, by what they say of a change."""
    words = {Path(name).stem for name in patch.files}
    for edit in patch.edits:
        before, after = (
            set(WORD.findall(text)) for text in (edit.before, edit.after)
        )
        words |= before ^ after if len(edit.before) > 2_000 else before | after  # noqa: PLR2004 - a mutant's is the whole file
    rank = {
        name: (-sum(word in text for word in words), len(text))
        for name, text in texts.items()
    }
    return sorted(texts, key=rank.__getitem__)
