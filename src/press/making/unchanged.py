"""Tell that a site is made already, before anything costly is loaded."""

import hashlib
import json
from collections.abc import Mapping

from press.book.book import Book
from press.book.stamp import installed
from servers import NAMES, find

READ = ("DATABASE_URL", "SITE_URL", "REQUIRE_DATABASES")
"""Variables of the environment that a site depends on, beside those below."""

_PREFIXES = ("GITHUB_", "TEST_")


def is_made(book: Book, how: str, variables: Mapping[str, str]) -> bool:
    """Tell whether a command, `how`, would make the site that is there."""
    kept = book.work / "made"
    return (
        (book.html / "index.html").exists()
        and kept.exists()
        and kept.read_text() == _key(book, how, variables)
    )


def note(book: Book, how: str, variables: Mapping[str, str]) -> None:
    """Note what the published site was just made of."""
    (book.work / "made").write_text(_key(book, how, variables))


def _key(book: Book, how: str, variables: Mapping[str, str]) -> str:
    """Name everything that a site is made of."""
    told = {
        name: value
        for name, value in variables.items()
        if name in READ or name.startswith(_PREFIXES)
    }
    programs = {
        str(path): path.stat().st_mtime_ns
        for name in NAMES
        for path in find(name) or ()
    }
    parts = [how, installed(), told, programs]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    remote = book.root / ".git" / "config"  # its address is on the pages
    extra = [remote] if remote.is_file() else []
    for path in sorted([*book.parts(), *book.sources(), *extra]):
        digest.update(str(path.relative_to(book.root)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
