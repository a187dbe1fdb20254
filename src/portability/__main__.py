"""Run every probe and cure: ``python -m portability``.

``DATABASE_URL`` names the server; the database is a scratch one. A version
without a record gets one. With ``--record`` what happens now is taken for
right, and replaces what was recorded.
"""

import argparse
import asyncio
import sys
import time

from bank.db.errors import DatabaseError
from lab.scratch import ScratchDatabaseError, drop_database, scratch_database
from portability.runner import DifferentResult, ProbeFailed, run_all


async def main(*, record_anew: bool) -> None:
    """Run all groups in a scratch database, and print what they gave.

    Args:
        record_anew: Whether to replace what was recorded.
    """
    url = await scratch_database()
    try:
        begun = time.perf_counter()
        for report in await run_all(url, record_anew=record_anew):
            print(f"{report.group:<13}{report!r}".partition("\n")[0])  # noqa: T201 - a command's output
        print(f"{time.perf_counter() - begun:.1f} s")  # noqa: T201 - the same
    finally:
        await drop_database(url)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m portability", description=__doc__
    )
    parser.add_argument(
        "--record", action="store_true", help="replace what was recorded"
    )
    options = parser.parse_args()
    try:
        asyncio.run(main(record_anew=options.record))
    except (
        DatabaseError,
        DifferentResult,
        ProbeFailed,
        ScratchDatabaseError,
    ) as error:
        sys.exit(str(error))
