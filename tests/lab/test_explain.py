"""A traceback leads to its entry in the error atlas."""

import io
import json
import sys

import pytest

from lab.explain import explain, main, read_atlas

ATLAS = read_atlas()

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


def test_frames_of_a_traceback_do_not_count():
    """The message decides, not what stands in the lines of code."""
    assert pages(TRACE)[0] == (
        "loading.ipynb#missinggreenlet-greenlet_spawn-has-not-been-called"
    )


def test_output_of_pytest_is_understood():
    """The lines that pytest marks with E are the message."""
    assert pages(
        "    def test_two():\n>       await ask()\n"
        "E   sqlalchemy.exc.TimeoutError: QueuePool limit of size 20 overflow"
        " 0 reached, connection timed out, timeout 30.00\n"
    )[0].startswith("sessions.ipynb#queuepool-limit")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KeyError: 'name'",
        "ModuleNotFoundError: No module named 'pandas'",
        "ValueError: not enough values to unpack (expected 2, got 1)",
        "java.lang.NullPointerException: Cannot invoke method",
        "how do I bake a cake with chocolate and cream",
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


def test_command_says_that_it_knows_nothing(monkeypatch, capsys):
    """The status says that no entry fits."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("KeyError: 1"))
    assert main() == 1
    assert "No entry" in capsys.readouterr().out


def test_entry_is_read_from_its_cells(tmp_path):
    """Heading, message, patterns and fix come from the notebook."""
    cells = [
        {
            "metadata": {"error": {"patterns": ["it is wet in here"]}},
            "source": ["## Too `deep`\n", "```text\n", "no air\n", "```"],
        },
        {"metadata": {}, "source": ["dive()"]},
        {
            "metadata": {},
            "source": ["**Fix.** Come up.\n", "\n", "**Prevent.** Look."],
        },
    ]
    notebook = tmp_path / "pond.ipynb"
    notebook.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (entry,) = read_atlas(tmp_path)
    assert entry.page == "pond.ipynb#too-deep"
    assert entry.fix == "Come up."
    assert entry.wordings == ("Too `deep`", "no air", "it is wet in here")
