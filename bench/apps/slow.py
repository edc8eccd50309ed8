"""For the bench of slow clients: hello, an answer of 5 MiB, and a body that is read to its end."""

LARGE = b"x" * (5 * 1024 * 1024)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    body = b"Hello World!"
    if path == "/large":
        body = LARGE
    elif path == "/upload":
        environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
