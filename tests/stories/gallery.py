"""A customer's web server with pictures, for stories about MMS."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.carriage.media import drawn


@contextlib.contextmanager
def gallery(files: Mapping[str, tuple[str, bytes]] | None = None) -> Iterator[str]:
    """The URL of a server that has files, path -> (content type, bytes); and a picture at every other path that ends in
    .jpg or .png. Anything else is 404, and /moved/X leads to X."""
    told = dict(files or {})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/moved/"):
                self.send_response(302)
                self.send_header("Location", path.removeprefix("/moved"))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            usual = ("image/jpeg", drawn.jpeg()) if path.endswith((".jpg", ".png")) else None
            found = told.get(path, usual)
            kind, data = found or ("text/plain", b"no such file")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
