"""One application in each form that a callable can have (PEP 3333 "Specification Details")."""

import functools

PLAIN = [("Content-Type", "text/plain")]


def function(*args, **keywords):
    assert len(args) == 2, args
    assert not keywords, keywords
    args[1]("200 OK", PLAIN)
    return [b"alive"]


def odd_names(x, y):
    y("200 OK", PLAIN)
    return [b"alive"]


class AsClass:
    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        self.start_response("200 OK", PLAIN)
        yield b"alive"


class AsInstance:
    def __call__(self, environ, start_response):
        return function(environ, start_response)

    def method(self, environ, start_response):
        return function(environ, start_response)


class Unfriendly:
    """Every look at an attribute raises, the ones that a curious server asks for included."""

    __slots__ = ()

    def __getattr__(self, name):
        raise RuntimeError("looked at " + name)

    def __call__(self, environ, start_response):
        return function(environ, start_response)


as_instance = AsInstance()
as_method = as_instance.method
as_partial = functools.partial(function)
as_lambda = lambda environ, start_response: function(environ, start_response)  # noqa: E731
as_builtin = functools.lru_cache(maxsize=0)(function)
unfriendly = Unfriendly()
