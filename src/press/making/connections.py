"""Find connections and engines that a notebook leaves open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from press.book.book import DATABASES
from press.book.stamp import versions

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

SERVERS = DATABASES | {"mariadb": "MariaDB"}


class Finding(NamedTuple):
    """What a notebook left behind, and in which cell, if that is known."""

    text: str
    cell: int | None


@dataclass(slots=True)
class Link:
    """A connection to a database that a pool has open.

    Attributes:
        cell: The cell that opened it.
        engine: The identity of its engine.
        url: The engine's URL, its password hidden.
        holder: The cell that has it checked out, if one has.
        disposed: Whether its engine was disposed of while it was open.
    """

    cell: int
    engine: int = 0
    url: str = "an unknown URL"
    holder: int | None = None
    disposed: bool = False


@dataclass(slots=True)
class Pools:
    """Every connection that any SQLAlchemy pool has open.

    Connections are known by identity and not held, so that what the notebook
    drops is collected as it would be without the watch. A connection that is
    collected without being closed stays in the books, which is the point.
    """

    open: dict[int, Link] = field(default_factory=dict)
    lost: list[Link] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    cell: int = 0

    def listen(self) -> None:
        """Hear of what happens to every pool and every engine."""
        from sqlalchemy import Engine, Pool, event  # noqa: PLC0415 - optional

        event.listen(Pool, "connect", self.connected)
        event.listen(Pool, "checkout", self.checked_out)
        event.listen(Pool, "checkin", self.checked_in)
        event.listen(Pool, "close", self.closed)
        event.listen(Pool, "close_detached", self.closed)
        event.listen(Engine, "engine_connect", self.used)
        event.listen(Engine, "engine_disposed", self.disposed)

    def connected(self, connection: object, _record: object) -> None:
        """Enter a new connection; one of the same identity was lost."""
        if earlier := self.open.pop(id(connection), None):
            self.lost.append(earlier)
        self.open[id(connection)] = Link(self.cell)

    def checked_out(self, connection: object, *_: object) -> None:
        """Note which cell holds a connection."""
        if link := self.open.get(id(connection)):
            link.holder = self.cell

    def checked_in(self, connection: object, _record: object) -> None:
        """Note that a connection was given back."""
        if link := self.open.get(id(connection)):
            link.holder = None

    def closed(self, connection: object, *_: object) -> None:
        """Strike out a connection that its pool closes."""
        self.open.pop(id(connection), None)

    def used(self, connection: "Connection") -> None:
        """Note whose a new connection is, and what it is connected to."""
        link = self.open.get(id(connection.connection.dbapi_connection))
        if link is None or link.engine:
            return
        link.engine = id(connection.engine)
        link.url = connection.engine.url.render_as_string()
        dialect = connection.dialect
        if dialect.driver in self.versions:
            return
        self.versions |= versions(("SQLAlchemy", dialect.driver))
        if number := getattr(dialect, "server_version_info", None):
            is_mariadb = getattr(dialect, "is_mariadb", False)
            server = SERVERS["mariadb" if is_mariadb else dialect.name]
            self.versions[server] = ".".join(map(str, number))

    def disposed(self, engine: "Engine") -> None:
        """Note that an engine let go of its connections."""
        for link in self.open.values():
            if link.engine == id(engine):
                link.disposed = True

    def findings(self) -> Iterator[Finding]:
        """Tell what is still open."""
        links = [*self.lost, *self.open.values()]
        for link in links:
            if link.holder:
                text = f"leaves a connection to {link.url} checked out"
                yield Finding(text, link.holder)
        undisposed: dict[tuple[int, str], list[Link]] = {}
        for link in links:
            if not (link.holder and link.disposed):
                undisposed.setdefault((link.engine, link.url), []).append(link)
        for (_, url), of_engine in undisposed.items():
            text = (
                f"opens an engine for {url} that is never disposed of "
                f"(connections still open: {len(of_engine)})"
            )
            yield Finding(text, of_engine[0].cell)
