"""Frames in the worker: cut where they lie in what was received, and packed with one call."""

from __future__ import annotations

from compare import compare
from plain import plain_answer, plain_frames
from wizgy_worker import wire

BATCH = 32
FRAGMENT = b"1\0SERVER_PROTOCOL\0HTTP/1.1\0" + b"HTTP_X\0value\0" * 30
SLOTS = b"GET\0/shop/items/7\0page=2\0/shop/items/7?page=2\x00127.0.0.1\x0050000"
PAYLOAD = wire.REQUEST_PREFIX.pack(len(FRAGMENT), len(SLOTS)) + FRAGMENT + SLOTS
RECEIVED = b"".join(wire.encode(wire.REQUEST, i + 1, PAYLOAD) for i in range(BATCH))
LINES = b"200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 200\r\n"
BODY = b"x" * 200


def in_place(count: int) -> None:
    decoder = wire.FrameDecoder()
    for _ in range(count // BATCH):
        decoder.feed(RECEIVED)


def copied(count: int) -> None:
    for _ in range(count // BATCH):
        plain_frames(RECEIVED)


def packed_once(count: int) -> None:
    pack = wire.ANSWER_HEADER.pack
    for number in range(count):
        size = len(LINES)
        length = wire.ANSWER_PREFIX_SIZE + size + len(BODY)
        pack(length, number, wire.ANSWER, wire.LAST, 200, size, len(BODY)) + LINES + BODY


def packed_in_parts(count: int) -> None:
    for number in range(count):
        plain_answer(number, 200, wire.LAST, LINES, len(BODY), BODY)


compare(
    "frame codec: a REQUEST of %d bytes, %d received together" % (len(RECEIVED) // BATCH, BATCH),
    3_200,
    [("cut in place", in_place), ("plain", copied)],
)
compare(
    "frame codec: an ANSWER with 200 bytes of body",
    10_000,
    [("header and prefix in one call", packed_once), ("plain", packed_in_parts)],
)
