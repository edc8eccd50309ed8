"""wsgi.errors (PEP 3333 "Input and Error Streams"), as it arrives at the other end of standard error."""

from __future__ import annotations

import logging
import os
import select
import signal
import threading

import pytest
from wizgy_worker import errors
from wizgy_worker.errors import ErrorStream


class Stderr:
    """A pipe in the place of standard error."""

    def __init__(self):
        self.end, self.write_end = os.pipe()
        os.set_blocking(self.end, False)

    def read(self):
        """What has arrived."""
        try:
            return os.read(self.end, 1 << 20).decode("utf-8")
        except BlockingIOError:
            return ""


@pytest.fixture
def stderr(monkeypatch):
    pipe = Stderr()
    monkeypatch.setattr(errors, "STDERR", pipe.write_end)
    yield pipe
    os.close(pipe.end)
    os.close(pipe.write_end)


@pytest.fixture
def stream():
    return ErrorStream()


def test_whole_lines_leave_at_once(stderr, stream):
    assert stream.write("one\ntwo\nthr") == 11
    assert stderr.read() == "one\ntwo\n"
    assert stream.write("ee\n") == 3
    assert stderr.read() == "three\n"


def test_what_was_flushed_has_been_written(stderr, stream):
    stream.write("half")
    assert stderr.read() == ""
    stream.flush()
    assert stderr.read() == "half"
    stream.flush()
    assert stderr.read() == ""


def test_flushed_text_outlives_a_process_that_is_killed(stderr, stream):
    pid = os.fork()
    if pid == 0:
        stream.write("last words")
        stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert stderr.read() == "last words"


def test_writelines_writes_each_of_them(stderr, stream):
    stream.writelines(["a\n", "b", "c\n"])
    stream.writelines(text for text in ("d\n",))
    assert stderr.read() == "a\nbc\nd\n"


def test_a_line_that_was_left_open_ends_with_the_request(stderr, stream):
    stream.write("open")
    stream.end_request()
    stream.end_request()
    assert stderr.read() == "open\n"


@pytest.mark.parametrize(
    ("text", "arrives"),
    [
        ("\u20ac", "\u20ac"),
        ("\U0001f600", "\U0001f600"),
        ("\ud800", "\\ud800"),
        ("a\udcffb", "a\\udcffb"),
        ("\0", "\0"),
        ("", ""),
        ("\r", "\r"),
    ],
)
def test_any_str_is_taken(stderr, stream, text, arrives):
    assert stream.write(text + "\n") == len(text) + 1
    assert stderr.read() == arrives + "\n"


@pytest.mark.parametrize("wrong", [b"x", None, 5, ["x"]])
def test_what_is_no_str_is_refused(stderr, stream, wrong):
    with pytest.raises(TypeError, match="takes str"):
        stream.write(wrong)
    assert stderr.read() == ""


def test_print_and_logging_work(stderr, stream):
    print("printed", 1, file=stream)
    assert stderr.read() == "printed 1\n"
    handler = logging.StreamHandler(stream)
    handler.handle(logging.LogRecord("n", logging.ERROR, "f", 1, "logged %s", ("x",), None))
    assert stderr.read() == "logged x\n"


def test_it_is_a_text_stream_that_is_no_terminal(stream):
    assert (stream.isatty(), stream.writable(), stream.encoding) == (False, True, "utf-8")


def test_threads_do_not_tear_each_others_lines(stderr, stream):
    threads = 6
    lines = 60
    together = threading.Barrier(threads)

    def write(name):
        together.wait()
        for number in range(lines):
            for piece in (name * 20, " ", str(number), "\n"):
                stream.write(piece)
        stream.write("%s open" % name)
        stream.end_request()

    names = "abcdef"
    running = [threading.Thread(target=write, args=(name,)) for name in names]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    arrived = stderr.read().splitlines()
    for name in names:
        expected = ["%s %d" % (name * 20, number) for number in range(lines)] + [name + " open"]
        assert [line for line in arrived if line.startswith(name)] == expected
    assert len(arrived) == threads * (lines + 1)


def test_a_full_pipe_that_does_not_block_is_waited_for(stderr, stream):
    os.set_blocking(stderr.write_end, False)
    size = 300_000  # More than a pipe holds.
    writer = threading.Thread(target=stream.write, args=("x" * size + "\n",))
    writer.start()
    arrived = b""
    while not arrived.endswith(b"\n"):
        select.select([stderr.end], [], [])
        arrived += os.read(stderr.end, 65536)
    writer.join()
    assert arrived == b"x" * size + b"\n"


def test_a_log_that_nobody_reads_any_more_stops_no_request(monkeypatch, stream):
    end, write_end = os.pipe()
    os.close(end)
    monkeypatch.setattr(errors, "STDERR", write_end)
    try:
        assert stream.write("x\n") == 2
    finally:
        os.close(write_end)
