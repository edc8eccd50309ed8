"""An application for tests of large bodies, both ways. It notes what it does as life.py does."""

import hashlib
import time
from urllib.parse import parse_qs

from life import note


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    identity = query.get("id", [""])[0]
    note("began " + identity)
    behaviour = globals()["do" + environ["PATH_INFO"].replace("/", "_")]
    return behaviour(environ, start_response, identity, query)


def do_hello(environ, start_response, identity, query):
    time.sleep(float(query.get("ms", ["0"])[0]) / 1000)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def do_digest(environ, start_response, identity, query):
    """Reads the body twice where it can be rewound. Answers digests, CONTENT_LENGTH and what the input is."""
    body = environ["wsgi.input"]
    first = hashlib.sha256(body.read()).hexdigest()
    second = ""
    if body.seekable():
        body.seek(0)
        second = hashlib.sha256(b"".join(body)).hexdigest()
    words = (first, second, environ.get("CONTENT_LENGTH", "none"), type(body).__name__)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(words).encode()]


def do_first_byte(environ, start_response, identity, query):
    """Notes the first byte of the body as soon as it has it, then reads the rest."""
    body = environ["wsgi.input"]
    note("read " + body.read(1).decode())
    rest = body.read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % (1 + len(rest))]


def block(number):
    """64 KiB that differ from all others."""
    return b"%07d\n" % number * 8192


def do_stream(environ, start_response, identity, query):
    """So many blocks, one by one; notes each tenth one, and the end."""

    def blocks():
        for number in range(int(query["blocks"][0])):
            yield block(number)
            if number % 10 == 9:
                note("%s sent %d" % (identity, number + 1))
        note("done " + identity)

    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return blocks()


def do_whole(environ, start_response, identity, query):
    """The same bytes as /stream, in one piece."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [b"".join(map(block, range(int(query["blocks"][0]))))]
