"""The verdicts in a lesson's words are those that its proofs declare."""

import re
from collections import Counter

import pytest

from press.book.notebook import read
from tests.book import lessons

DECLARED = re.compile(r'lab\.claim\(\s*"[^"]+",\s*"([^"]+)"')
SAID = re.compile(r"\*\*(true|not so)\b([^*]*)\*\*", re.IGNORECASE)


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_verdicts_in_words_are_declared(path):
    """Each verdict in bold is one of the notebook's, as often at most."""
    text = "\n".join(cell.source for cell in read(path).cells)
    said = [
        f"{verdict.lower()}{' if' if 'condition' in rest else ''}"
        for verdict, rest in SAID.findall(text)
    ]
    assert Counter(said) <= Counter(DECLARED.findall(text))
