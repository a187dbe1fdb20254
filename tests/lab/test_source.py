"""Code shown from where it runs."""

from pathlib import Path

import pytest

from lab import show_source, source


class Example:
    """A class."""

    def empty(self):
        """Have only a docstring."""

    async def method(self):
        """Have a docstring.

        It has several lines.
        """
        # a comment stays
        return """not a docstring"""


def test_docstrings_are_left_out():
    """The code is dedented, and an empty body becomes ``...``."""
    assert repr(show_source(Example)) == (
        "class Example:\n"
        "    def empty(self):\n"
        "        ...\n"
        "\n"
        "    async def method(self):\n"
        "        # a comment stays\n"
        '        return """not a docstring"""'
    )
    assert repr(show_source(Example.empty)) == "def empty(self):\n    ..."


def test_docstrings_can_stay():
    """Asked for, the docstrings are there."""
    code = repr(show_source(Example.empty, docstrings=True))
    assert code == 'def empty(self):\n    """Have only a docstring."""'


def test_modules_are_shown_whole():
    """A reader can copy the module: its docstrings and imports are there."""
    shown = repr(show_source(source))
    assert f"{shown}\n" == Path(source.__file__).read_text(encoding="utf-8")


def test_several_objects_stand_in_their_order():
    """Two blank lines are between them."""
    shown = show_source(Example.empty, Example.empty)
    assert repr(shown).count("def empty(self):\n    ...") == 2
    assert "...\n\n\ndef" in repr(shown)


def test_a_page_shows_it_as_python():
    """The display is a fenced block."""
    shown = show_source(Example.empty)._repr_markdown_()
    assert shown == "```python\ndef empty(self):\n    ...\n```"


def test_what_has_no_source_is_refused():
    """A built-in is not Python."""
    with pytest.raises(TypeError):
        show_source(len)
