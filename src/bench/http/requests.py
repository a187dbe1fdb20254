"""The operations as requests."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from bench.databases import email
from bench.http.client import request
from bench.operations import PAGE, move, new_email, user_id


@dataclass(frozen=True)
class Request:
    """An operation over HTTP.

    Attributes:
        name: The operation's name.
        make: Writes the request, given a mark that keeps writers apart and a
            number.
        in_bank: Whether the bank's own application has such a route.
    """

    name: str
    make: Callable[[int, int], bytes]
    in_bank: bool = True


def _insert(mark: int, number: int) -> bytes:
    body = {"email": new_email(mark, number), "name": "User"}
    return request("POST", "/users", json.dumps(body).encode())


def _transfer(mark: int, number: int) -> bytes:
    body = move(mark, number)._asdict()
    return request("POST", "/transfers", json.dumps(body).encode())


REQUESTS = (
    Request(
        "id",
        lambda _, n: request("GET", f"/plain-users/{user_id(n)}"),
        in_bank=False,
    ),
    Request(
        "email",
        lambda _, n: request("GET", f"/users-by-email/{email(user_id(n))}"),
        in_bank=False,
    ),
    Request(
        "page",
        lambda _, n: request("GET", f"/users?after={user_id(n)}&limit={PAGE}"),
    ),
    Request("accounts", lambda _, n: request("GET", f"/users/{user_id(n)}")),
    Request("insert", _insert),
    Request("transfer", _transfer),
)
"""All six."""
