"""Uses of wsgi.file_wrapper (PEP 3333 "Optional Platform-Specific File Handling")."""

import gzip
import io
import os
import tempfile

from by_path import PLAIN, answer_json, by_path, note
from gate import Gate

MEGABYTE = bytes(range(256)) * 4096


def _file(content=b"0123456789abcdef"):
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the server closes it)
    file.write(content)
    file.flush()
    file.seek(0)
    return file


class Readable:
    """A file-like object with read(size) alone, and close() when asked for."""

    def __init__(self, content, name=None, gate=None):
        self._stream = io.BytesIO(content)
        if name:
            self.close = lambda: note(name, "close") or (gate and gate.tell("closed"))

    def read(self, size):
        return self._stream.read(size)


def offered(environ, start_response):
    return answer_json(start_response, "wsgi.file_wrapper" in environ)


def called_both_ways(environ, start_response):
    wrapper = environ["wsgi.file_wrapper"]
    start_response("200 OK", PLAIN)
    return wrapper(_file()) if environ["QUERY_STRING"] == "one" else wrapper(_file(), 3)


def in_middleware(environ, start_response):
    start_response("200 OK", PLAIN)
    return (block.upper() for block in environ["wsgi.file_wrapper"](_file(), 4))


def not_returned(environ, start_response):
    file = _file()
    wrapped = environ["wsgi.file_wrapper"](file)
    note("not_returned", [file.tell(), file.closed])
    start_response("200 OK", PLAIN)
    del wrapped
    return [b"other"]


def closes(environ, start_response):
    start_response("200 OK", PLAIN)
    return environ["wsgi.file_wrapper"](Readable(b"content", "closes"), 3)


def closes_when_client_goes(environ, start_response):
    gate = Gate(environ)
    start_response("200 OK", PLAIN)
    endless = Readable(b"", "endless", gate)
    endless.read = lambda size: b"x" * size
    return environ["wsgi.file_wrapper"](endless)


def without_close(environ, start_response):
    start_response("200 OK", PLAIN)
    return environ["wsgi.file_wrapper"](Readable(b"content"), 3)


def bytes_io(environ, start_response):
    start_response("200 OK", PLAIN)
    return environ["wsgi.file_wrapper"](io.BytesIO(b"content"))


def from_position(environ, start_response):
    file = _file()
    file.seek(10)
    start_response("200 OK", PLAIN)
    return environ["wsgi.file_wrapper"](file)


def from_position_with_length(environ, start_response):
    file = _file()
    file.seek(10)
    start_response("200 OK", [*PLAIN, ("Content-Length", "6")])
    return environ["wsgi.file_wrapper"](file)


def up_to_length(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    return environ["wsgi.file_wrapper"](_file(MEGABYTE))


def large(environ, start_response):
    start_response("200 OK", PLAIN)
    return environ["wsgi.file_wrapper"](_file(MEGABYTE * 4))


def after_write(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"first ")
    return environ["wsgi.file_wrapper"](_file())


def _gzip():
    file = _file(gzip.compress(b"unpacked"))
    return gzip.GzipFile(fileobj=file)


def _spooled():
    file = tempfile.SpooledTemporaryFile()  # noqa: SIM115 (the server closes it)
    file.write(b"spooled")
    file.seek(0)
    return file


def _pipe():
    reading, writing = os.pipe()
    os.write(writing, b"from a pipe")
    os.close(writing)
    return os.fdopen(reading, "rb")


def _read_ahead():
    """Its buffer has more than its reader took: the descriptor is further than tell()."""
    file = _file(b"0123456789" * 1000)
    file.read(1)
    file.seek(1)
    return file


ODD = {
    "gzip": _gzip,
    "spooled": _spooled,
    "pipe": _pipe,
    "read_ahead": _read_ahead,
    "empty": lambda: _file(b""),
}


def odd(environ, start_response):
    start_response("200 OK", PLAIN)
    return environ["wsgi.file_wrapper"](ODD[environ["QUERY_STRING"]]())


def without_content(environ, start_response):
    status = environ["QUERY_STRING"].replace("%20", " ") or "200 OK"
    start_response(status, PLAIN)
    return environ["wsgi.file_wrapper"](Readable(b"secret", "without_content"), 3)


application = by_path(globals())
