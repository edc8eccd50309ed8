"""Status and headers of an answer, checked and encoded (PEP 3333 "The start_response() Callable").

Pairs that repeat are checked once: a bounded map from (name, value) to the encoded field line. And so are whole heads
that repeat: a look at one map instead of one for each pair. Equal pairs encode equally, so the maps never change a
result; tests compare them with nothing remembered. bench/micro/response_head.py: a head that repeats takes
less than a tenth of the time, pairs that repeat about a third.
"""

from __future__ import annotations

import re
from typing import Any

from .wire import ACCEL_REDIRECT, HAS_DATE, HAS_SERVER, SENDFILE

# Enough for every distinct pair of a busy site's static part; a map that is full starts anew.
MAX_REMEMBERED = 2048
# Whole heads are larger, and only those are kept whose pairs had been seen before.
MAX_REMEMBERED_HEADS = 512
# Longer pairs (tokens, cookies, policies with nonces) rarely repeat and would fill memory.
MAX_REMEMBERED_SIZE = 512

# RFC 9110 §5.1: a field name is a token (RFC 9110 §5.6.2).
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# RFC 9110 §5.5: no control characters but HTAB; PEP 3333 "Unicode Issues": nothing above U+00FF.
_BAD_VALUE = re.compile("[^\t\x20-\x7e\x80-\xff]")
# Three digits, then a space and a reason. A status without a reason occurs in real code: see docs/deviations.md.
_STATUS = re.compile("([1-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?")

# PEP 3333 "Other HTTP Features": an application may not use hop-by-hop features.
HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    )
)

_statuses: dict[str, tuple[bytes, int]] = {}
_lines: dict[tuple[str, str], bytes] = {}
_heads: dict[tuple[object, ...], tuple[int, tuple[bytes, ...], int, int]] = {}


class Head:
    """A checked head. `content_length` is -1 when the application gave none."""

    __slots__ = ("code", "lines", "flags", "content_length")

    def __init__(self, code: int, lines: list[bytes], flags: int, content_length: int) -> None:
        self.code = code
        self.lines = lines
        self.flags = flags
        self.content_length = content_length


def encode_head(status: str, headers: list[tuple[str, str]]) -> Head:
    """Checks and encodes. Raises TypeError or ValueError whose text says what to change."""
    if type(headers) is not list:
        return _encode_anew(status, headers, None)
    key = (status, *headers)
    try:
        code, lines, flags, length = _heads[key]
    except KeyError:
        return _encode_anew(status, headers, key)
    except TypeError:  # Not hashable, so not made of str.
        return _encode_anew(status, headers, None)
    return Head(code, list(lines), flags, length)


def _encode_anew(
    status: str, headers: list[tuple[str, str]], key: tuple[object, ...] | None
) -> Head:
    """`key`: what to remember the head under if it is one that repeats."""
    try:
        status_line, code = _statuses[status]
    except (KeyError, TypeError):
        status_line, code = _encode_status(status)
    if type(headers) is not list:
        # PEP 3333 "The start_response() Callable": "a list" means a Python list.
        raise TypeError(
            "start_response: headers must be a list of (name, value) tuples, not %s%s"
            % (_kind(headers), ": write list(headers.items())" if isinstance(headers, dict) else "")
        )
    lines = [status_line]
    flags = 0
    length = -1
    repeats = key is not None
    remembered = _lines
    for pair in headers:
        try:
            line = remembered.get(pair)
        except TypeError:
            line = None  # Not hashable, so not a tuple of str: encode_pair says what is wrong.
        if line is not None:
            lines.append(line)
            continue
        line = encode_pair(pair)
        name, value = pair
        folded = name.lower()
        if folded == "content-length":
            if length >= 0:
                raise ValueError("start_response: Content-Length is given twice")
            length = _content_length(value)
            if code == 204:
                continue  # RFC 9110 §8.6: a 204 has none. Many applications send a 0.
        else:
            repeats = False
            if folded == "date":
                flags |= HAS_DATE
            elif folded == "server":
                flags |= HAS_SERVER
            elif folded == "x-sendfile":
                flags |= SENDFILE
            elif folded == "x-accel-redirect":
                flags |= ACCEL_REDIRECT
            elif len(line) <= MAX_REMEMBERED_SIZE:
                if len(remembered) >= MAX_REMEMBERED:
                    remembered.clear()
                remembered[pair] = line
        lines.append(line)
    if code == 204:
        length = -1
    if repeats and key is not None:
        if len(_heads) >= MAX_REMEMBERED_HEADS:
            _heads.clear()
        _heads[key] = (code, tuple(lines), flags, length)
    return Head(code, lines, flags, length)


def encode_hints(headers: Any) -> bytes:
    """The field lines of an interim answer (RFC 8297). Raises as encode_head does."""
    lines = []
    for pair in headers:
        try:
            lines.append(encode_pair(pair))
            if pair[0].lower() == "content-length":
                raise ValueError("start_response: Content-Length has no meaning in an early hint")
        except (TypeError, ValueError) as error:
            told = str(error).replace("start_response", "wsgi.early_hints", 1)
            raise type(error)(told) from None
    return b"".join(lines)


def encode_pair(pair: Any) -> bytes:
    """One field line with its CRLF. Raises TypeError or ValueError that names the header."""
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(
            "start_response: each header must be a (name, value) tuple, not %s" % _shown(pair)
        )
    name, value = pair
    if not isinstance(name, str) or not isinstance(value, str):
        wrong = name if not isinstance(name, str) else value
        hint = ": write str(...)" if isinstance(wrong, (int, float)) else ""
        if isinstance(wrong, (bytes, bytearray)):
            hint = ": decode it as latin-1"
        raise TypeError(
            "start_response: header names and values must be str, not %s in %s%s"
            % (_kind(wrong), _shown(pair), hint)
        )
    if not _TOKEN.fullmatch(name):
        raise ValueError("start_response: %s is not a valid header name" % _shown(name))
    if _BAD_VALUE.search(value):
        raise ValueError(
            "start_response: the value of header %s has a control character, a line end or a character beyond "
            "latin-1: %s" % (name, _shown(value))
        )
    if name.lower() in HOP_BY_HOP:
        raise ValueError(
            "start_response: %s is a hop-by-hop header, which only the server may send (PEP 3333, Other HTTP Features): remove it"
            % name
        )
    return ("%s: %s\r\n" % (name, value.strip(" \t"))).encode("latin-1")


def _encode_status(status: Any) -> tuple[bytes, int]:
    if not isinstance(status, str):
        hint = ' such as "200 OK"'
        raise TypeError("start_response: status must be a str%s, not %s" % (hint, _shown(status)))
    match = _STATUS.fullmatch(status)
    if not match or (len(status) > 3 and status != status.rstrip()):
        raise ValueError('start_response: status must look like "200 OK", not %s' % _shown(status))
    code = int(match.group(1))
    if code < 200:
        # RFC 9110 §15.2: interim answers are the server's; they can't be a final status.
        raise ValueError(
            "start_response: %s is an interim status, which can't end a request" % _shown(status)
        )
    text = status if len(status) > 3 else status + " "
    entry = (text.encode("latin-1") + b"\r\n", code)
    if len(_statuses) >= MAX_REMEMBERED:
        _statuses.clear()
    _statuses[status] = entry
    return entry


def _content_length(value: str) -> int:
    text = value.strip(" \t")
    # RFC 9110 §8.6: 1*DIGIT, and a number that both halves can count with.
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise ValueError(
            "start_response: Content-Length must be a decimal number, not %s" % _shown(value)
        )
    return int(text)


def _kind(value: object) -> str:
    return type(value).__name__


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
