"""Answers with the strings of its environ, as JSON."""

import json


def app(environ, start_response):
    strings = {key: value for key, value in environ.items() if isinstance(value, str)}
    body = json.dumps(strings).encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]
