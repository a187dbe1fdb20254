"""Keep links right where only changed pages are written.

Sphinx writes again the pages that were read again. A page that links to a
heading or a name that has gone would keep its link, so a build in which any
target is gone or has moved writes all pages. Pages that are gone themselves
are removed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from press.site.files import when_finished

KEPT = {"404", "search"}


def setup(app: Sphinx) -> None:
    """Register what compares the targets, and what removes pages."""
    app.connect("env-updated", pages_to_write)
    when_finished(app, remove_gone)


def pages_to_write(_app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Have all pages written where a target is gone or leads elsewhere."""
    before: set[tuple[str, ...]] = getattr(env, "press_targets", set())
    now = set(_targets(env))
    env.press_targets = now  # type: ignore[attr-defined]  # an attribute of ours is how an extension keeps what it knows
    return list(env.found_docs) if before - now else []


def remove_gone(app: Sphinx) -> None:
    """Remove the pages that the book does not have any more."""
    folder = Path(app.outdir)
    pages = app.env.found_docs | KEPT
    for path in [*folder.rglob("*.html"), *folder.rglob("*.md")]:
        page = path.relative_to(folder).with_suffix("").as_posix()
        is_static = page.startswith(("_static/", "_downloads/", "_sources/"))
        if not is_static and page not in pages:
            path.unlink()


def _targets(env: BuildEnvironment) -> Iterator[tuple[str, ...]]:
    """List all that links can lead to: where it is, and its name."""
    for domain in env.domains.values():
        for name, shown, kind, page, anchor, _ in domain.get_objects():
            yield domain.name, name, str(shown), kind, page, anchor
    for page, title in env.titles.items():
        yield "page", page, title.astext()
    for page, metadata in env.metadata.items():
        for anchor in metadata.get("myst_slugs", {}):
            yield "heading", page, anchor
