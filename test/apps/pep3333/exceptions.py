"""Exceptions of every kind that can end an application (PEP 3333 "Error Handling")."""

import sys

from by_path import PLAIN, answer_json, by_path

_BUILTIN = {"wsgi.input", "wsgi.errors", "wsgi.file_wrapper"}


def _recursion():
    return _recursion()


def _raise(name):
    if name == "RecursionError":
        _recursion()
    if name == "sys.exit":
        sys.exit("secret exit")
    raise {
        "Exception": Exception,
        "SystemExit": SystemExit,
        "KeyboardInterrupt": KeyboardInterrupt,
        "GeneratorExit": GeneratorExit,
        "MemoryError": MemoryError,
        "StopIteration": StopIteration,
        "BrokenPipeError": BrokenPipeError,
    }[name]("secret " + name)


def in_call(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    _raise(environ["QUERY_STRING"])


class Raising:
    def __init__(self, name, blocks):
        self.name = name
        self.blocks = blocks

    def __iter__(self):
        return self

    def __next__(self):
        if not self.blocks:
            _raise(self.name)
        return self.blocks.pop()


def in_first_block(environ, start_response):
    start_response("200 OK", [*PLAIN, ("X-App", "1")])
    return Raising(environ["QUERY_STRING"], [])


def in_later_block(environ, start_response):
    start_response("200 OK", PLAIN)
    return Raising(environ["QUERY_STRING"], [b"a"])


def connections(environ, start_response):
    """Keys of the server's own whose value is a way to the client beside start_response and the body."""
    ways = ("send", "sendall", "fileno", "write")
    found = [
        key
        for key, value in environ.items()
        if "." in key and key not in _BUILTIN and any(hasattr(value, way) for way in ways)
    ]
    return answer_json(start_response, found)


application = by_path(globals())
