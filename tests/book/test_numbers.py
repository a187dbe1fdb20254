"""Numbers in prose: each is in the code beside it, or comes from elsewhere."""

import ast
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from nbformat import NotebookNode

from press.book import text as prose
from press.book.notebook import read
from tests.book import ROOT, page

SMALL = 2
"""Numbers up to this are everywhere: they prove nothing."""

WORDS = {
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "sixteen": 16,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
}
UNITS = {
    "ms": 0.001,
    "milliseconds": 0.001,
    "seconds": 1,
    "min": 60,
    "minutes": 60,
    "hours": 3600,
    "KiB": 1024,
    "MiB": 1024**2,
    "%": 0.01,
}
NUMBER = re.compile(
    r"(?<![\w.+/-])(?P<number>\d[\d,]*(?:\.\d+)*)"
    rf"(?: ?(?P<unit>{'|'.join(UNITS)}))?(?!\w)"
    rf"|\b(?P<word>{'|'.join(WORDS)})(?:th)?\b",
    re.IGNORECASE,
)
MEASURED = re.compile(r"measure|[Tt]ried with|^.{0,12}\d+ minutes\b")
MARKUP = re.compile(
    r"```.*?```|\[[^\]]*\]\([^)]*\)|<[^>]+>|[*_]{2}|^\d+\. ",
    re.DOTALL | re.MULTILINE,
)
CODE = 1000
"""A number from this on is an error's code, say, and no count."""

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
PAGES = [*NOTEBOOKS, *sorted((ROOT / "book").glob("*.md"))]
SHOWN = {"tables": ("migrations",), "app": ("serve", "logs", "limits")}
"""What a page of the bank is about, beside the module of its name."""

ELSEWHERE = {
    "02-async-drivers": {"8"},
    "03-engine": {"8", "100", "151"},
    "05-session-dependency": {"2.3"},
    "06-repository": {"three"},
    "10-async-rules": {"four"},
    "12-switching-databases": {"422"},
    "13-testing": {"four", "8.4"},
    "15-final-truth": {"503", "twenty"},
    "16-closing-project": {"4", "201", "404", "409", "422", "Ten"},
    "bank/models": {"four"},
    "beyond/columns": {"15"},
    "beyond/deploying": {"three", "0.54", "500"},
    "beyond/galera": {"5", "300", "seven"},
    "beyond/moving": {"10.5", "8.0.1"},
    "beyond/postgresql": {"17"},
    "beyond/streams": {"fifteen", "sixteen"},
    "beyond/tenants": {"5", "500"},
    "beyond/workers": {"5"},
    "errors/data": {"409", "422"},
    "errors/fastapi": {"0.118"},
    "errors/index": {"25.1", "30", "0.29"},
    "errors/loading": {"8"},
    "errors/mysql": {"8", "255", "three", "four", "64"},
    "errors/results": {"409"},
    "errors/sessions": {"5", "10", "2.0.38"},
    "errors/silent": {"three", "150", "500", "750"},
    "errors/sqlite": {"four", "5"},
    "errors/tests": {"9"},
    "errors/urls": {"3", "15", "101", "2.0.37"},
}
"""What no code of ours says: look it up before you change it."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_numbers_are_in_the_code_beside_them(path: Path):
    """A number in a text is in its section's code, or in what is pasted.

    The others are versions that the project requires, codes that another
    page has too, or on the list above.
    """
    parts = list(sections(read(path).cells))
    first = code_of(parts[0], with_text=False) + module(path)
    found = {
        number
        for part in parts
        for number in strangers(path, part, first + code_of(part))
    }
    name = name_of(path)
    unknown = sorted(found - ELSEWHERE.get(name, set()))
    assert not unknown, (
        f"No code beside the text of {name} has {', '.join(unknown)}: correct"
        " the text, or look the number up and list it in ELSEWHERE."
    )


ARGUMENT = re.compile(r"\b(\w+)=(?!=|lambda)[\"']?(\w[\w.-]*)")
SIZE = re.compile(r"\b(\w+)\((\d+)\)")
OTHERWISE = {
    "08-inserts-updates-deletes": {"passive_deletes all"},
    "bank/session": {"writers 2"},
    "beyond/postgresql": {
        "application_name shop",
        "pgbouncer true",
        "sslrootcert ca.pem",
    },
    "errors/loading": {"expire_on_commit True"},
    "errors/mysql": {"String 255", "String 64"},
    "errors/urls": {"poolclass QueuePool"},
}
"""What a text names as another choice than its code's."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_arguments_are_the_codes(path: Path):
    """An argument in a text has a value that it has in the code as well."""
    cells = read(path).cells
    used: dict[str, set[str]] = {}
    for name, value in arguments(module(path) + code_of(cells)):
        used.setdefault(name, set()).add(value)
    spans = "\n".join(
        span
        for cell in cells
        if cell.cell_type == "markdown"
        for line in prose.lines(cell.source)
        for span in line.code
    )
    said = {
        f"{name} {value}"
        for name, value in arguments(spans)
        if value not in used.get(name, {value})
    }
    assert said == OTHERWISE.get(name_of(path), set())


def name_of(path: Path) -> str:
    """Name a notebook as the lists above do."""
    return path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()


def arguments(code: str) -> list[tuple[str, str]]:
    """List the named arguments and the sizes in code, with their values."""
    return ARGUMENT.findall(code) + SIZE.findall(code)


def sections(cells: list[NotebookNode]) -> Iterator[list[NotebookNode]]:
    """Divide a notebook at its headings."""
    part: list[NotebookNode] = []
    for cell in cells:
        if part and cell.source.startswith("## "):
            yield part
            part = []
        part.append(cell)
    yield part


def code_of(cells: list[NotebookNode], *, with_text: bool = True) -> str:
    """Join the code of cells, and the blocks in their texts."""
    found = []
    for cell in cells:
        if cell.cell_type == "code":
            source = cell.source
            for label in labels(source):
                source = source.replace(label, "")
            found.append(source)
        elif with_text:
            found += re.findall(r"```.*?```", cell.source, re.DOTALL)
    return "\n".join(found)


@cache
def labels(source: str) -> list[str]:
    """List the titles and headers in the calls of a cell that show results."""
    try:
        nodes = [*ast.walk(ast.parse(source))]
    except SyntaxError:  # a cell with IPython's own commands
        return []
    return [
        each.value
        for call in nodes
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).startswith("lab.")
        for argument in (
            *call.args[1:],
            *(x.value for x in call.keywords if x.arg == "title"),
        )
        for each in ast.walk(argument)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]


def module(path: Path) -> str:
    """Read the code that a page of the bank is about."""
    names = {path.stem, *SHOWN.get(path.stem, ())}
    if path.parent.name != "bank":
        return ""
    files = (ROOT / "src" / "bank").rglob("*.py")
    return "".join(x.read_text("utf-8") for x in files if x.stem in names)


def strangers(
    path: Path, cells: list[NotebookNode], code: str
) -> Iterator[str]:
    """Find the numbers in a section's texts that nothing confirms."""
    bare = re.findall(r"\d[\d_]*(?:\.\d+)?", code)
    known = {float(each.replace("_", "")) for each in bare}
    for size in re.findall(r"\d+(?: \* 1024)+", code):
        known.add(math.prod(map(int, size.split(" * "))))
    required = page("pyproject.toml") + code
    for number, values, is_measure in stated(cells):
        if values & known:
            continue
        if not is_measure and (
            ("." in number and number in required)
            or any(number in numbers_of(x) for x in PAGES if x != path)
        ):
            continue
        yield number


def stated(
    cells: list[NotebookNode],
) -> Iterator[tuple[str, set[float], bool]]:
    """Find the numbers of texts, with the values that code may give them.

    Whether each has a unit is told as well: it is no version and no code.
    """
    for words in texts(cells):
        for found in NUMBER.finditer(words):
            values = values_of(found)
            small = values and values <= set(range(SMALL + 1))
            if found["unit"] or not small:
                number = found["word"] or plain(found)
                yield number, values, bool(found["unit"])


def texts(cells: list[NotebookNode]) -> Iterator[str]:
    """List the lines of texts, without markup, and the labels of results."""
    for cell in cells:
        if cell.cell_type == "code":
            yield from labels(cell.source)
            continue
        words = MARKUP.sub("", cell.source)
        yield from (x for x in words.splitlines() if not MEASURED.search(x))


def plain(found: re.Match[str]) -> str:
    """Write a number as code does."""
    return found["number"].rstrip(",").replace(",", "")


def values_of(found: re.Match[str]) -> set[float]:
    """Say which values a number may have in code; a version has none."""
    if word := found["word"]:
        return {float(WORDS[word.lower()])}
    number = plain(found)
    if number.count(".") > 1:
        return set()
    value = float(number)
    if found["unit"] in {"KiB", "MiB"}:
        return {value * UNITS[found["unit"]]}
    values = {value, value * UNITS.get((found["unit"] or "").lower(), 1)}
    if re.fullmatch(r"\d+\.\d\d", number):  # money, in cents
        values.add(round(value * 100))
    return values


@cache
def numbers_of(path: Path) -> set[str]:
    """List the codes and versions on a page, in its text and its code."""
    text = re.sub(r"https?://\S+", "", path.read_text("utf-8"))
    found = re.findall(r"\d+(?:\.\d+)*", text)
    return {x for x in found if "." in x or int(x) >= CODE}
