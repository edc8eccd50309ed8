"""Files that the front sends in the worker's place (wire §5.11, PEP 3333 "Optional Platform-Specific File Handling")."""

# ruff: noqa: SIM115 (who closes the file is what is tested)

from __future__ import annotations

import gzip
import io
import os
import struct
import tempfile

import pytest
from recorder import RecordingLink
from wizgy_worker import hand_over, wire
from wizgy_worker.exchange import Exchange
from wizgy_worker.file_wrapper import FileWrapper
from wizgy_worker.hand_over import HAND_OVER_FROM, plain_file

SIZE = HAND_OVER_FROM + 1000
CONTENT = bytes(i % 251 for i in range(SIZE))
H = [("Content-Type", "text/plain")]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


# Which files


def seen(file):
    plain = plain_file(file)
    assert plain is not None
    status = os.fstat(file.fileno())
    assert (plain.device, plain.inode) == (status.st_dev, status.st_ino)
    with open(plain.path, "rb") as again:
        again.seek(plain.offset)
        assert len(again.read()) == plain.size
    return plain.offset, plain.size


@pytest.mark.parametrize("buffering", [-1, 0])
def test_a_plain_binary_file_is_one_from_its_position_on(path, buffering):
    with open(path, "rb", buffering=buffering) as file:
        assert seen(file) == (0, SIZE)
        file.read(10)
        assert seen(file) == (10, SIZE - 10)


@pytest.mark.parametrize("make", [tempfile.TemporaryFile, tempfile.NamedTemporaryFile])
def test_temporary_files_are_with_what_was_just_written(make):
    with make() as file:
        file.write(b"0123456789")
        file.seek(4)
        assert seen(file) == (4, 6)


def test_a_file_whose_name_is_gone_is_one(path):
    with open(path, "rb") as file:
        path.unlink()
        assert seen(file) == (0, SIZE)


class Overridden(io.BufferedReader):
    def read(self, size=-1):
        return b"other"


def own_read(path):
    file = open(path, "rb")
    file.read = io.BytesIO(b"other").read
    return file


def at_its_end(path):
    file = open(path, "rb")
    file.seek(0, 2)
    return file


def closed(path):
    file = open(path, "rb")
    file.close()
    return file


def pipe(path):
    reading, writing = os.pipe()
    os.close(writing)
    return os.fdopen(reading, "rb")


NOT_PLAIN = {
    "memory": lambda path: io.BytesIO(CONTENT),
    "text": lambda path: open(path, encoding="latin-1"),
    "unpacked": lambda path: gzip.open(path, "rb"),
    "spooled": lambda path: tempfile.SpooledTemporaryFile(),
    "a pipe": pipe,
    "a device": lambda path: open("/dev/zero", "rb"),
    "for writing only": lambda path: open(path, "ab"),
    "a subclass": lambda path: Overridden(io.FileIO(path)),
    "read() replaced": own_read,
    "at its end": at_its_end,
    "closed": closed,
    "nothing but read()": lambda path: type("R", (), {"read": lambda self, size: b""})(),
    "with a false fileno()": lambda path: type("F", (), {"fileno": lambda self: 1})(),
}


@pytest.mark.parametrize("kind", NOT_PLAIN)
def test_everything_else_is_read(path, kind):
    file = NOT_PLAIN[kind](path)
    assert plain_file(file) is None
    if hasattr(file, "close"):
        file.close()


def test_without_proc_it_is_its_name_while_that_is_the_same_file(path, monkeypatch):
    monkeypatch.setattr(hand_over, "_has_proc", False)
    with open(path, "rb") as file:
        assert plain_file(file).path == os.fsencode(path)
        path.rename(path.with_name("moved"))
        assert plain_file(file) is None
        path.write_bytes(CONTENT)
        assert plain_file(file) is None
    with tempfile.TemporaryFile() as nameless:
        nameless.write(b"x")
        nameless.seek(0)
        assert plain_file(nameless) is None


# What becomes of an offer


class OfferedLink(RecordingLink):
    """Answers an offer when the exchange waits for it."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.offers = []
        self.ended_clients = set()

    def put(self, frame):
        kind = frame[8]
        if kind == wire.FILE:
            size, _, _, flags, status = wire.HEADER.unpack_from(frame)
            head_size, length, offset, _, _ = struct.unpack_from("<IQQQQ", frame, 12)
            head = frame[48 : 48 + head_size].decode("latin-1")
            assert size == len(frame) - 12
            self.offers.append((flags, status, head, length, offset, frame[48 + head_size :]))
        elif kind == wire.EARLY_HINTS:
            self.events.append(("hints", frame[12:]))
        else:
            super().put(frame)

    def receive_within(self, seconds):
        assert self.lead.locked()
        self.answer()
        return True


def offered(result, answer, headers=H, status="200 OK", method="GET"):
    """Runs an application that returns `result`; `answer` is what the front does."""
    link = OfferedLink(lambda: answer(exchange))
    exchange = Exchange(link, 7, method == "HEAD")

    def app(environ, start_response):
        start_response(status, headers)
        return result

    exchange.run(app, {})
    taken = exchange._ended
    exchange.end()
    return link, taken


def take(exchange):
    exchange.file_replied(True)


def refuse(exchange):
    exchange.file_replied(False)


def cancel(exchange):
    exchange.cancel()


def test_a_file_that_the_front_takes_is_closed_and_nothing_else_is_sent(path):
    file = open(path, "rb")
    link, ended = offered(FileWrapper(file), take)
    ((flags, status, head, length, offset, _),) = link.offers
    assert (flags, status, length, offset) == (0, 200, SIZE, 0)
    assert head == "200 OK\r\nContent-Type: text/plain\r\n"
    assert ended
    assert file.closed
    assert link.frames == []


def test_it_is_open_until_the_front_has_answered(path):
    file = open(path, "rb")

    def answer(exchange):
        assert not file.closed
        take(exchange)

    offered(FileWrapper(file), answer)
    assert file.closed


def test_a_file_that_the_front_refuses_is_read(path):
    file = open(path, "rb")
    link, _ = offered(FileWrapper(file), refuse)
    assert len(link.offers) == 1
    assert link.frames[0][0] == "answer"
    assert b"".join(frame[-2] for frame in link.frames) == CONTENT
    assert link.frames[-1][-1] == "last"
    assert file.closed
    assert link.logged == []


def test_when_the_client_goes_meanwhile_the_request_is_aborted_without_a_word(path):
    file = open(path, "rb")
    link, _ = offered(FileWrapper(file), cancel)
    assert link.frames == [("abort",)]
    assert file.closed
    assert link.logged == []


def test_content_length_bounds_it_and_is_left_to_the_front(path):
    file = open(path, "rb")
    file.seek(5)
    link, _ = offered(FileWrapper(file), take, [*H, ("content-length", str(HAND_OVER_FROM))])
    ((_, _, head, length, offset, _),) = link.offers
    assert (length, offset) == (HAND_OVER_FROM, 5)
    assert "content-length" not in head.lower()


def test_a_content_length_beyond_the_file_is_found_out_by_reading(path):
    link, _ = offered(FileWrapper(open(path, "rb")), take, [*H, ("Content-Length", str(SIZE + 1))])
    assert link.offers == []
    assert link.frames[-1] == ("abort",)
    assert "1 bytes less than its Content-Length" in link.logged[0][1]


def test_a_short_file_is_read_at_once_with_its_length(tmp_path):
    path = tmp_path / "short"
    path.write_bytes(b"0123456789")
    file = open(path, "rb")
    file.seek(3)
    link, _ = offered(FileWrapper(file), take)
    assert link.offers == []
    ((_, _, head, length, body, last),) = link.frames
    assert (length, body, last) == (7, b"3456789", "last")
    assert head.endswith("Content-Length: 7\r\n")


@pytest.mark.parametrize(
    ("method", "status", "length"),
    [("HEAD", "200 OK", SIZE), ("GET", "204 No Content", None), ("HEAD", "304 Not Modified", None)],
)
def test_without_content_nothing_is_offered_or_read(path, method, status, length):
    file = open(path, "rb")
    link, _ = offered(FileWrapper(file), take, status=status, method=method)
    assert link.offers == []
    assert file.closed
    ((_, _, _, said, body, last),) = link.frames
    assert (said, body, last) == (length, b"", "last")


# X-Sendfile and X-Accel-Redirect


@pytest.mark.parametrize(
    ("name", "flag"), [("X-Sendfile", wire.SENDFILE), ("x-accel-redirect", wire.ACCEL_REDIRECT)]
)
@pytest.mark.parametrize("result", [[b"body"], [b"a", b"b"], [], (b for b in [b"a", b"b"])])
def test_a_field_with_a_path_is_offered_in_place_of_the_body(name, flag, result):
    headers = [*H, (name, "/srv/caf\xe9"), ("Content-Length", "4000")]
    link, ended = offered(result, take, headers)
    head = "200 OK\r\nContent-Type: text/plain\r\n"
    unknown = wire.LENGTH_UNKNOWN
    assert link.offers == [(flag, 200, head, unknown, 0, "/srv/caf\xe9".encode("latin-1"))]
    assert ended
    assert link.frames == []
    assert link.logged == []


def test_the_field_is_an_ordinary_one_when_the_front_refuses():
    link, _ = offered([b"body"], refuse, [*H, ("X-Sendfile", "/a"), ("X-Accel-Redirect", "/b")])
    assert [(offer[0], offer[-1]) for offer in link.offers] == [
        (wire.SENDFILE, b"/a"),
        (wire.ACCEL_REDIRECT, b"/b"),
    ]
    ((_, status, head, _, body, last),) = link.frames
    assert (status, body, last) == (200, b"body", "last")
    assert "X-Sendfile: /a\r\nX-Accel-Redirect: /b\r\n" in head


# Hints, and clients that go


def test_hints_are_sent_at_once_and_not_after_the_head():
    link = OfferedLink(None)
    exchange = Exchange(link, 7, False)

    def app(environ, start_response):
        exchange.early_hints([("Link", "</a>; rel=preload"), ("X-A", "b")])
        assert link.events == [("hints", b"Link: </a>; rel=preload\r\nX-A: b\r\n"), "flush"]
        exchange.early_hints([])
        write = start_response("200 OK", H)
        write(b"x")
        before = len(link.events)
        exchange.early_hints([("Link", "</late>")])
        assert len(link.events) == before
        return []

    exchange.run(app, {})
    assert link.logged == []


@pytest.mark.parametrize(
    "pair",
    [("Link", "a\r\nb"), ("Li nk", "a"), ("Upgrade", "x"), ("Content-Length", "1"), ("Link", b"a")],
)
def test_a_hint_is_checked_like_a_header(pair):
    exchange = Exchange(OfferedLink(None), 7, False)
    with pytest.raises((TypeError, ValueError), match=r"^wsgi\.early_hints: "):
        exchange.early_hints([pair])


def test_the_client_is_disconnected_when_it_is_cancelled_or_has_ended():
    link = OfferedLink(None)
    exchange = Exchange(link, 7, False)
    assert exchange.client_disconnected() is False
    link.ended_clients.add(7)
    assert exchange.client_disconnected() is True
    link.ended_clients.clear()
    exchange.cancel()
    assert exchange.client_disconnected() is True
