"""Links whose text is another page's title."""

from pathlib import Path

import pytest

from press.book.book import Book
from press.prose.titles import check


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("[Frogs](book/frogs.md)", 0),
        ("[about them](book/frogs.md#where)", 0),
        ("[Toads](book/frogs.md)", 1),
        ("[`Toads`.](book/frogs.md)", 1),
        ("[Toads](https://example.org)", 0),
        ("[all my frogs](book/frogs.md)", 0),
        ("[all my toads](book/frogs.md)", 1),
        ("[what the toads do](book/frogs.md)", 0),
        ("[all my toads](book/frogs.md#toads)", 0),
        ("[Lesson 2](book/02-newts.md)", 0),
        ("[lesson 3](book/02-newts.md)", 1),
    ],
)
def test_misled_links_are_found(tmp_path: Path, link: str, number: int):
    """A link's text may not name another page, or another lesson's number."""
    (tmp_path / "book").mkdir()
    for name, title in ("frogs", "Frogs"), ("toads", "Toads"):
        (tmp_path / "book" / f"{name}.md").write_text(f"# {title}\n")
    (tmp_path / "book" / "02-newts.md").write_text("# Newts\n")
    (tmp_path / "index.md").write_text(f"# Pond\n\nSee {link}.\n")
    assert len(list(check(Book(tmp_path)))) == number
