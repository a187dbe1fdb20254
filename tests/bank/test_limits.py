"""What is refused before a route sees it."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import HTTPException

from bank.db.engine import make_engine
from bank.db.session import make_session_factory
from bank.dependencies import get_session_factory
from bank.limits import MAX_BODY, BodyLimit, read_json

JSON = {"content-type": "application/json"}


@pytest.fixture
async def client(tmp_path, bank_app, monkeypatch):
    """Give a client of an application whose database has no tables."""
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/bank.db")
    factory = make_session_factory(engine)
    given = {get_session_factory: lambda: factory}
    monkeypatch.setattr(bank_app, "dependency_overrides", given)
    transport = httpx.ASGITransport(app=bank_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bank"
    ) as client:
        yield client
    await engine.dispose()


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "a@example.org", "name": NaN}',
        b'{"email": "a@example.org", "name": Infinity}',
        b'{"email": "a@example.org", "name": -Infinity}',
        b'{"email": "a@example.org", "name": 1e400}',
        b'{"email": "a@example.org", "name": -1e400}',
        b'{"email": "a@example.org", "name": "secret\\ud800"}',
        b'{"email": "secret\\udfff@example.org", "name": "A"}',
        b'{"email": "a@example.org", "name": "A", "\\ud800secret": 1}',
        b'{"email": "a@example.org", "name": "A", "x": [["\\ud800"]]}',
        b'{"email": "a@example.org", "name": "A", "name": "secret"}',
        b'{"email": "a@example.org", "name": "A", "x": {"k": 1, "k": 2}}',
        b'{"email": "a@example.org", "name": "secret\x00"}',
        b'{"email": "a@example.org", "name": "\xff"}',
        b'{"email": "secret at example.org", "name": "A"}',
        b'{"email": ["secret"], "name": {"secret": 1}}',
        b"[" * 30_000,
        b'{"x": ' * 10_000,
        b"9" * 5_000,
        b'"secret"',
        b"secret",
        b"",
        b"null",
        '{"email": "a@example.org", "name": "A"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"email": "a@example.org", "name": "A"}',
    ],
)
async def test_invalid_body(client, body):
    """What is no clear JSON, or no user, is a 422 that repeats nothing."""
    answer = await client.post("/users", content=body, headers=JSON)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] == "InvalidRequest"
    assert problem["errors"]
    assert "secret" not in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", None])
async def test_other_kinds_of_bodies(client, kind):
    """A body of another kind is refused like one that makes no sense."""
    body = b'{"email": "a@example.org", "name": "A"}'
    headers = {} if kind is None else {"content-type": kind}
    answer = await client.post("/users", content=body, headers=headers)
    assert answer.status_code == 422
    assert "example.org" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *("/users/x", "/users/0", "/users/-1", f"/users/{2**53}"),
        *("/users?limit=0", "/users?limit=201", "/users?after=-1"),
        *("/users?limit=ten", "/accounts/1/statement?before=0"),
        *("/users/8.0", "/users?after=%2B8", "/users?limit=1_0"),
        *("/users/%208", "/accounts/1/statement?before=10000000.0"),
        *("/users/%ff", "/users?after=%ff", "/users/1%00"),
        f"/users?after={2**53}",
        f"/accounts/1/statement?before={2**53}",
    ],
)
async def test_invalid_path_or_query(client, path):
    """A number in an address that makes no sense is a 422 as well."""
    answer = await client.get(path)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]


async def test_large_body(client):
    """A body that is too large is refused before it is read to its end."""
    read = 0

    async def chunks():
        nonlocal read
        for _ in range(160):
            read += 65_536
            yield b"x" * 65_536

    answer = await client.patch("/accounts/1", content=chunks(), headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert read <= 4 * MAX_BODY


async def test_body_that_declares_its_size(client):
    """A body that is said to be too large is refused before it is read."""
    read = []

    async def chunks():
        read.append(1)
        yield b"x"

    headers = {**JSON, "content-length": str(MAX_BODY + 1)}
    answer = await client.post("/users", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert "65536 bytes" in answer.json()["detail"]
    assert not read


async def test_largest_body(client):
    """A body of the largest size is read."""
    body = json.dumps({"email": "x", "name": "A"}).encode()
    body += b" " * (MAX_BODY - len(body))
    answer = await client.post("/users", content=body, headers=JSON)
    assert answer.status_code == 422
    answer = await client.post("/users", content=body + b" ", headers=JSON)
    assert answer.status_code == 413


async def nowhere(_message):
    """Send nothing."""


@pytest.mark.parametrize("length", [b"", b"5", b"101", b"\xb2"])
async def test_chosen_size(length):
    """The limit is the one given, whatever length is declared."""
    read = 0

    async def reads(_scope, receive, _send):
        await receive()
        pytest.fail("it was let in")

    async def receive():
        nonlocal read
        read += 101
        return {"type": "http.request", "body": b"x" * 101}

    limited = BodyLimit(reads, most=100)
    scope = {"type": "http", "headers": [(b"content-length", length)]}
    with pytest.raises(HTTPException, match=r"413: .*\b100 bytes"):
        await limited(scope, receive, nowhere)
    assert read == (0 if length == b"101" else 101)


async def test_slow_body():
    """A body that does not arrive is given up, and then nothing is read."""

    async def reads_all(scope, receive, _send):
        while (await receive()).get("more_body"):
            pass
        pytest.fail(f"{scope} arrived")

    async def never():
        await asyncio.sleep(60)

    limited = BodyLimit(reads_all, seconds=0.05)
    scope = {"type": "http", "headers": []}
    with pytest.raises(HTTPException, match=r"408: .*\b0\.05 s") as late:
        await limited(scope, never, nowhere)
    assert late.value.headers == {"Connection": "close"}


async def test_body_in_drops():
    """The limit is for the whole body, not for each piece of it."""

    async def reads_all(scope, receive, _send):
        while (await receive()).get("more_body"):
            pass
        pytest.fail(f"{scope} arrived")

    async def drop():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    limited = BodyLimit(reads_all, most=100, seconds=0.5)
    scope = {"type": "http", "headers": []}
    with pytest.raises(HTTPException, match=r"408: .*\b0\.5 s"):
        await limited(scope, drop, nowhere)


async def test_client_that_leaves_in_its_body():
    """The application is told of it as the server tells it.

    A server may leave out ``body``, too, which is empty by default.
    """
    sent = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.disconnect"},
    ]
    messages, seen = iter(sent), []

    async def receive():
        return next(messages)

    async def app(_scope, receive, _send):
        seen.extend([await receive() for _ in sent])

    limited = BodyLimit(app)
    await limited({"type": "http", "headers": []}, receive, nowhere)
    assert seen == sent


@pytest.mark.parametrize("end", [{"more_body": False}, {}])
async def test_client_that_leaves_later(end):
    """After the body, the wait for a client's end has no limit.

    A server may leave out ``more_body``, which is False by default:
    https://asgi.readthedocs.io/en/latest/specs/www.html#request-receive-event
    """
    messages = iter(
        [
            {"type": "http.request", "body": b"{}", **end},
            {"type": "http.disconnect"},
        ]
    )
    seen: list[Any] = []

    async def receive():
        await asyncio.sleep(0.1 if seen else 0)
        return next(messages)

    async def app(_scope, receive, _send):
        seen.append(await receive())
        seen.append(await receive())

    limited = BodyLimit(app, seconds=0.05)
    await limited({"type": "http", "headers": []}, receive, nowhere)
    assert seen[1]["type"] == "http.disconnect"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, "\\ud83d\\ude00", null, true]}', None),
        ('{"é": "ü"}'.encode(), {"é": "ü"}),
        (b"1e300", 1e300),
        (b"-0", 0),
        (b"0.0", 0.0),
        (b"1e-400", 0.0),
    ],
)
def test_read_json(body, value):
    """JSON that is clear is read as anybody reads it."""
    assert read_json(body) == (json.loads(body) if value is None else value)


@pytest.mark.parametrize(
    "body",
    [
        *(b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400"),
        *(b'"\\ud800"', b'{"\\ud800": 1}', b'[["\\udfff"]]'),
        *(b'{"k": 1, "k": 1}', b'[{"k": {"k": 1, "k": 2}}]'),
        *(b'"\xff"', b"", b"{", b"1 2", b"'a'", b"[1,]", b"[" * 100_000),
        *(b"9" * 5_000, b"\xef\xbb\xbf1", "1".encode("utf-16")),
    ],
)
@pytest.mark.parametrize("inside", [b"%b", b'{"a": [1, %b]}'])
def test_unclear_json(body, inside):
    """What is no JSON, or is read in two ways, is refused at any depth."""
    with pytest.raises(json.JSONDecodeError):
        read_json(inside % body)
