"""Werkzeug's debugger around an application that fails, early or late."""

from werkzeug.debug import DebuggedApplication
from werkzeug.wrappers import Request, Response


def failing(name):
    raise ZeroDivisionError(f"name = {name!r}")


@Request.application
def inner(request):
    if request.path == "/late":
        return Response(late(), mimetype="text/plain")
    return failing(request.args["name"])


def late():
    yield "first\n"
    yield failing("")


app = DebuggedApplication(inner, evalex=True)
