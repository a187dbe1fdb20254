"""What can be set from outside."""

from traceback import format_exception

import pytest
from pydantic import ValidationError

from bank.settings import Settings, SettingsError, read_settings


def test_defaults(monkeypatch, tmp_path):
    """Without any setting, the bank lives in a SQLite file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings = Settings()
    assert settings.database_url == "sqlite+aiosqlite:///bank.db"
    assert settings.database_echo is False
    assert settings.database_pool_size == 10
    assert settings.database_max_overflow == 0
    assert settings.database_lock_timeout == 5
    assert settings.database_statement_timeout == 10
    assert settings.database_slow_statement == 1


def test_environment(monkeypatch, tmp_path):
    """Each setting is read from the variable of its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://h/d")
    monkeypatch.setenv("DATABASE_ECHO", "true")
    monkeypatch.setenv("DATABASE_POOL_SIZE", "7")
    monkeypatch.setenv("DATABASE_MAX_OVERFLOW", "3")
    monkeypatch.setenv("DATABASE_LOCK_TIMEOUT", "0.5")
    monkeypatch.setenv("DATABASE_STATEMENT_TIMEOUT", "2.5")
    monkeypatch.setenv("DATABASE_SLOW_STATEMENT", "0")
    settings = Settings()
    assert settings.database_url == "postgresql+asyncpg://h/d"
    assert settings.database_echo is True
    assert settings.database_pool_size == 7
    assert settings.database_max_overflow == 3
    assert settings.database_lock_timeout == 0.5
    assert settings.database_statement_timeout == 2.5
    assert settings.database_slow_statement == 0


def test_an_empty_url_is_no_file(monkeypatch, tmp_path):
    """A deployment that lost its URL does not write to a new SQLite file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "")
    assert read_settings().database_url == ""


def test_dotenv(monkeypatch, tmp_path):
    """A file .env is read, and the environment wins over it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / ".env").write_text(
        "DATABASE_URL=sqlite+aiosqlite:///from-file.db\nDATABASE_POOL_SIZE=3\n"
        "SOMETHING_ELSE=1\n"
    )
    monkeypatch.setenv("DATABASE_POOL_SIZE", "4")
    settings = Settings()
    assert settings.database_url == "sqlite+aiosqlite:///from-file.db"
    assert settings.database_pool_size == 4


def test_password_is_hidden():
    """A password in the URL is in neither repr nor str."""
    settings = Settings(database_url="mysql+aiomysql://u:geheim@h/d")
    assert "geheim" not in repr(settings)
    assert "geheim" not in str(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POOL_SIZE", "0"),
        ("POOL_SIZE", "1001"),
        ("POOL_SIZE", "many"),
        ("POOL_SIZE", ""),
        ("MAX_OVERFLOW", "-1"),
        ("MAX_OVERFLOW", "1001"),
        ("STATEMENT_TIMEOUT", "0"),
        ("STATEMENT_TIMEOUT", "inf"),
        ("LOCK_TIMEOUT", "0"),
        ("LOCK_TIMEOUT", "nan"),
        ("SLOW_STATEMENT", "-0.1"),
        ("SLOW_STATEMENT", "inf"),
        ("ECHO", "loud"),
    ],
)
def test_bad_value_is_refused(monkeypatch, name, value):
    """A setting that makes no sense is named in one sentence."""
    monkeypatch.setenv(f"DATABASE_{name}", value)
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://u:geheim@h/d")
    with pytest.raises(SettingsError, match=f"DATABASE_{name}: ") as refusal:
        read_settings()
    assert "\n" not in str(refusal.value)
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pool_size", ["1", "1000"]),
        ("max_overflow", ["0", "1000"]),
        ("lock_timeout", ["0.001", "86400"]),
        ("statement_timeout", ["0.001", "86400"]),
        ("slow_statement", ["0", "86400"]),
    ],
)
def test_outermost_values_are_taken(monkeypatch, name, values):
    """What is just within a limit is taken as it is."""
    for value in values:
        monkeypatch.setenv(f"DATABASE_{name.upper()}", value)
        taken = getattr(read_settings(), f"database_{name}")
        assert taken == float(value)


def test_all_bad_values_are_named(monkeypatch):
    """Whoever has several settings to correct is told them all at once."""
    monkeypatch.setenv("DATABASE_ECHO", "loud")
    monkeypatch.setenv("DATABASE_POOL_SIZE", "0")
    with pytest.raises(
        SettingsError, match=r"_ECHO: .*; DATABASE_POOL_SIZE: "
    ):
        read_settings()


@pytest.mark.parametrize("read", [read_settings, Settings])
def test_bad_value_is_not_shown(monkeypatch, read):
    """A value that makes no sense, maybe a password, stays out of the log."""
    monkeypatch.setenv("DATABASE_POOL_SIZE", "geheim")
    with pytest.raises(ValueError, match=r"(?i)database_pool_size") as refusal:
        read()
    assert "geheim" not in "".join(format_exception(refusal.value))


def test_settings_do_not_change():
    """Settings stay as they were read."""
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, "database_echo", True)  # noqa: B010 - mypy knows
