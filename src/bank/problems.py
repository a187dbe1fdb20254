"""Errors as a client gets them: one shape, RFC 9457's problem details."""

import logging
import traceback
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError, StatementError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from bank.db.errors import (
    ConstraintViolated,
    DatabaseError,
    DatabaseUnavailable,
    Disconnected,
    OutOfSpace,
    Retryable,
    StaleRow,
    TimedOut,
    error_code,
    translate,
)
from bank.errors import (
    BankError,
    Conflict,
    HouseAccount,
    InvalidTransfer,
    NotFound,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 1
"""Seconds that a client should wait after a 503."""

OPENAPI = "3.0.3"
"""The version of the API document.

In this version an integer has no fraction, as in the bank. From 3.1 on,
``1.0`` counts as one:
https://json-schema.org/draft/2020-12/json-schema-core#section-4.2.3.
"""

logger = logging.getLogger(__name__)


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    detail: str = Field(description="What is wrong.")
    pointer: str = Field(description="Where, as in ``/body/amount``.")


class Problem(BaseModel):
    """Why a request was refused: https://www.rfc-editor.org/rfc/rfc9457."""

    type: str = Field(description="The kind of problem, as a URI.")
    title: str = Field(description="The kind of problem, in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time.")
    errors: list[Fault] | None = Field(
        None, description="Each thing that is wrong with an invalid request."
    )


_STATUS: dict[type[Exception], int] = {
    NotFound: status.HTTP_404_NOT_FOUND,
    HouseAccount: status.HTTP_403_FORBIDDEN,
    Conflict: status.HTTP_409_CONFLICT,
    InvalidTransfer: status.HTTP_409_CONFLICT,
    ConstraintViolated: status.HTTP_409_CONFLICT,
    StaleRow: status.HTTP_409_CONFLICT,
    DatabaseUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
    Disconnected: status.HTTP_503_SERVICE_UNAVAILABLE,
    OutOfSpace: status.HTTP_503_SERVICE_UNAVAILABLE,
    Retryable: status.HTTP_503_SERVICE_UNAVAILABLE,
    TimedOut: status.HTTP_503_SERVICE_UNAVAILABLE,
}

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_NULL = {"type": "null"}
_ONLY_NULL = {"type": "string", "nullable": True, "enum": [None]}
_PROBLEM = {"$ref": f"#/components/schemas/{Problem.__name__}"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_REASONS = {
    403: "The house's own account is not a customer's to use.",
    404: "There is no such user, account or transfer.",
    409: "The request contradicts what is stored, or a rule of the bank.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    422: "The request is not as this document describes it.",
    500: "The bank made a mistake.",
    503: (
        "The database does not answer now. The request may have been carried"
        " out: repeat it only if it reads, or carries a reference or a"
        " version."
    ),
}


def documented(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems that a route may return, for the API document.

    Args:
        *codes: Their statuses, besides those that any route may return.

    Returns:
        FastAPI's ``responses``.
    """
    responses: dict[int | str, dict[str, Any]] = {}
    for code in sorted({*codes, 422, 500, 503}):
        responses[code] = {"model": Problem, "description": _REASONS[code]}
    responses[503]["headers"] = {
        "Retry-After": {
            "description": "Seconds to wait before the next try.",
            "schema": {"type": "integer"},
        }
    }
    return responses


def add_problems(app: FastAPI) -> None:
    """Make an application return its errors as problems, and document them.

    Args:
        app: The application.
    """
    app.add_exception_handler(BankError, _answer_error)
    app.add_exception_handler(DatabaseError, _answer_error)
    app.add_exception_handler(SQLAlchemyError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(Exception, _answer_unforeseen)

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            written = get_openapi(
                title=app.title,
                version=app.version,
                openapi_version=OPENAPI,
                description=app.description,
                routes=app.routes,
            )
            _mark_problems(written)
            app.openapi_schema = _without_null(written)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's way: https://fastapi.tiangolo.com/how-to/extending-openapi/


def _mark_problems(document: dict[str, Any]) -> None:
    """Give problems their media type, which FastAPI cannot declare."""
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                for content in [*response.get("content", {}).values()]:
                    if content.get("schema") == _PROBLEM:
                        response["content"] = {MEDIA_TYPE: content}


def _without_null(written: Any) -> Any:
    """Describe what may be null as this version of OpenAPI does."""
    if isinstance(written, list):
        return [_without_null(each) for each in written]
    if not isinstance(written, dict):
        return written
    kept = {key: _without_null(value) for key, value in written.items()}
    kinds = [kind for kind in kept.get("anyOf", ()) if kind != _NULL]
    if len(kinds) < len(kept.get("anyOf", ())):
        if len(kinds) == 1 and "type" in kinds[0]:
            del kept["anyOf"]
            kept |= {**kinds[0], "nullable": True}
        else:  # only beside a type does `nullable` mean anything
            kept["anyOf"] = [*kinds, _ONLY_NULL]
    return kept


def _problem(
    code: int, detail: str, kind: str = "", **more: Any
) -> JSONResponse:
    """Write a problem; without a kind, only its status describes it."""
    headers = more.pop("headers", None)
    content = {
        "type": f"urn:bank:problem:{kind}" if kind else "about:blank",
        "title": kind or _PHRASES.get(code, "Error"),
        "status": code,
        "detail": detail,
    }
    return JSONResponse(content | more, code, headers, MEDIA_TYPE)


async def _answer_error(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of the bank or of its database."""
    ours = error if isinstance(error, BankError) else translate(error)
    codes = (code for kind, code in _STATUS.items() if isinstance(ours, kind))
    code = next(codes, None)
    if code is None and isinstance(ours, BankError):
        raise ours  # on to the server, which answers and logs any mistake
    if ours is None or code is None:
        return await _answer_mistake(request, error)
    name, words, headers = type(ours).__name__, str(ours), {}
    if isinstance(ours, DatabaseError):
        words = (type(ours).__doc__ or "").partition("\n")[0]
    if code == status.HTTP_503_SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER)
        logger.warning(
            "503 to %s %s: %s: %s",
            request.method,
            request.url.path,
            name,
            str(ours).partition("\n")[0],
        )
    return _problem(code, words, name, headers=headers)


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of the web framework, such as an unknown path."""
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type alone
    headers = dict(error.headers or {})
    if error.status_code == status.HTTP_405_METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed(request))
    return _problem(error.status_code, str(error.detail), headers=headers)


def _allowed(request: Request) -> Iterator[str]:
    """List the methods of a path; Starlette lists those of one route."""
    for method in _METHODS:
        scope = {**request.scope, "method": method}
        found = {route.matches(scope)[0] for route in request.app.routes}
        if Match.FULL in found:
            yield method


async def _answer_invalid(_request: Request, error: Exception) -> JSONResponse:
    """Answer an invalid request, without repeating any of it."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type alone
    faults = [
        {
            "detail": each["msg"].partition(": ")[0],
            "pointer": "/" + "/".join(str(part) for part in each["loc"]),
        }
        for each in error.errors()
    ]
    return _problem(
        status.HTTP_422_UNPROCESSABLE_CONTENT,
        _REASONS[422],
        "InvalidRequest",
        errors=faults,
    )


async def _answer_mistake(request: Request, error: Exception) -> JSONResponse:
    """Answer a mistake in our code, and log where it happened.

    A database's message may hold what a user typed, so the log gets only the
    kind, the code and the statement of its errors.
    """
    if isinstance(error, SQLAlchemyError | DatabaseError):
        statement = getattr(error, "statement", None)
        cause = error.orig if isinstance(error, StatementError) else None
        logger.error(
            "500 to %s %s: %s (code %s) in %s\n%s",
            request.method,
            request.url.path,
            type(error).__name__,
            error_code(cause or error.__cause__) or "none",
            statement,
            "".join(traceback.format_list(_own_frames(error))),
        )
    return _problem(status.HTTP_500_INTERNAL_SERVER_ERROR, _REASONS[500])


async def _answer_unforeseen(
    request: Request, error: Exception
) -> JSONResponse:
    """Answer what reaches Starlette's outermost layer, with the request's id.

    The layer that adds the id to other answers lies inside of that one:
    https://github.com/snok/asgi-correlation-id#exception-handling.
    """
    answer = await _answer_mistake(request, error)
    if request_id := correlation_id.get():
        answer.headers["X-Request-ID"] = request_id
    return answer


def _own_frames(error: Exception) -> list[traceback.FrameSummary]:
    """List the places that an error has passed, except in libraries."""
    frames = traceback.extract_tb(error.__traceback__)
    return [each for each in frames if "site-packages" not in each.filename]
