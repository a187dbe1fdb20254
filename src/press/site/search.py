"""The words of every section, for the search that runs in the browser.

``search.js`` loads ``sections.js`` when somebody searches for the first
time, and ranks the sections with MiniSearch. It is a script and no JSON file,
because a page that is opened as a file may not fetch one. Another extension's
node may list entries in its attribute ``searched``: anchor, title and text.

People ask in other words than pages answer. The file that ``press_questions``
names lists, for a page and the anchors of its sections ("" for the page), what
people ask that they answer; the file of ``press_synonyms``, words that stand
for others, and names of what the book does not cover.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from press.site.files import named, when_finished
from press.site.markdown import TAG

FILE = "sections.js"
ERROR = "error: "
"""How a comment begins that holds a wording of an error, to search for."""

_TEXT_LENGTH = 700  # characters of a section that are searched
_CODE_LENGTH = 250
# What Sphinx keeps of each page, and drops when it reads the page again.
_SECTIONS = "press_sections"

# By a letter each, a section's anchor, title, text and code; the errors that
# it explains, and those that it shows; and the questions that it answers.
Section = dict[str, str]

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Register what collects the words and writes them."""
    app.add_config_value("press_questions", "", "html", [str])
    app.add_config_value("press_synonyms", "", "html", [str])
    app.connect("builder-inited", replace_sphinx_own)
    app.connect("html-collect-pages", search_page)
    app.connect("doctree-read", collect)
    app.connect("env-check-consistency", compare)
    when_finished(app, write)


def replace_sphinx_own(app: Sphinx) -> None:
    """Have Sphinx neither write nor read an index of its own."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]  # of its HTML builders


def search_page(_app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Add the search page, which Sphinx adds only with its own index."""
    yield "search", {}, "search.html"


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the sections of a page that was just read."""
    kept = app.env.metadata[app.env.docname]
    kept[_SECTIONS] = list(sections(doctree))


def compare(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of questions about sections that their page has not.

    Those about a page that has been taken out of the book may stay.
    """
    questions = named(app, "press_questions")
    for page in sorted(questions.keys() & env.found_docs):
        there = env.metadata[page].get(_SECTIONS, [])
        anchors = {section.get("a", "") for section in there}
        for anchor in questions[page].keys() - anchors:
            logger.warning(
                "%s: there is no section %r on the page %r.",
                app.config.press_questions,
                anchor,
                page,
            )


def write(app: Sphinx) -> None:
    """Write the sections of all pages, in the order of their names."""
    pages = []
    questions = named(app, "press_questions")
    for page in sorted(app.env.found_docs):
        title = app.env.titles[page].astext()
        address = app.builder.get_target_uri(page)
        found = app.env.metadata[page][_SECTIONS]
        asked = questions.get(page, {})
        pages.append([address, title, [_asked(each, asked) for each in found]])
    words = named(app, "press_synonyms")
    synonyms = {
        word: entry["means"]
        for entry in words.get("synonym", [])
        for word in entry["says"]
    }
    content = json.dumps(
        [pages, synonyms, words.get("elsewhere", [])], ensure_ascii=False
    )
    path = Path(app.outdir, "_static", FILE)
    path.write_text(f"SECTIONS = {content};\n", encoding="utf-8")


def sections(doctree: nodes.document) -> Iterator[Section]:
    """List a page's sections, each without those in it.

    The whole page's is first, and last is what other extensions' nodes list.
    """
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        top = isinstance(section.parent, nodes.document)
        words: dict[str, list[str]] = defaultdict(list)
        for child in section.children:
            if not isinstance(child, nodes.section | nodes.title):
                _read(child, words)
        found = {
            "a": "" if top else section["ids"][0],
            "t": title.astext() if title is not None else "",
            "x": _joined(words["text"], _TEXT_LENGTH),
            "c": _joined(words["code"], _CODE_LENGTH),
            "e": " ".join(words["explained"]),
            "s": " ".join(dict.fromkeys(words["shown"])),
        }
        yield {key: value for key, value in found.items() if value}
    for node in doctree.findall(nodes.Element):
        entries: list[tuple[str, str, str]] = node.get("searched", [])
        for anchor, question, text in entries:
            yield {"a": anchor, "t": question, "x": text}


def _read(node: nodes.Node, words: dict[str, list[str]]) -> None:
    """Sort the words of a node by what they are."""
    match node:
        case nodes.comment():
            text = node.astext()
            if text.startswith(ERROR):
                words["explained"].append(text.removeprefix(ERROR))
        case nodes.literal_block():
            words["code"].append(node.astext())
            words["shown"] += node.get("errors", [])
        case nodes.raw():
            words["text"].append(TAG.sub(" ", node.astext()))
        case nodes.Text():
            words["text"].append(str(node))
        case _:
            for child in node.children:
                _read(child, words)
            if isinstance(node, nodes.paragraph | nodes.entry):
                words["text"].append(" ")


def _joined(texts: list[str], most: int) -> str:
    return " ".join("".join(texts).split())[:most]


def _asked(section: Section, asked: dict[str, list[str]]) -> Section:
    """Give a section the questions that it answers."""
    questions = asked.get(section.get("a", ""))
    return section | ({"q": "\n".join(questions)} if questions else {})
