"""A traceback leads to its entry in the error atlas."""

import importlib
import io
import sys
import tomllib
import traceback
from pathlib import Path

import pytest

from lab import explain as explain_module
from lab.atlas import Entry, read_atlas
from lab.explain import explain, look_up, main, pointer

ATLAS = read_atlas()
POSTED = tomllib.loads(
    Path(__file__).with_name("posted.toml").read_text("utf-8")
)["error"]

TRACE = """\
Traceback (most recent call last):
  File "/app/main.py", line 12, in show
    print(user.posts)  # cannot perform operation: another operation is in
  File "/venv/sqlalchemy/util/concurrency.py", line 99, in await_only
    raise exc.MissingGreenlet(
sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called; can't \
call await_only() here. Was IO attempted in an unexpected place? (Background \
on this error at: https://sqlalche.me/e/20/xd2s)
"""


def pages(trace):
    """Name the entries that a text leads to."""
    return [entry.page for entry in explain(trace, ATLAS)]


@pytest.mark.parametrize("entry", ATLAS, ids=lambda entry: entry.page)
def test_every_wording_leads_to_its_entry(entry):
    """What people post leads to the entry that lists it, among three."""
    for wording in entry.wordings[-2:]:
        assert entry.page in pages(wording), wording


@pytest.mark.parametrize("error", POSTED, ids=lambda error: error["source"])
def test_posted_error_leads_to_its_entry(error):
    """What somebody posted, with all that is around it, finds its entry."""
    first = (pages(error["text"]) or [""])[0]
    assert first.removeprefix("notebooks/errors/") == error["leads_to"]


def test_frames_of_a_traceback_do_not_count():
    """The message decides, not what stands in the lines of code."""
    assert pages(TRACE)[0] == (
        "notebooks/errors/loading.ipynb#missinggreenlet-greenlet_spawn-has-not-been-called"
    )


def test_output_of_pytest_is_understood():
    """The lines that pytest marks with E are the message."""
    assert pages(
        "    def test_two():\n>       await ask()\n"
        "E       sqlalchemy.exc.TimeoutError: QueuePool limit of size 20"
        " overflow 0 reached, connection timed out, timeout 30.00\n"
    )[0].startswith("notebooks/errors/sessions.ipynb#queuepool-limit")


def test_message_of_several_lines_counts():
    """What follows the first line, indented, belongs to the message."""
    assert pages(
        "pydantic.error_wrappers.ValidationError: 1 validation error for U\n"
        "posts\n"
        "  greenlet_spawn has not been called; can't call await_() here.\n"
    )[0].startswith("notebooks/errors/loading.ipynb#")


def test_error_in_a_group_is_found():
    """A task group's error is a member of an exception group."""
    group = ExceptionGroup("2 tasks", [RuntimeError("Event loop is closed")])
    trace = "".join(traceback.format_exception(group))
    assert pages(trace)[0].endswith("#runtimeerror-event-loop-is-closed")


def test_message_that_a_class_does_not_share_counts():
    """The name of a class says little: many errors have the same."""
    class_name = "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError)"
    assert pages(f"{class_name} the disk is full of boats") == []


def test_closer_of_two_wordings_comes_first():
    """Where as much of two wordings was seen, the shorter one fits better."""
    long = Entry("Long", "#long", "", ("a hole in the hull that is wet",))
    short = Entry("Short", "#short", "", ("a hole in the hull too",))
    found = explain("there is a hole in the hull again", [long, short])
    assert found == [short, long]


def test_what_fits_half_as_well_is_not_named():
    """An entry that shares a few words with the best one is left out."""
    whole = Entry("Whole", "#whole", "", ("a hole in the hull that is wet",))
    part = Entry("Part", "#part", "", ("the hull that is painted and dry",))
    assert explain("a hole in the hull that is wet", [part, whole]) == [whole]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KeyError: 'name'",
        "ModuleNotFoundError: No module named 'pandas'",
        "ValueError: not enough values to unpack (expected 2, got 1)",
        "java.lang.NullPointerException: Cannot invoke method",
        "how do I bake a cake with chocolate and cream",
        "TypeError: 'NoneType' object is not subscriptable",
        "TypeError: f() missing 1 required positional argument: 'user_id'",
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xc3",
        "ValidationError: 1 validation error for Settings\n  Field required",
    ],
)
def test_unrelated_text_leads_nowhere(text):
    """Where nothing fits, nothing is named."""
    assert pages(text) == []


def test_command_prints_the_fix(monkeypatch, capsys):
    """The command names the entry, its fix and its place."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(TRACE))
    assert main() == 0
    printed = capsys.readouterr().out
    assert printed.startswith("MissingGreenlet: greenlet_spawn has not been")
    assert "selectinload" in printed
    assert "notebooks/errors/loading.ipynb#" in printed


@pytest.fixture
def know(monkeypatch):
    """Give a function that lets the book have other entries or lessons.

    The module reads both once, so it is loaded anew.
    """

    def know(**readers):
        for name, entries in readers.items():
            monkeypatch.setattr(f"lab.atlas.{name}", lambda got=entries: got)
        importlib.reload(explain_module)

    yield know
    monkeypatch.undo()
    importlib.reload(explain_module)


def test_other_entries_are_named_below_the_first(know, capsys):
    """The command prints all of a fix, and a pointer its first line."""
    fix = "Patch it.\nOr swim."
    hull = Entry("Hull", "#hull", fix, ("a hole in the hull",))
    boat = Entry("Boat", "#boat", "", ("a hole in the boat and in the hull",))
    ship = Entry("Ship", "#ship", "", ("a hole in the ship and in the hull",))
    know(read_atlas=[hull, boat, ship])
    assert main(["a hole in the hull"]) == 0
    assert capsys.readouterr().out == (
        f"Hull\n\n{fix}\n\n#hull\n"
        "See also: Boat\n  #boat\nSee also: Ship\n  #ship\n"
    )
    assert pointer("a hole in the hull") == "Hull\nPatch it.\n#hull"


def test_command_takes_the_message_as_arguments(capsys):
    """A short message need not be piped."""
    assert main(["RuntimeError:", "Event loop is closed"]) == 0
    assert "event-loop-is-closed" in capsys.readouterr().out


def test_command_has_help(capsys):
    """The usual option says what the command reads."""
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "standard input" in capsys.readouterr().out


def test_command_says_that_it_knows_nothing(monkeypatch, capsys):
    """The status says that no entry fits."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("KeyError: 1"))
    assert main() == 1
    assert "error atlas" in capsys.readouterr().out


@pytest.fixture
def boats(know):
    """Let a lesson show two errors that the atlas does not have."""
    errors = (
        "ZeroDivisionError: division by zero",
        "SinkError: 3 holes in the hull",
    )
    lesson = Entry("Boats", "notebooks/01.ipynb#boats", "", errors)
    know(read_shown=[lesson])
    return lesson


@pytest.mark.usefixtures("boats")
def test_error_of_a_lesson_leads_to_its_heading():
    """Where the atlas knows nothing, the page that shows the error does."""
    trace = "pond.SinkError: 3 holes in the hull"
    assert pointer(trace) == "Boats\nnotebooks/01.ipynb#boats"


def test_atlas_comes_before_the_lessons(boats):
    """An error that both know leads to the entry, which has the fix."""
    assert boats not in look_up(
        f"{TRACE}\npond.SinkError: 3 holes in the hull"
    )


@pytest.mark.usefixtures("boats")
@pytest.mark.parametrize(
    "trace",
    ["ZeroDivisionError: division by zero", "SinkError: 2 holes in the hull"],
)
def test_short_or_similar_error_leads_to_no_lesson(trace):
    """A lesson is named only where it shows just that, and enough of it."""
    assert pointer(trace) == ""
