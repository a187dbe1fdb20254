"""The registry of probes."""

import pytest

from portability import registry
from portability.registry import (
    GROUPS,
    functions,
    identity,
    probe,
    probes,
    sentence,
)

ALL = [each for group in GROUPS for each in probes(group)]


@pytest.fixture
def empty(monkeypatch):
    """Let probes be registered that no other test sees."""
    monkeypatch.setattr(registry, "_PROBES", {})


async def asked(engine):
    """Is it asked?"""
    return f"{engine}"


async def answered(engine):
    """Answer it."""
    return f"{engine}"


@pytest.mark.usefixtures("empty")
def test_a_probe_is_a_function_with_a_question():
    """Its name becomes its id, its module the group, its docstring says it."""
    made = probe(asked)
    assert (made.id, made.group) == ("asked", "test_registry")
    assert made.question == "Is it asked?"
    assert made.cure is None


@pytest.mark.usefixtures("empty")
def test_a_cure_stays_a_function():
    """A cure may cure two probes, so the decorator gives it back."""
    made = probe(asked)
    assert made.cured_by(answered) is answered
    assert made.cure is answered
    with pytest.raises(ValueError, match="'asked' has a cure already"):
        made.cured_by(answered)


@pytest.mark.usefixtures("empty")
def test_one_name_twice_is_refused():
    """Ids are anchors, and keys of the records."""
    probe(asked)
    with pytest.raises(ValueError, match="two probes 'asked'"):
        probe(asked)


@pytest.mark.usefixtures("empty")
def test_a_probe_without_a_question_is_refused():
    """The page would have no title for its row."""

    async def silent(engine):
        return f"{engine}"

    with pytest.raises(ValueError, match="silent needs a sentence"):
        probe(silent)


def test_an_unknown_group_is_refused():
    """The refusal names those that there are."""
    with pytest.raises(ValueError, match="take one of schema"):
        probes("spelling")


def test_ids_are_unique_among_all_groups():
    """No probe or cure has the name of another, in whatever group."""
    names = [name for group in GROUPS for name in functions(group)]
    assert len(names) == len(set(names))


def test_every_probe_asks_and_every_cure_tells():
    """A probe's sentence is a question, and a cure's an instruction."""
    for each in ALL:
        assert each.question.endswith("?"), each.id
        if each.cure:
            assert sentence(each.cure).endswith("."), identity(each.cure)


def test_every_question_is_asked_once():
    """Two rows of one title could not be told apart."""
    questions = [each.question for each in ALL]
    assert len(questions) == len(set(questions))
