"""Numbers in a notebook's prose: each must come from a cell beside it.

A number is founded if a code cell of its section has it in its source or in
what it printed: a literal of an assert, or an output. What stands before the
first section, and a section without code, such as a summary, speak of the
whole notebook. A figure from elsewhere stands on a line with a link to its
source.
"""

import re
from collections.abc import Iterable, Iterator

from nbformat import NotebookNode

from press import prose
from press.notebook import shown

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = [
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORDS = (
    {word: number for number, word in enumerate(_ONES)}
    | {word: number * 10 for number, word in enumerate(_TENS, start=2)}
    | _SCALES
)
_SMALL = {"zero", "one"}  # as words, these count nothing: "one of them"

_SPELLED = re.compile(
    rf"\b(?P<count>{'|'.join(_WORDS)})\b"
    rf"(?: (?P<scale>{'|'.join(_SCALES)})\b)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.])\d[\d,_]*(?:\.\d+)*(?![\w])")
_IN_CODE = re.compile(r"\d[\d_,]*(?:\.\d+)?")
_VERSION = re.compile(r"\d+(?:\.\d+){2,}")
_MINUTES = "Minutes"  # how long a reader takes is nothing that a cell knows


def unfounded(
    notebook: NotebookNode, executed: NotebookNode
) -> Iterator[tuple[str, str]]:
    """Find the numbers in a notebook's prose that no cell shows.

    Args:
        notebook: The notebook with its current text.
        executed: Its executed copy: the same code, with outputs.

    Yields:
        The id of the text's cell, and the number as it is written.
    """
    outputs = {cell.id: cell for cell in executed.cells}
    sections = list(_sections(notebook.cells))
    everywhere = _shown(outputs, notebook.cells)
    for number, section in enumerate(sections):
        known = (_shown(outputs, section) if number else set()) or everywhere
        for cell in section:
            if cell.cell_type != "markdown":
                continue
            for written, values in stated(cell.source):
                if not values & known:
                    yield cell.id, written


def stated(source: str) -> Iterator[tuple[str, set[float | str]]]:
    """List the numbers that a text states on its own account.

    Args:
        source: Markdown. Links' texts are left aside, and so are lines with
            a link to somewhere else.

    Yields:
        The number as it is written, and what a cell may show for it: code
        has money in cents, and waits in seconds. A version such as 1.2.3
        stands for itself.
    """
    for line in prose.lines(source):
        if line.sourced or _MINUTES in line.text:
            continue
        for match in _SPELLED.finditer(line.text):
            word, scale = match["count"].lower(), match["scale"]
            if word in _SMALL and not scale:
                continue
            value = float(_WORDS[word] * _SCALES.get((scale or "").lower(), 1))
            yield match[0], {value}
        for text in (line.text, *line.code):
            for match in _DIGITS.finditer(text):
                written = match[0].rstrip(",")
                try:
                    value = float(written.replace(",", "").replace("_", ""))
                except ValueError:
                    yield written, {written}
                else:
                    yield written, {value * scale for scale in _scales(match)}


def _scales(match: re.Match[str]) -> set[float]:
    """Tell by which factors code may write a number that prose states."""
    scales = {1.0}
    if re.fullmatch(r"[\d,]+\.\d\d", match[0]):
        scales.add(100.0)  # money, in cents
    if re.match(r" (?:ms|milliseconds)\b", match.string[match.end() :]):
        scales.add(0.001)  # seconds
    return scales


def _sections(cells: list[NotebookNode]) -> Iterator[list[NotebookNode]]:
    """Cut a notebook before each heading of the second level."""
    section: list[NotebookNode] = []
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            yield section
            section = []
        section.append(cell)
    yield section


def _shown(
    outputs: dict[str, NotebookNode], cells: Iterable[NotebookNode]
) -> set[float | str]:
    """List the numbers in some cells' code, and in what it printed."""
    texts = []
    for cell in cells:
        if cell.cell_type == "code":
            texts.append(cell.source)
            texts += shown(outputs[cell.id])
    found: set[float | str] = set()
    for text in texts:
        found.update(_VERSION.findall(text))
        for number in _IN_CODE.findall(text):
            found.add(float(re.sub(r"[_,]", "", number)))
        for word in re.findall(r"[A-Za-z]+", text):
            if word.lower() in _WORDS:
                found.add(float(_WORDS[word.lower()]))
    return found
