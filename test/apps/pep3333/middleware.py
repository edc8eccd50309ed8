"""Middleware in both roles: server to the application, application to the server, several layers deep.

wsgiref's validator stands between any two layers and on both ends, so a layer that breaks the PEP in one role or the
other fails in its own code and not in the next one's (PEP 3333 "Middleware: Components that Play Both Sides").
"""

import io
import sys
import tempfile
import zlib
from wsgiref.util import shift_path_info
from wsgiref.validate import validator

from by_path import PLAIN, by_path, note
from gate import Gate


class Layered:
    """The iterable of a layer: each block of the inner one as `change` makes it, close() handed through."""

    def __init__(self, name, inner, change, at_end=None):
        self._name = name
        self._inner = inner
        self._blocks = iter(inner)
        self._change = change
        self._at_end = at_end

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return self._change(next(self._blocks))
        except StopIteration:
            if self._at_end is None:
                raise
            last, self._at_end = self._at_end(), None
            return last

    def close(self):
        note("closed", self._name)
        if hasattr(self._inner, "close"):
            self._inner.close()


def shouting(app):
    """Blocks one for one, in upper case; the length stays."""

    def layer(environ, start_response):
        return Layered("shouting", app(environ, start_response), bytes.upper)

    return layer


def naming(app):
    """Adds a header by a start_response of its own, which hands exc_info on."""

    def layer(environ, start_response):
        def named(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Layer", "named")], exc_info)

        return Layered("naming", app(environ, named), bytes)

    return layer


def naming_alone(app):
    """Adds a header and hands the iterable on as it is: a server may still know its own wrapper."""

    def layer(environ, start_response):
        def named(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Layer", "named")], exc_info)

        return app(environ, named)

    return layer


def error_page(app):
    """Answers for what the inner application raises, when it is called and while it is iterated."""

    def layer(environ, start_response):
        def sorry():
            start_response("500 Sorry", [*PLAIN, ("X-Sorry", "1")], sys.exc_info())
            return b"sorry"

        try:
            inner = app(environ, start_response)
        except LookupError:
            return [sorry()]

        def blocks():
            try:
                # Not `yield from`, which would close the inner iterable when this one is closed, and again.
                for block in inner:  # noqa: UP028
                    yield block
            except LookupError:
                yield sorry()

        iterable = blocks()
        return Layered("error_page", _Closing(iterable, inner), bytes)

    return layer


class _Closing:
    def __init__(self, blocks, inner):
        self._blocks = blocks
        self._inner = inner

    def __iter__(self):
        return self._blocks

    def close(self):
        self._blocks.close()
        if hasattr(self._inner, "close"):
            self._inner.close()


def buffering(app):
    """Collects what is written and what is iterated, then says the length."""

    def layer(environ, start_response):
        taken, blocks = [], []

        def take(status, headers, exc_info=None):
            taken[:] = [status, headers]
            return blocks.append

        inner = app(environ, take)
        try:
            blocks.extend(inner)
        finally:
            if hasattr(inner, "close"):
                inner.close()
        body = b"".join(blocks)
        status, headers = taken
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return layer


def writing(app):
    """Sends the inner blocks with write(), and the last word as its iterable."""

    def layer(environ, start_response):
        started = []

        def start(status, headers, exc_info=None):
            started[:] = [start_response(status, headers, exc_info)]
            return started[0]

        inner = app(environ, start)
        try:
            for block in inner:
                started[0](block)
        finally:
            if hasattr(inner, "close"):
                inner.close()
        return [b"."]

    return layer


def reversing_input(app):
    """The application reads another stream than the server's."""

    def layer(environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        inside = dict(environ)
        inside["wsgi.input"] = io.BytesIO(body[::-1])
        inside["CONTENT_LENGTH"] = str(len(body))
        return app(inside, start_response)

    return layer


def zipping(app):
    """gzip, each block flushed, so that none waits for the next."""

    def layer(environ, start_response):
        packer = zlib.compressobj(wbits=31)

        def start(status, headers, exc_info=None):
            kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
            write = start_response(status, [*kept, ("Content-Encoding", "gzip")], exc_info)
            return lambda block: write(pack(block))

        def pack(block):
            return packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)

        return Layered("zipping", app(environ, start), pack, packer.flush)

    return layer


def mounting(app):
    """Takes the first segment of the path to itself."""

    def layer(environ, start_response):
        inside = dict(environ)
        shift_path_info(inside)
        return app(inside, start_response)

    return layer


def asking_again(app):
    """Calls the application a second time when it has nothing at the first place."""

    def layer(environ, start_response):
        answers = []

        def keep(status, headers, exc_info=None):
            answers.append((status, headers))
            return lambda block: None

        inner = app(dict(environ), keep)
        blocks = list(inner)
        if hasattr(inner, "close"):
            inner.close()
        if answers and answers[-1][0].startswith("404"):
            again = dict(environ)
            again["PATH_INFO"] = "/elsewhere"
            return app(again, start_response)
        start_response(*answers[-1])
        return blocks

    return layer


def own_file_wrapper(app):
    """Gives the application a wrapper of its own."""

    def layer(environ, start_response):
        theirs = environ["wsgi.file_wrapper"]
        inside = dict(environ)
        inside["wsgi.file_wrapper"] = lambda file, size=8192: Layered(
            "own_file_wrapper", theirs(file, size), bytes.swapcase
        )
        return app(inside, start_response)

    return layer


def stack(app, *layers):
    """The application inside the layers, the last one outermost, the validator between any two."""
    app = validator(app)
    for layer in layers:
        app = validator(layer(app))
    return app


# Applications


class Blocks:
    """Two blocks, a gate between them when there is one; notes its close()."""

    def __init__(self, gate=None):
        self._gate = gate
        self._blocks = [b"b", b"a"]

    def __iter__(self):
        return self

    def __next__(self):
        if not self._blocks:
            raise StopIteration
        if self._gate and len(self._blocks) == 1:
            self._gate.wait("asked for the second block")
        return self._blocks.pop()

    def close(self):
        note("closed", "application")


def two_blocks(environ, start_response):
    start_response("200 OK", [*PLAIN])
    return Blocks(Gate(environ) if "gate=" in environ["QUERY_STRING"] else None)


class Endless(Blocks):
    def __init__(self, gate):
        super().__init__()
        self._tell = gate

    def __next__(self):
        return b"x" * 1024

    def close(self):
        super().close()
        self._tell.tell("closed")


def endless(environ, start_response):
    start_response("200 OK", [*PLAIN])
    return Endless(Gate(environ))


def raises_at_once(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    raise LookupError("the original")


def raises_at_first_block(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    yield b""
    raise LookupError("the original")


def raises_later(environ, start_response):
    start_response("200 OK", [*PLAIN])
    yield b"a"
    raise LookupError("the original")


def writes_and_returns(environ, start_response):
    write = start_response("200 OK", [*PLAIN])
    write(b"1")
    write(b"2")
    return [b"3", b"4"]


def echo(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [*PLAIN, ("Content-Length", str(len(body)))])
    return [body]


def paths(environ, start_response):
    start_response("200 OK", [*PLAIN])
    return [("%s|%s" % (environ["SCRIPT_NAME"], environ["PATH_INFO"])).encode()]


def only_elsewhere(environ, start_response):
    found = environ["PATH_INFO"] == "/elsewhere"
    start_response("200 OK" if found else "404 Not Found", [*PLAIN])
    return [b"found" if found else b"secret"]


def file(environ, start_response):
    """More than is read by the worker where the server sends files itself."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115 (the server closes it)
    stream.write(b"content " * 32768)
    stream.seek(8)
    start_response("200 OK", [*PLAIN])
    return environ["wsgi.file_wrapper"](stream)


def offers_file_wrapper(environ, start_response):
    start_response("200 OK", [*PLAIN])
    return [str("wsgi.file_wrapper" in environ).encode()]


# What is served: name by name, which layers stand around which application.

two_deep = stack(two_blocks, shouting, naming)
four_deep = stack(two_blocks, shouting, naming, error_page, shouting)
closing = stack(two_blocks, shouting, naming, error_page)
client_goes = stack(endless, naming, shouting, error_page)
fails_at_once = stack(raises_at_once, naming, error_page, shouting)
fails_at_first_block = stack(raises_at_first_block, naming, error_page, shouting)
fails_later = stack(raises_later, naming, error_page, shouting)
buffered = stack(writes_and_returns, buffering, naming)
buffered_twice = stack(writes_and_returns, naming, buffering, zipping, buffering)
written = stack(two_blocks, shouting, writing, naming)
written_by_both = stack(writes_and_returns, writing, naming)
other_input = stack(echo, reversing_input, shouting, naming)
unread_input = stack(two_blocks, naming, shouting)
zipped = stack(two_blocks, shouting, zipping, naming)
mounted = stack(paths, mounting, mounting, naming)
asked_again = stack(only_elsewhere, asking_again, naming)
file_in_layers = stack(file, shouting, naming)


file_handed_on = naming_alone(naming_alone(file))
file_of_own_wrapper = stack(file, own_file_wrapper, naming)


application = by_path(globals())
