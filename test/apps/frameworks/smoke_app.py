"""What every interpreter has to serve: standard library only, between wsgiref's validator and the server."""

import sys
from wsgiref.validate import validator


def version(environ):
    yield sys.version.replace("\n", " ").encode()


def echo(environ):
    path = environ["PATH_INFO"].encode("latin-1").decode()
    note = environ.get("HTTP_X_NOTE", "-")
    yield f"{path} {environ['QUERY_STRING']} {note}".encode()


def count(environ):
    size = 0
    while True:
        block = environ["wsgi.input"].read(100_000)
        if not block:
            break
        size += len(block)
    yield str(size).encode()


def blocks(environ):
    for _ in range(1000):
        yield b"block\n"


def fail(environ):
    raise RuntimeError("raised on purpose")


pages = {"version": version, "echo": echo, "count": count, "blocks": blocks}


def inner(environ, start_response):
    name = environ["PATH_INFO"].split("/")[1]
    if name == "raise":
        fail(environ)
    write = start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    if name == "write":
        write(b"written, ")
        return [b"returned"]
    if name == "file":
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    return pages[name](environ)


app = validator(inner)
