"""The Sphinx extension that finishes the site.

It puts the other modules together, tells what every page's outputs come from
and where the repository is, and drops what the theme ships and no page asks
for.
"""

from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from press.book import stamp
from press.site import (
    around,
    breaks,
    claims,
    codelinks,
    context,
    databases,
    downloads,
    links,
    markdown,
    outputs,
    reference,
    repository,
    search,
)
from press.site.files import when_finished
from press.system.environment import environment

# What Sphinx and MyST-NB put into the site's `_static`, and no page loads:
# the layout and its style are ours.
UNUSED = (
    "basic.css",
    "doctools.js",
    "documentation_options.js",
    "file.png",
    "language_data.js",
    "minus.png",
    "mystnb.*.css",
    "plus.png",
    "pygments.css",
    "searchtools.js",
    "sphinx_highlight.js",
)
PARTS = (
    *(breaks, claims, codelinks, context, databases, downloads, links),
    *(around, markdown, outputs, reference, search),
)
"""The modules, in the order in which they look at a page."""


def setup(app: Sphinx) -> dict[str, bool | int]:
    """Register the extension's parts with Sphinx.

    Returns:
        What the extension bears, and the version of what it keeps of pages.
    """
    app.add_config_value("press_packages", [], "env", [list])
    for names in ("press_libraries", "press_foreign"):  # for press.prose
        app.add_config_value(names, [], "", [list])
    # Its change rewrites every page, and reads none again.
    app.add_config_value("press_stamp", {}, "html", [dict])
    for part in PARTS:
        part.setup(app)
    app.connect("config-inited", configure)
    app.connect("env-get-outdated", stale_notebooks)
    when_finished(app, drop_unused)
    return {
        "parallel_read_safe": True,
        "parallel_write_safe": True,
        "env_version": 1,
    }


def configure(app: Sphinx, config: Config) -> None:
    """Complete the configuration with what only a build can know.

    Links to the repository appear only where its address is known, canonical
    addresses only where `SITE_URL` tells the site's. Neither is ever guessed.
    """
    folder = Path(app.srcdir)
    config.press_stamp = {
        "source": stamp.source_hash(folder),
        "versions": stamp.versions(),
    }
    variables = environment()
    if address := repository.address(repository.project(folder), variables):
        config.press_repository = address
    if site := variables.get("SITE_URL"):
        config.html_baseurl = site.rstrip("/") + "/"


def stale_notebooks(
    app: Sphinx, env: BuildEnvironment, *_: object
) -> Iterable[str]:
    """Have a build that executes notebooks execute all after a change.

    By itself MyST-NB looks at the notebooks alone, and keeps showing what
    code did that has changed since: executablebooks/MyST-NB#299.
    """
    before = getattr(env, "press_stamp", None)
    env.press_stamp = app.config.press_stamp  # type: ignore[attr-defined]  # an attribute of ours is how an extension keeps what it knows
    executes = app.config.nb_execution_mode != "off"
    if not executes or before == app.config.press_stamp:
        return []
    pages = env.found_docs
    return [page for page in pages if env.doc2path(page).endswith(".ipynb")]


def drop_unused(app: Sphinx) -> None:
    """Remove what Sphinx puts into a site and no page asks for."""
    static = Path(app.outdir, "_static")
    for pattern in UNUSED:
        for path in list(static.glob(pattern)):
            path.unlink()
