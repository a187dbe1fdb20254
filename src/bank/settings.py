"""The bank's settings, and the only reader of the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set from outside; each field is an environment variable.

    ``DATABASE_URL=postgresql+asyncpg://... uvicorn ...`` is all that it
    takes. A file ``.env`` in the current folder is read as well, and the
    environment wins over it:
    https://docs.pydantic.dev/latest/concepts/pydantic_settings/

    Attributes:
        database_url: Where the database is, as SQLAlchemy writes it. Left
            out of ``repr``, since it may carry a password.
        database_echo: Whether to log every statement.
        database_pool_size: How many connections the pool keeps open.
        database_max_overflow: How many more it may open under load.
        database_statement_timeout: After how many seconds the database gives
            a statement up; by default never.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: str = Field("sqlite+aiosqlite:///bank.db", repr=False)
    database_echo: bool = False
    database_pool_size: int = Field(5, ge=1)
    database_max_overflow: int = Field(10, ge=0)
    database_statement_timeout: float | None = Field(None, gt=0)
