"""Errors as a client gets them, and what of them is logged."""

import inspect
import itertools
import logging
import re
import time
from contextlib import suppress
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from pydantic import AfterValidator, BaseModel, TypeAdapter
from sqlalchemy import event, text
from sqlalchemy.exc import NoResultFound, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from bank.app import create_app
from bank.db import errors as of_the_database
from bank.db.engine import make_engine
from bank.db.errors import (
    DatabaseError,
    DatabaseURLError,
    Disconnected,
    Retryable,
    TimedOut,
)
from bank.db.session import make_session_factory, retry
from bank.dependencies import TransactionDep
from bank.errors import (
    BankError,
    Conflict,
    EditConflict,
    EmailTaken,
    HouseAccount,
    InsufficientFunds,
    InvalidTransfer,
    NotFound,
    ReferenceReused,
    WrongTables,
)
from bank.logs import log_slow_statements
from bank.models import User
from bank.problems import add_problems
from bank.schemas import Reference, UserCreate, UserRead
from bank.settings import Settings
from tests.bank.build import SLOW
from tests.bank.stand_in import stand_in


def call(app, *, raising=False):
    """Open a client that calls an application in-process.

    It may raise what reaches the server, which would log it.
    """
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=raising)
    return httpx.AsyncClient(transport=transport, base_url="http://bank")


def failing(error):
    """Give the bank with a route that raises an error."""
    app = create_app(Settings())

    @app.get("/fails")
    async def fails() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("There is no user 7."), 404),
        (HouseAccount("Account 1 is the house's own."), 403),
        (InvalidTransfer("A transfer needs two accounts."), 409),
        (Conflict("It contradicts."), 409),
        (EmailTaken("This e-mail address is taken."), 409),
        (EditConflict("Read it again."), 409),
        (InsufficientFunds("It holds less."), 409),
        (ReferenceReused("It belongs to another one."), 409),
    ],
)
async def test_errors_of_the_bank(error, status):
    """Each error of the bank has a status, and its own words."""
    async with call(failing(error)) as client:
        answer = await client.get("/fails")
    assert answer.headers["content-type"] == "application/problem+json"
    name = type(error).__name__
    assert answer.json() == {
        "type": f"urn:bank:problem:{name}",
        "title": name,
        "status": status,
        "detail": str(error),
    }
    assert answer.status_code == status
    assert "retry-after" not in answer.headers


STATUS_OF_DATABASE_ERRORS = {
    "DatabaseURLError": 500,
    "DatabaseUnavailable": 503,
    "ConstraintViolated": 409,
    "UniqueViolated": 409,
    "ExclusionViolated": 409,
    "ForeignKeyViolated": 409,
    "CheckViolated": 409,
    "NotNullViolated": 409,
    "StaleRow": 409,
    "Retryable": 503,
    "TimedOut": 503,
    "OutOfSpace": 503,
    "Disconnected": 503,
    "ReadOnly": 503,
}


@pytest.mark.parametrize(("name", "status"), STATUS_OF_DATABASE_ERRORS.items())
async def test_errors_of_the_database(caplog, name, status):
    """A database's words stay inside; the log has one line of what failed."""
    caplog.set_level(logging.WARNING)
    error = getattr(of_the_database, name)("reason\nDETAIL: secret")
    async with call(failing(error)) as client:
        answer = await client.get("/fails?typed=secret")
    assert answer.status_code == status
    assert "reason" not in answer.text
    assert "secret" not in answer.text
    assert "secret" not in caplog.text
    if status != 500:
        kind = type(error)
        assert answer.json()["title"] == kind.__name__
        assert answer.json()["detail"] == inspect.getdoc(kind).splitlines()[0]
    if status == 503:
        assert answer.headers["retry-after"] == "1"
        [record] = caplog.records
        assert record.levelname == "WARNING"
        line = record.getMessage()
        for told in ("503", "GET", "/fails", name, "reason"):
            assert told in line
        assert "\n" not in line
    if status == 409:
        assert caplog.records == []
    if status == 500:
        [record] = caplog.records
        assert record.levelname == "ERROR"
        line, *places = record.getMessage().splitlines()
        for told in ("500", "GET", "/fails", name):
            assert told in line
        assert "test_problems.py" in "".join(places)


async def test_no_error_is_forgotten():
    """Only a URL that cannot work is the bank's own mistake."""
    kinds = {
        kind
        for kind in vars(of_the_database).values()
        if isinstance(kind, type) and issubclass(kind, DatabaseError)
    }
    assert {kind.__name__ for kind in kinds} >= set(STATUS_OF_DATABASE_ERRORS)
    for kind in kinds - {DatabaseError, DatabaseURLError}:
        async with call(failing(kind("reason"))) as client:
            answer = await client.get("/fails")
        assert answer.status_code in {409, 503}, kind


@pytest.mark.parametrize(
    ("error", "answered"),
    [
        (StaleDataError("secret"), (409, "StaleRow")),
        (PoolTimeoutError("secret"), (503, "TimedOut")),
        (NoResultFound("secret"), (500, "Internal Server Error")),
    ],
)
async def test_errors_of_sqlalchemy(caplog, error, answered):
    """They are answered like a database's, and the server logs none."""
    async with call(failing(error), raising=True) as client:
        answer = await client.get("/fails")
    assert (answer.status_code, answer.json()["title"]) == answered
    assert "secret" not in answer.text
    lines = [record.getMessage() for record in caplog.records]
    if answered[0] == 500:
        [line] = lines
        for told in ("500", "GET", "/fails", "NoResultFound"):
            assert told in line
        assert "test_problems.py" in line
        assert "secret" not in line
        assert "site-packages" not in line


@pytest.mark.parametrize(
    "error",
    [LookupError("secret"), WrongTables("secret"), BankError("secret")],
)
async def test_mistake(error):
    """A mistake of ours is a 500 in the same shape, and says nothing.

    It reaches the server, whose log has where it happened.
    """
    app = failing(error)
    async with call(app) as client:
        answer = await client.get("/fails")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Internal Server Error"
    assert "secret" not in answer.text
    async with call(app, raising=True) as client:
        with pytest.raises(type(error), match="secret"):
            await client.get("/fails")


def test_document_of_a_copier():
    """Routes that somebody adds are described as their author says."""
    app = create_app(Settings())

    class Pond(BaseModel):
        depth: int | str | None
        owner: UserRead | None

    described: dict[int | str, dict[str, Any]] = {
        404: {"description": "Dry."},
        "default": {"model": Pond},
    }

    @app.get("/pond", responses=described)
    async def pond() -> Pond:
        pytest.fail("it was called")

    document = app.openapi()
    assert document["paths"]["/pond"]["get"]["responses"].keys() >= {
        *("200", "404", "default")
    }
    fields = document["components"]["schemas"]["Pond"]["properties"]
    null = {"type": "string", "nullable": True, "enum": [None]}
    assert fields["owner"]["anyOf"] == [
        {"$ref": "#/components/schemas/UserRead"},
        null,
    ]
    assert [each["type"] for each in fields["depth"]["anyOf"]] == [
        *("integer", "string", "string")
    ]
    assert null in fields["depth"]["anyOf"]


async def test_a_pattern_is_told_whole():
    """What is wrong with a reference is said with all of its pattern."""
    app = create_app(Settings())

    @app.get("/by-reference")
    async def find(reference: Reference) -> None:
        pytest.fail(f"{reference} was let in")

    async with call(app) as client:
        answer = await client.get("/by-reference?reference=[")
    [fault] = answer.json()["errors"]
    pattern = TypeAdapter(Reference).json_schema()["pattern"]
    assert pattern in fault["detail"]


@pytest.mark.parametrize(
    "error", [LookupError("secret"), NoResultFound("secret"), NotFound("No.")]
)
async def test_each_answer_has_the_id_of_its_request(error):
    """A client can name the request that failed, whoever answers it."""
    name = "X-Request-ID"
    async with call(failing(error)) as client:
        sent = {name: "0" * 31 + "1"}
        answer = await client.get("/fails", headers=sent)
        other = await client.get("/fails")
    assert answer.headers.get_list(name) == [sent[name]]
    assert len(other.headers.get_list(name)) == 1
    assert other.headers[name] not in {"", sent[name]}


async def test_each_fault_is_named():
    """An invalid request is answered with each fault and its place."""
    app = create_app(Settings())

    @app.put("/things/{number}")
    async def put(number: int, size: int, body: UserCreate) -> None:
        pytest.fail(f"{number}, {size} and {body} were let in")

    typed = {"email": "typed", "name": "Ada"}
    async with call(app) as client:
        answer = await client.put("/things/typed?size=typed", json=typed)
    faults = answer.json()["errors"]
    assert [fault["pointer"] for fault in faults] == [
        "/path/number",
        "/query/size",
        "/body/email",
    ]
    assert all(fault["detail"] for fault in faults)
    assert "typed" not in answer.text


def refuse_size(size: int) -> int:
    """Refuse a size with words that repeat it."""
    raise ValueError(f"there is no such size: {size}")


class Thing(BaseModel):
    """What lies deep in a body."""

    size: Annotated[int, AfterValidator(refuse_size)]


async def test_fault_deep_in_a_body():
    """The pointer leads to the value; nothing repeats it, not even its words.

    A validator's own words may.
    """
    app = create_app(Settings())

    @app.post("/things")
    async def post(body: dict[str, list[Thing]]) -> None:
        pytest.fail(f"{body} was let in")

    async with call(app) as client:
        typed = {"things": [{"size": 4711}, {}]}
        answer = await client.post("/things", json=typed)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [
        "/body/things/0/size",
        "/body/things/1/size",
    ]
    assert "4711" not in answer.text


async def test_allowed_methods():
    """A method that a path lacks is answered with those that it has."""
    app = create_app(Settings())

    async def answer_nothing() -> None:
        """Answer."""

    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    for method in methods:
        for path in (f"/{method}", "/all"):
            app.add_api_route(path, answer_nothing, methods=[method])
    async with call(app) as client:
        for method in methods:
            other = "PUT" if method == "POST" else "POST"
            answer = await client.request(other, f"/{method}")
            assert answer.status_code == 405
            assert answer.headers["allow"] == method
        answer = await client.request("TRACE", "/all")
    assert set(answer.headers["allow"].split(", ")) == {*methods}


async def test_own_refusal_of_a_method():
    """It keeps its headers; what is no text becomes one, as documented."""
    error = HTTPException(405, {"why": "tea"}, {"X-Tea": "yes"})
    async with call(failing(error)) as client:
        answer = await client.get("/fails")
    assert answer.status_code == 405
    assert answer.headers["x-tea"] == "yes"
    assert answer.headers["allow"] == "GET"
    assert isinstance(answer.json()["detail"], str)
    assert "tea" in answer.json()["detail"]


async def test_errors_of_the_framework():
    """Unknown paths and methods are problems, too."""
    app = failing(HTTPException(499, "Short and stout", {"X-Tea": "yes"}))
    async with call(app) as client:
        lost = await client.get("/nowhere")
        wrong = await client.delete("/users")
        other = await client.put("/accounts/1")
        own = await client.get("/fails")
    assert (lost.status_code, lost.json()["title"]) == (404, "Not Found")
    assert wrong.status_code == 405
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "POST"}
    assert set(other.headers["allow"].split(", ")) == {"GET", "PATCH"}
    assert own.json()["detail"] == "Short and stout"
    assert own.headers["x-tea"] == "yes"
    for answer in (lost, wrong, own):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "about:blank"


@pytest.fixture
async def app(committing_engine):
    """Give the bank on a database of the test's own."""
    engine = make_engine(committing_engine.url)
    app = create_app(Settings())
    app.state.session_factory = make_session_factory(engine)
    yield app
    await engine.dispose()


async def test_values_stay_out_of_the_log(app, committing_engine, caplog):
    """What a user typed is not in the log, whatever the database refuses."""
    caplog.set_level(logging.INFO)
    typed = "".join(reversed("terces"))
    body = {"email": f"{typed}@example.org", "name": typed}

    @app.post("/twice")
    async def twice(session: TransactionDep) -> None:
        session.add_all([User(**body), User(**body)])

    @app.post("/senseless")
    async def senseless(session: TransactionDep) -> None:
        stmt = text("SELECT * FROM users WHERE id = :id AND nothing = 1")

        async def look_in_vain() -> None:
            await session.execute(stmt, {"id": typed})

        await look_in_vain()

    async with call(app, raising=True) as client:
        assert (await client.post("/twice")).status_code == 409
        answer = await client.post("/senseless", params={"typed": typed})
        assert answer.status_code == 500
        rename = "ALTER TABLE users RENAME TO users_gone"
        async with committing_engine.begin() as connection:
            await connection.execute(text(rename))
        answer = await client.post("/users", json=body)
    assert answer.status_code == 500
    assert typed not in answer.text
    bank = [r for r in caplog.records if not r.name.startswith("httpx")]
    mistakes = [r for r in bank if r.levelname == "ERROR"]
    assert len(mistakes) == 2
    assert mistakes[0].getMessage().count("test_problems.py") > 1
    assert "INSERT INTO users" in mistakes[1].getMessage()
    line = mistakes[1].getMessage()
    assert re.search(r"POST /users.*\bcode\W+(?!none\b)\w+", line)
    assert re.search(r"bank/\w+\.py", line)
    assert typed not in "\n".join(r.getMessage() for r in bank)
    assert not any(record.exc_info for record in bank)


async def test_document(app):
    """The API document tells the truth about problems and bounds."""
    document = app.openapi()
    assert document["openapi"].startswith("3.0")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            for status, response in responses.items():
                if int(status) < 400:
                    continue
                [(kind, content)] = response["content"].items()
                assert kind == "application/problem+json", (path, method)
                assert content["schema"]["$ref"].endswith("/Problem")
                assert ("headers" in response) == (status == "503")
                if status == "503":
                    words = response["description"]
                    assert "may have been carried out" in words
            if path == "/health/ready" or not path.startswith("/health/"):
                assert {"422", "500", "503"} <= responses.keys()
            if "requestBody" in operation:
                assert {"408", "413"} <= responses.keys()
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "limit":
                    assert parameter["schema"]["maximum"] == 200
                    assert parameter["schema"]["default"] == 50
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    transfer = schemas["TransferCreate"]["properties"]
    assert transfer["amount"]["minimum"] == 1
    assert transfer["amount"]["maximum"] == 10**12
    assert transfer["source_id"]["maximum"] == 2**53 - 1
    assert int(float(transfer["source_id"]["maximum"])) == 2**53 - 1
    assert "moves nothing" in transfer["reference"]["description"]
    assert "login" in document["info"]["description"]
    assert schemas["AccountRead"]["properties"]["owner_id"]["nullable"]
    following = schemas["UserWithAccounts"]["properties"]["next"]
    assert following["nullable"]
    assert "null" in following["description"]


def test_bounds_in_the_document(bank_app):
    """Each number in an address is documented with its bounds."""
    schemas = [
        parameter["schema"]
        for operations in bank_app.openapi()["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
    ]
    numbers = [each for each in schemas if each["type"] == "integer"]
    assert numbers
    assert all({"minimum", "maximum"} <= each.keys() for each in numbers)


def test_document_of_another_application():
    """The document keeps what an application says about itself."""
    app = FastAPI(title="Shop", version="7.8.9", description="It sells.")
    add_problems(app)
    assert app.openapi()["info"] == {
        "title": "Shop",
        "version": "7.8.9",
        "description": "It sells.",
    }


async def test_retries_are_logged(factory, caplog):
    """Each retry leaves a line with its reason."""
    caplog.set_level(logging.INFO)
    tries = []

    async def work(_session):
        tries.append(1)
        if len(tries) < 3:
            raise Retryable("deadlock, say")

    await retry(factory, work)
    lines = [r.getMessage() for r in caplog.records]
    assert len([line for line in lines if "deadlock, say" in line]) == 2


async def test_slow_statements_are_logged(committing_engine, caplog):
    """A statement that takes long is logged with its time, not its values."""
    caplog.set_level(logging.WARNING)
    engine = make_engine(committing_engine.url)
    log_slow_statements(engine, 0)
    async with engine.connect() as connection:
        stmt = text("SELECT name\nFROM accounts WHERE name = :name")
        await connection.execute(stmt, {"name": "secret"})
    lines = [r.getMessage() for r in caplog.records]
    found = [line for line in lines if "SELECT name" in line]
    assert len(found) == 1
    words = r"(?i)slow statement.*\d\.\d+ s\b.*SELECT name\nFROM accounts"
    assert re.search(words, found[0])
    assert "secret" not in caplog.text
    caplog.clear()
    quiet = make_engine(committing_engine.url)
    log_slow_statements(quiet, 60)
    async with quiet.connect() as connection:
        await connection.execute(text("SELECT 1"))
    assert caplog.text == ""
    await engine.dispose()
    await quiet.dispose()


async def test_stopped_statement_is_logged(database_url, caplog):
    """A slow statement is logged, too, if its time limit stops it."""
    engine = make_engine(database_url, statement_timeout=0.2)
    log_slow_statements(engine, 0.1)
    async with engine.connect() as connection:
        with pytest.raises(TimedOut):
            await connection.execute(SLOW)
    await engine.dispose()
    [line] = [record.getMessage() for record in caplog.records]
    assert re.search(r"(?i)slow statement.*\d\.\d+ s\b.*WITH ten", line)


async def test_what_is_not_sent_is_not_logged(database_url, caplog):
    """Neither a connection that fails nor a value that lacks is slow."""
    away = make_engine("postgresql+asyncpg://a:b@127.0.0.1:1/c")
    engine = make_engine(database_url)
    for each in (away, engine):
        log_slow_statements(each, 0)
    with pytest.raises(Disconnected):
        await away.connect()
    async with engine.connect() as connection:
        with pytest.raises(StatementError, match="required for bind"):
            await connection.execute(text("SELECT :unsent"))
    for each in (away, engine):
        await each.dispose()
    assert "unsent" not in caplog.text


@pytest.fixture
async def counted(database_url, monkeypatch):
    """Give an engine on which each look at the clock is half a second."""
    clocks = ("perf_counter", "monotonic")
    looks = {name: itertools.count(step=0.5).__next__ for name in clocks}
    stand_in(monkeypatch, time, **looks)
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.mark.parametrize("statement", ["SELECT 1", "SELEC 1"])
@pytest.mark.parametrize(("limit", "logged"), [(0.5, True), (0.6, False)])
async def test_how_slow_a_statement_is(
    counted, caplog, statement, limit, logged
):
    """A statement is slow from the given number of seconds on."""
    log_slow_statements(counted, limit)
    async with counted.connect() as connection:
        with suppress(SQLAlchemyError):
            await connection.execute(text(statement))
    lines = [record.getMessage() for record in caplog.records]
    told = [line for line in lines if line.endswith(statement)]
    assert len(told) == logged
    assert all(re.search(r"\b0\.50* s\b", line) for line in told)


async def test_long_statement_is_logged_as_it_is_sent(counted, caplog):
    """Whoever looks for a slow statement needs its end as well."""
    log_slow_statements(counted, 0)
    statement = f"SELECT {', '.join(str(n) for n in range(1_000))}"
    async with counted.connect() as connection:
        await connection.execute(text(statement))
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if line.endswith(statement)]) == 1


async def test_two_statements_at_once(counted, caplog):
    """Each is measured by itself, also when they overlap."""
    log_slow_statements(counted, 1)

    @event.listens_for(counted.sync_engine, "before_cursor_execute")
    def meanwhile(_connection, _cursor, statement, *_):
        if statement == "SELECT 1":
            two.sync_connection.exec_driver_sql("SELECT 2")

    async with counted.connect() as one, counted.connect() as two:
        await two.execute(text("SELECT 0"))  # its transaction has begun
        await one.execute(text("SELECT 1"))
    [line] = [record.getMessage() for record in caplog.records]
    assert re.search(r"\b1\.50* s\b.*SELECT 1$", line)
