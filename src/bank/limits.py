"""What is refused before a route sees it: too much, and ambiguous JSON."""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response, status
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 64 * 1024
"""The most bytes that a request's body may have."""

BODY_TIMEOUT = 5.0
"""Seconds in which the whole body has to arrive."""


class BodyLimit:
    """A layer that stops reading a body that is too large or too slow."""

    def __init__(
        self,
        app: ASGIApp,
        most: int = MAX_BODY,
        seconds: float = BODY_TIMEOUT,
    ) -> None:
        """Wrap an application.

        Args:
            app: The application.
            most: The most bytes that a body may have.
            seconds: How long a body may take to arrive.
        """
        self.app = app
        self.most = most
        self.seconds = seconds

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Call the application, and watch what it reads.

        Raises:
            HTTPException: Into the application, which answers it: the body
                is larger than it may be, or says so, or it did not arrive.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        is_large = declared.isdecimal() and int(declared) > self.most
        room, is_complete = self.most, False
        deadline = asyncio.get_running_loop().time() + self.seconds

        async def limited() -> Message:
            nonlocal room, is_complete
            if is_complete:
                return await receive()
            if is_large:
                raise _too_large(self.most)
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    status.HTTP_408_REQUEST_TIMEOUT,
                    f"The body did not arrive within {self.seconds:g} s.",
                    headers={"Connection": "close"},
                ) from None
            room -= len(message.get("body", b""))
            if room < 0:
                raise _too_large(self.most)
            is_complete = not message.get("more_body", False)
            return message

        await self.app(scope, limited, send)


def _too_large(most: int) -> HTTPException:
    return HTTPException(
        status.HTTP_413_CONTENT_TOO_LARGE,
        f"A body may have {most} bytes at most.",
    )


class StrictRoute(APIRoute):
    """A route that accepts only JSON that all parsers read alike."""

    def get_route_handler(
        self,
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Read the body strictly, then do as any route does."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(
                _StrictRequest(request.scope, request.receive)
            )

        return strict


class _StrictRequest(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """Read JSON as RFC 8259 defines it, and nothing else.

    Python's parser accepts ``NaN``, turns ``1e400`` into infinity, keeps the
    last of two equal keys, and accepts half a surrogate pair, which no
    database stores and no response can hold:
    https://docs.python.org/3/library/json.html#standard-compliance-and-interoperability.

    Args:
        body: The body, in UTF-8.

    Returns:
        The value.

    Raises:
        JSONDecodeError: It is not JSON, or can be read in two ways.
    """
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_float=_number,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError("This is no JSON", "", 0) from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("A key stands there twice.")
    return made


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON.")


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("The number is too large.")
    return number
