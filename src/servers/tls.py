"""A PostgreSQL that takes TLS alone: ``python -m servers.tls``.

Its certificate is for ``localhost`` and comes from an authority that it
made itself, as a company's own would.
"""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url

from servers import MISSING, companion, find
from servers.listening import listening
from servers.starting import StartError, make

NO_OPENSSL = "openssl is not installed: 'apt-get install openssl'."
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
ENCRYPTED_ALONE = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


def certify(folder: Path) -> None:
    """Make an authority, ``ca.pem``, and a certificate, ``server.pem``.

    Args:
        folder: Where they go, with their keys.

    Raises:
        StartError: openssl is not installed, or fails.
    """
    if not (program := shutil.which("openssl")):
        raise StartError(NO_OPENSSL)
    new = [program, "req", "-x509", *CURVE, "-noenc", "-days", "2"]
    own = (
        *("-subj", "/CN=An authority of our own"),
        *("-addext", "keyUsage=critical,keyCertSign"),
        *("-keyout", "ca.key", "-out", "ca.pem"),
    )
    signed = (
        *("-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-keyout", "server.key", "-out", "server.pem"),
    )
    for options in (own, signed):
        done = subprocess.run(  # noqa: S603  a program that which found
            [*new, *options],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartError(f"openssl fails: {done.stderr}")


@asynccontextmanager
async def run(
    _settings: companion.Facts, folder: Path
) -> AsyncIterator[companion.Facts]:
    """Run the server while the context lasts.

    Args:
        _settings: None are read.
        folder: A folder that is removed afterwards.

    Yields:
        ``url``, by the name that the certificate is for; and ``ca``, the
        path of its authority.

    Raises:
        StartError: PostgreSQL or openssl is not installed or fails.
    """
    if not (programs := find("postgresql")):
        raise StartError(MISSING["postgresql"])
    home = folder / "tls"
    server, options = await make("postgresql", [*map(str, programs)], home)
    certify(home)
    key = home / "server.key"
    os.chown(key, options.get("user", -1), options.get("group", -1))
    (home / "hba.conf").write_text(ENCRYPTED_ALONE)
    settings = (
        "--ssl=on",
        f"--ssl_cert_file={home}/server.pem",
        f"--ssl_key_file={key}",
        f"--hba_file={home}/hba.conf",
    )
    encrypted = replace(server, start=[*server.start, *settings])
    async with listening(encrypted, home, options) as (port, _):
        url = make_url(server.url(port)).set(host="localhost")
        yield {
            "url": url.render_as_string(hide_password=False),
            "ca": str(home / "ca.pem"),
        }


if __name__ == "__main__":
    companion.keep(run)
