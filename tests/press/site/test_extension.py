"""The Sphinx extension, alone and in this book's own configuration."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

from press.book.book import Book
from press.book.stamp import source_hash, versions
from press.making.build import JUPYTER_BOOK
from press.site import context, extension
from press.site.files import when_finished
from press.system.environment import environment
from press.system.git import git
from tests.press.samples import code, text, write_notebook

ROOT = Path(__file__).parents[3]
ADDRESS = "https://github.com/owner/name"
INDEX = """\
# The pond

It is `DEPTH` metres deep. asyncpg's $1 and $2, models.py.
"""
TOC = """\
format: jb-book
root: index
chapters:
  - file: notebooks/01-deep
"""

Build = Callable[..., str]


@pytest.fixture
def pond(book: Book) -> Book:
    """Dress a small book in this book's configuration and looks."""
    shutil.rmtree(book.root / "book")
    shutil.rmtree(book.root / "notebooks")
    for name in ("_static", "_templates"):
        shutil.copytree(ROOT / "book" / name, book.root / "book" / name)
    config = (ROOT / "_config.yml").read_text()
    assert "[bank, lab]" in config
    statements = "press_statements: src/lab/cheat_sheet.toml"
    assert statements in config
    config = config.replace(statements, 'press_statements: ""')
    for name in ("press_addresses", "press_questions", "press_synonyms"):
        assert f"{name}: book/" in config
        config = re.sub(rf"{name}: \S+", f'{name}: ""', config)
    assert "src/bank" in config
    config = re.sub(
        r"(press_downloads:).*?(?=^    press_)",
        r"\1 {pond.zip: {pond: src/pond}, all.zip: {notebooks: notebooks}}\n",
        config,
        flags=re.DOTALL | re.MULTILINE,
    )
    files = {
        "_config.yml": config.replace("[bank, lab]", "[pond]"),
        "_toc.yml": TOC,
        "index.md": INDEX,
    }
    for name, content in files.items():
        (book.root / name).write_text(content)
    (book.root / "notebooks").mkdir()
    write_notebook(
        book.root / "notebooks" / "01-deep.ipynb",
        text("# Deep\n\nThe pond is deep."),
        code("import pond\n\nprint('deep:', pond.DEPTH)"),
        kernelspec={"name": "python3", "display_name": "Python 3"},
    )
    git(book.root, "init", check=True)
    return book


@pytest.fixture
def build(pond: Book) -> Build:
    """Give a way to build the book as people type it, and read the log."""
    sources = f"{pond.root / 'src'}{os.pathsep}{ROOT / 'src'}"
    variables = environment() | {"PYTHONPATH": sources}
    for name in ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "SITE_URL"):
        variables.pop(name, None)

    def run(*, status: int = 0, **more: str) -> str:
        ended = subprocess.run(
            [JUPYTER_BOOK, "build", ".", "-W", "-n", "--keep-going"],
            cwd=pond.root,
            env=variables | more,
            capture_output=True,
            text=True,
            check=False,
        )
        log = ended.stdout + ended.stderr
        assert ended.returncode == status, log
        return log

    return run


@pytest.fixture
def page(pond: Book) -> Callable[[str], BeautifulSoup]:
    """Give a way to read a built page."""

    def read(name: str) -> BeautifulSoup:
        return BeautifulSoup((pond.html / name).read_text(), "html.parser")

    return read


def stamped(soup: BeautifulSoup) -> str:
    """Read a page's stamp as a person does."""
    stamp = soup.select_one(".stamp")
    assert stamp is not None
    return " ".join(stamp.text.replace("\N{NO-BREAK SPACE}", " ").split())


def test_plain_build_tells_the_truth(
    pond: Book, build: Build, page: Callable[[str], BeautifulSoup]
) -> None:
    """`jupyter-book build .` executes, stamps, and notices what changes."""
    build()
    index, lesson = page("index.html"), page("notebooks/01-deep.html")
    assert "deep: 2" in lesson.text
    source = source_hash(pond.root)
    of = ", ".join(f"{name} {number}" for name, number in versions().items())
    assert stamped(index) == f"Built from source {source} with {of}."
    assert stamped(lesson) == stamped(index)
    # Nothing is a link or a formula; no address is known or made up.
    assert index.select("article p a, .math") == []
    assert index.select("header a[href^=http], link[rel=canonical]") == []
    description = lesson.select_one("meta[name=description]")
    assert description is not None
    assert description["content"] == "The pond is deep."
    static = {path.name for path in (pond.html / "_static").iterdir()}
    assert not {"basic.css", "doctools.js", "pygments.css"} & static
    assert not (pond.html / "sitemap.xml").exists()

    # The code changes: the notebook is executed again, every page is
    # stamped anew, and pages of text are not read again.
    module = pond.root / "src" / "pond" / "__init__.py"
    module.write_text(module.read_text().replace("DEPTH = 2", "DEPTH = 3"))
    log = build()
    assert "deep: 3" in page("notebooks/01-deep.html").text
    assert source_hash(pond.root) in stamped(page("index.html"))
    assert "0 added, 1 changed, 0 removed" in log

    # A page names what the reference does not have: the build fails.
    (pond.root / "index.md").write_text(INDEX + "\n[deep](#pond.DEPTH)\n")
    assert "target not found: 'pond.DEPTH'" in build(status=1)


def test_known_addresses_are_linked(
    pond: Book, build: Build, page: Callable[[str], BeautifulSoup]
) -> None:
    """The remote gives links to the repository, `SITE_URL` the canonical."""
    remote = "git@github.com:owner/name.git"
    git(pond.root, "remote", "add", "origin", remote, check=True)
    build(SITE_URL="https://owner.example.org/book")
    lesson = page("notebooks/01-deep.html")
    canonical = lesson.select_one("link[rel=canonical]")
    assert canonical is not None
    assert canonical["href"] == (
        "https://owner.example.org/book/notebooks/01-deep.html"
    )
    header = [str(a["href"]) for a in lesson.select("header a[href^=http]")]
    assert header == [ADDRESS]
    links = [str(a["href"]) for a in lesson.select(".actions a[href^=http]")]
    assert [link.partition("?")[0] for link in links] == [
        (
            "https://colab.research.google.com/github/owner/name/blob/main/"
            "notebooks/01-deep.ipynb"
        ),
        "https://mybinder.org/v2/gh/owner/name/main",
        "https://codespaces.new/owner/name",
        f"{ADDRESS}/edit/main/notebooks/01-deep.ipynb",
        f"{ADDRESS}/issues/new",
    ]
    set_up = lesson.select_one(".set-up pre")
    assert set_up is not None
    assert set_up.text.startswith(f"%pip install --quiet git+{ADDRESS} anyio ")
    sitemap = (pond.html / "sitemap.xml").read_text()
    assert f"<loc>{canonical['href']}</loc>" in sitemap
    missing = page("404.html")
    assert missing.select_one('a.brand[href="/book/"]')


def test_executed_notebook_keeps_its_own_stamp() -> None:
    """A page tells what its outputs came from, not what is there now."""
    told = '{"source": "0123456789ab", "executed": "2026-01-31"}'
    app = SimpleNamespace(
        env=SimpleNamespace(metadata={"lesson": {"stamp": told}, "index": {}}),
        config=SimpleNamespace(press_stamp={"source": "ba9876543210"}),
    )
    sources = {
        name: context.stamp(cast("Sphinx", app), name)["source"]
        for name in ("lesson", "index")
    }
    assert sources == {"lesson": "0123456789ab", "index": "ba9876543210"}


def test_failed_build_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing is dropped from a site that was not finished."""
    kept = tmp_path / "_static" / "basic.css"
    kept.parent.mkdir()
    kept.touch()
    handlers: list[Callable[[Any, Exception | None], None]] = []
    app: Any = SimpleNamespace(
        outdir=tmp_path,
        builder=SimpleNamespace(format="html"),
        connect=lambda _event, handler: handlers.append(handler),
    )
    when_finished(app, extension.drop_unused)
    [finish] = handlers
    finish(app, ValueError())
    assert kept.exists()
    finish(app, None)
    assert not kept.exists()
