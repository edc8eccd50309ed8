"""Files that the front sends, hints, clients that go, and events: one behaviour for each path."""

import gzip
import io
import json
import os
import sys
import tempfile
import threading
import time
from urllib.parse import parse_qs

PLAIN = ("Content-Type", "text/plain")
MEGABYTE = bytes(range(256)) * 4096

# What the files and generators noted, by the id of the request.
notes = {}
changed = threading.Condition()


def note(name, word):
    sys.stderr.write("noted %s: %s\n" % (name, word))
    sys.stderr.flush()
    with changed:
        notes.setdefault(name, []).append(word)
        changed.notify_all()


class NotedFile:
    """Notes on a file that was opened as any application would."""

    @staticmethod
    def watch(file, name):
        inner = file.close

        def close():
            note(name, "close")
            inner()

        file.close = close
        return file


def make_file(size, named=False):
    file = tempfile.NamedTemporaryFile() if named else tempfile.TemporaryFile()  # noqa: SIM115
    whole, rest = divmod(size, len(MEGABYTE))
    for _ in range(whole):
        file.write(MEGABYTE)
    file.write(MEGABYTE[:rest])
    file.seek(0)
    return file


def hello(query, environ, start_response):
    start_response("200 OK", [PLAIN])
    return [b"hello"]


def pid(query, environ, start_response):
    start_response("200 OK", [PLAIN])
    return [str(os.getpid()).encode()]


def file(query, environ, start_response):
    """A file of `size` bytes from `offset` on, with Content-Length `length`."""
    name = query.get("id", "")
    opened = make_file(int(query.get("size", len(MEGABYTE))), "named" in query)
    opened.seek(int(query.get("offset", 0)))
    if "unbuffered" in query:
        raw = io.FileIO(os.dup(opened.fileno()))
        raw.seek(opened.tell())
        opened = raw
    headers = [PLAIN]
    if "length" in query:
        headers.append(("Content-Length", query["length"]))
    write = start_response(query.get("status", "200 OK"), headers)
    if "write" in query:
        write(query["write"].encode())
    return environ["wsgi.file_wrapper"](NotedFile.watch(opened, name))


def by_name(query, environ, start_response):
    """The file with this name, opened for reading."""
    start_response("200 OK", [PLAIN])
    return environ["wsgi.file_wrapper"](open(query["path"], "rb"))


def odd(query, environ, start_response):
    """A megabyte and more of what is not simply in the descriptor."""
    content = MEGABYTE * 2
    kind = query["kind"]
    if kind == "gzip":
        packed = tempfile.TemporaryFile()  # noqa: SIM115
        packed.write(gzip.compress(content, 1))
        packed.seek(0)
        source = gzip.GzipFile(fileobj=packed)
    elif kind == "spooled":
        source = tempfile.SpooledTemporaryFile()  # noqa: SIM115
        source.write(content)
        source.seek(0)
    elif kind == "pipe":
        reading, writing = os.pipe()

        def feed():
            with os.fdopen(writing, "wb") as stream:
                stream.write(content)

        threading.Thread(target=feed, daemon=True).start()
        source = os.fdopen(reading, "rb")
    elif kind == "replaced":
        source = make_file(len(content))
        source.read = io.BytesIO(content[::-1]).read
    else:
        source = io.BytesIO(content)
    start_response("200 OK", [PLAIN])
    return environ["wsgi.file_wrapper"](source)


def sendfile(query, environ, start_response):
    """Names a file in the field that the query names."""
    headers = [("Content-Type", "text/x-own"), (query["field"], query["path"])]
    if "length" in query:
        headers.append(("Content-Length", query["length"]))
    start_response(query.get("status", "200 OK"), headers)
    if "blocks" in query:
        return (block for block in [b"not ", b"this"])
    return [b""] if "length" in query else [b"not this"]


def hints(query, environ, start_response):
    send = environ["wsgi.early_hints"]
    send([("Link", "</style.css>; rel=preload; as=style")])
    if "twice" in query:
        send([("Link", "</more.js>; rel=preload; as=script")])
    if "wait" in query:
        wait_for("go")
    start_response("200 OK", [PLAIN])
    if "late" in query:
        yield b"first "
        send([("Link", "</late.css>; rel=preload")])
    yield b"done"


def bad_hint(query, environ, start_response):
    try:
        environ["wsgi.early_hints"]([(query["name"], query["value"])])
    except (TypeError, ValueError) as error:
        start_response("200 OK", [PLAIN])
        return [("%s: %s" % (type(error).__name__, error)).encode("latin-1", "replace")]
    start_response("200 OK", [PLAIN])
    return [b"accepted"]


def wait_gone(query, environ, start_response):
    """Computes for at most ten seconds, looks now and then whether its client has gone."""
    gone = environ["wizgy.client_disconnected"]
    name = query["id"]
    note(name, "client is there" if not gone() else "client has gone already")
    until = time.monotonic() + float(query.get("seconds", "10"))
    while time.monotonic() < until and not gone():
        time.sleep(0.01)
    note(name, "gone" if gone() else "never gone")
    start_response("200 OK", [PLAIN])
    return [b"answer"]


def events(query, environ, start_response):
    """An endless stream of events, one every `every` seconds."""
    kind = "text/plain" if "plain" in query else "text/event-stream"
    start_response("200 OK", [("Content-Type", kind), ("Cache-Control", "no-cache")])
    return stream_of_events(query["id"], float(query.get("every", "0.1")))


def stream_of_events(name, every):
    try:
        number = 0
        while True:
            yield b"data: %d\n\n" % number
            number += 1
            time.sleep(every)
    finally:
        note(name, "closed")


def wait_for(name):
    with changed:
        changed.wait_for(lambda: notes.get(name), 8)


def tell(query, environ, start_response):
    note(query["id"], "told")
    start_response("200 OK", [PLAIN])
    return [b"told"]


def noted(query, environ, start_response):
    """Waits until there are `count` notes, and gives them."""
    with changed:
        changed.wait_for(lambda: len(notes.get(query["id"], ())) >= int(query["count"]), 8)
        found = notes.get(query["id"], [])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]


def application(environ, start_response):
    query = {
        name: values[0]
        for name, values in parse_qs(environ["QUERY_STRING"], keep_blank_values=True).items()
    }
    return globals()[environ["PATH_INFO"][1:]](query, environ, start_response)
