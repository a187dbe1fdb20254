"""The Sphinx extension that finishes the site.

It stamps every page with what its outputs come from, describes it to search
engines, links to the repository where its address is known, checks the names
of the code that prose refers to, and drops what the theme ships and no page
asks for.
"""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from press.book import stamp
from press.site import claims, codelinks, databases, links, repository
from press.site.names import NameDomain
from press.system.environment import environment

STAGE = ".stage"

# Relative to the site's `_static`.
UNUSED = (
    "**/*.map",  # for debugging the theme's own scripts
    "**/*.ttf",  # every browser takes the woff2 beside it
    "*webpack-macros.html",  # templates
    "locales",  # the theme's translations, already applied
    "scripts/fontawesome.js*",  # 1.5 MB; our webpack-macros.html drops it
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension's parts with Sphinx.

    Args:
        app: The build.

    Returns:
        What the extension bears: reading and writing in parallel.
    """
    app.add_config_value("press_packages", [], "env", [list])
    # Its change rewrites every page, and reads none again.
    app.add_config_value("press_stamp", {}, "html", [dict])
    app.add_domain(NameDomain)
    claims.setup(app)
    codelinks.setup(app)
    databases.setup(app)
    links.setup(app)
    app.connect("config-inited", configure)
    app.connect("env-get-outdated", stale_notebooks)
    app.connect("html-page-context", stamp_page)
    app.connect("html-page-context", describe_page)
    app.connect("build-finished", drop_unused)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def configure(app: Sphinx, config: Config) -> None:
    """Complete the configuration with what only a build can know.

    The repository's links, buttons and Binder appear only where the
    repository's address is known, the canonical address only where
    `SITE_URL` tells it. None of them is ever guessed.

    Args:
        app: The build.
        config: Its configuration.
    """
    folder = Path(app.srcdir)
    config.press_stamp = {
        "source": stamp.source_hash(folder),
        "versions": stamp.versions(),
    }
    variables = environment()
    if address := repository.address(project(folder), variables):
        config.html_theme_options = {
            **config.html_theme_options,
            **repository_options(address),
        }
    if site := variables.get("SITE_URL"):
        config.html_baseurl = site.rstrip("/") + "/"


def project(folder: Path) -> Path:
    """Tell which project a book's source folder belongs to.

    Args:
        folder: The project's folder, or a copy that the press staged.

    Returns:
        The project's folder.
    """
    return folder.parents[1] if folder.parent.name == STAGE else folder


def repository_options(address: str) -> dict[str, Any]:
    """Say how the theme links to a repository.

    Args:
        address: Where the repository is, such as
            `https://github.com/owner/name`.

    Returns:
        Options of the theme:
        https://sphinx-book-theme.readthedocs.io/en/stable/components/source-files.html
    """
    options: dict[str, Any] = {
        "repository_url": address,
        "repository_provider": "github",
        "use_edit_page_button": True,
        "use_issues_button": True,
        "use_repository_button": True,
    }
    if address.startswith(f"{repository.GITHUB}/"):
        options["launch_buttons"] = {
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        }
    return options


def stale_notebooks(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],  # noqa: ARG001 - Sphinx passes it
    changed: set[str],  # noqa: ARG001 - Sphinx passes it
    removed: set[str],  # noqa: ARG001 - Sphinx passes it
) -> Iterable[str]:
    """Have a build that executes notebooks execute all after a change.

    By itself MyST-NB looks at the notebooks alone, and keeps showing what
    code did that has changed since: executablebooks/MyST-NB#299.

    Args:
        app: The build.
        env: Sphinx' knowledge of the book, kept from build to build.
        added: Pages that are new.
        changed: Pages that have changed.
        removed: Pages that are gone.

    Returns:
        The notebooks to read, and so to execute, again.
    """
    before = getattr(env, "press_stamp", None)
    env.press_stamp = app.config.press_stamp  # type: ignore[attr-defined]  # an attribute of ours is how an extension keeps what it knows
    executes = app.config.nb_execution_mode != "off"
    if not executes or before == app.config.press_stamp:
        return []
    return [
        page
        for page in env.found_docs
        if Path(env.doc2path(page)).suffix == ".ipynb"
    ]


def stamp_page(
    app: Sphinx,
    pagename: str,
    templatename: str,  # noqa: ARG001 - Sphinx passes it
    context: dict[str, Any],
    doctree: nodes.document | None,  # noqa: ARG001 - Sphinx passes it
) -> None:
    """Tell the page's template what the page's outputs come from.

    That is what the press wrote into the notebook when it executed it;
    otherwise what this build has.

    Args:
        app: The build.
        pagename: The page.
        templatename: Its template.
        context: What the template sees; gains `stamp`.
        doctree: The page's content.
    """
    executed = app.builder.env.metadata[pagename].get("stamp")
    context["stamp"] = (
        json.loads(executed) if executed else app.config.press_stamp
    )


def describe_page(
    app: Sphinx,  # noqa: ARG001 - Sphinx passes it
    pagename: str,  # noqa: ARG001 - Sphinx passes it
    templatename: str,  # noqa: ARG001 - Sphinx passes it
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give the page's template the page's first paragraph.

    Args:
        app: The build.
        pagename: The page.
        templatename: Its template.
        context: What the template sees; gains `description`.
        doctree: The page's content; None where a template is all there is.
    """
    if doctree is not None:
        for paragraph in doctree.findall(nodes.paragraph):
            context["description"] = " ".join(paragraph.astext().split())
            return


def drop_unused(app: Sphinx, exception: Exception | None) -> None:
    """Remove what the theme ships and no page asks for.

    Args:
        app: The build.
        exception: What ended the build early, if anything did.
    """
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for pattern in UNUSED:
        for path in list(static.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
