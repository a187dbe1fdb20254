"""How each kind of server is made and started, to be thrown away."""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """One server to start.

    Attributes:
        account: The system user whom root lets the server run as.
        scheme: SQLAlchemy's dialect and driver.
        user: The administrator's name.
        password: The administrator's password.
        database: The database in the administrator's URL.
        make: The command that fills the data folder.
        start: The command that serves it, without the port.
        ready: What the log says when the server takes connections.
        stop: The signal that ends the server soonest and still frees what
            it holds outside of its folder.
        files: Further files that the commands read, by their names.
    """

    account: str
    scheme: str
    user: str
    password: str
    database: str
    make: list[str]
    start: list[str]
    ready: str
    stop: signal.Signals
    files: dict[str, str]

    def url(self, port: int) -> str:
        """Give the administrator's URL, password and all.

        Args:
            port: Where the server listens.

        Returns:
            The database URL.
        """
        login = f"{self.user}:{self.password}@{HOST}:{port}"
        return f"{self.scheme}://{login}/{self.database}"


def postgresql(programs: list[str], folder: Path, password: str) -> Server:
    """Describe a PostgreSQL server that tests may throw away.

    Nothing is synchronised to disk, as in
    https://www.postgresql.org/docs/current/non-durability.html.

    Args:
        programs: The paths of ``postgres`` and ``initdb``.
        folder: The server's own folder.
        password: The administrator's password.

    Returns:
        The commands and what belongs to them.
    """
    server, initdb = programs
    return Server(
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
        ],
        ready="database system is ready to accept connections",
        stop=signal.SIGQUIT,
        files={"password": password},
    )


def mysql(programs: list[str], folder: Path, password: str) -> Server:
    """Describe a MariaDB or MySQL server that tests may throw away.

    Args:
        programs: The paths of ``mariadbd`` and ``mariadb-install-db``, or of
            MySQL's ``mysqld`` alone.
        folder: The server's own folder.
        password: The administrator's password.

    Returns:
        The commands and what belongs to them.
    """
    data = ["--no-defaults", f"--datadir={folder}/data"]
    match programs:
        case [server, install]:
            make = [
                install,
                *data,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--innodb-log-file-size=8M",
            ]
            own = []
        case [server]:
            make = [server, *data, "--initialize-insecure"]
            own = ["--mysqlx=OFF", "--secure-file-priv=NULL"]
    return Server(
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
        ready="ready for connections",
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
