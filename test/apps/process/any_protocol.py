"""Answers with what environ says of the connection, and with bodies of all framings."""

import json
import os
import time

SHOWN = (
    "SSL_",
    "HTTPS",
    "SERVER_",
    "HTTP_",
    "wsgi.url_scheme",
    "PATH_INFO",
    "QUERY_STRING",
    "CONTENT_LENGTH",
)


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
    if path == "/cookies":
        start_response(
            "200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Latin", "\xe4")]
        )
        return [environ.get("HTTP_COOKIE", "").encode("latin-1")]
    if path == "/empty":
        start_response("204 No Content", [])
        return []
    if path == "/large":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"0123456789abcdef" * 65536] * 4
    if path == "/raises":
        raise RuntimeError("as asked")
    if path == "/hints":
        environ["wsgi.early_hints"]([("Link", "</a.css>; rel=preload")])
        start_response("200 OK", [])
        return [b"hinted"]
    if path == "/waits":
        open(os.environ["WAIT_FOR"] + ".begun", "w").close()
        while not os.path.exists(os.environ["WAIT_FOR"]):
            time.sleep(0.01)
        start_response("200 OK", [])
        return [b"waited"]
    shown = {key: value for key, value in environ.items() if key.startswith(SHOWN)}
    body = json.dumps(shown).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def dies():
    yield b"beginning\n"
    os.kill(os.getpid(), 9)
