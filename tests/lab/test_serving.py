"""An application served for real."""

import asyncio
import signal
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI

from lab import served


def app_with(route, **options):
    """Make an application of one route."""
    app = FastAPI(**options)
    app.get("/")(route)
    return app


async def broken() -> str:
    """Fail, as a bug would."""
    raise LookupError("a bug")


async def test_called_over_http():
    """The client reaches the application on a port of this machine."""

    async def hello() -> str:
        return "hello"

    async with served(app_with(hello)) as client:
        answer = await client.get("/")
    assert answer.json() == "hello"
    assert client.base_url.host == "127.0.0.1"
    with pytest.raises(httpx.ConnectError):
        await httpx.AsyncClient().get(client.base_url)


async def test_the_lifespan_runs():
    """The application starts before the block and stops after it."""
    steps = []

    @asynccontextmanager
    async def lifespan(_app):
        steps.append("start")
        yield
        steps.append("stop")

    async with served(app_with(broken, lifespan=lifespan)):
        steps.append("block")
    assert steps == ["start", "block", "stop"]


async def test_a_block_that_fails_stops_the_application():
    """A cell that fails leaves no server behind."""
    steps = []

    @asynccontextmanager
    async def lifespan(_app):
        yield
        steps.append("stop")

    with pytest.raises(ValueError, match="wrong"):
        async with served(app_with(broken, lifespan=lifespan)):
            raise ValueError("wrong")
    assert steps == ["stop"]


async def test_the_end_waits_for_background_tasks():
    """What a request has begun is finished when the block is over."""
    done = []

    async def task():
        await asyncio.sleep(0.05)
        done.append("task")

    async def route(tasks: BackgroundTasks) -> str:
        tasks.add_task(task)
        return "soon"

    async with served(app_with(route)) as client:
        await client.get("/")
        assert done == []
    assert done == ["task"]


async def test_signals_stay_the_notebook_s():
    """An interrupt reaches the cell that runs, and not the server."""
    before = signal.getsignal(signal.SIGINT)
    async with served(app_with(broken)):
        assert signal.getsignal(signal.SIGINT) is before


async def test_unhandled_errors_are_raised_at_the_end():
    """The client gets a 500, and the first error is not lost."""
    bugs = iter(("one", "two"))

    async def route() -> str:
        raise LookupError(next(bugs))

    with pytest.raises(LookupError, match="one"):
        async with served(app_with(route)) as client:
            answers = [await client.get("/") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 500]


async def test_unhandled_errors_are_collected():
    """A lesson that fails on purpose gets the errors, and no log."""
    errors: list[Exception] = []
    async with served(app_with(broken), errors=errors) as client:
        await client.get("/")
    assert [str(error) for error in errors] == ["a bug"]


async def test_nothing_is_printed(capfd):
    """A served application writes nothing, whatever happens."""
    async with served(app_with(broken), errors=[]) as client:
        await client.get("/")
    assert capfd.readouterr() == ("", "")


async def test_an_application_that_does_not_start():
    """What kept it from starting is raised, and nothing waits for ever."""

    @asynccontextmanager
    async def lifespan(_app):
        yield await broken()

    with pytest.raises(LookupError, match="a bug"):
        async with served(app_with(broken, lifespan=lifespan)):
            pytest.fail("the block must not run")
