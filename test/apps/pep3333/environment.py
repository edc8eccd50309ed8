"""Shows environ to the test (PEP 3333 "environ Variables")."""

import os
from wsgiref.util import request_uri

from by_path import PLAIN, answer_json, by_path
from gate import Gate


def _shown(value):
    return value if type(value) is str else [type(value).__name__, repr(value)]


def dump(environ, start_response):
    """Every entry: a plain str as it is, anything else as its type and repr."""
    return answer_json(start_response, {key: _shown(value) for key, value in environ.items()})


def uri(environ, start_response):
    start_response("200 OK", PLAIN)
    return [request_uri(environ).encode("latin-1")]


METHODS = {
    "wsgi.input": ("read", "readline", "readlines", "__iter__"),
    "wsgi.errors": ("write", "writelines", "flush"),
}


def methods(environ, start_response):
    """What the stream of the query lacks."""
    key = environ["QUERY_STRING"]
    return answer_json(
        start_response,
        [name for name in METHODS[key] if not callable(getattr(environ[key], name, None))],
    )


def overlap(environ, start_response):
    """Says that it runs, waits, then tells its process."""
    Gate(environ).wait("running")
    return answer_json(start_response, os.getpid())


def os_variable(environ, start_response):
    start_response("200 OK", PLAIN)
    return [os.environ.get("CONFORMANCE_VALUE", "").encode()]


class _AnyPath(dict):
    """Paths that are about environ itself: any of them shows it."""

    def __missing__(self, name):
        return dump


application = by_path(_AnyPath(uri=uri, methods=methods, overlap=overlap, os_variable=os_variable))
