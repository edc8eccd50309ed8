"""Reads multipart/form-data as it comes and counts the files in it; never holds more than one block."""

import hashlib
import re

BLOCK_BYTES = 64 * 1024
MAX_PART_FIELD_LINES = 32  # a browser sends two

FILE_NAME = re.compile(rb'filename="([^"]*)"', re.IGNORECASE)


def boundary_of(content_type):
    """The boundary parameter as bytes, None where this is no multipart/form-data."""
    kind, _, parameters = content_type.partition(";")
    found = re.search(r'boundary=(?:"([^"]+)"|([^\s";,]+))', parameters, re.IGNORECASE)
    if kind.strip().lower() != "multipart/form-data" or not found:
        return None
    return (found[1] or found[2]).encode("latin-1")


def count_files(body, boundary):
    """Yield (file name, bytes, SHA-256) for each part with a file name; ValueError if it's cut short."""
    delimiter = b"--" + boundary
    last_delimiter = delimiter + b"--"
    line = body.readline(BLOCK_BYTES)
    if line.rstrip() not in (delimiter, last_delimiter):
        raise ValueError("The body doesn't begin with the boundary that its Content-Type names.")
    while line.rstrip() != last_delimiter:
        name = _file_name(body)
        size = 0
        digest = hashlib.sha256()
        held = b""  # a line end may belong to the content or to the delimiter after it
        while True:
            line = body.readline(BLOCK_BYTES)
            if not line:
                raise ValueError("The body ends before its last boundary.")
            if held == b"\r\n" and line.rstrip() in (delimiter, last_delimiter):
                break
            block = held + line
            # A block that was cut between CR and LF leaves the CR for the next turn.
            held = next((end for end in (b"\r\n", b"\r") if block.endswith(end)), b"")
            block = block[: len(block) - len(held)]
            size += len(block)
            digest.update(block)
        if name is not None:
            yield name, size, digest.hexdigest()


def _file_name(body):
    """Read the part's field lines; None if it is a plain field."""
    name = None
    for _ in range(MAX_PART_FIELD_LINES):
        line = body.readline(BLOCK_BYTES)
        if line in (b"\r\n", b"\n"):
            return name
        found = FILE_NAME.search(line)
        if found and line.lower().startswith(b"content-disposition:"):
            name = found[1].decode("utf-8", "replace")
    raise ValueError("A part of the body has no end of its fields.")
