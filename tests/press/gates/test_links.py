"""Links to other servers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from press.book.book import Book, PressError
from press.book.notebook import dump
from press.gates.links import dead
from press.making.stage import read_all, stage, write_if_changed
from tests.press.samples import code, text, write_notebook


class Server(BaseHTTPRequestHandler):
    """Knows one page."""

    def do_GET(self) -> None:
        """Answer a request."""
        self.send_response(200 if self.path == "/frogs" else 404)
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def log_message(self, *args: object) -> None:
        """Write no log."""


@pytest.fixture
def address() -> Iterator[str]:
    """Serve on a free port of the loopback interface."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_dead_link_is_named(book: Book, address: str) -> None:
    """A link that leads nowhere is found, with its page or cell."""
    root = book.root
    (root / "book" / "depth.md").write_text(
        "(depth)=\n# Depth\n\n"
        f"[Frogs]({address}/frogs)\n[Newts]({address}/n)\n"
    )
    write_notebook(
        root / "notebooks" / "01-still.ipynb",
        text("# Still"),
        code("1"),
        text(f"See [toads]({address}/toads)."),
    )
    notebooks = read_all(book)
    stage(book, book.source, notebooks)
    for name, notebook in notebooks.items():
        write_if_changed(book.source / name, dump(notebook))
    newts, toads = sorted(dead(book))
    assert newts.startswith(f"book/depth.md, line 4: {address}/n leads nowhe")
    assert "404" in newts
    assert toads.startswith(
        f"notebooks/01-still.ipynb, text cell cell-2: {address}/toads leads n"
    )


def test_a_book_that_was_not_made(book: Book) -> None:
    """Without staged pages nothing was asked, and nothing is fine."""
    with pytest.raises(PressError, match="run `make book` first"):
        list(dead(book))
