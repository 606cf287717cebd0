"""A proxy between a client and a storage, which misbehaves as networks and storages do, by a seeded random generator."""

import http.client
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

# An answer instead of the storage's; no answer, before or after the storage did what was asked; half of an answer, at
# once or after a pause; half of an upload that reached the storage; an answer that takes its time.
FAULTS = ("500", "503", "429", "reset", "lost", "truncated", "stall", "half-sent", "delay", "412")
WRITES_ONLY = {"half-sent", "412"}
ANSWERS = {"500", "503", "429", "412", "409", "403"}
DELAY_SECONDS, HANG_SECONDS = 0.2, 1
_OWN = {"connection", "transfer-encoding", "content-length"}  # never Host: it is part of what S3 signs


class Faults:
    """`rate` of the requests get a fault out of `kinds`; `counts` tells which they were. `next_ones` are the faults of the
    next requests instead: those of FAULTS, a 409, and no answer for a while."""

    def __init__(self, seed, kinds=FAULTS):
        self.rate, self.counts, self.next_ones, self._kinds = 0.0, {}, iter(()), kinds
        self._random, self._lock = Random(seed), Lock()

    def next(self, method, *_request):
        with self._lock:
            if (fault := next(self.next_ones, None)) is not None:
                return fault
            if self._random.random() >= self.rate:
                return None
            can_be = [kind for kind in self._kinds if method in ("PUT", "POST") or kind not in WRITES_ONLY]
            if not can_be:
                return None
            fault = self._random.choice(can_be)
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
            if fault == "half-sent":
                body = body[: len(body) // 2]
            connection.request(self.command, self.path, body, headers)
            if fault == "half-sent":
                connection.close()
                self.close_connection = True
                return
            answered = connection.getresponse()
            content = answered.read()
            connection.close()
            if fault == "lost":
                self.close_connection = True
                return
            self.answer(answered.status, answered.getheaders(), content, fault)

        def answer(self, status, headers, content, fault=None):
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
                half = len(content) // 2 if fault in ("truncated", "stall") else len(content)
                self.wfile.write(content[:half])
                Event().wait(HANG_SECONDS if fault == "stall" else 0)
                self.wfile.write(b"" if fault == "truncated" else content[half:])
            if fault == "truncated":
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
