"""Which files the front can send in the worker's place (wire §5.11).

A file is handed over by a path under which the front opens it a second time. So it must be one whose descriptor holds
what read() would give, and nothing else: a plain regular file, opened in binary. Whatever is not certain is read.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from typing import Any

from . import wire
from .head import Head

# What is shorter is read here: that is cheaper than asking the front.
HAND_OVER_FROM = 64 * 1024

_ALL_ONES = (1 << 64) - 1

# Flags of a head with a field that names a file, and the fields.
BY_PATH = wire.SENDFILE | wire.ACCEL_REDIRECT
_PATH_FIELDS = ((wire.SENDFILE, b"x-sendfile"), (wire.ACCEL_REDIRECT, b"x-accel-redirect"))
# What the front says itself, or acts on.
_FRONTS_FIELDS = (b"content-length", b"x-sendfile", b"x-accel-redirect")

_has_proc = os.path.exists("/proc/self/fd")


class PlainFile:
    """`size`: bytes from `offset` to the end that the file has now."""

    __slots__ = ("path", "offset", "size", "device", "inode")

    def __init__(self, path: bytes, offset: int, status: os.stat_result) -> None:
        self.path = path
        self.offset = offset
        self.size = status.st_size - offset
        self.device = status.st_dev & _ALL_ONES
        self.inode = status.st_ino & _ALL_ONES


def plain_file(filelike: Any) -> PlainFile | None:
    """The file behind a file-like object, from its present position; None: it has to be read."""
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None and type(filelike) is tempfile._TemporaryFileWrapper:
        filelike = filelike.file
    kind = type(filelike)
    raw = filelike
    if kind is io.BufferedReader or kind is io.BufferedRandom:
        raw = filelike.raw
    if type(raw) is not io.FileIO or "read" in getattr(filelike, "__dict__", ()):
        return None
    try:
        if kind is io.BufferedRandom:
            filelike.flush()
        status = os.fstat(raw.fileno())
        # Files of /proc say that they are empty.
        if not stat.S_ISREG(status.st_mode) or not raw.readable():
            return None
        offset = filelike.tell()
        if status.st_size <= offset:
            return None
        path = _path(raw, status)
    except (OSError, ValueError):
        return None  # Closed, or not seekable: read() says so.
    return PlainFile(path, offset, status) if path is not None else None


def _path(raw: io.FileIO, status: os.stat_result) -> bytes | None:
    if _has_proc:
        # It needs no name any more, and is the same file whatever happened to its name.
        return b"/proc/%d/fd/%d" % (os.getpid(), raw.fileno())
    name = raw.name
    if not isinstance(name, (str, bytes)):
        return None
    path = os.path.abspath(os.fsencode(name))
    return path if os.path.samestat(os.stat(path), status) else None


def paths_in_fields(head: Head) -> list[tuple[int, bytes]]:
    """(flag, value) of the fields of a head that name a file."""
    found = []
    for flag, wanted in _PATH_FIELDS:
        for line in head.lines[1:]:
            name, _, value = line.partition(b":")
            if head.flags & flag and name.lower() == wanted:
                found.append((flag, value.strip()))
                break
    return found


def head_for_front(head: Head) -> bytes:
    """The head as the front wants it: it adds the length, and what names a file is not the client's business."""
    lines = [line for line in head.lines if line.partition(b":")[0].lower() not in _FRONTS_FIELDS]
    return b"".join(lines)
