"""Faults that the site's build finds, or the checks of the built pages."""

import pytest

from press.book import stamp
from press.book.book import Edition, PressError
from press.making import flow
from press.making.stage import stage
from tests.controls.conftest import Edit
from tests.site import checks
from tests.site.checks import Page, Site

LESSON = "notebooks/09-transactions.ipynb"
STATEMENTS = "src/lab/cheat_sheet.toml"

# Each fault, and what the build's complaint of it has.
WARNED: dict[tuple[str, ...], tuple[str, ...]] = {
    (LESSON, "(#lab.broken_rules)", "(#lab.broken_ruler)", "books"): (
        LESSON,
        "lab.broken_ruler",
    ),
    (
        "book/portability.md",
        "(#bank.db.errors.translate)",
        "(#bank.errors.t)",
    ): (
        "book/portability.md:",
        "bank.errors.t",
    ),
    ("index.md", "(book/onboarding.md)", "(book/boarding.md)"): (
        "index.md:",
        "book/boarding.md",
    ),
    ("book/glossary.md", "## Write skew", "## Skew"): (LESSON, "write-skew"),
    ("book/examples/cheat_sheet.py", "# part 3: begin", "# part three"): (
        "book/cheat-sheet.md:",
        "part 3: begin",
    ),
    (STATEMENTS, "Async improves concurrency", "Async is concurrency"): (
        STATEMENTS,
        "The statement 'better-concurrency' or its verdict",
    ),
    (STATEMENTS, "[use-in-async-apps]", "[use-in-all-apps]"): (
        "No page declares a verdict on the statement 'use-in-all-apps'.",
    ),
}
IMAGE = ("book/claims.md", "Every", "![](_static/favicon.svg)\n\nEvery")
LINK = ("book/reference.md", "What the", '<a href="gone.html">?</a> What the')


def test_the_build_and_the_checks_of_its_pages_find_each_fault(
    edition: Edition, edit: Edit, subtests: pytest.Subtests
):
    """One build with all faults: each has a complaint that names its place."""
    for fault in (*WARNED, IMAGE, LINK):
        edit(*fault)
    with pytest.raises(PressError) as failed:
        flow.render(edition, stage(edition))
    complaints = str(failed.value).splitlines()
    for fault, words in WARNED.items():
        with subtests.test(" ".join(fault)):
            assert any(
                all(word in complaint for word in words)
                for complaint in complaints
            )
    root = edition.site / "_build" / "html"
    with subtests.test("image without words"):
        page = Page(root, "book/claims.html")
        [found] = checks.images_without_text(page)
        assert found.startswith("book/claims.html: ../_images/favicon.svg say")
    with subtests.test("link in HTML"):
        assert "book/reference.html: no file for gone.html" in (
            checks.broken_links(Site(root))
        )
    with subtests.test("edition of another source"):
        source = stamp.source_hash(edition.book.root)
        page = Page(root, LESSON.replace(".ipynb", ".html"))
        [found] = checks.stale_stamp(page, source)
        assert found.endswith(f", not {source}")
