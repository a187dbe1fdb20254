"""What the book knows of errors is read from its notebooks."""

import json

import pytest

from lab.atlas import Entry, read_atlas, read_shown


def write(path, *cells):
    """Write a notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


def text(*lines, **metadata):
    """Make a text cell."""
    return {"cell_type": "markdown", "metadata": metadata, "source": lines}


def code(source, *printed):
    """Make an executed code cell."""
    outputs = [{"output_type": "stream", "text": printed}]
    return {"cell_type": "code", "source": [source], "outputs": outputs}


def test_entry_is_read_from_its_cells(tmp_path):
    """Heading, message, patterns and fix come from the notebook."""
    write(
        tmp_path / "pond.ipynb",
        text(
            "## Too `deep`\n",
            "```text\n",
            "no air\n",
            "```",
            error={"patterns": ["it is wet in here"]},
        ),
        {"metadata": {}, "source": ["dive()"]},
        text("**Fix.** Come up.\n", "\n", "**Prevent.** Look."),
    )
    (entry,) = read_atlas(tmp_path)
    assert entry.page == "notebooks/errors/pond.ipynb#too-deep"
    assert entry.fix == "Come up."
    assert entry.wordings == ("Too `deep`", "no air", "it is wet in here")


def test_missing_atlas_is_told(tmp_path):
    """An installation without notebooks does not pretend to know nothing."""
    with pytest.raises(FileNotFoundError, match="--editable"):
        read_atlas(tmp_path / "errors")


def test_expected_errors_are_read_from_outputs(tmp_path):
    """A lesson's errors are found, whole, under the heading above them."""
    write(
        tmp_path / "sqlite" / "notebooks" / "01-pond.ipynb",
        text("# Pond\n", "\n", "## Boats\n", "```text\n", "# no heading\n```"),
        code(
            "with lab.expect(SinkError):",
            "Ada\n",
            "SinkError: a hole in\n  it\n",
        ),
        code("print('Warning: no error')", "Warning: no error\n"),
    )
    write(
        tmp_path / "mysql" / "notebooks" / "01-pond.ipynb",
        text("# Pond\n", "\n", "## Boats\n"),
        code("with lab.expect(SinkError):", "SinkError: water\n"),
    )
    assert read_shown(tmp_path) == [
        Entry(
            "Boats",
            "notebooks/01-pond.ipynb#boats",
            "",
            ("SinkError: water", "SinkError: a hole in it"),
        )
    ]


def test_atlas_is_not_read_twice(tmp_path):
    """Its entries say more than its outputs do."""
    write(
        tmp_path / "sqlite" / "notebooks" / "errors" / "pond.ipynb",
        text("## Boats"),
        code("with lab.expect(SinkError):", "SinkError: water\n"),
    )
    assert read_shown(tmp_path) == []
