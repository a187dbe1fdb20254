"""The cheat sheet's statements and their verdicts."""

import json
import re
import tomllib
from html import unescape
from importlib.resources import files

import pytest

import lab
from lab.claims import judged


def statements():
    """Read the cheat sheet's statements."""
    text = files("lab").joinpath("cheat_sheet.toml").read_text("utf-8")
    return tomllib.loads(text)


def test_a_claim_shows_statement_and_verdict():
    """The page shows what the cheat sheet says, and what holds."""
    claim = judged("check-same-thread", "not so", "aiosqlite & <others>.")
    assert repr(claim) == (
        "The original sheet says: SQLite dev only: connect_args="
        '{"check_same_thread": False}.\nNot so. aiosqlite & <others>.'
    )
    shown = claim._repr_html_()
    assert 'id="claim-check-same-thread"' in shown
    assert "aiosqlite &amp; &lt;others&gt;." in shown
    assert "<others>" not in shown


def test_a_claim_carries_its_data():
    """The book's table is made from the same words."""
    shown = judged("boring", "true if", "It is.")._repr_html_()
    found = re.search('data-claim="([^"]*)"', shown)
    assert found
    assert json.loads(unescape(found[1])) == {
        "id": "boring",
        "verdict": "True, with a condition",
        "because": "It is.",
    }


def test_each_claim_of_a_cell_is_shown(capsys):
    """A claim shows itself, whatever follows it in its cell."""
    lab.claim("boring", "true if", "It is.")
    lab.claim("explicit", "true", "So it is.")
    said = capsys.readouterr().out
    assert "It is." in said
    assert "So it is." in said


def test_an_unknown_statement_is_refused():
    """A verdict on what the cheat sheet does not say is a mistake."""
    with pytest.raises(KeyError, match="exciting"):
        lab.claim("exciting", "true", "It is.")


def test_an_unknown_verdict_is_refused():
    """There are three verdicts, and the refusal names them."""
    with pytest.raises(ValueError, match="'perhaps'") as refusal:
        lab.claim("boring", "perhaps", "It is.")  # type: ignore[arg-type]  # the fault
    for verdict in ("'true'", "'true if'", "'not so'"):
        assert verdict in str(refusal.value)


@pytest.mark.parametrize("because", ["", "It is"])
def test_a_verdict_needs_a_reason(because):
    """A verdict without a whole sentence is refused."""
    with pytest.raises(ValueError, match="whole sentence"):
        lab.claim("boring", "true", because)


def test_every_section_has_statements():
    """All fifteen sections are there, in order, each with its own words."""
    sections = [each["section"] for each in statements().values()]
    assert sections == sorted(sections)
    assert set(sections) == set(range(1, 16))
    words = [each["says"] for each in statements().values()]
    assert len(words) == len(set(words))
