"""An application whose workers keep a record: what has begun and what has ended, a line each, in the file $RECORDS.

A record of a worker that was killed says what it was running. Import fails while the file $BROKEN is there.
"""

import os
import time
from urllib.parse import parse_qs

if os.path.exists(os.environ["BROKEN"]):
    raise RuntimeError("told to fail")

RECORDS = os.open(os.environ["RECORDS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
HANG_SECONDS = 60


def record(what, identity):
    """One write at the end of the file: whole, whatever happens to the process afterwards."""
    os.write(RECORDS, b"%s %d %s\n" % (what, os.getpid(), identity.encode()))


def hang():
    """Nothing but the end of the process frees the thread: what is raised in it is caught."""
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline:
        try:
            time.sleep(HANG_SECONDS)
        except BaseException:
            pass


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    identity = query["id"][0]
    record(b"begin", identity)
    if environ["PATH_INFO"] == "/hang":
        hang()
    time.sleep(float(query.get("ms", ["0"])[0]) / 1000)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    content = b"%s %d %s" % (identity.encode(), os.getpid(), body)
    record(b"end", identity)
    start_response(
        "200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(content)))]
    )
    return [content]
