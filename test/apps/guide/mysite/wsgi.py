"""The application of the guide's examples: tells what it was asked, and has a page and a download."""

import json

PAGE = b"<!doctype html><title>Page</title>" + b"<p>All work and no play\n" * 300


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/page":
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [PAGE]
    if path == "/report":
        start_response("200 OK", [("X-Accel-Redirect", "/protected/report.txt")])
        return []
    told = {key: value for key, value in environ.items() if isinstance(value, str)}
    told["length"] = str(len(environ["wsgi.input"].read()))
    body = json.dumps(told).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]
