"""Counts the requests that are in the application (PEP 3333 "Thread Support")."""

from by_path import PLAIN, by_path
from gate import Gate

_inside = 0


def counted(environ, start_response):
    global _inside
    _inside += 1
    highest = _inside
    Gate(environ).wait("one is in" if _inside == 1 else "several are in")
    highest = max(highest, _inside)
    _inside -= 1
    start_response("200 OK", PLAIN)
    return [str(highest).encode()]


application = by_path(globals())
