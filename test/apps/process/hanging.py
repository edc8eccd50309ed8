"""An application whose requests hang, each path in its own way. `id` in the query is noted; GIVE_UP ends what never ends else."""

import ctypes
import os
import threading
import time
from urllib.parse import parse_qs

from life import Noted, answer, do_pids, do_work, note  # noqa: F401 - behaviours

HANG_SECONDS = 60


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    identity = query.get("id", [""])[0]
    seconds = float(query.get("ms", ["0"])[0]) / 1000
    note("start " + identity)
    behaviour = globals()["do" + environ["PATH_INFO"].replace("/", "_").replace("-", "_")]
    try:
        return behaviour(environ, start_response, identity, seconds)
    finally:
        note("end " + identity)


def do_sleep(environ, start_response, identity, seconds):
    try:
        time.sleep(HANG_SECONDS)
    finally:
        note("finally " + identity)


def do_spin(environ, start_response, identity, seconds):
    until = time.monotonic() + HANG_SECONDS
    while time.monotonic() < until:
        pass


def do_lock(environ, start_response, identity, seconds):
    lock = threading.Lock()
    with lock:
        lock.acquire(timeout=HANG_SECONDS)


def do_retry(environ, start_response, identity, seconds):
    """An application that tries again, whatever was raised for whichever reason, as some clients of databases do."""
    for _ in range(HANG_SECONDS * 10):
        try:
            time.sleep(0.1)
        except Exception:
            note("caught " + identity)


def do_never_mind(environ, start_response, identity, seconds):
    """Goes on whatever it is told."""
    until = time.monotonic() + HANG_SECONDS
    while time.monotonic() < until:
        try:
            time.sleep(1)
        except BaseException:
            note("caught " + identity)


def do_hold_interpreter(environ, start_response, identity, seconds):
    """In C code that never lets another thread of Python run, nor notices a signal: a lock that is taken twice."""
    library = ctypes.PyDLL(None)
    mutex = ctypes.create_string_buffer(256)  # Zeros are an open one.
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)


def do_midway(environ, start_response, identity, seconds):
    """Its head and two blocks come, then nothing."""

    def blocks():
        try:
            yield b"one"
            yield b"two"
            time.sleep(HANG_SECONDS)
        finally:
            note("finally " + identity)

    start_response("200 OK", [("Content-Type", "text/plain")])
    return blocks()


def do_behind(environ, start_response, identity, seconds):
    """Goes on behind the last byte of its answer."""

    def blocks():
        yield b"complete"
        time.sleep(HANG_SECONDS)

    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "8")])
    return blocks()


class Hanging(Noted):
    def close(self):
        try:
            time.sleep(HANG_SECONDS)
        finally:
            note("closed " + self._identity)


def do_close(environ, start_response, identity, seconds):
    return Hanging(identity, answer(start_response, "complete"))


class Slow(Noted):
    def close(self):
        time.sleep(self.seconds)
        note("closed " + self._identity)


def do_slow_close(environ, start_response, identity, seconds):
    body = Slow(identity, answer(start_response, "complete %d" % os.getpid()))
    body.seconds = seconds
    return body


def do_steps(environ, start_response, identity, seconds):
    """Takes long in all, but never long for one block."""

    def blocks():
        for number in range(8):
            time.sleep(seconds)
            yield b"%d" % number

    start_response("200 OK", [("Content-Type", "text/plain")])
    return blocks()


def do_large(environ, start_response, identity, seconds):
    """More than the front keeps for a client that does not read."""

    def blocks():
        for _ in range(400):
            yield b"x" * 65536
        note("sent " + identity)

    start_response("200 OK", [("Content-Type", "text/plain")])
    return blocks()


def do_read(environ, start_response, identity, seconds):
    return answer(start_response, "%d" % len(environ["wsgi.input"].read()))


def do_read_and_hang(environ, start_response, identity, seconds):
    environ["wsgi.input"].read()
    time.sleep(HANG_SECONDS)
