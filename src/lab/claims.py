"""The cheat sheet's statements, each with the verdict that a lesson shows."""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Literal, cast, get_args

from IPython.display import display

VerdictOnClaim = Literal["true", "true if", "not so"]

_WORDS: dict[VerdictOnClaim, str] = {
    "true": "True",
    "true if": "True, with a condition",
    "not so": "Not so",
}


@dataclass(frozen=True)
class Claim:
    """A statement of the cheat sheet, and what this lesson found.

    Attributes:
        id: The statement's id in ``cheat_sheet.toml``.
        says: The statement, as the cheat sheet has it.
        verdict: Whether it holds.
        because: Why, or under which condition: one sentence or two.
    """

    id: str
    says: str
    verdict: VerdictOnClaim
    because: str

    def _repr_html_(self) -> str:
        """Show the statement and its verdict, marked for the book's table."""
        data = {
            "id": self.id,
            "verdict": _WORDS[self.verdict],
            "because": self.because,
        }
        return (
            f'<div class="claim" id="claim-{escape(self.id)}"'
            f' data-claim="{escape(json.dumps(data))}">'
            f"<p>The original sheet says: <q>{escape(self.says)}</q></p>"
            f"<p><strong>{_WORDS[self.verdict]}.</strong>"
            f" {escape(self.because)}</p></div>"
        )

    def __repr__(self) -> str:
        """Show the same as plain text."""
        return (
            f"The original sheet says: {self.says}\n"
            f"{_WORDS[self.verdict]}. {self.because}"
        )


def claim(id: str, verdict: VerdictOnClaim, because: str) -> None:  # noqa: A002 - as statements name it
    """Declare the verdict on a statement of the cheat sheet, and show it.

    Write it into the cell whose assert shows it. Each statement is declared
    once in the whole book.

    Args:
        id: The statement's id in ``cheat_sheet.toml``.
        verdict: ``"true"``, ``"true if"`` or ``"not so"``.
        because: Why, or under which condition: one sentence or two.

    Raises:
        KeyError: The cheat sheet has no statement of that id.
        ValueError: There is no such verdict, or no reason is given.
    """
    display(judged(id, verdict, because))  # type: ignore[no-untyped-call]  # IPython leaves it untyped


def judged(id: str, verdict: VerdictOnClaim, because: str) -> Claim:  # noqa: A002 - as statements name it
    """Put a statement of the cheat sheet and its verdict together.

    Args:
        id: The statement's id in ``cheat_sheet.toml``.
        verdict: ``"true"``, ``"true if"`` or ``"not so"``.
        because: Why, or under which condition: one sentence or two.

    Returns:
        What a page shows.

    Raises:
        KeyError: The cheat sheet has no statement of that id.
        ValueError: There is no such verdict, or no reason is given.
    """
    if verdict not in get_args(VerdictOnClaim):
        raise ValueError(
            f"'{verdict}' is no verdict: write one of"
            f" {', '.join(map(repr, _WORDS))}."
        )
    if not because.endswith("."):
        raise ValueError("Say why, in a whole sentence that ends with a dot.")
    return Claim(id, str(_statements()[id]["says"]), verdict, because)


@cache
def _statements() -> dict[str, dict[str, Any]]:
    """Read the cheat sheet's statements, by id."""
    text = files("lab").joinpath("cheat_sheet.toml").read_text("utf-8")
    return cast("dict[str, dict[str, Any]]", tomllib.loads(text))
