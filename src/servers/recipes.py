"""How each kind of server is made and started, to be thrown away."""

import secrets
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """One server to start."""

    folder: Path  # all to itself
    account: str  # the system user whom root lets it run as
    scheme: str  # SQLAlchemy's dialect and driver
    user: str  # the administrator's, as are the next two
    password: str
    database: str
    make: list[str]  # the command that fills the folder, if any
    start: list[str]  # the command that serves it, without the port
    ready: tuple[str, ...]  # what the log says once it takes connections
    stop: signal.Signals  # ends it soonest, and yet it leaves nothing behind
    files: dict[str, str]  # that the commands read, by their names

    def url(self, port: int) -> str:
        """Give the administrator's URL, password and all."""
        login = f"{self.user}:{self.password}@{HOST}:{port}"
        return f"{self.scheme}://{login}/{self.database}"


def postgresql(
    programs: Sequence[str | Path], folder: Path, password: str = ""
) -> Server:
    """Describe a PostgreSQL server that tests may throw away.

    Nothing is synchronised to disk, as in
    https://www.postgresql.org/docs/current/non-durability.html.

    Args:
        programs: The paths of ``postgres`` and ``initdb``.
        folder: The server's own folder.
        password: The administrator's; a random one by default.
    """
    server, initdb = map(str, programs)
    password = password or secrets.token_hex(16)
    return Server(
        folder=folder,
        account="postgres",
        scheme="postgresql+asyncpg",
        user="postgres",
        password=password,
        database="postgres",
        make=[
            initdb,
            f"--pgdata={folder}/data",
            f"--pwfile={folder}/password",
            "--username=postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # The one UTF-8 locale that each system has.
            "--locale="
            + ("en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"),
            "--no-instructions",
            "--no-sync",
        ],
        start=[
            server,
            *("-D", f"{folder}/data"),
            *("-h", HOST),
            *("-k", ""),  # no Unix socket
            *("-N", "200"),
            "-F",  # no fsync
            "--synchronous_commit=off",
            "--full_page_writes=off",
            "--wal_level=minimal",
            "--max_wal_senders=0",
            "--dynamic_shared_memory_type=mmap",  # goes with the folder
        ],
        ready=("database system is ready to accept connections",),
        stop=signal.SIGQUIT,
        files={"password": password},
    )


def mysql(
    programs: Sequence[str | Path], folder: Path, password: str = ""
) -> Server:
    """Describe a MariaDB or MySQL server that tests may throw away.

    Args:
        programs: The paths of ``mariadbd`` and ``mariadb-install-db``, or of
            MySQL's ``mysqld`` alone.
        folder: The server's own folder.
        password: The administrator's; a random one by default.
    """
    password = password or secrets.token_hex(16)
    server, *installer = map(str, programs)
    data = ["--no-defaults", f"--datadir={folder}/data"]
    if installer:
        make = [
            *installer,
            *data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-log-file-size=8M",
        ]
        own = []
    else:
        make = [server, *data, "--initialize-insecure"]
        own = ["--mysqlx=OFF", "--secure-file-priv=NULL"]
    return Server(
        folder=folder,
        account="mysql",
        scheme="mysql+aiomysql",
        user="press",
        password=password,
        database="press",
        make=make,
        start=[
            server,
            *data,
            *own,
            f"--bind-address={HOST}",
            f"--init-file={folder}/init.sql",
            "--socket=socket",
            "--pid-file=pid",
            "--max-connections=200",
            "--character-set-server=utf8mb4",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--performance-schema=OFF",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
            "--innodb-doublewrite=0",
            "--innodb-use-native-aio=0",  # containers often have none left
        ],
        ready=("ready for connections",),
        stop=signal.SIGKILL,
        files={
            "init.sql": (
                f"CREATE USER 'press'@'{HOST}' IDENTIFIED BY '{password}';\n"
                f"GRANT ALL ON *.* TO 'press'@'{HOST}' WITH GRANT OPTION;\n"
                "CREATE DATABASE press;\n"
            )
        },
    )


SERVERS = {"postgresql": postgresql, "mysql": mysql}
