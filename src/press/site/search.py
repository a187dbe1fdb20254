"""The words of every section, for the search that runs in the browser.

``search.js`` loads ``sections.js`` when somebody searches for the first
time, and ranks the sections with MiniSearch. It is a script and no JSON file,
because a page that is opened as a file may not fetch one. Another extension's
node may list entries in its attribute ``searched``: anchor, title and text.

People ask in other words than pages answer. The file that ``press_questions``
names lists, for a page and the anchors of its sections, what people ask that
they answer; the file of ``press_synonyms``, words that stand for others, and
names of what the book does not cover.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

FILE = "sections.js"
ERROR = "error: "
"""How a comment begins that holds a wording of an error, to search for."""

_TEXT_LENGTH = 700  # characters of a section that are searched
_CODE_LENGTH = 250
_TAG = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)

Section = dict[str, str]
"""By a letter each, a section's anchor, title, text and code.

Also its errors: those that it explains, and those that it shows; and the
questions that it answers.
"""

Questions = dict[str, dict[str, list[str]]]
"""What people ask, by a page and by a section's anchor, "" for the page."""

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Register what collects the words and writes them."""
    app.add_config_value("press_questions", "", "html", [str])
    app.add_config_value("press_synonyms", "", "html", [str])
    app.connect("builder-inited", replace_sphinx_own)
    app.connect("html-collect-pages", search_page)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", compare)
    app.connect("build-finished", write)


def replace_sphinx_own(app: Sphinx) -> None:
    """Have Sphinx neither write nor read an index of its own."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]  # of its HTML builders


def search_page(_app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Add the search page, which Sphinx adds only with its own index.

    Yields:
        The page's name, what its template sees, and the template.
    """
    yield "search", {}, "search.html"


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the sections of a page that was just read."""
    _sections(app.env)[app.env.docname] = list(sections(doctree))


def forget(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is read again, or that is gone.

    Args:
        _app: The build.
        env: What Sphinx keeps from build to build.
        page: The page.
    """
    _sections(env).pop(page, None)


def merge(
    _app: Sphinx,
    env: BuildEnvironment,
    pages: list[str],
    other: BuildEnvironment,
) -> None:
    """Take over what another process has read.

    Args:
        _app: The build.
        env: What Sphinx keeps from build to build.
        pages: The pages that the other process read.
        other: What it noted.
    """
    theirs = _sections(other)
    _sections(env).update({page: theirs[page] for page in pages})


def compare(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of questions about sections that no page has."""
    there = _sections(env)
    for page, asked in _questions(app).items():
        anchors = {section.get("a", "") for section in there.get(page, [])}
        for anchor in asked.keys() - anchors:
            logger.warning(
                "%s: there is no section %r on the page %r.",
                app.config.press_questions,
                anchor,
                page,
            )


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the sections of all pages, in the order of the contents."""
    if exception is not None or app.builder.format != "html":
        return
    pages = []
    questions = _questions(app)
    for page, found in sorted(_sections(app.env).items()):
        if page in app.env.found_docs:
            title = app.env.titles[page].astext()
            address = app.builder.get_target_uri(page)
            asked = questions.get(page, {})
            pages.append([address, title, list(_asked(found, asked))])
    words = _words(Path(app.srcdir), app.config.press_synonyms)
    content = json.dumps([pages, *words], ensure_ascii=False)
    path = Path(app.outdir, "_static", FILE)
    path.write_text(f"SECTIONS = {content};\n", encoding="utf-8")


def sections(doctree: nodes.document) -> Iterator[Section]:
    """List a page's sections, each without those in it.

    Yields:
        The sections, the whole page's first.
    """
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        top = isinstance(section.parent, nodes.document)
        texts: list[str] = []
        code: list[str] = []
        errors: list[str] = []
        shown: dict[str, None] = {}
        for child in section.children:
            if not isinstance(child, nodes.section | nodes.title):
                _read(child, texts, code, errors)
                for block in child.findall(nodes.literal_block):
                    shown |= dict.fromkeys(block.get("errors", []))
        found = {
            "a": "" if top else section["ids"][0],
            "t": title.astext() if title is not None else "",
            "x": _joined(texts, _TEXT_LENGTH),
            "c": _joined(code, _CODE_LENGTH),
            "e": " ".join(errors),
            "s": " ".join(shown),
        }
        yield {key: value for key, value in found.items() if value}
    for node in doctree.findall(nodes.Element):
        entries: list[tuple[str, str, str]] = node.get("searched", [])
        for anchor, question, words in entries:
            yield {"a": anchor, "t": question, "x": words}


def _read(
    node: nodes.Node, texts: list[str], code: list[str], errors: list[str]
) -> None:
    """Sort the words of a node by what they are."""
    if isinstance(node, nodes.comment):
        text = node.astext()
        if text.startswith(ERROR):
            errors.append(text.removeprefix(ERROR))
    elif isinstance(node, nodes.literal_block):
        code.append(node.astext())
    elif isinstance(node, nodes.raw):
        texts.append(_TAG.sub(" ", node.astext()))
    elif isinstance(node, nodes.Text):
        texts.append(str(node))
    else:
        for child in node.children:
            _read(child, texts, code, errors)
        if isinstance(node, nodes.paragraph | nodes.entry):
            texts.append(" ")


def _joined(texts: list[str], most: int) -> str:
    return " ".join("".join(texts).split())[:most]


def _sections(env: BuildEnvironment) -> dict[str, list[Section]]:
    if not hasattr(env, "press_sections"):
        env.press_sections = {}  # type: ignore[attr-defined]  # an attribute of ours is how an extension keeps what it knows
    kept: dict[str, list[Section]] = env.press_sections  # type: ignore[attr-defined]  # the same
    return kept


def _asked(
    found: list[Section], asked: dict[str, list[str]]
) -> Iterator[Section]:
    """Give each section the questions that it answers."""
    for section in found:
        questions = asked.get(section.get("a", ""))
        yield section | ({"q": "\n".join(questions)} if questions else {})


def _questions(app: Sphinx) -> Questions:
    """Read what people ask."""
    if not app.config.press_questions:
        return {}
    path = Path(app.srcdir, app.config.press_questions)
    return tomllib.loads(path.read_text("utf-8"))


def _words(folder: Path, name: str) -> tuple[dict[str, list[str]], list[str]]:
    """Read which words stand for which others, and names from elsewhere."""
    if not name:
        return {}, []
    read = tomllib.loads((folder / name).read_text("utf-8"))
    synonyms = {
        word: entry["means"]
        for entry in read["synonym"]
        for word in entry["says"]
    }
    return synonyms, read["elsewhere"]
