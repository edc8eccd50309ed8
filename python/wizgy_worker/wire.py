"""The frames of the wire: numbers and layouts (spec/wire.md). The only place in Python that knows them.

Packing happens where a frame is made, with the structs below, because one call that packs the header together with
the type's own prefix is half the price of two.
"""

from __future__ import annotations

from struct import Struct

VERSION = 1

# wire §2.1: length, number, type, flags, status
HEADER = Struct("<IIBBH")
HEADER_SIZE = HEADER.size
# wire §4.2: the header, then fragment length and slots length
REQUEST_PREFIX = Struct("<II")
# wire §4.2.1: the body's length, before the path of its file
BODY_FILE_PREFIX = Struct("<Q")
# wire §5.4: the header, then head length and content length
ANSWER_HEADER = Struct("<IIBBHIQ")
ANSWER_PREFIX_SIZE = ANSWER_HEADER.size - HEADER_SIZE
# wire §5.11: the header, then head length, content length, offset, device and inode
FILE_HEADER = Struct("<IIBBHIQQQQ")
FILE_PREFIX_SIZE = FILE_HEADER.size - HEADER_SIZE
# wire §4.5, §5.7, §5.9
NUMBER = Struct("<I")

MAX_PAYLOAD = 1 << 30
LENGTH_UNKNOWN = (1 << 64) - 1

# wire §4: from the front
CONSTANTS = 0x01
REQUEST = 0x02
BODY = 0x03
CANCEL = 0x04
CREDIT = 0x05
FILE_REPLY = 0x06
CLIENT_ENDED = 0x07
TIMEOUT = 0x08

# wire §5: from the worker
HELLO = 0x81
READY = 0x82
BOOT_FAILED = 0x83
ANSWER = 0x84
BLOCK = 0x85
ABORT = 0x86
WANT = 0x87
LOG = 0x88
HANDBACK = 0x89
EARLY_HINTS = 0x8A
FILE = 0x8B
HELD = 0x8C

# Flags
LAST = 0x01
BODY_FOLLOWS = 0x01
EXTRA = 0x02
BODY_IN_FILE = 0x04
HAS_DATE = 0x02
HAS_SERVER = 0x04
TAKEN = 0x01
SENDFILE = 0x08
ACCEL_REDIRECT = 0x10

# wire §7.1: bytes of an answer's body that may be on the way without credit
ANSWER_WINDOW = 256 * 1024


def encode(
    kind: int, number: int = 0, payload: bytes = b"", flags: int = 0, status: int = 0
) -> bytes:
    """One frame as bytes. Raises ValueError when the payload is over 2^30 bytes (wire §2.2: refuse, never cut)."""
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(
            "a frame's payload is limited to %d bytes, this one has %d"
            % (MAX_PAYLOAD, len(payload))
        )
    return HEADER.pack(len(payload), number, kind, flags, status) + payload


def encode_file(
    number: int,
    status: int,
    flags: int,
    head: bytes,
    numbers: tuple[int, int, int, int],
    path: bytes,
) -> bytes:
    """wire §5.11. `numbers`: content length, offset, device, inode."""
    size = FILE_PREFIX_SIZE + len(head) + len(path)
    return FILE_HEADER.pack(size, number, FILE, flags, status, len(head), *numbers) + head + path


# The least payload of each type that the front sends; no length is enough for an unknown type (wire §2.2).
_SHORTEST = [MAX_PAYLOAD + 1] * 256
_SHORTEST[CONSTANTS] = _SHORTEST[BODY] = _SHORTEST[CANCEL] = 0
_SHORTEST[FILE_REPLY] = _SHORTEST[CLIENT_ENDED] = _SHORTEST[TIMEOUT] = 0
_SHORTEST[REQUEST] = REQUEST_PREFIX.size
_SHORTEST[CREDIT] = NUMBER.size


class WireFault(Exception):
    """The other side sent something that spec/wire.md does not allow (wire §2.2). The link can't go on."""


# Data, start and end of the payload, number, type, flags, status.
Frame = tuple[bytes, int, int, int, int, int, int]

# So many bytes of whole frames are copied at a time, unless one alone is larger.
MAX_JOINT = 64 * 1024


class FrameDecoder:
    """Cuts the incoming stream into frames, whatever the pieces it arrives in (wire §1.3).

    `feed(data)` returns the complete frames as tuples (data, start of payload, end of payload, number, type, flags,
    status): payloads are not copied here, most are read only in part.
    """

    __slots__ = ("_parts", "_have", "_need")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._have = 0
        self._need = HEADER_SIZE

    def feed_view(self, view: memoryview) -> list[Frame]:
        """As feed(), of memory that is used again. Frames are copied together only as far as they are small.

        Memory of this size for each receive would go back to the system and come anew each time: with bodies of 64 KiB
        page faults took a fifth of the worker's time (bench item `post-64kib`).
        """
        start, end = 0, len(view)
        frames: list[Frame] = []
        while self._have and start < end:
            after = min(end, start + self._need - self._have)
            frames += self.feed(view[start:after].tobytes())
            start = after
        while start < end:
            after = start
            while end - after >= HEADER_SIZE:
                following = after + HEADER_SIZE + HEADER.unpack_from(view, after)[0]
                if following > end or (following - start > MAX_JOINT and after > start):
                    break
                after = following
            if after == start:
                after = end  # The beginning of a frame, or none.
            frames += self.feed(view[start:after].tobytes())
            start = after
        return frames

    def feed(self, data: bytes) -> list[Frame]:
        if self._have:
            # A large body comes in many pieces: they are joined once, when the frame is whole.
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._need:
                return []
            data = b"".join(self._parts)
            self._parts.clear()
            self._have = 0
        frames = []
        unpack = HEADER.unpack_from
        shortest = _SHORTEST
        start, end = 0, len(data)
        while end - start >= HEADER_SIZE:
            length, number, kind, flags, status = unpack(data, start)
            if not shortest[kind] <= length <= MAX_PAYLOAD:
                raise WireFault("a frame of the type 0x%02x and %d bytes" % (kind, length))
            after = start + HEADER_SIZE + length
            if after > end:
                break
            frames.append((data, start + HEADER_SIZE, after, number, kind, flags, status))
            start = after
        rest = end - start
        if rest:
            self._need = HEADER_SIZE
            if rest >= HEADER_SIZE:
                self._need += unpack(data, start)[0]
            self._parts.append(data[start:] if start else data)
            self._have = rest
        return frames
