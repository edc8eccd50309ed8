"""What an application may return (PEP 3333 "Specification Details", "Buffering and Streaming")."""

import io
import tempfile
import threading

from by_path import PLAIN, by_path, note
from gate import Gate

EVERY_BYTE = bytes(range(256))


class Indexed:
    """Iterable by __getitem__ alone."""

    def __getitem__(self, index):
        return [b"a", b"b"][index]


class Own:
    def __iter__(self):
        return iter([b"a", b"b"])


def _file():
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the server closes it)
    file.write(b"ab")
    file.seek(0)
    return file


KINDS = {
    "list": lambda: [b"a", b"b"],
    "tuple": lambda: (b"a", b"b"),
    "generator": lambda: (block for block in [b"a", b"b"]),
    "iterator": lambda: iter([b"a", b"b"]),
    "instance": Own,
    "map": lambda: map(bytes.lower, [b"A", b"B"]),
    "file": _file,
    "BytesIO": lambda: io.BytesIO(b"ab"),
    "indexed": Indexed,
    "list_subclass": lambda: type("L", (list,), {})([b"a", b"b"]),
    "bytes_subclass": lambda: [type("B", (bytes,), {})(b"ab")],
    "set": lambda: {b"ab"},
    "dict_keys": lambda: {b"a": 1, b"b": 2},
}


def kind(environ, start_response):
    start_response("200 OK", PLAIN)
    return KINDS[environ["QUERY_STRING"]]()


def held(environ, start_response):
    """Says where it is after the first block, and waits there."""
    headers = [*PLAIN, ("Content-Length", "2")] if "length=2" in environ["QUERY_STRING"] else PLAIN
    start_response("200 OK", headers)
    gate = Gate(environ)
    yield b"a"
    gate.wait("asked for the second block")
    yield b"b"


def every_byte(environ, start_response):
    start_response("200 OK", PLAIN)
    return [EVERY_BYTE]


def every_byte_in_blocks(environ, start_response):
    start_response("200 OK", PLAIN)
    yield EVERY_BYTE
    yield b"\r\n\n\r"
    yield b"0\r\n\r\n"


def one_element(environ, start_response):
    start_response("200 OK", PLAIN)
    return [b"abc"]


class LenRaises:
    def __init__(self, blocks):
        self.blocks = blocks

    def __len__(self):
        raise TypeError("no length")

    def __iter__(self):
        return iter(self.blocks)


def len_raises(environ, start_response):
    start_response("200 OK", PLAIN)
    return LenRaises([b"ab"])


class Sized(LenRaises):
    def __len__(self):
        return len(self.blocks)


def sized(environ, start_response):
    start_response("200 OK", PLAIN)
    return Sized([b"abc"])


class Logged:
    """Notes what is done with it, in order."""

    def __init__(self, name, blocks, tell=None):
        self.name = name
        self.blocks = iter(blocks)
        self.tell = tell

    def __iter__(self):
        return self

    def __next__(self):
        try:
            block = next(self.blocks)
        except StopIteration:
            note(self.name, "StopIteration")
            raise
        note(self.name, "next")
        if isinstance(block, Exception):
            raise block
        return block

    def close(self):
        note(self.name, "close")
        if self.tell:
            self.tell.tell("closed")


def close_normal(environ, start_response):
    start_response("200 OK", PLAIN)
    return Logged("close_normal", [b"a", b"b"])


def close_empty(environ, start_response):
    start_response("200 OK", PLAIN)
    return Logged("close_empty", [])


def close_raising_first(environ, start_response):
    start_response("200 OK", PLAIN)
    return Logged("close_raising_first", [RuntimeError("secret first")])


def close_raising_later(environ, start_response):
    start_response("200 OK", PLAIN)
    return Logged("close_raising_later", [b"a", RuntimeError("secret later")])


def close_long(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "1")])
    return Logged("close_long", [b"a", b"b", b"c"])


def close_never_started(environ, start_response):
    return Logged("close_never_started", [b"secret"])


def close_without_body(environ, start_response):
    start_response(environ["QUERY_STRING"].replace("%20", " ") or "200 OK", PLAIN)
    return Logged("close_without_body", [b"a", b"b"])


def close_client_gone(environ, start_response):
    start_response("200 OK", PLAIN)

    def endless():
        while True:
            yield b"x" * 1024

    return Logged("endless", endless(), Gate(environ))


def finally_runs(environ, start_response):
    start_response("200 OK", PLAIN)
    try:
        yield b"a"
        yield b"b"
    finally:
        note("finally_runs", "finally")


def finally_when_client_goes(environ, start_response):
    gate = Gate(environ)
    start_response("200 OK", PLAIN)
    try:
        while True:
            yield b"x" * 1024
    finally:
        gate.tell("finally")


class CloseRaises(Logged):
    def close(self):
        super().close()
        raise RuntimeError("close went wrong")


def close_raises(environ, start_response):
    start_response("200 OK", PLAIN)
    return CloseRaises("close_raises", [b"a", b"b"])


class Watched:
    """Records the name of each attribute that is looked up on the instance."""

    def __init__(self):
        object.__setattr__(self, "blocks", iter([b"a", b"b"]))

    def __getattribute__(self, name):
        note("watched", name)
        return object.__getattribute__(self, name)

    def __iter__(self):
        return iter([b"a", b"b"])

    def read(self, size=-1):
        raise AssertionError("read() is not the server's to call")

    def fileno(self):
        raise AssertionError("fileno() is not the server's to call")


def watched(environ, start_response):
    start_response("200 OK", PLAIN)
    return Watched()


def empty_blocks(environ, start_response):
    start_response("200 OK", PLAIN)
    blocks = [b"", b"a", b"", b"b", b""]
    return blocks if environ["QUERY_STRING"] == "list" else iter(blocks)


NOT_BYTES = {"str": "secret", "int": 5, "bytearray": bytearray(b"secret"), "None": None}


def wrong_first(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    yield NOT_BYTES[environ["QUERY_STRING"]]


def wrong_in_list(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    return [NOT_BYTES[environ["QUERY_STRING"]]]


def wrong_later(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"a"
    yield NOT_BYTES[environ["QUERY_STRING"]]


def bare_bytes(environ, start_response):
    start_response("200 OK", PLAIN)
    return b"secret"


def too_long(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    return Logged("too_long", [b"12345", b"678", b"9"])


def too_long_inside(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    return Logged("too_long", [b"123", b"45678", b"9"])


def too_long_list(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    return [b"12345678"]


def too_short(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "500")])
    return [b"12345"] if environ["QUERY_STRING"] == "list" else iter([b"12", b"345"])


def unknown_length(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"a" * 10
    yield b"b" * 100000
    yield b"c"


def raises_first(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    raise RuntimeError("secret of raises_first")
    yield b""


def raises_later(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"a"
    raise RuntimeError("secret of raises_later")


def flood(environ, start_response):
    """Yields 256 MiB and counts what was asked for."""
    gate = Gate(environ)
    start_response("200 OK", PLAIN)
    block = b"x" * 65536
    count = 0
    told = threading.Event()

    def look():
        """Says when nothing has been asked for between two looks."""
        seen = -1
        while not told.wait(0.25):
            if seen == count and count:
                gate.tell("stands at %d" % (count * len(block)))
                return
            seen = count

    threading.Thread(target=look, daemon=True).start()
    try:
        for count in range(1, 4097):  # noqa: B007 (look() reads it)
            yield block
    finally:
        told.set()
        gate.tell("closed")


def with_body(environ, start_response):
    """Answers with the status of the query, and a body whatever the status."""
    start_response(environ["QUERY_STRING"].replace("%20", " "), [("X-Kept", "1")])
    return [b"secret"]


def head_length(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "7")])
    return [b"1234567"]


def head_blocks(environ, start_response):
    start_response("200 OK", PLAIN)
    return iter([b"123", b"4567"])


def plain(environ, start_response):
    start_response("404 Not Here", [("X-Own", "1")])
    return [b"nothing" * 1000]


application = by_path(globals())
