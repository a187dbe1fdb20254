"""What the reference shows at once, and what it folds."""

from pathlib import Path

from bs4 import BeautifulSoup

from tests.sphinx_build import build

CONFIG = """
extensions = ["myst_nb", "press.site.outputs", "press.site.reference"]
"""
PAGE = """\
Reference
=========

.. py:class:: Till

   Holds money.

   :param cash: What is in it.
   :raises OSError: It is stuck.

   .. py:method:: count()

      Counts the money.

      :return: Cents.

.. py:function:: rob()

   Takes it all.
"""


def folded(tmp_path: Path) -> BeautifulSoup:
    """Build the page."""
    (tmp_path / "conf.py").write_text(CONFIG)
    (tmp_path / "index.rst").write_text(PAGE)
    warnings, pages = build(tmp_path, tmp_path)
    assert warnings == ""
    return pages["index"]


def test_description_is_seen_and_details_are_folded(tmp_path: Path) -> None:
    """A class shows what it is for; one fold has its fields and members."""
    [fold] = folded(tmp_path).select("details.more")
    assert fold.summary
    assert fold.summary.text == "Parameters, raises; count"
    assert fold.parent
    assert fold.parent.p
    assert fold.parent.p.text == "Holds money."
    assert fold.find(id="Till.count")


def test_what_has_no_details_is_not_folded(tmp_path: Path) -> None:
    """A function of one sentence has nothing to open."""
    page = folded(tmp_path)
    function = page.find(id="rob")
    assert function
    assert function.parent
    assert function.parent.details is None
