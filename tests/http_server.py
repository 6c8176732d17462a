"""A local HTTP server whose answer to each path is given by a test."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers each path by the behaviour registered for it, and remembers what it was asked."""

    server: Server

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        asked = self.headers.get("Range")
        self.server.asked.append((path, asked))
        behaviour = self.server.behaviours.get(path)
        if behaviour is None:
            self.answer(404, b"nothing here")
        else:
            behaviour(self, sum(name == path for name, _ in self.server.asked), asked)

    def answer(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.server.sent.append(len(body))

    def answer_range(self, body: bytes, asked: str | None) -> None:
        """As an ordinary server with ranges does."""
        if asked is None:
            return self.answer(200, body)
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(body):
            return self.answer(416, b"", Content_Range=f"bytes */{len(body)}")
        span = f"bytes {start}-{len(body) - 1}/{len(body)}"
        self.answer(206, body[start:], Content_Range=span)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


Behaviour = Callable[[Handler, int, str | None], None]


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours: dict[str, Behaviour] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.sent: list[int] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"
