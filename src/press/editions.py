"""All editions of a book that can be made here, bound into one site."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from press import flow
from press.book import EDITIONS, Book, Edition, PressError
from press.build import publish
from press.notebook import Notebooks
from press.servers import ServerError, Servers, running
from press.terminal import say


def make(book: Book, variables: Mapping[str, str]) -> Path:
    """Make every edition whose database is at hand, and bind them.

    Args:
        book: The book.
        variables: The environment. ``DATABASE_URL`` is left aside, and
            ``REQUIRE_DATABASES`` names the databases that must be at hand.

    Returns:
        The site's first page.

    Raises:
        PressError: An edition cannot be made, or a required database is
            missing. The last good site stays in its place.
    """
    with at_hand(variables) as servers:
        editions = among(book, variables, servers)
        with alone(editions):
            proven = [(each, flow.prove(each)) for each in editions]
            index = bind(book, proven)
    for name, remedy in servers.missing.items():
        say(f"Left out: the edition on {name}. {remedy}")
    return index


@contextmanager
def at_hand(variables: Mapping[str, str]) -> Iterator[Servers]:
    """Run the servers that are installed, for the time of the context.

    Args:
        variables: The environment. ``REQUIRE_DATABASES`` names the
            databases that must be at hand, separated by commas.

    Yields:
        The servers.

    Raises:
        PressError: A required database is missing, or a server fails.
    """
    required = variables.get("REQUIRE_DATABASES", "")
    names = {name.strip() for name in required.split(",") if name.strip()}
    if unknown := names - set(EDITIONS):
        raise PressError(
            f"REQUIRE_DATABASES names {', '.join(sorted(unknown))}: it takes "
            f"{', '.join(EDITIONS)}."
        )
    try:
        with running() as servers:
            if lacking := sorted(names & servers.missing.keys()):
                remedies = [servers.missing[name] for name in lacking]
                raise PressError("\n".join(remedies))
            yield servers
    except ServerError as error:
        raise PressError(str(error)) from error


def among(
    book: Book, variables: Mapping[str, str], servers: Servers
) -> list[Edition]:
    """List the editions that can be made on some servers.

    Args:
        book: The book.
        variables: The environment; ``DATABASE_URL`` is left aside.
        servers: The servers at hand.

    Returns:
        The editions, in the order that readers see; SQLite's, which needs
        no server, is the first.
    """
    plain = {**variables}
    plain.pop("DATABASE_URL", None)
    first, *others = EDITIONS
    return [Edition(book, first, plain)] + [
        Edition(
            book,
            name,
            plain | {"DATABASE_URL": servers.urls[name]},
            servers.programs.get(name, ""),
        )
        for name in others
        if name in servers.urls
    ]


@contextmanager
def alone(editions: list[Edition]) -> Iterator[None]:
    """Keep other runs off several editions, as `flow.alone` does off one.

    Args:
        editions: The editions, always in the same order, so that two runs
            never wait for each other.
    """
    with ExitStack() as locks:
        for edition in editions:
            locks.enter_context(flow.alone(edition))
        yield


def bind(book: Book, proven: Sequence[tuple[Edition, Notebooks]]) -> Path:
    """Build the sites of proven editions, and publish them as one.

    Args:
        book: The book.
        proven: The editions, each with what `flow.prove` gave. The first
            one goes to the site's root, each other one to its own folder.

    Returns:
        The site's first page.

    Raises:
        PressError: A site does not build; none is published then.
    """
    names = [edition.name for edition, _ in proven]
    sites = [
        flow.render(edition, notebooks, names) for edition, notebooks in proven
    ]
    whole, *parts = sites
    for name, site in zip(names[1:], parts, strict=True):
        shutil.move(site, whole / name)
    return publish(whole, book.html)
