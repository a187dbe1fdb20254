"""The API document against the API, by a generator of requests."""

import asyncio
import os
import sys

import lab
from bank.app import create_app
from bank.settings import Settings


async def test_document_is_true(
    committing_engine, tmp_path, tmp_path_factory, long
):
    """What the document allows works; what it does not is refused by it.

    Schemathesis sends both, with all of its checks, and follows ids from one
    answer to the next request: the same ones in each short run, and new ones
    in a long one.
    """
    many = ("--max-examples", "100", "--generation-database", "none")
    few = ("--max-examples", "6", "--generation-deterministic")
    # All workers share the tables of characters, which take seconds to make.
    shared = tmp_path_factory.getbasetemp().parent / "hypothesis"
    url = committing_engine.url.render_as_string(hide_password=False)
    async with lab.served(create_app(Settings(database_url=url))) as client:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            f"{client.base_url}/openapi.json",
            *("--checks", "all", *(many if long else few)),
            "--no-color",
            cwd=tmp_path,
            env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(shared)},  # noqa: TID251 - handed on
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
