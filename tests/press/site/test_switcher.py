"""The switcher between editions: where its links lead."""

import pytest

from press.site.switcher import Link, links

ALL = ["sqlite", "postgresql", "mysql"]
PAGE = "notebooks/03-engine.html"


@pytest.mark.parametrize(
    ("edition", "page", "expected"),
    [
        (
            "sqlite",
            PAGE,
            [
                "03-engine.html",
                f"../postgresql/{PAGE}",
                f"../mysql/{PAGE}",
            ],
        ),
        (
            "mysql",
            PAGE,
            [
                f"../../{PAGE}",
                f"../../postgresql/{PAGE}",
                "03-engine.html",
            ],
        ),
        (
            "sqlite",
            "index.html",
            ["index.html", "postgresql/index.html", "mysql/index.html"],
        ),
    ],
)
def test_links_lead_to_the_same_page(
    edition: str, page: str, expected: list[str]
) -> None:
    """From each edition a link leads to the page's twin in each other one."""
    found = links(edition, ALL, page)
    assert [link.href for link in found] == expected
    assert [link.name for link in found if link.here] == [edition]


def test_labels() -> None:
    """Readers see the databases' own names, in the site's order."""
    assert [link.label for link in links("sqlite", ALL, PAGE)] == [
        "SQLite",
        "PostgreSQL",
        "MySQL / MariaDB",
    ]


def test_the_first_edition_is_at_the_root() -> None:
    """Where SQLite's edition stands beside one other, it is the root's."""
    assert links("postgresql", ["sqlite", "postgresql"], "index.html") == [
        Link("sqlite", "SQLite", "../index.html", here=False),
        Link("postgresql", "PostgreSQL", "index.html", here=True),
    ]


@pytest.mark.parametrize("beside", [[], ["postgresql"]])
def test_one_edition_has_no_switcher(beside: list[str]) -> None:
    """A book that was made on one database offers no other."""
    assert links("postgresql", beside, PAGE) == []
