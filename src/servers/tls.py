"""A PostgreSQL that takes TLS alone: ``python -m servers.tls``.

Its certificate is for ``localhost`` and comes from an authority that it
made itself, as a company's own would.
"""

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url

from servers import MISSING, ServerError, find
from servers.companion import Facts
from servers.keeper import keep
from servers.recipes import postgresql
from servers.starting import fill, listening

NO_OPENSSL = "openssl is not installed: 'apt-get install openssl'."
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
ENCRYPTED_ALONE = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


def certify(folder: Path) -> None:
    """Make an authority, ``ca.pem``, and a certificate, ``server.pem``.

    Raises:
        ServerError: openssl is not installed, or fails.
    """
    if not (program := shutil.which("openssl")):
        raise ServerError(NO_OPENSSL)
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
            raise ServerError(f"openssl fails: {done.stderr}")


@asynccontextmanager
async def run(_settings: Facts, folder: Path) -> AsyncIterator[Facts]:
    """Run the server, with its data in a folder, while the context lasts.

    Yields:
        ``url``, by the name that the certificate is for; and ``ca``, the
        path of its authority.
    """
    if not (programs := find("postgresql")):
        raise ServerError(MISSING["postgresql"])
    certify(folder)
    home = folder / "tls"
    plain = postgresql(programs, home)
    server = replace(
        plain,
        start=[
            *plain.start,
            "--ssl=on",
            f"--ssl_cert_file={home}/server.pem",
            f"--ssl_key_file={home}/server.key",
            f"--hba_file={home}/hba.conf",
        ],
        files={
            **plain.files,
            "hba.conf": ENCRYPTED_ALONE,
            "server.pem": (folder / "server.pem").read_text(),
            "server.key": (folder / "server.key").read_text(),
        },
    )
    await fill(server)
    async with listening(server) as (port, _):
        url = make_url(server.url(port)).set(host="localhost")
        yield {
            "url": url.render_as_string(hide_password=False),
            "ca": str(folder / "ca.pem"),
        }


if __name__ == "__main__":
    keep(run)
