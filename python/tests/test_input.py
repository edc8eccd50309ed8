"""wsgi.input over a body that comes in pieces, against io.BytesIO (PEP 3333 "Input and Error Streams")."""

from __future__ import annotations

import io
import os
import random

import pytest
from recorder import make_exchange
from wizgy_worker import wire
from wizgy_worker.answer import ClientDisconnected
from wizgy_worker.input import INPUT_WINDOW, filed_input, streamed_input


class Front:
    """Sends a body in the given pieces as far as the worker asks for it, one piece for each look."""

    def __init__(self, body, sizes=lambda: 1 << 20, last_is_empty=False):
        self.link, self.exchange = make_exchange()
        self.stream = streamed_input(self.link, self.exchange)
        self.body = body
        self.sizes = sizes
        self.last_is_empty = last_is_empty
        self.sent = 0
        self.link.receive = self.send

    @property
    def granted(self):
        return sum(frame[1] for frame in self.link.frames)

    def send(self, wait):
        """wire §7.2: at most what WANT grants."""
        room = self.granted - self.sent
        rest = len(self.body) - self.sent
        assert room > 0 or rest == 0, "the application waits for what it has not asked for"
        size = min(max(1, self.sizes()), room, rest)
        data = self.body[self.sent : self.sent + size]
        self.sent += size
        done = self.sent == len(self.body)
        if done and self.last_is_empty and data:
            self.exchange.body_arrived(data, False)
        else:
            self.exchange.body_arrived(data, done)


def test_nothing_is_asked_for_before_the_first_read():
    """wire §5.7: the first WANT also says that the application wants the body."""
    front = Front(b"abc")
    assert front.link.frames == []
    assert front.stream.read(1) == b"a"
    assert front.link.frames == [("want", INPUT_WINDOW)]


@pytest.mark.parametrize("last_is_empty", [False, True])
def test_the_end_of_the_body_is_the_end_again_and_again(last_is_empty):
    stream = Front(b"l1\nl2\n\nl4", last_is_empty=last_is_empty).stream
    assert stream.read(1000) == b"l1\nl2\n\nl4"
    for _ in range(2):
        assert (stream.read(1), stream.read(), stream.readline(), list(stream)) == (
            b"",
            b"",
            b"",
            [],
        )


def test_an_empty_body_reads_as_nothing():
    assert Front(b"").stream.read() == b""


def test_the_methods_and_sizes_of_the_pep():
    def fresh():
        return Front(b"l1\nl2\n\nl4", sizes=lambda: 2).stream

    assert (fresh().read(4), fresh().read(), fresh().read(-1), fresh().read(None)) == (
        b"l1\nl",
        *[b"l1\nl2\n\nl4"] * 3,
    )
    stream = fresh()
    assert [stream.readline() for _ in range(5)] == [b"l1\n", b"l2\n", b"\n", b"l4", b""]
    stream = fresh()
    assert [stream.readline(2), stream.readline(0), stream.readline(), stream.readline(-1)] == [
        b"l1",
        b"",
        b"\n",
        b"l2\n",
    ]
    assert fresh().readlines() == [b"l1\n", b"l2\n", b"\n", b"l4"]
    assert list(fresh()) == [b"l1\n", b"l2\n", b"\n", b"l4"]
    assert b"l1\nl2\n\nl4".startswith(b"".join(fresh().readlines(1)))


OPERATIONS = [
    "read",
    "read_all",
    "readline",
    "readline_sized",
    "readlines",
    "next",
    "readinto",
    "read0",
]


@pytest.mark.parametrize("seed", range(80))
def test_whatever_is_read_it_is_what_a_whole_body_gives(seed):
    """wire §7.2"""
    rng = random.Random(seed)
    size = rng.choice([0, 1, 50, 5000, 70_000, 600_000])
    alphabet = rng.choice([b"a\n", b"abc\r\n" + bytes(200), bytes(range(256))])
    body = bytes(rng.choices(alphabet, k=size))
    most = rng.choice([1, 9, 4096, 100_000]) if size <= 5000 else rng.choice([4096, 300_000])
    front = Front(body, lambda: rng.randint(1, most), rng.random() < 0.5)
    stream, model = front.stream, io.BytesIO(body)
    longest = rng.choice([3, 100, 100_000])
    for _ in range(60):
        operation = rng.choice(OPERATIONS if rng.random() < 0.9 else ["read"])
        if operation in ("read_all", "readlines") and rng.random() < 0.8:
            continue
        count = rng.randint(0, longest)
        got, expected = (perform(one, operation, count) for one in (stream, model))
        assert got == expected, operation
        assert type(got) is type(expected)
    assert stream.read() == model.read()
    assert front.granted - front.sent <= INPUT_WINDOW


def perform(stream, operation, count):
    if operation == "read":
        return stream.read(count)
    if operation == "read0":
        return stream.read(0)
    if operation == "read_all":
        return stream.read()
    if operation == "readline":
        return stream.readline()
    if operation == "readline_sized":
        return stream.readline(count)
    if operation == "readlines":
        return stream.readlines()
    if operation == "next":
        return next(stream, None)
    buffer = bytearray(count)
    return bytes(buffer[: stream.readinto(buffer)])


def test_more_is_asked_for_in_large_steps():
    """wire §7.2"""
    body = bytes(8 * INPUT_WINDOW)
    front = Front(body, sizes=lambda: 5000)
    assert front.stream.read() == body
    wants = [frame[1] for frame in front.link.frames]
    assert min(wants) >= INPUT_WINDOW // 2
    assert max(wants) <= INPUT_WINDOW


@pytest.mark.parametrize("read", ["read", "readline", "readlines"])
def test_a_client_that_goes_in_the_middle_makes_reading_raise(read):
    """wire §4.4: it must not look like a short body."""
    front = Front(b"")
    front.link.receive = lambda wait: gone.pop(0)()
    gone = [lambda: front.exchange.body_arrived(b"12345", False), front.exchange.cancel]
    with pytest.raises(ClientDisconnected, match="whole body"):
        getattr(front.stream, read)()


def test_what_came_before_the_client_went_can_still_be_read():
    front = Front(b"")
    front.exchange.body_arrived(b"12345", False)
    front.exchange.cancel()
    assert front.stream.read(5) == b"12345"
    with pytest.raises(OSError, match="went away"):
        front.stream.read(1)


def test_a_body_that_was_complete_before_the_client_went_is_complete():
    front = Front(b"")
    front.exchange.body_arrived(b"12345", True)
    front.exchange.cancel()
    assert front.stream.read() == b"12345"


def place_of(path, length):
    return wire.BODY_FILE_PREFIX.pack(length) + str(path).encode("utf-8")


def test_a_body_in_a_file_reads_as_a_bytes_io_of_the_same_bytes(tmp_path):
    """wire §4.2.1, PEP 3333 "Input and Error Streams": the same methods, with the same sizes; it can be rewound."""
    content = b"".join(b"line %d\n" % number for number in range(30_000))
    path = tmp_path / "body"
    path.write_bytes(content)
    expected = io.BytesIO(content)
    with filed_input(place_of(path, len(content))) as body:
        for call in ("read(10)", "readline()", "readline(3)", "readlines(100)", "read(200000)"):
            assert eval("body." + call) == eval("expected." + call), call
        assert body.tell() == expected.tell()
        assert list(body) == list(expected)
        assert (body.read(), body.read(1)) == (b"", b"")
        assert body.seek(5) == 5
        assert body.read() == content[5:]


def test_a_file_with_a_name_loses_it_when_it_is_open(tmp_path):
    """wire §4.2.1"""
    path = tmp_path / "body"
    path.write_bytes(b"abc")
    with filed_input(place_of(path, 3)) as body:
        assert not path.exists()
        assert body.read() == b"abc"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_a_file_that_the_front_has_open_is_opened_anew(tmp_path):
    """wire §4.2.1: neither the front nor another request shares its position."""
    with open(tmp_path / "body", "w+b") as held:
        held.write(b"abc")
        held.flush()
        place = place_of("/proc/%d/fd/%d" % (os.getpid(), held.fileno()), 3)
        with filed_input(place) as first, filed_input(place) as second:
            assert (first.read(), second.read(), held.tell()) == (b"abc", b"abc", 3)
        assert (tmp_path / "body").exists()


@pytest.mark.parametrize("length", [2, 4])
def test_a_file_of_another_length_is_not_the_body(tmp_path, length):
    """wire §4.2.1: the file holds the body and nothing else."""
    path = tmp_path / "body"
    path.write_bytes(b"abc")
    with pytest.raises(OSError, match="3 bytes instead of %d" % length):
        filed_input(place_of(path, length))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        filed_input(place_of(tmp_path / "none", 3))
