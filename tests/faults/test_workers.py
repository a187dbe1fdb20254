"""Worker processes that are stopped and killed, behind real clients."""

import os
import signal
from contextlib import suppress

import psutil
import pytest

from bank.db.engine import make_engine
from tests.bank.test_serve import serving
from tests.faults.load import until
from tests.faults.traffic import under_traffic

# Each starts several processes that import all of the bank. `test_serve` stops
# one under a slow client on every run.
pytestmark = pytest.mark.long


def workers(process):
    """List the processes that serve, of a running command."""
    found = []
    for child in psutil.Process(process.pid).children():
        with suppress(psutil.Error):  # it has just ended
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


async def test_workers_that_end(own_url):
    """Workers that are killed or stopped lose nothing that was answered."""
    engine = make_engine(own_url)
    async with serving(own_url, "--workers", "2") as bank:
        await until(lambda: len(workers(bank.process)) == 2)
        async with under_traffic(bank.client, engine) as traffic:
            for how in (signal.SIGKILL, signal.SIGTERM) * 5:
                await traffic.more()
                before = set(workers(bank.process))
                for worker in before:
                    os.kill(worker, how)
                await until(
                    lambda before=before: before.isdisjoint(
                        workers(bank.process)
                    )
                )
            await traffic.more()
        assert traffic.resent > 0
    await engine.dispose()


async def test_service_that_is_stopped(own_url):
    """A service that is stopped under load finishes what it has begun."""
    engine = make_engine(own_url)
    async with (
        serving(own_url) as bank,
        under_traffic(bank.client, engine) as traffic,
    ):
        await traffic.more()
        said = await bank.stop()
        assert "Traceback" not in said
        async with serving(own_url, port=bank.client.base_url.port):
            await traffic.more()
            await traffic.end()
    await engine.dispose()
