"""Serves the functions of a module by the first segment of the path.

Every module also has /alive, by which a test sees that the server still answers, /pid, and /notes/NAME: what its
functions have noted under that name, as JSON.
"""

import json
import os

PLAIN = [("Content-Type", "text/plain")]

_notes = {}


def note(name, value):
    """Keeps a value for the test to look at with GET /notes/NAME. Values of one name gather in order."""
    _notes.setdefault(name, []).append(value)


def answer_json(start_response, value):
    body = json.dumps(value).encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


def by_path(functions):
    """The application of a module: `application = by_path(globals())` at its end."""

    def application(environ, start_response):
        _, name, *rest = environ["PATH_INFO"].split("/")
        if name == "alive":
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
            return [b"alive"]
        if name == "pid":
            return answer_json(start_response, os.getpid())
        if name == "notes":
            return answer_json(start_response, _notes.pop(rest[0], []))
        return functions[name](environ, start_response)

    return application
