"""Both directions of the wire against the golden frames that the TypeScript half is tested with."""

from __future__ import annotations

import random
import struct

import pytest
from golden import Golden, golden, text
from plain import plain_answer, plain_frames
from wizgy_worker import wire
from wizgy_worker.exchange import Exchange
from wizgy_worker.head import Head
from wizgy_worker.wire import FrameDecoder, WireFault

FROM_FRONT = golden("from-front.json")
FROM_WORKER = golden("from-worker.json")
MALFORMED = [frame for frame in golden("malformed.json") if frame.sender == "front"]

TYPES = {
    "constants": wire.CONSTANTS,
    "request": wire.REQUEST,
    "body": wire.BODY,
    "cancel": wire.CANCEL,
    "credit": wire.CREDIT,
    "fileReply": wire.FILE_REPLY,
    "clientEnded": wire.CLIENT_ENDED,
    "timeout": wire.TIMEOUT,
}


def read_all(pieces):
    """(type, number, flags, status, payload) of every frame in the pieces."""
    pieces = list(pieces)
    frames = read_with(FrameDecoder().feed, pieces)
    assert read_with(read_from_shared(FrameDecoder()), pieces) == frames
    return frames


def read_with(feed, pieces):
    return [
        (kind, number, flags, status, data[start:end])
        for piece in pieces
        for data, start, end, number, kind, flags, status in feed(piece)
    ]


def read_from_shared(decoder):
    """As feed(), but each piece lies in memory that the next one is written over."""

    def feed(piece):
        memory = bytearray(piece)
        frames = decoder.feed_view(memoryview(memory))
        memory[:] = bytes(len(memory))
        return frames

    return feed


def expected(frame: Golden):
    """What read_all gives for a golden frame, made from its fields alone."""
    fields = frame.fields
    number = fields.get("number", fields.get("id"))
    flags = 0
    if frame.kind == "request":
        fragment = texts(fields["fragment"])
        slots = texts(fields["slots"] + fields.get("extra", []))
        body = b""
        if fields.get("bodyFollows"):
            flags |= wire.BODY_FOLLOWS
        elif "bodyFile" in fields:
            flags |= wire.BODY_IN_FILE
            place = fields["bodyFile"]
            body = struct.pack("<Q", place["bytes"]) + place["path"].encode("utf-8")
        else:
            body = frame.data("body")
        if "extra" in fields:
            flags |= wire.EXTRA
        payload = struct.pack("<II", len(fragment), len(slots)) + fragment + slots + body
    elif frame.kind == "constants":
        payload = texts(fields["entries"])
    elif frame.kind == "body":
        payload = frame.data("data")
        flags = wire.LAST if fields["last"] else 0
    elif frame.kind == "credit":
        payload = struct.pack("<I", fields["bytes"])
    else:
        payload = b""
        flags = wire.TAKEN if fields.get("taken") else 0
    return (TYPES[frame.kind], number, flags, 0, payload)


def texts(values):
    return "\0".join(map(text, values)).encode("latin-1")


@pytest.mark.parametrize("frame", FROM_FRONT, ids=repr)
def test_a_golden_frame_from_the_front_is_read(frame):
    """wire §4"""
    assert read_all([frame.bytes]) == [expected(frame)]


def test_golden_frames_in_one_piece_are_read_one_by_one():
    """wire §1.3"""
    assert read_all([joined(FROM_FRONT)]) == list(map(expected, FROM_FRONT))


def test_golden_frames_byte_by_byte_say_the_same():
    """wire §1.3"""
    data = joined(FROM_FRONT)
    pieces = (data[at : at + 1] for at in range(len(data)))
    assert read_all(pieces) == list(map(expected, FROM_FRONT))


@pytest.mark.parametrize("seed", range(60))
def test_frames_in_any_order_cut_anywhere_say_the_same(seed):
    """wire §1.3"""
    rng = random.Random(seed)
    frames = rng.choices(FROM_FRONT, k=rng.randint(1, 20))
    sizes = rng.choice([(0, 3), (0, 40), (1, 3000), (1, 100_000)])
    assert read_all(cut(joined(frames), rng, sizes)) == list(map(expected, frames))


@pytest.mark.parametrize("frame", MALFORMED, ids=repr)
def test_a_malformed_frame_is_refused(frame):
    """wire §2.2"""
    good = FROM_FRONT[0].bytes
    for pieces in (
        [frame.bytes],
        [frame.bytes[at : at + 1] for at in range(len(frame.bytes))],
        [good + frame.bytes + bytes(64)],
    ):
        with pytest.raises(WireFault):
            read_all(pieces)
        with pytest.raises(WireFault):
            read_with(read_from_shared(FrameDecoder()), pieces)


def test_a_payload_of_exactly_the_largest_size_is_not_refused():
    """wire §2.2: the frame just isn't whole yet."""
    header = wire.HEADER.pack(wire.MAX_PAYLOAD, 1, wire.BODY, 0, 0)
    assert read_all([header, b"x"]) == []


def joined(frames):
    return b"".join(frame.bytes for frame in frames)


def cut(data, rng, sizes):
    at = 0
    while at < len(data):
        size = rng.randint(*sizes)
        yield data[at : at + size]
        at += size


@pytest.mark.parametrize("seed", range(20))
def test_frames_of_any_content_cut_anywhere_are_those_of_the_plain_twin(seed):
    """wire §1.3"""
    rng = random.Random(seed)
    data = b"".join(
        wire.encode(
            rng.choice(list(TYPES.values())),
            rng.randint(0, 2**32 - 1),
            rng.randbytes(rng.randint(8, rng.choice([8, 100, 5000, 100_000]))),
            rng.randint(0, 255),
            rng.randint(0, 999),
        )
        for _ in range(rng.randint(1, 30))
    )
    sizes = rng.choice([(1, 3), (1, 40), (1, 3000), (100_000, 200_000)])
    assert read_all(cut(data, rng, sizes)) == plain_frames(data)


# From the worker


class Recorder:
    """A link that keeps what is put into it."""

    def __init__(self):
        self.frames = b""

    def put(self, frame):
        self.frames += frame

    def put_large(self, head, body):
        self.frames += head + body


@pytest.mark.parametrize("frame", FROM_WORKER, ids=repr)
def test_a_frame_is_written_as_its_golden_frame(frame):
    """wire §5"""
    assert WRITERS[frame.kind](frame) == frame.bytes


def write_texts(frame):
    kind = wire.HELLO if frame.kind == "hello" else wire.BOOT_FAILED
    payload = "\0".join(frame.fields["texts"]).encode("utf-8")
    return wire.encode(kind, payload=payload, status=frame.fields.get("status", 0))


def write_answer(frame):
    """As an exchange does it: the one place where an ANSWER is packed."""
    fields = frame.fields
    flags = fields["flags"]
    head = Head(
        fields["status"],
        [line.encode("latin-1") for line in fields["head"].splitlines(keepends=True)],
        (wire.HAS_DATE if "date" in flags else 0) | (wire.HAS_SERVER if "server" in flags else 0),
        -1,
    )
    link = Recorder()
    length = -1 if fields["contentLength"] is None else fields["contentLength"]
    exchange = Exchange(link, fields["number"], False)
    exchange._put_answer(head, length, frame.data("body"), wire.LAST if "last" in flags else 0)
    return link.frames


def write_block(frame):
    flags = wire.LAST if frame.fields["last"] else 0
    return wire.encode(wire.BLOCK, frame.fields["number"], frame.data("data"), flags)


FILE_FLAGS = {
    "date": wire.HAS_DATE,
    "server": wire.HAS_SERVER,
    "sendfile": wire.SENDFILE,
    "accel": wire.ACCEL_REDIRECT,
}


def write_file(frame):
    fields = frame.fields
    length = fields["contentLength"]
    numbers = (
        wire.LENGTH_UNKNOWN if length is None else length,
        fields["offset"],
        int(fields["device"]),
        int(fields["inode"]),
    )
    flags = sum(FILE_FLAGS[name] for name in fields["flags"])
    head = fields["head"].encode("latin-1")
    path = fields["path"].encode("latin-1")
    return wire.encode_file(fields["number"], fields["status"], flags, head, numbers, path)


def write_handback(frame):
    payload = b"".join(map(wire.NUMBER.pack, frame.fields["numbers"]))
    return wire.encode(wire.HANDBACK, payload=payload)


WRITERS = {
    "hello": write_texts,
    "ready": lambda frame: wire.encode(
        wire.READY, payload="\0".join(frame.fields["texts"]).encode("utf-8")
    ),
    "bootFailed": write_texts,
    "answer": write_answer,
    "block": write_block,
    "abort": lambda frame: wire.encode(wire.ABORT, frame.fields["number"]),
    "want": lambda frame: wire.encode(
        wire.WANT, frame.fields["number"], wire.NUMBER.pack(frame.fields["bytes"])
    ),
    "log": lambda frame: wire.encode(
        wire.LOG,
        frame.fields["number"],
        frame.fields["text"].encode("utf-8"),
        status=frame.fields["status"],
    ),
    "handback": write_handback,
    "earlyHints": lambda frame: wire.encode(
        wire.EARLY_HINTS, frame.fields["number"], frame.data("data")
    ),
    "file": write_file,
    "held": lambda frame: wire.encode(
        wire.HELD, frame.fields["number"], flags=wire.LAST if frame.fields["last"] else 0
    ),
}


def test_what_a_frame_cannot_hold_is_refused(monkeypatch):
    """wire §2.2: a sender refuses, it never cuts."""
    monkeypatch.setattr(wire, "MAX_PAYLOAD", 4)
    assert len(wire.encode(wire.BLOCK, 1, b"four")) == wire.HEADER_SIZE + 4
    with pytest.raises(ValueError, match="limited to 4 bytes, this one has 5"):
        wire.encode(wire.BLOCK, 1, b"fiver")
    for number, status in ((1 << 32, 0), (-1, 0), (1, 1 << 16)):
        with pytest.raises(struct.error):
            wire.encode(wire.BLOCK, number, status=status)


@pytest.mark.parametrize("seed", range(20))
def test_an_answer_packed_in_one_call_is_that_of_the_plain_twin(seed):
    """wire §5.4"""
    rng = random.Random(seed)
    lines = [b"200 OK\r\n", b"X: %d\r\n" % rng.randint(0, 10 ** rng.randint(0, 300))]
    body = rng.randbytes(rng.choice([0, 10, 1000, 100_000]))
    flags = rng.choice([0, wire.HAS_DATE, wire.HAS_SERVER | wire.HAS_DATE])
    number, code = rng.randint(1, 2**32 - 1), rng.choice([200, 404, 999])
    recorder = Recorder()
    exchange = Exchange(recorder, number, False)
    exchange._answer_whole(Head(code, list(lines), flags, -1), body)
    length = b"Content-Length: %d\r\n" % len(body)
    head = b"".join([*lines, length])
    assert recorder.frames == plain_answer(number, code, flags | wire.LAST, head, len(body), body)
