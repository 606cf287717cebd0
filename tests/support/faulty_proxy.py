"""A proxy between a client and a storage, which misbehaves as networks and storages do, by a seeded random generator."""

import http.client
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

FAULTS = ("500", "503", "429", "reset", "lost", "truncated", "delay", "412")
ANSWERS = {"500", "503", "429", "412", "409", "403"}
DELAY_SECONDS, HANG_SECONDS = 0.2, 1
_OWN = {"host", "connection", "transfer-encoding", "content-length"}


class Faults:
    """`rate` of the requests get a fault; `counts` tells which they were. `next_ones` are the faults of the next requests
    instead: those of FAULTS, a 409, and no answer for a while."""

    def __init__(self, seed):
        self.rate, self.counts, self.next_ones = 0.0, {}, iter(())
        self._random, self._lock = Random(seed), Lock()

    def next(self, method, *_request):
        with self._lock:
            if (fault := next(self.next_ones, None)) is not None:
                return fault
            if self._random.random() >= self.rate:
                return None
            fault = self._random.choice(FAULTS if method in ("PUT", "POST") else FAULTS[:-1])
            self.counts[fault] = self.counts.get(fault, 0) + 1
            return fault


@contextmanager
def faulty_proxy(upstream, faults, seen=None):
    """The URL of a proxy to the URL `upstream`; `seen` takes (method, path, headers, body) of every request."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if seen is not None:
                seen.append((self.command, self.path, dict(self.headers), body))
            fault = faults.next(self.command, self.path, body)
            if fault in ANSWERS:
                self.answer(int(fault), [], b"")
            elif fault in ("reset", "hang"):
                Event().wait(HANG_SECONDS if fault == "hang" else 0)
                self.close_connection = True
            else:
                Event().wait(DELAY_SECONDS if fault == "delay" else 0)
                self.answer_truly(body, fault)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = forward  # noqa: N815 - http.server asks for these

        def answer_truly(self, body, fault):
            target = urlsplit(upstream)
            connection = http.client.HTTPConnection(target.hostname, target.port, timeout=30)
            headers = {name: text for name, text in self.headers.items() if name.lower() not in _OWN}
            if body or self.command in ("PUT", "POST"):
                headers["Content-Length"] = str(len(body))
            connection.request(self.command, self.path, body, headers)
            answered = connection.getresponse()
            content = answered.read()
            connection.close()
            if fault == "lost":
                self.close_connection = True
                return
            self.answer(answered.status, answered.getheaders(), content, cut=fault == "truncated")

        def answer(self, status, headers, content, *, cut=False):
            self.send_response_only(status)
            length = None
            for name, text in headers:
                if name.lower() == "content-length":
                    length = text
                if name.lower() not in _OWN:
                    self.send_header(name, text)
            self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if cut else content)
            if cut:
                self.close_connection = True

        def log_message(self, *arguments):
            pass

    with serving(Handler) as url:
        yield url


@contextmanager
def serving(handler):
    """The URL of a server whose requests the class `handler` answers, each on a thread."""
    listener = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    listener.daemon_threads = True
    thread = Thread(target=listener.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
