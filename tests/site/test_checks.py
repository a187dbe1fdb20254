"""Each check of the site fails on a page that is planted to be bad."""

import secrets
from pathlib import Path

import pytest

from tests.site import checks
from tests.site.checks import Page, Site

SOURCE = "0123456789ab"
ADDRESS = "https://github.com/owner/name"
GOOD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<title>A page</title>
<meta name="description" content="What it is about">
<link rel="icon" href="icon.svg">
<link rel="canonical" href="https://example.org/page.html">
</head>
<body>
<header><button class="search-button__button">Search</button></header>
<h1 id="top">A page</h1>
<p><a href="#top">Up</a> <a href="https://docs.sqlalchemy.org/">Out</a></p>
<div class="cell_output"><img src="icon.svg" alt="Two bars overlap."></div>
<footer class="foot">
<p class="stamp">From <code>{SOURCE}</code> with Python 3, SQLAlchemy 2.</p>
<p>© Copyright {checks.COPYRIGHT}.</p>
</footer>
</body>
</html>
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Give a site of one good page."""
    (tmp_path / "page.html").write_text(GOOD)
    (tmp_path / "icon.svg").write_text("<svg/>")
    return Site(tmp_path)


@pytest.fixture
def page(site: Site) -> Page:
    """Give the good page."""
    return site.pages["page.html"]


def change(page: Page, old: str, new: str) -> None:
    """Make the good page bad, before anything has read it."""
    path = page.root / page.name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_good_page_passes_every_check(site: Site, page: Page):
    """The planted pages below differ from a page with nothing wrong."""
    assert checks.third_parties(site) == []
    assert checks.broken_links(site) == []
    assert checks.reordered(site) == []
    assert checks.repeated_titles(site) == []
    assert checks.file_names_as_links(page) == []
    assert checks.page_problems(page) == []
    assert checks.repeated_ids(page) == []
    assert checks.stale_stamp(page, SOURCE) == []
    assert checks.images_without_text(page) == []
    assert checks.nameless(page) == []
    assert checks.skipped_headings(page) == []
    assert checks.excess_weight(site) == []
    assert checks.repository_problems(page, None) == []
    assert checks.mathjax(page) == []
    assert checks.unlabelled_outputs(page) == []
    assert checks.without_outputs(page) == []


@pytest.mark.parametrize(
    "bad",
    [
        '<script src="https://unpkg.com/thebe@0.8.2/lib/index.js"></script>',
        '<script src="//cdn.jsdelivr.net/npm/mathjax@3/a.js"></script>',
        '<link rel="stylesheet" href="https://fonts.googleapis.com/css2?f=A">',
        '<img src="https://example.org/badge.svg" alt="A badge">',
        '<img srcset="https://example.org/a.png 2x" alt="A badge">',
        '<iframe src="https://example.org/"></iframe>',
        '<script>const url = "https://unpkg.com/thebe@0.8.2";</script>',
        '<script>load("https://example.org/lib.js")</script>',
        "<style>body { background: url(https://example.org/a.png) }</style>",
        "<style>@import '//example.org/a.css';</style>",
        "<p style=\"background: url('https://example.org/a.png')\"></p>",
    ],
)
def test_third_party_on_a_page_is_found(site: Site, page: Page, bad: str):
    """Whatever makes a page load from elsewhere is found."""
    change(page, "</body>", f"{bad}</body>")
    assert len(checks.third_parties(site)) >= 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.css", "@font-face { src: url('https://example.org/a.woff2') }"),
        ("a.js", 'import("https://cdn.jsdelivr.net/npm/a/+esm")'),
        ("a.js", "fetch(`https://example.org/versions.json`)"),
    ],
)
def test_third_party_in_a_file_is_found(site: Site, name: str, text: str):
    """A style or script that loads from elsewhere is found."""
    (site.root / name).write_text(text)
    assert len(checks.third_parties(site)) == 1


def test_addresses_in_comments_are_no_third_party(site: Site):
    """A licence's address in a script is no request."""
    text = "/* https://getbootstrap.com/ http://www.w3.org/2000/svg */"
    (site.root / "a.js").write_text(text)
    assert checks.third_parties(site) == []


@pytest.mark.parametrize(
    "bad", ["{order:-1}", "{ order: 2; }", "{flex-flow:column-reverse}"]
)
def test_another_order_is_found(site: Site, bad: str):
    """What is shown before its place jumps while the page loads."""
    (site.root / "a.css").write_text(f"p {{ border: 0 }} li {bad}")
    assert len(checks.reordered(site)) == 1


@pytest.mark.parametrize("bad", ["gone.html", "#gone", "page.html#gone", "/x"])
def test_broken_link_is_found(site: Site, page: Page, bad: str):
    """A link to a missing page or anchor is found."""
    change(page, 'href="#top"', f'href="{bad}"')
    assert len(checks.broken_links(site)) == 1


def test_missing_file_is_found(site: Site, page: Page):
    """An image that is not there is found."""
    change(page, 'src="icon.svg"', 'src="gone.svg"')
    assert len(checks.broken_links(site)) == 1


def test_repeated_title_is_found(site: Site):
    """Two pages with one title are found."""
    (site.root / "other.html").write_text(GOOD)
    assert checks.repeated_titles(site) == ["A page"]


@pytest.mark.parametrize(
    "bad", ["http://models.py", "http://README.md", "https://pyproject.toml/"]
)
def test_file_name_as_link_is_found(page: Page, bad: str):
    """A file's name that became an address is found."""
    change(page, "https://docs.sqlalchemy.org/", bad)
    assert len(checks.file_names_as_links(page)) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<title>A page</title>", ""),
        ('lang="en"', ""),
        ("<h1", "<h2"),
        ("<p><a", "<h1>Another</h1><p><a"),
        ('content="What it is about"', 'content=""'),
        ('rel="icon"', 'rel="prefetch"'),
        ("search-button__button", "button"),
        ("</header>", '<a class="search-button__button"></a></header>'),
        (checks.COPYRIGHT, "2023"),
    ],
)
def test_incomplete_page_is_found(page: Page, old: str, new: str):
    """A page that lacks any one thing is found."""
    change(page, old, new)
    assert len(checks.page_problems(page)) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('class="stamp"', ""),
        (f"<code>{SOURCE}</code>", SOURCE),
        (SOURCE, "ba9876543210"),
        ("SQLAlchemy 2", "nothing"),
        ("Python 3", "nothing"),
    ],
)
def test_page_from_another_source_is_found(page: Page, old: str, new: str):
    """A page without a stamp, or with an old one, is found."""
    change(page, old, new)
    assert len(checks.stale_stamp(page, SOURCE)) == 1


@pytest.mark.parametrize(
    "bad", ["", 'alt=""', 'alt=" "', 'alt="_build/jupyter_execute/0a1b.svg"']
)
def test_image_without_words_is_found(page: Page, bad: str):
    """A missing, empty or mechanical text alternative is found."""
    change(page, 'alt="Two bars overlap."', bad)
    assert len(checks.images_without_text(page)) == 1


@pytest.mark.parametrize(
    "bad",
    [
        '<a href="#top"> </a>',
        '<a href="#top"><img src="icon.svg" alt=""></a>',
        "<button></button>",
        "<details><summary></summary></details>",
    ],
)
def test_what_has_no_name_is_found(page: Page, bad: str):
    """A link, a button or a fold without words is found."""
    change(page, "</body>", f"{bad}</body>")
    assert len(checks.nameless(page)) == 1


def test_skipped_heading_is_found(page: Page):
    """A heading two levels below the one before is found."""
    change(page, "<footer", "<main><h1>One</h1><h3>Two</h3></main><footer")
    assert len(checks.skipped_headings(page)) == 1


@pytest.mark.parametrize(
    ("size", "count"), [(checks.NEXT_PAGE, 1), (checks.FIRST_VISIT, 2)]
)
def test_heavy_page_is_found(site: Site, size: int, count: int):
    """A page is as heavy as what it loads."""
    (site.root / "icon.svg").write_bytes(secrets.token_bytes(size))
    assert len(checks.excess_weight(site)) == count


def test_page_of_many_files_is_found(site: Site, page: Page):
    """Each file that a page loads is a request."""
    names = [f"{number}.js" for number in range(checks.REQUESTS)]
    for name in names:
        (site.root / name).touch()
    scripts = "".join(f'<script src="{name}"></script>' for name in names)
    change(page, "</head>", f"{scripts}</head>")
    assert len(checks.excess_weight(site)) == 1


def test_lost_and_unlisted_addresses_are_found(site: Site):
    """An address that is gone is found, and one that is not written down."""
    assert checks.lost_addresses(site, ["page.html", "old.html"]) == [
        "old.html"
    ]
    assert checks.unlisted_addresses(site, ["old.html"]) == ["page.html"]


def test_missing_markdown_is_found(page: Page):
    """A page whose Markdown is not there is found."""
    link = '<link type="text/markdown" href="page.md">'
    change(page, "</head>", f"{link}</head>")
    assert len(checks.without_markdown(page)) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/executablebooks/jupyter-book",
        "https://mybinder.org/v2/gh/executablebooks/jupyter-book/master",
    ],
)
@pytest.mark.parametrize("address", [None, ADDRESS])
def test_invented_repository_is_found(
    page: Page, address: str | None, link: str
):
    """A link to a repository that is not this one is found."""
    change(page, "</header>", f'<a href="{link}">Repository</a></header>')
    assert len(checks.repository_problems(page, address)) == 1


def test_missing_repository_is_found(page: Page):
    """Where the repository is known, a page without a link is found."""
    assert len(checks.repository_problems(page, ADDRESS)) == 1


@pytest.mark.parametrize(
    "link",
    [
        ADDRESS,
        f"{ADDRESS}/issues/new?title=x",
        "https://mybinder.org/v2/gh/owner/name/main",
    ],
)
def test_known_repository_passes(page: Page, link: str):
    """Links to the repository that is known are right."""
    change(page, "</header>", f'<a href="{link}">Repository</a></header>')
    assert checks.repository_problems(page, ADDRESS) == []


@pytest.mark.parametrize(
    "bad",
    [
        '<script defer src="_static/mathjax/tex-mml-chtml.js"></script>',
        '<span class="math notranslate">\\(1 and \\)</span>',
    ],
)
def test_formula_is_found(page: Page, bad: str):
    """A `$1` that became a formula is found."""
    change(page, "</body>", f"{bad}</body>")
    assert len(checks.mathjax(page)) == 1


def test_lesson_without_outputs_is_found(page: Page):
    """A lesson that was not executed is found."""
    change(page, "cell_output", "cell_input")
    assert len(checks.without_outputs(page)) == 1


@pytest.fixture
def lessons(site: Site) -> Site:
    """Give a site of two lessons, both executed on two databases."""
    (site.root / "page.html").unlink()
    (site.root / "notebooks").mkdir()
    text = GOOD.replace("Python 3", "Python 3, SQLite 3, PostgreSQL 15")
    for name in ("01-page", "02-page"):
        (site.root / "notebooks" / f"{name}.html").write_text(text)
    return site


def test_lessons_on_the_same_databases_pass(lessons: Site):
    """The planted lessons below differ from lessons with nothing wrong."""
    assert checks.other_databases(lessons) == []
    databases = [page.databases for page in lessons.lessons]
    assert databases == [{"sqlite", "postgresql"}] * 2


def test_lesson_that_misses_a_database_is_found(lessons: Site):
    """A lesson that ran on fewer databases than the others is found."""
    page = lessons.pages["notebooks/02-page.html"]
    change(page, "PostgreSQL 15", "nothing else")
    assert checks.other_databases(lessons) == [
        "notebooks/02-page.html was not executed on postgresql"
    ]


def test_lesson_on_sqlite_alone_passes(lessons: Site):
    """The lesson on SQLite may run on it alone, and no other lesson may."""
    path = lessons.root / checks.ON_SQLITE
    path.write_text(GOOD.replace("Python 3", "Python 3, SQLite 3"))
    assert checks.other_databases(lessons) == []
    path.write_text(GOOD)
    assert checks.other_databases(Site(lessons.root)) == [
        f"{checks.ON_SQLITE} was not executed on sqlite"
    ]


def boxed(*labels: str) -> str:
    """Write a box of outputs with these labels."""
    panels = "".join(
        f'<div class="databases__one"><p class="databases__label">{label}</p>'
        "<pre>2 m</pre></div>"
        for label in labels
    )
    return f'<div class="databases">{panels}</div></body>'


def test_labelled_outputs_pass(page: Page):
    """A box whose panels name every database once is right."""
    change(page, "</body>", boxed("SQLite, MySQL", "PostgreSQL"))
    assert checks.unlabelled_outputs(page) == []


@pytest.mark.parametrize(
    "labels", [[], ["SQLite"], ["SQLite", ""], ["SQLite, MySQL", "MySQL"]]
)
def test_unlabelled_output_is_found(page: Page, labels: list[str]):
    """A box with one panel, an empty label or a database twice is found."""
    change(page, "</body>", boxed(*labels))
    assert len(checks.unlabelled_outputs(page)) == 1


def test_panel_without_a_label_is_found(page: Page):
    """A panel that names no database at all is found."""
    bad = boxed("SQLite", "MySQL").replace('class="databases__label"', "", 1)
    change(page, "</body>", bad)
    assert len(checks.unlabelled_outputs(page)) == 1


def test_repeated_id_is_found(page: Page):
    """Two elements of outputs with one id are found."""
    change(page, "<img", '<p id="one"></p><p id="one"></p><img')
    assert checks.repeated_ids(page) == ["page.html has 2 times #one"]
