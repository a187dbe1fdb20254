"""What a run was made on: the date, the machine and the versions."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    *("SQLAlchemy", "asyncpg", "aiosqlite", "aiomysql"),
    *("FastAPI", "Pydantic", "uvicorn", "uvloop", "httptools"),
    *("advanced-alchemy", "SQLModel"),
)
_CPU = Path("/proc/cpuinfo")


def describe_machine() -> dict[str, object]:
    """Describe what this run is made on.

    Returns:
        The date, the machine with its load at the start, and the versions.
    """
    versions = {"Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "load": round(os.getloadavg()[0], 1),
        },
        "versions": versions,
    }


def _processor() -> str:
    """Name the processor, where Linux knows it."""
    lines = _CPU.read_text("utf-8").splitlines() if _CPU.exists() else []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name" and value.strip():
            return value.strip()
    return platform.processor() or "an unnamed processor"
