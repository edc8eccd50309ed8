"""The environ dictionary of a request, from the frame's fragment and slots (wire §4.2, PEP 3333 "environ Variables").

The fragment is the part that repeats while a client sends the same field lines. Its bytes are the key of a bounded map
to a ready dictionary, which is copied for each request: the application may do what it likes with its own copy.
That takes less than a fifth of the time of making it anew (bench/micro/environ_decode.py; tests hold it to such a twin).
"""

from __future__ import annotations

from typing import Any

Environ = dict[str, Any]

# Fragments of a few hundred bytes each; when the map is full it starts anew.
MAX_REMEMBERED = 1024


_SLOTS = (
    "REQUEST_METHOD",
    "PATH_INFO",
    "QUERY_STRING",
    "REQUEST_URI",
    "RAW_URI",
    "REMOTE_ADDR",
    "REMOTE_PORT",
)


class EnvironMaker:
    """`always` holds the entries that are the same for every request of this worker, such as wsgi.version."""

    def __init__(self, always: Environ) -> None:
        self._always = always
        self._constants: dict[str, Environ] = {}
        self._remembered: dict[bytes, Environ] = {}

    def add_constants(self, number: int, payload: bytes) -> None:
        """wire §4.1"""
        self._constants[str(number)] = _pairs(payload.decode("latin-1").split("\0"), 0)
        self._remembered.clear()

    def make(self, fragment: bytes, slots: bytes, extra: bool) -> Environ:
        """A new dictionary. The order of the slots is wire §4.2's."""
        base = self._remembered.get(fragment)
        if base is None:
            base = self._learn(fragment)
        environ = base.copy()
        texts = slots.decode("latin-1").split("\0")
        if extra:
            winning = _pairs(texts, 6)
            del texts[6:]
        (
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            target,
            environ["REMOTE_ADDR"],
            environ["REMOTE_PORT"],
        ) = texts
        environ["REQUEST_URI"] = environ["RAW_URI"] = target
        if extra:
            environ.update(winning)
        return environ

    def _learn(self, fragment: bytes) -> Environ:
        texts = fragment.decode("latin-1").split("\0")
        # With the keys of the slots in it, a copy never has to grow.
        environ = dict.fromkeys(_SLOTS, "")
        environ.update(self._always)
        environ.update(self._constants[texts[0]])
        environ.update(_pairs(texts, 1))
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[fragment] = environ
        return environ


def _pairs(texts: list[str], start: int) -> Environ:
    return dict(zip(texts[start::2], texts[start + 1 :: 2]))
