"""What an operator sees: request ids, slow statements, and no values."""

import logging
import time
from logging.config import dictConfig
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

logger = logging.getLogger(__name__)


def configure_logging() -> None:
    """Send the logs of the bank and of uvicorn to standard error.

    Each line has the id of the request that it belongs to.
    """
    line = "%(asctime)s %(levelname)s %(name)s [%(request)s] %(message)s"
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {
                "request": {
                    "()": "asgi_correlation_id.CorrelationIdFilter",
                    "default_value": "-",
                }
            },
            "formatters": {
                "line": {"format": line.replace("request", "correlation_id")}
            },
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "filters": ["request"],
                    "formatter": "line",
                }
            },
            "root": {"handlers": ["stderr"], "level": "INFO"},
        }
    )


def log_slow_statements(engine: AsyncEngine, seconds: float) -> None:
    """Log each statement that takes long, with its duration.

    It is logged whether it succeeds or fails, as one does that its time limit
    stops, and as it is sent, without its values.

    Args:
        engine: The engine to watch.
        seconds: How long a statement takes at least to be logged.
    """

    def begin(connection: Connection, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def end(
        connection: Connection, _cursor: Any, statement: str, *_: Any
    ) -> None:
        took = time.perf_counter() - connection.info["began"]
        if took >= seconds:
            logger.warning("Slow statement, %.3f s: %s", took, statement)

    def fail(context: ExceptionContext) -> None:
        was_sent = context.execution_context is not None
        if was_sent and context.connection and context.statement:
            end(context.connection, None, context.statement)

    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", end)
    event.listen(engine.sync_engine, "handle_error", fail)
