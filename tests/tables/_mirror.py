"""A local HTTP server that misbehaves as a test tells it to, and counts what it sends."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """How a path is answered.

    Attributes: content; status (0: none at all); declared length (the real one if None, no header if "none"); after
    how many bytes the connection is cut, or left hanging; whether ranges are known; ETag and time; content type; where
    to redirect; whether in chunks.
    """

    content: bytes = b""
    status: int = 200
    length: int | str | None = None
    cut: int | None = None
    hang: int | None = None
    slow: float = 0.0
    ranges: bool = True
    etag: str | None = '"one"'
    modified: str | None = None
    kind: str = "application/octet-stream"
    location: str | None = None
    chunked: bool = False


@dataclass
class Mirror:
    """The server: per path a list of replies, the last of which stays; and what happened."""

    url: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, str | None, int]] = field(default_factory=list)  # path, Range, status
    sent: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def serve(self, path, *replies):
        """Answer `path` by these replies, one after another, and return its address."""
        self.replies[path] = list(replies)
        return self.url + path

    def ranges(self):
        """Return what was asked for of each request."""
        return [asked for _, asked, _ in self.asked]


def start_mirror():
    """Return a mirror on a free port of 127.0.0.1, and a function that ends it."""
    mirror = Mirror()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            answers = mirror.replies.get(self.path, [Reply(status=404)])
            if answers[0].status == 0:  # hang up without a word
                self.close_connection = True
                return
            answer(self, mirror, answers.pop(0) if len(answers) > 1 else answers[0])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda *_: None  # clients that hang up are part of the tests
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()

    def stop():
        mirror.released.set()
        server.shutdown()
        server.server_close()
        thread.join()

    return mirror, stop


def answer(handler, mirror, reply):
    asked = handler.headers.get("Range")
    condition = handler.headers.get("If-Range")
    start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
    names = (reply.etag, reply.modified)
    partly = bool(asked and reply.ranges and reply.status == 200 and (condition is None or condition in names))
    total = len(reply.content)
    if partly and start >= total:
        reply, partly, status, body = Reply(etag=reply.etag), False, 416, b""
    elif partly:
        status, body = 206, reply.content[start:]
    else:
        status, body = reply.status, reply.content
    mirror.asked.append((handler.path, asked, status))
    handler.send_response(status)
    handler.send_header("Content-Type", reply.kind)
    if reply.location:
        handler.send_header("Location", reply.location)
    if status == 416:
        handler.send_header("Content-Range", f"bytes */{total}")
    if status == 206:
        handler.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
    if reply.etag:
        handler.send_header("ETag", reply.etag)
    if reply.modified:
        handler.send_header("Last-Modified", reply.modified)
    if reply.chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    elif reply.length != "none":
        handler.send_header("Content-Length", str(len(body) if reply.length is None else reply.length))
    handler.send_header("Connection", "close")
    handler.end_headers()
    stop_at = next((place for place in (reply.cut, reply.hang) if place is not None), len(body))
    step = 20_000 if reply.slow else len(body) or 1
    for place in range(0, min(stop_at, len(body)), step):
        part = body[place : min(place + step, stop_at)]
        if reply.chunked:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        else:
            handler.wfile.write(part)
        mirror.sent += len(part)
        time.sleep(reply.slow)
    if reply.chunked and reply.cut is None:
        handler.wfile.write(b"0\r\n\r\n")
    handler.wfile.flush()
    if reply.hang is not None:
        mirror.released.wait(20)
