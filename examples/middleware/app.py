"""Two layers of middleware around an application; both wrap start_response and the write() it returns.

Run it: npx wizgy examples/middleware/app.py
"""

import time


def hello(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    if environ["PATH_INFO"] == "/write":
        write(b"written, ")
    return [b"hello ", b"from inside"]


class UpperCase:
    """Changes the body, whether it is written or returned."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            write = start_response(status, headers, exc_info)
            return lambda data: write(data.upper())

        body = self.app(environ, start)
        try:
            # Block by block: a middleware must not hold back what the application has given.
            for block in body:
                yield block.upper()
        finally:
            if hasattr(body, "close"):
                body.close()


class Timing:
    """Adds header lines; the number of writes goes to the log, since the head has left by then."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        began = time.perf_counter()
        errors = environ["wsgi.errors"]

        def start(status, headers, exc_info=None):
            milliseconds = (time.perf_counter() - began) * 1000
            timing = ("Server-Timing", f"app;dur={milliseconds:.3f}")
            write = start_response(status, [*headers, timing], exc_info)

            def logged_write(data):
                errors.write(f"write() of {len(data)} bytes\n")
                write(data)

            return logged_write

        return self.app(environ, start)


app = Timing(UpperCase(hello))
