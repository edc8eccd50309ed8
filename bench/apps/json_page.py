"""A JSON document of half a kilobyte, made anew for each request."""

import json


def app(environ, start_response):
    items = [{"id": n, "name": "item %d" % n} for n in range(20)]
    body = json.dumps({"items": items}, separators=(",", ":")).encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]
