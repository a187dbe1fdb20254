"""Read database URLs, and refuse in one sentence those that cannot work."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from .errors import DatabaseURLError

ASYNC_DRIVERS = {
    "sqlite": "aiosqlite",
    "postgresql": "asyncpg",
    "mysql": "aiomysql",
    "mariadb": "aiomysql",
}
"""The driver that this package recommends for each database."""

# What a URL may say after its '?'. Drivers accept more, but not as text.
_PARAMETERS = {
    "aiosqlite": {
        *("cache", "immutable", "mode", "nolock", "psow", "uri", "vfs"),
        *("cached_statements", "check_same_thread", "detect_types", "timeout"),
    },
    "asyncpg": {
        *("database", "host", "passfile", "password", "port", "user"),
        *("gsslib", "krbsrvname", "service", "servicefile", "ssl"),
        *("prepared_statement_cache_size", "target_session_attrs"),
    },
    "aiomysql": {
        *("charset", "client_flag", "connect_timeout"),
        *("init_command", "local_infile", "program_name", "sql_mode"),
        *("unix_socket", "use_unicode", "auth_plugin"),
        *("read_default_file", "read_default_group", "server_public_key"),
    },
}
_FILE_ONLY = {"cache", "immutable", "mode", "nolock", "psow", "vfs"}

_TLS = "pass connect_args={{'ssl': ssl.create_default_context()}} instead"
_CA = _TLS.replace("()", "(cafile={value!r})")
_CERTIFICATE = (
    "set context = ssl.create_default_context(...), call"
    " context.load_cert_chain(certificate, key) and pass"
    " connect_args={{'ssl': context}} instead"
)
_SERVER_SETTING = (
    "pass connect_args={{'server_settings': {{'{name}': '...'}}}} instead"
)
_POOL = "leave it out and pass pool_size=... to make_engine"
_FIXES = {
    "aiosqlite": {
        "isolation_level": "leave it out: make_engine begins transactions",
    },
    "asyncpg": {
        "sslmode": "write 'ssl={value}'",
        "channel_binding": "leave it out: asyncpg has no such choice",
        "pgbouncer": "leave it out: only Prisma reads it",
        "connect_timeout": "pass connect_args={{'timeout': 10}} instead",
        "application_name": _SERVER_SETTING,
        "options": _SERVER_SETTING,
        "search_path": _SERVER_SETTING,
        "schema": _SERVER_SETTING.replace("{name}", "search_path"),
        "currentSchema": _SERVER_SETTING.replace("{name}", "search_path"),
    }
    | {"sslrootcert": _CA, "sslrootcert=system": _TLS}
    | dict.fromkeys(("sslcert", "sslkey"), _CERTIFICATE)
    | dict.fromkeys(("connection_limit", "pool_size"), _POOL),
    "aiomysql": dict.fromkeys(
        (
            *("ssl", "ssl-mode", "ssl_mode", "sslmode", "sslaccept"),
            *("ssl_check_hostname", "useSSL", "tls"),
        ),
        _TLS,
    )
    | dict.fromkeys(("ssl_ca", "ssl-ca"), _CA)
    | {"ssl_capath": _CA.replace("cafile", "capath")}
    | dict.fromkeys(("ssl_cert", "ssl_key"), _CERTIFICATE)
    | dict.fromkeys(("ssl-cert", "ssl-key"), _CERTIFICATE)
    | dict.fromkeys(("connection_limit", "pool_size"), _POOL),
}
_SSL_MODES = (
    *("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
)
_LAST_PORT = 65_535


def parse_url(url: str | URL) -> URL:
    """Read a database URL and refuse one that cannot work.

    Args:
        url: The database URL.

    Returns:
        The URL, whose ``repr`` masks its password.

    Raises:
        DatabaseURLError: The URL cannot work; the message says how to fix it
            and hides the password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseURLError(
            "The database URL cannot be read: write it as"
            " dialect+driver://user:password@host:port/database, with %XX"
            " for special characters in the password."
        ) from None
    _require_async_driver(parsed)
    _require_server(parsed)
    _require_known_parameters(parsed)
    if parsed.get_backend_name() == "sqlite":
        _require_file(parsed)
    return parsed


def _require_async_driver(url: URL) -> None:
    """Refuse a dialect or driver that is unknown, absent, or not async."""
    backend, _, driver = url.drivername.partition("+")
    if backend == "postgres":
        raise DatabaseURLError(
            "SQLAlchemy knows no 'postgres': write postgresql+asyncpg://..."
        )
    fix = f"write {backend}+{ASYNC_DRIVERS.get(backend, 'driver')}://..."
    if not driver and backend in ASYNC_DRIVERS:
        # 2.1 silently uses psycopg for a bare postgresql://:
        # https://docs.sqlalchemy.org/en/21/changelog/migration_21.html
        raise DatabaseURLError(f"'{backend}://' names no async driver: {fix}")
    try:
        dialect = url.get_dialect().get_async_dialect_cls(url)
    except NoSuchModuleError:
        known = ", ".join(
            f"{name}+{driver}" for name, driver in ASYNC_DRIVERS.items()
        )
        raise DatabaseURLError(
            f"SQLAlchemy knows no '{url.drivername}': use one of {known}."
        ) from None
    if not dialect.is_async:
        raise DatabaseURLError(
            f"The driver of '{url.drivername}://' is not async: {fix}"
        )
    try:
        dialect.import_dbapi()
    except ImportError as error:
        raise DatabaseURLError(
            f"The driver of '{url.drivername}://' is not installed: run"
            f" 'pip install {error.name or driver}'."
        ) from None


def _require_server(url: URL) -> None:
    """Refuse a host or port that would fail only in the driver."""
    if "@" in (url.host or ""):
        # The part before the '@' is a piece of the password: show no URL.
        raise DatabaseURLError(
            "The password in the database URL holds an '@': write it as %40."
        )
    if url.port is not None and not 0 < url.port <= _LAST_PORT:
        raise DatabaseURLError(
            f"The database URL has port {url.port}: ports go from 1 to"
            f" {_LAST_PORT}."
        )


def _require_known_parameters(url: URL) -> None:
    """Refuse, by name, each parameter that the driver does not accept."""
    driver = url.get_driver_name()
    if driver not in _PARAMETERS:
        return
    fixes = [
        f"'{name}' ({_fix(driver, name, value)})"
        for name, value in url.query.items()
        if name not in _PARAMETERS[driver]
    ]
    if fixes:
        raise DatabaseURLError(
            f"{driver} does not accept these parameters of the database"
            f" URL: {', '.join(fixes)}."
        )
    mode = url.query.get("ssl", "require")
    if driver == "asyncpg" and mode not in _SSL_MODES:
        raise DatabaseURLError(
            "asyncpg does not know this value of 'ssl=': write one of"
            f" {', '.join(_SSL_MODES)}."
        )


def _fix(driver: str, name: str, value: str | tuple[str, ...]) -> str:
    """Say what to do about a parameter."""
    fixes = _FIXES.get(driver, {})
    known = fixes.get(f"{name}={value}") or fixes.get(name)
    if known is None:
        return "leave it out, or pass what it stands for in connect_args"
    return known.format(name=name, value=value)


def _require_file(url: URL) -> None:
    """Refuse a SQLite database in memory, or in a folder that is missing."""
    if _is_in_memory(url):
        # All sessions would share one connection, and so one transaction:
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#aiosqlite
        raise DatabaseURLError(
            "In memory, all sessions would share one transaction: name a"
            " file, as in sqlite+aiosqlite:///bank.db."
        )
    if "uri" not in url.query and _FILE_ONLY & set(url.query):
        name = min(_FILE_ONLY & set(url.query))
        raise DatabaseURLError(
            f"SQLite reads '{name}=' only from a file URI: write"
            f" sqlite+aiosqlite:///file:/path/bank.db?{name}=...&uri=true."
        )
    path = sqlite_path(url)
    if not path.parent.is_dir():
        raise DatabaseURLError(
            f"There is no folder '{path.parent}' for the SQLite file: make"
            " it, or name another file."
        )


def _is_in_memory(url: URL) -> bool:
    """Tell whether a SQLite URL means a database in memory."""
    name = url.database or ""
    return (
        name in {"", "file:"}
        or ":memory:" in name
        or url.query.get("mode") == "memory"
        or url.query.get("vfs") == "memdb"
    )


def sqlite_path(url: URL) -> Path:
    """Find the file of a SQLite URL, as a path or as a file URI.

    Args:
        url: The database URL.

    Returns:
        The file's path.
    """
    name = url.database or ""
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    return Path(name)
