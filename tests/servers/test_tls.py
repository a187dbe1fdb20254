"""A PostgreSQL that takes TLS alone."""

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from servers import MISSING, ServerError, companion, find, tls
from tests.conftest import required


@pytest.fixture(scope="module")
def facts() -> Iterator[companion.Facts]:
    """Run the server for the tests of this module."""
    if not find("postgresql"):
        if "postgresql" in required():
            pytest.fail(MISSING["postgresql"], pytrace=False)
        pytest.skip(MISSING["postgresql"])
    kept = companion.start("servers.tls")
    yield kept.facts
    kept.stop()
    assert not Path(kept.facts["ca"]).exists()


async def is_encrypted(url: str, how: ssl.SSLContext | str) -> bool:
    """Connect, and ask the server whether that is encrypted."""
    engine = create_async_engine(url, connect_args={"ssl": how})
    ask = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    try:
        async with engine.connect() as connection:
            return bool(await connection.scalar(ask))
    finally:
        await engine.dispose()


async def test_authority_is_enough(facts: companion.Facts) -> None:
    """Who knows the authority gets a connection that is checked in full."""
    own = ssl.create_default_context(cafile=facts["ca"])
    own.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 does
    assert await is_encrypted(facts["url"], own)


async def test_other_authorities_do_not_do(facts: companion.Facts) -> None:
    """The machine's own authorities have not signed the certificate."""
    with pytest.raises(ssl.SSLCertVerificationError):
        await is_encrypted(facts["url"], ssl.create_default_context())


async def test_certificate_is_for_one_name(facts: companion.Facts) -> None:
    """The same server, by its address, has another name than it shows."""
    url = make_url(facts["url"]).set(host="127.0.0.1")
    by_address = url.render_as_string(hide_password=False)
    own = ssl.create_default_context(cafile=facts["ca"])
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        await is_encrypted(by_address, own)


async def test_plain_connections_are_refused(facts: companion.Facts) -> None:
    """The server lets nobody in without TLS."""
    with pytest.raises(DBAPIError, match="no encryption"):
        await is_encrypted(facts["url"], "disable")


def test_missing_openssl_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without openssl, the error says how to install it."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ServerError, match="'apt-get install openssl'"):
        tls.certify(tmp_path)
