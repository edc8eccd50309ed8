"""Says what of a request has reached it."""

import json

NAMES = ("PATH_INFO", "QUERY_STRING", "REQUEST_METHOD", "REMOTE_USER", "AUTH_TYPE", "REMOTE_ADDR")


def application(environ, start_response):
    if environ["PATH_INFO"] == "/raise":
        raise RuntimeError("on purpose")
    seen = {name: environ.get(name) for name in NAMES}
    seen["body"] = environ["wsgi.input"].read().decode("latin-1")
    status = "404 Not Found" if environ["PATH_INFO"] == "/404" else "200 OK"
    fields = [("Content-Type", "application/json")]
    if environ["PATH_INFO"] == "/own":
        fields += [("X-Frame-Options", "DENY"), ("referrer-policy", "no-referrer")]
    start_response(status, fields)
    return [json.dumps(seen).encode()]
