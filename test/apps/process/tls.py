"""Answers with what environ says of the connection, and with bodies of all framings."""

import json
import os

SHOWN = ("SSL_", "HTTPS", "SERVER_", "HTTP_", "wsgi.url_scheme", "PATH_INFO", "QUERY_STRING")


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/echo":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"%07d\n" % number for number in range(1000))
    if path == "/dies":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return dies()
    if path == "/own-hsts":
        start_response("200 OK", [("Strict-Transport-Security", "max-age=1")])
        return [b"own"]
    shown = {key: value for key, value in environ.items() if key.startswith(SHOWN)}
    body = json.dumps(shown).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def dies():
    yield b"beginning\n"
    os.kill(os.getpid(), 9)
