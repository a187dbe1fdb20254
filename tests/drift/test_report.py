"""The bars, and what is kept from run to run."""

from pathlib import Path

import pytest

from drift import report
from drift.judge import Verdict
from drift.mutant import Mutant
from drift.settings import Reasons, read_reasons, read_settings
from press.book.book import Book, PressError

CAUGHT = Verdict("caught", ("frog",), "frog", "cell-1", "E: no", "sqlite", 1.0)
SURVIVED = Verdict("survived", ("frog",), seconds=2.0)


def mutants(kind: str, count: int) -> list[Mutant]:
    """Make mutants of a kind."""
    return [
        Mutant(kind, "pond", "dive", 7, "x", (), id=f"{kind}-{number}")
        for number in range(count)
    ]


def bars(kind: str, unnoticed: int, reasons: Reasons) -> list[str]:
    """Hold a run of a hundred mutants to the bars."""
    made = mutants(kind, 100)
    verdicts = {
        each.id: SURVIVED if number < unnoticed else CAUGHT
        for number, each in enumerate(made)
    }
    return list(report.score(made, verdicts, reasons))


@pytest.mark.parametrize("kind", sorted(report.STRICT))
def test_strict_bar(kind: str) -> None:
    """Of the strict kinds one is too many, whatever reason it has."""
    accepted = Reasons(accepted={f"{kind}-0": "Why not?"})
    assert bars(kind, 0, accepted) == []
    [complaint] = bars(kind, 1, accepted)
    assert complaint.startswith("1 of 100 changed names, signatures,")


def test_other_bar() -> None:
    """Of the others five per cent may go unnoticed, each with a reason."""
    accepted = {f"bodies-{number}": "Dull." for number in range(6)}
    assert bars("bodies", 5, Reasons(accepted=accepted)) == []
    assert bars("bodies", 6, Reasons(accepted=accepted)) == [
        "94 of 100 other mutants are noticed: 95% must be."
    ]
    del accepted["bodies-0"]
    assert bars("bodies", 5, Reasons(accepted=accepted)) == [
        "1 of the other mutants go unnoticed without a reason."
    ]


def test_equivalent() -> None:
    """What changes nothing does not count."""
    equivalent = Reasons(equivalent={"names-0": "The same."})
    assert bars("names", 1, equivalent) == []


def test_kept(tmp_path: Path) -> None:
    """Verdicts are kept beside those of mutants that were not tried."""
    path = tmp_path / "kept" / "verdicts.json"
    assert report.kept(path) == {}
    report.keep(path, {"one": CAUGHT, "two": CAUGHT})
    report.keep(path, {"two": SURVIVED})
    assert report.kept(path) == {"one": CAUGHT, "two": SURVIVED}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[equivalant]\n", "has a table 'equivalant'"),
        ("[accepted]\na = ' '\n", "lists 'a' without a reason"),
    ],
)
def test_bad_reasons(pond: Book, content: str, complaint: str) -> None:
    """A reason that is none, and a table that is unknown, are refused."""
    settings = read_settings(pond)
    settings.reasons.write_text(content)
    with pytest.raises(PressError, match=complaint):
        read_reasons(settings)


def test_bad_settings(pond: Book) -> None:
    """A package that is not there, and a file that is missing, are named."""
    settings = read_settings(pond)
    settings.reasons.unlink()
    with pytest.raises(PressError, match="an empty file gives no reasons"):
        read_reasons(settings)
    path = pond.root / "pyproject.toml"
    path.write_text(path.read_text().replace('"pond"', '"lake"'))
    with pytest.raises(PressError, match="no folder src/lake"):
        read_settings(pond)
