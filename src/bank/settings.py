"""The bank's settings, and the only reader of the environment."""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set from outside; each field is an environment variable.

    ``DATABASE_URL=postgresql+asyncpg://... python -m bank`` is all that it
    takes. A file ``.env`` in the current folder is read as well, and the
    environment wins over it:
    https://docs.pydantic.dev/latest/concepts/pydantic_settings/

    Attributes:
        database_url: Where the database is, as SQLAlchemy writes it. Left
            out of ``repr``, since it may carry a password.
        database_echo: Whether to log every statement, with its values.
        database_pool_size: How many connections the pool keeps open.
        database_max_overflow: How many more it may open under load.
        database_lock_timeout: Seconds that a statement waits for a lock.
        database_statement_timeout: Seconds after which the database stops a
            statement. On PostgreSQL and MariaDB it includes the wait for
            locks, so it has to be longer than that, or nothing is retried.
        database_slow_statement: Seconds after which a statement is logged as
            slow.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: str = Field("sqlite+aiosqlite:///bank.db", repr=False)
    database_echo: bool = False
    database_pool_size: int = Field(10, ge=1, le=1_000)
    database_max_overflow: int = Field(0, ge=0, le=1_000)
    database_lock_timeout: float = Field(5, gt=0, allow_inf_nan=False)
    database_statement_timeout: float = Field(10, gt=0, allow_inf_nan=False)
    database_slow_statement: float = Field(1, ge=0, allow_inf_nan=False)


class SettingsError(ValueError):
    """A setting makes no sense; the message names its variable."""


def read_settings() -> Settings:
    """Read the settings from the environment.

    Returns:
        The settings.

    Raises:
        SettingsError: A setting makes no sense; the message names its
            variable, and does not show its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{str(each['loc'][0]).upper()}: {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(
            f"The environment or .env has a setting that makes no sense:"
            f" {wrong}."
        ) from None
