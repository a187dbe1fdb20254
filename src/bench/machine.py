"""What a run was made on: the machine, the versions, and the source."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from press.stamp import source_hash

PACKAGES = (
    *("SQLAlchemy", "asyncpg", "aiosqlite", "aiomysql"),
    *("fastapi", "pydantic", "uvicorn", "uvloop", "httptools"),
    *("advanced-alchemy", "sqlmodel"),
)
"""The packages whose versions matter."""

_CPU = Path("/proc/cpuinfo")


def describe_machine(root: Path) -> dict[str, object]:
    """Say what this run is made on.

    Args:
        root: The project's folder.

    Returns:
        The date, the machine, the versions, and the source's hash.
    """
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "load": round(os.getloadavg()[0], 1),
        },
        "versions": {"Python": platform.python_version()} | _versions(),
        "source": source_hash(root),
    }


def _processor() -> str:
    """Name the processor, where Linux knows it."""
    if _CPU.exists():
        for line in _CPU.read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or "an unnamed processor"


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
