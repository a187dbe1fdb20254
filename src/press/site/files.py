"""Files beside the pages: those that settings name, and those of the site."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def named(app: Sphinx, setting: str) -> dict[str, Any]:
    """Read the TOML file that a setting names, from the book's folder.

    Where the setting is empty, so is what is read.
    """
    name = getattr(app.config, setting)
    if not name:
        return {}
    return tomllib.loads(Path(app.srcdir, name).read_text("utf-8"))


def when_finished(app: Sphinx, write: Callable[[Sphinx], None]) -> None:
    """Have a function write to the site, once all its pages are there.

    A build that failed, or that makes no HTML, is left as it is.
    """

    def finish(app: Sphinx, exception: Exception | None) -> None:
        if exception is None and app.builder.format == "html":
            write(app)

    app.connect("build-finished", finish)
