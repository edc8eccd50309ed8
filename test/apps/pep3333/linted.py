"""Middleware with werkzeug's judge on both sides of each layer; what it warns of is an error here."""

import warnings

from by_path import by_path
from middleware import echo, naming_alone, shouting, two_blocks
from werkzeug.middleware.lint import HTTPWarning, LintMiddleware, WSGIWarning

warnings.simplefilter("error", WSGIWarning)
warnings.simplefilter("error", HTTPWarning)


def stack(app):
    app = LintMiddleware(app)
    for layer in (shouting, naming_alone, shouting):
        app = LintMiddleware(layer(app))
    return app


def not_modified(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"1"')])
    return []


def wrong(environ, start_response):
    """For the judge itself: a length that isn't the body's."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "7")])
    return [b"short"]


echoed = stack(echo)
in_blocks = stack(two_blocks)
unchanged = stack(not_modified)
misjudged = stack(wrong)

application = by_path(globals())
