"""What a page's outputs come from: a hash of the sources, and versions.

Used twice: `press.making.execute` stamps executed notebooks, and the Sphinx
extension stamps pages that no notebook stands behind.
"""

import hashlib
import platform
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LOCK = "requirements.lock"
READ = {".html", ".json", ".py", ".toml"}  # what code in `src` reads


def source_hash(root: Path) -> str:
    """Name the state of a project's code, or of a staged copy's.

    Twelve hexadecimal digits over the path and the content of the code in
    ``src`` and of the data that it reads, and over the lock. A file that
    moves changes them, as one that is edited does.
    """
    files = sorted(x for x in (root / "src").rglob("*") if x.suffix in READ)
    digest = hashlib.sha256()
    for path in (*files, *root.glob(LOCK)):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def versions(distributions: Iterable[str] = ("SQLAlchemy",)) -> dict[str, str]:
    """Say which Python and which of some packages are installed.

    Packages go by the names that the index spells; one that is not installed
    is left out.
    """
    found = {"Python": platform.python_version()}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def installed() -> str:
    """Name the packages that are installed, and when they were.

    Twelve hexadecimal digits. A package that is installed, removed or
    replaced by hand changes them.
    """
    digest = hashlib.sha256(sys.version.encode())
    for folder in sorted(
        {sysconfig.get_path(x) for x in ("purelib", "platlib")}
    ):
        for record in sorted(Path(folder).glob("*.dist-info/RECORD")):
            written = record.stat().st_mtime_ns
            digest.update(f"{record.parent.name} {written}".encode())
    return digest.hexdigest()[:12]
