"""Answers of every kind that compression has to decide about; paths choose."""

import gzip
import os
import threading

LINE = b"A line of text that repeats itself, number %07d, and says nothing else.\n"
MIB = 1024 * 1024


def text(size):
    lines = b"".join(LINE % number for number in range(size // len(LINE % 0) + 1))
    return lines[:size]


PAGE = text(8_000)
LARGE = text(MIB)
HTML = ("Content-Type", "text/html; charset=utf-8")
go = threading.Event()

# Path to status, fields and body.
ANSWERS = {
    "/page": ("200 OK", [HTML], PAGE),
    "/login": ("200 OK", [HTML], PAGE),
    "/small": ("200 OK", [HTML], text(500)),
    "/large": ("200 OK", [HTML], LARGE),
    "/404": ("404 Not Found", [HTML], PAGE),
    "/204": ("204 No Content", [], b""),
    "/206": ("206 Partial Content", [HTML, ("Content-Range", "bytes 0-7999/9000")], PAGE),
    "/gzip": ("200 OK", [HTML, ("Content-Encoding", "gzip")], gzip.compress(PAGE)),
    "/png": ("200 OK", [("Content-Type", "image/png")], PAGE),
    "/no-type": ("200 OK", [], PAGE),
    "/random": ("200 OK", [("Content-Type", "text/plain")], os.urandom(8_000)),
    "/no-transform": ("200 OK", [HTML, ("Cache-Control", "private, no-transform")], PAGE),
    "/digest": ("200 OK", [HTML, ("Content-Digest", "sha-256=:AAAA:")], PAGE),
    "/vary": ("200 OK", [HTML, ("Vary", "Cookie")], PAGE),
    "/vary-all": ("200 OK", [HTML, ("Vary", "*")], PAGE),
}


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/etag":
        return with_tag(environ, start_response)
    if path == "/pieces":
        start_response("200 OK", [HTML])
        return (LARGE[at : at + 50_000] for at in range(0, MIB, 50_000))
    if path == "/go":
        go.set()
        start_response("200 OK", [("Content-Type", "image/png")])
        return [b"gone"]
    if path == "/waits":
        start_response("200 OK", [HTML])
        return waiting()
    if path == "/breaks":
        start_response("200 OK", [HTML])
        return breaking()
    if path == "/short":
        start_response("200 OK", [HTML, ("Content-Length", "9000")])
        return iter([PAGE])
    if path == "/made":
        start_response("200 OK", [("Content-Type", "image/png")])
        return [b"%d" % Endless.made]
    if path == "/endless":
        start_response("200 OK", [HTML])
        return Endless(environ)
    status, fields, body = ANSWERS[path]
    start_response(status, fields)
    return [body]


def with_tag(environ, start_response):
    """As frameworks do it: the tags are compared weakly (RFC 9110 §13.1.2)."""
    asked = environ.get("HTTP_IF_NONE_MATCH", "")
    if '"v1"' in [tag.strip().removeprefix("W/") for tag in asked.split(",")]:
        start_response("304 Not Modified", [("ETag", '"v1"')])
        return []
    start_response("200 OK", [HTML, ("ETag", '"v1"'), ("Accept-Ranges", "bytes")])
    return [PAGE]


def waiting():
    """What comes before a block must be readable before the next one is made."""
    yield b"first;"
    go.wait(30)
    go.clear()
    yield b"second;"


def breaking():
    yield PAGE
    raise RuntimeError("the page breaks off")


class Endless:
    """Tells the log when it is closed."""

    made = 0

    def __init__(self, environ):
        self.errors = environ["wsgi.errors"]

    def __iter__(self):
        return self

    def __next__(self):
        Endless.made += 1
        # Bytes that can't be made smaller, so that a reader holds them up.
        return os.urandom(64 * 1024)

    def close(self):
        self.errors.write("endless closed\n")
        self.errors.flush()
