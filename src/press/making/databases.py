"""The databases that are installed, each with a run of the notebooks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from press.book.book import DATABASES, Book, PressError, Run
from servers import ServerError, Servers, running


@contextmanager
def at_hand(variables: Mapping[str, str]) -> Iterator[Servers]:
    """Run the servers that are installed, for the time of the context.

    ``REQUIRE_DATABASES`` among the variables names the databases that must be
    available, separated by commas.

    Raises:
        PressError: A required database is missing, or a server fails.
    """
    required = variables.get("REQUIRE_DATABASES", "")
    names = {name.strip() for name in required.split(",") if name.strip()}
    if unknown := names - DATABASES.keys():
        raise PressError(
            f"REQUIRE_DATABASES names {', '.join(sorted(unknown))}: it takes "
            f"{', '.join(DATABASES)}."
        )
    try:
        with running() as servers:
            if lacking := sorted(names & servers.missing.keys()):
                remedies = [servers.missing[name] for name in lacking]
                raise PressError("\n".join(remedies))
            yield servers
    except ServerError as error:
        raise PressError(str(error)) from error


def runs_on(
    book: Book, variables: Mapping[str, str], servers: Servers
) -> list[Run]:
    """List the runs that some servers allow, in the order that readers see.

    ``DATABASE_URL`` is left aside. SQLite's run, which needs no server, is
    the first.
    """
    plain = {**variables}
    plain.pop("DATABASE_URL", None)
    first, *others = DATABASES
    return [Run(book, first, plain)] + [
        Run(
            book,
            name,
            plain | {"DATABASE_URL": servers.urls[name]},
            servers.programs.get(name, ""),
        )
        for name in others
        if name in servers.urls
    ]
