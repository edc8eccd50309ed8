"""Plain twins of the worker's clever parts: nothing is remembered, everything is a copy. Tests hold the clever ones
to them, and bench/micro/ measures what the difference is."""

from __future__ import annotations

from wizgy_worker import wire
from wizgy_worker.head import encode_pair


def plain_environ(always, constants, fragment, slots, extra):
    """environ.py. `constants`: the payload of each CONSTANTS frame by its number as text."""
    texts = fragment.decode("latin-1").split("\0")
    environ = dict(always)
    environ.update(_pairs(constants[texts[0]].decode("latin-1").split("\0")))
    environ.update(_pairs(texts[1:]))
    texts = slots.decode("latin-1").split("\0")
    method, path, query, target, address, port = texts[:6]
    environ["REQUEST_METHOD"] = method
    environ["PATH_INFO"] = path
    environ["QUERY_STRING"] = query
    environ["REQUEST_URI"] = environ["RAW_URI"] = target
    environ["REMOTE_ADDR"] = address
    environ["REMOTE_PORT"] = port
    if extra:
        environ.update(_pairs(texts[6:]))
    return environ


def plain_head(status, headers):
    """head.py, for heads that are right: code, lines, flags, content length."""
    length = -1
    flags = 0
    lines = [status.encode("latin-1") + b"\r\n"]
    for name, value in headers:
        lines.append(encode_pair((name, value)))
        folded = name.lower()
        if folded == "content-length":
            length = int(value)
        flags |= {
            "date": wire.HAS_DATE,
            "server": wire.HAS_SERVER,
            "x-sendfile": wire.SENDFILE,
            "x-accel-redirect": wire.ACCEL_REDIRECT,
        }.get(folded, 0)
    return int(status[:3]), lines, flags, length


def plain_frames(data):
    """wire.FrameDecoder, for whole frames: type, number, flags, status and a copy of the payload."""
    frames = []
    while data:
        length, number, kind, flags, status = wire.HEADER.unpack(data[: wire.HEADER_SIZE])
        payload = data[wire.HEADER_SIZE : wire.HEADER_SIZE + length]
        frames.append((kind, number, flags, status, payload))
        data = data[wire.HEADER_SIZE + length :]
    return frames


def plain_answer(number, status, flags, head, content_length, body):
    """wire §5.4, packed field by field."""
    payload = b"".join(
        (len(head).to_bytes(4, "little"), content_length.to_bytes(8, "little"), head, body)
    )
    return wire.encode(wire.ANSWER, number, payload, flags, status)


def _pairs(texts):
    return {texts[i]: texts[i + 1] for i in range(0, len(texts) - 1, 2)}
