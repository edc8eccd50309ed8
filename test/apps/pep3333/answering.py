"""Uses and misuses of start_response (PEP 3333 "The start_response() Callable")."""

import sys
import traceback
import weakref

from by_path import PLAIN, answer_json, by_path, note
from gate import Gate

SHARED = [("Content-Type", "text/plain"), ("X-Shared", "1")]


def raises_before_body(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    if "gate=" in environ["QUERY_STRING"]:
        Gate(environ).wait("called")
    raise RuntimeError("secret, before any body")


def replaced_after_empty_blocks(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    yield b""
    yield b""
    try:
        raise KeyError("k")
    except KeyError:
        start_response("500 X", PLAIN, sys.exc_info())
    yield b"err"


def no_content(environ, start_response):
    start_response("204 No Content", [])
    return []


def empty_list(environ, start_response):
    start_response("200 OK", PLAIN)
    return []


def empty_generator(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b""


def replaces(environ, start_response):
    start_response("200 OK", [("X-A", "1")])
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        start_response("500 Oops", [("X-B", "2")], sys.exc_info())
    return [b"e"]


def too_late(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"a")

    def fails_deep():
        raise KeyError("k")

    try:
        fails_deep()
    except KeyError as error:
        original = error
        try:
            start_response("500 X", PLAIN, sys.exc_info())
        except KeyError as raised:
            names = [frame.name for frame in traceback.extract_tb(raised.__traceback__)]
            note("too_late", [raised is original, "fails_deep" in names])
            raise
    return [b"b"]


def twice(environ, start_response):
    start_response("200 OK", PLAIN)
    try:
        start_response("200 OK", PLAIN)
    except Exception as error:
        note("twice", type(error).__name__)
        raise
    return [b"secret"]


def after_bad_call(environ, start_response):
    try:
        start_response("bad", PLAIN)
    except Exception as error:
        note("after_bad_call", type(error).__name__)
    start_response("200 OK", PLAIN)
    return [b"secret"]


def after_bad_call_with_exc_info(environ, start_response):
    try:
        start_response("bad", PLAIN)
    except Exception:
        start_response("200 OK", PLAIN, sys.exc_info())
    return [b"mended"]


# What each misuse is: (status, headers). All must raise at the call.
MISUSES = {
    "headers tuple": ("200 OK", (("X-App", "1"),)),
    "headers dict": ("200 OK", {"X-App": "1"}),
    "headers generator": ("200 OK", (pair for pair in [("X-App", "1")])),
    "headers str": ("200 OK", "X-App: 1"),
    "headers None": ("200 OK", None),
    "pair list": ("200 OK", [["X-App", "1"]]),
    "pair of one": ("200 OK", [("X-App",)]),
    "pair of three": ("200 OK", [("X-App", "1", "2")]),
    "pair str": ("200 OK", ["ab"]),
    "name bytes": ("200 OK", [(b"X-App", "1")]),
    "name int": ("200 OK", [(1, "1")]),
    "name None": ("200 OK", [(None, "1")]),
    "name empty": ("200 OK", [("", "1")]),
    "name space": ("200 OK", [("X App", "1")]),
    "name space at end": ("200 OK", [("X-App ", "1")]),
    "name colon": ("200 OK", [("X-App:", "1")]),
    "name CR": ("200 OK", [("X\rApp", "1")]),
    "name LF": ("200 OK", [("X-App\nSet-Cookie", "1")]),
    "name NUL": ("200 OK", [("X\0App", "1")]),
    "name non-ASCII": ("200 OK", [("X-\xe4pp", "1")]),
    "value bytes": ("200 OK", [("X-App", b"1")]),
    "value int": ("200 OK", [("X-App", 1)]),
    "value None": ("200 OK", [("X-App", None)]),
    "value CR": ("200 OK", [("X-App", "a\rb")]),
    "value LF": ("200 OK", [("X-App", "a\nX-Smuggled: 1")]),
    "value CRLF": ("200 OK", [("X-App", "a\r\nX-Smuggled: 1")]),
    "value LF at end": ("200 OK", [("X-App", "a\n")]),
    "value NUL": ("200 OK", [("X-App", "a\0b")]),
    "value control": ("200 OK", [("X-App", "a\x0bb")]),
    "value DEL": ("200 OK", [("X-App", "a\x7fb")]),
    "status bytes": (b"200 OK", PLAIN),
    "status int": (200, PLAIN),
    "status None": (None, PLAIN),
    "status empty": ("", PLAIN),
    "status word": ("OK", PLAIN),
    "status two digits": ("20 OK", PLAIN),
    "status four digits": ("2000 OK", PLAIN),
    "status letter": ("20x OK", PLAIN),
    "status glued": ("200OK", PLAIN),
    "status space before": (" 200 OK", PLAIN),
    "status CRLF at end": ("200 OK\r\n", PLAIN),
    "status LF at end": ("200 OK\n", PLAIN),
    "status LF inside": ("200 a\nX-Smuggled: 1", PLAIN),
    "status NUL": ("200 a\0b", PLAIN),
}

HOP_BY_HOP = [
    "Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "TE",
    "Trailer",
    "Trailers",
    "Transfer-Encoding",
    "Upgrade",
    "upGRADE",
]


def misuse_names(environ, start_response):
    return answer_json(start_response, list(MISUSES))


def misuse(environ, start_response):
    """Does the misuse that the query names; notes whether start_response raised."""
    from urllib.parse import unquote

    status, headers = MISUSES[unquote(environ["QUERY_STRING"])]
    try:
        start_response(status, headers)
    except Exception as error:
        note("misuse", type(error).__name__)
        raise
    return [b"secret"]


def hop_by_hop_names(environ, start_response):
    return answer_json(start_response, HOP_BY_HOP)


def hop_by_hop(environ, start_response):
    try:
        start_response("200 OK", [*PLAIN, ("X-App", "1"), (environ["QUERY_STRING"], "close")])
    except Exception as error:
        note("hop_by_hop", str(error))
        raise
    return [b"secret"]


def bare(environ, start_response):
    start_response("200 OK", [])
    return [b"x"]


def own_date_and_server(environ, start_response):
    start_response("200 OK", [("date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("SERVER", "mine")])
    return [b"x"]


def odd_case_length(environ, start_response):
    start_response("200 OK", [("content-LENGTH", "3")])
    return iter([b"a", b"bc"])


def shared_headers(environ, start_response):
    start_response("200 OK", SHARED)
    note("shared", len(SHARED))
    return [b"x"]


class _Tracked:
    pass


_last = None


def drops_exc_info(environ, start_response):
    global _last

    def fails():
        global _last
        tracked = _Tracked()
        _last = weakref.ref(tracked)
        raise ValueError("tracked")

    try:
        fails()
    except ValueError:
        start_response("500 Oops", PLAIN, sys.exc_info())
    return [b"e"]


def tracked_is_gone(environ, start_response):
    start_response("200 OK", PLAIN)
    return [str(_last() is None).encode()]


def own_reason(environ, start_response):
    start_response("299 My Words", PLAIN)
    return [b"x"]


def latin1_value(environ, start_response):
    start_response("200 Caf\xe9", [*PLAIN, ("X", "caf\xe9")])
    return [b"x"]


def beyond_latin1(environ, start_response):
    where = environ["QUERY_STRING"]
    status = "200 \u20ac" if where == "status" else "200 OK"
    headers = (
        [("X-App", "\u20ac")]
        if where == "value"
        else [("X-\u20ac", "1")]
        if where == "name"
        else []
    )
    try:
        start_response(status, headers)
    except Exception as error:
        note("beyond_latin1", type(error).__name__)
        raise
    return [b"secret"]


def repeated(environ, start_response):
    headers = [("Set-Cookie", "a=1"), ("x-lower", "1"), ("Set-Cookie", "b=2"), ("X-Upper", "2")]
    start_response("200 OK", headers)
    return [b"x"]


application = by_path(globals())
