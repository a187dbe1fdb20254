"""The switcher between a site's editions, for the pages' templates.

`press.build` tells a build in its environment which edition it makes, and
which there are beside it. Without others there is no switcher.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from press.book import EDITIONS
from press.environment import environment

LABELS = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL / MariaDB",
}


@dataclass(frozen=True, slots=True)
class Link:
    """The way to a page's twin in an edition.

    Attributes:
        name: The edition's name, which is its folder's.
        label: The edition's name for readers.
        href: The address of the same page in it, from this page.
        here: Whether it is this page's own edition.
    """

    name: str
    label: str
    href: str
    here: bool


def setup(app: Sphinx) -> None:
    """Register the switcher with Sphinx.

    Args:
        app: The build.
    """
    app.add_config_value("press_edition", "", "html", [str])
    app.add_config_value("press_editions", [], "html", [list])
    app.connect("config-inited", configure)
    app.connect("html-page-context", link_page)


def configure(app: Sphinx, config: Config) -> None:  # noqa: ARG001 - Sphinx passes it
    """Take the editions from the environment.

    Args:
        app: The build.
        config: Its configuration.
    """
    variables = environment()
    beside = variables.get("PRESS_EDITIONS", "")
    config.press_edition = variables.get("PRESS_EDITION", "")
    config.press_editions = beside.split(",") if beside else []


def link_page(
    app: Sphinx,
    pagename: str,
    templatename: str,  # noqa: ARG001 - Sphinx passes it
    context: dict[str, Any],
    doctree: nodes.document | None,  # noqa: ARG001 - Sphinx passes it
) -> None:
    """Give a page's template the way to the page in each edition.

    Args:
        app: The build.
        pagename: The page.
        templatename: Its template.
        context: What the template sees; gains `edition`, the label of an
            edition that is not the first one, and `editions`.
        doctree: The page's content.
    """
    name = app.config.press_edition
    context["edition"] = LABELS[name] if name in EDITIONS[1:] else ""
    context["editions"] = links(
        name, app.config.press_editions, app.builder.get_target_uri(pagename)
    )


def links(edition: str, beside: list[str], page: str) -> list[Link]:
    """Find a page's twins.

    Args:
        edition: The page's own edition.
        beside: All editions of the site; the first one is at its root.
        page: The page's path in its edition.

    Returns:
        A link for each edition; none if there is just one.
    """
    if len(beside) < 2:  # noqa: PLR2004 - nothing to choose from
        return []
    places: Mapping[str, str] = {
        name: page if name == beside[0] else f"{name}/{page}"
        for name in beside
    }
    start = posixpath.dirname(places[edition])
    return [
        Link(
            name,
            LABELS[name],
            posixpath.relpath(place, start or "."),
            name == edition,
        )
        for name, place in places.items()
    ]
