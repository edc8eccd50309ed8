"""What `npm start` serves: a tour of one WSGI server, from the Python standard library alone.

    npm start                                  # this page
    npx wizgy examples/welcome/app.py          # the same by hand

Pages: the request's environ and the worker that answered, a form that posts, an upload that is counted
while it passes through, and a page that streams. The multipart reader lies beside it in upload.py.
"""

import itertools
import os
import platform
import threading
import time
from html import escape
from urllib.parse import parse_qsl, quote

import upload

MAX_FORM_BYTES = 64 * 1024  # three short fields; an upload has no limit, nothing of it is kept
STREAM_LINES = 12
STREAM_PAUSE_SECONDS = 0.3

times_shown = itertools.count(1)

CSS = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5d6b7a; --line: #d9e0e7; --paper: #fbfcfd;
  --card: #fff; --accent: #0b6e6e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --soft: #93a1af; --line: #2b3743;
  --paper: #11171d; --card: #182029; --accent: #5cc9c1; } }
* { box-sizing: border-box; }
html { scrollbar-gutter: stable; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 54rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; }
h1 { margin: 1.5rem 0 .5rem; font-size: 2.1rem; line-height: 1.2; letter-spacing: -.02em; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.15rem; }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding-bottom: .75rem;
  border-bottom: 1px solid var(--line); }
nav a { text-decoration: none; } nav a[aria-current] { font-weight: 650; color: var(--ink); }
.lead, small, dt, th { color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0; }
dl div, form, ol { padding: .9rem 1.1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem; }
dt { font-size: .82rem; } dd { margin: 0; font-size: 1.15rem; font-weight: 600; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font: .85rem/1.5 ui-monospace, monospace; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { font-weight: 400; white-space: nowrap; } td { overflow-wrap: anywhere; white-space: pre-line; }
@media (max-width: 40rem) { th, td { display: block; } th { padding-bottom: 0; border: 0; } td { padding-top: 0; } }
label { display: block; margin-bottom: .9rem; }
input, textarea { display: block; width: 100%; margin-top: .25rem; padding: .5rem .65rem; font: inherit;
  color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; }
button { padding: .55rem 1.2rem; font: inherit; font-weight: 600; color: var(--paper);
  background: var(--accent); border: 0; border-radius: .4rem; cursor: pointer; }
::file-selector-button { margin-right: .75rem; padding: .3rem .7rem; font: inherit; font-size: .9rem;
  color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .3rem; cursor: pointer; }
ol { padding-left: 3rem; font: .9rem/1.8 ui-monospace, monospace; }
"""

ICON = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16'"
    " height='16' rx='4' fill='%230b6e6e'/><path d='m3 5 2 6 3-5 3 5 2-6' fill='none' stroke='white'"
    " stroke-width='1.6' stroke-linecap='round' stroke-linejoin='round'/></svg>"
)

# No script is on these pages; the one that is allowed is the server's own, for --reload.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'self'; connect-src 'self'"

NAVIGATION = [("/", "Request"), ("/form", "Form"), ("/upload", "Upload"), ("/stream", "Stream")]


def app(environ, start_response):
    path = environ.get("PATH_INFO") or "/"
    method = environ["REQUEST_METHOD"]
    pages = {"/": home, "/form": form, "/upload": upload_page, "/stream": stream}
    page = pages.get(path)
    if page is None:
        return respond(environ, start_response, "404 Not Found", not_found(environ, path))
    allowed = ["GET", "HEAD", "POST"] if page in (form, upload_page) else ["GET", "HEAD"]
    if method not in allowed:
        body = document(environ, "Not like this", f"<p>This page answers {', '.join(allowed)}.</p>")
        more = [("Allow", ", ".join(allowed))]
        return respond(environ, start_response, "405 Method Not Allowed", body, more)
    if page is stream:
        start_response("200 OK", headers())
        return [] if method == "HEAD" else stream(environ)
    status, body = page(environ)
    return respond(environ, start_response, status, body)


def headers():
    return [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY),
    ]


def respond(environ, start_response, status, text, more=()):
    body = text.encode("utf-8", "replace")
    start_response(status, [*headers(), ("Content-Length", str(len(body))), *more])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def link(environ, path):
    """A path of this application as the browser has to ask for it: behind SCRIPT_NAME, quoted."""
    return escape(quote(environ.get("SCRIPT_NAME", "").encode("latin-1")) + path)


def opening(environ, title, lead=""):
    here = environ.get("PATH_INFO") or "/"
    items = "".join(
        f'<a href="{link(environ, path)}"{" aria-current=page" if path == here else ""}>{label}</a>'
        for path, label in [*NAVIGATION, ("/no/such/page", "404")]
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="{ICON}">'
        f"<title>{escape(title)} · Wizgy</title><style>{CSS}</style></head>"
        f"<body><nav>{items}</nav><main><h1>{escape(title)}</h1><p class=lead>{lead}</p>"
    )


def document(environ, title, content, lead=""):
    return f"{opening(environ, title, lead)}{content}</main></body></html>"


def facts(pairs):
    return "".join(f"<div><dt>{k}</dt><dd>{escape(str(v))}</dd></div>" for k, v in pairs)


def table(pairs):
    rows = "".join(f"<tr><th>{escape(k)}<td>{escape(v)}" for k, v in pairs)
    return f'<div class="table"><table>{rows}</table></div>'


def home(environ):
    worker = facts(
        [
            ("Worker process", os.getpid()),
            ("Thread", threading.current_thread().name),
            ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
            ("Pages it has shown", next(times_shown)),
        ]
    )
    # repr() for what isn't a string: streams and flags show what they are.
    entries = sorted((k, v if isinstance(v, str) else repr(v)) for k, v in environ.items())
    content = f"<h2>Who answered</h2><dl>{worker}</dl><h2>The environ</h2>{table(entries)}"
    lead = (
        "Your request went through Node.js and was answered by a Python worker. Reload to see who."
    )
    return "200 OK", document(environ, "Wizgy is running", content, lead)


def form(environ):
    fields = f"""<form method="post" action="{link(environ, "/form")}">
        <label>Name <input name="name" autocomplete="off" value="Zoë"></label>
        <label>Message <textarea name="message" rows="3">Crème brûlée &amp; ☕</textarea></label>
        <button>Post</button></form>"""
    lead = "The fields are sent in the body of a POST and shown as they arrived."
    if environ["REQUEST_METHOD"] != "POST":
        return "200 OK", document(environ, "A form", fields, lead)
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if size > MAX_FORM_BYTES:
        text = f"<p>A form of this page holds at most {MAX_FORM_BYTES} bytes.</p>"
        return "413 Content Too Large", document(environ, "Too much", text)
    body = environ["wsgi.input"].read(size).decode("utf-8", "replace")
    posted = table(parse_qsl(body, keep_blank_values=True))
    return "200 OK", document(environ, "Posted", f"{posted}<h2>Once more</h2>{fields}", lead)


def upload_page(environ):
    fields = f"""<form method="post" enctype="multipart/form-data" action="{link(environ, "/upload")}">
        <label>Files <input type="file" name="file" multiple required></label>
        <button>Upload and count</button></form>"""
    lead = "The bytes are counted while they pass; nothing is kept, however large the file is."
    if environ["REQUEST_METHOD"] != "POST":
        return "200 OK", document(environ, "An upload", fields, lead)
    boundary = upload.boundary_of(environ.get("CONTENT_TYPE", ""))
    if boundary is None:
        text = "<p>This page takes multipart/form-data.</p>"
        return "415 Unsupported Media Type", document(environ, "Not a form", text)
    try:
        files = list(upload.count_files(environ["wsgi.input"], boundary))
    except ValueError as error:
        return "400 Bad Request", document(environ, "Not readable", f"<p>{escape(str(error))}</p>")
    counted = table((name or "(no name)", f"{n:,} bytes\nSHA-256 {sha}") for name, n, sha in files)
    return "200 OK", document(environ, "Counted", f"{counted}<h2>Once more</h2>{fields}", lead)


def stream(environ):
    """A generator: the server sends each line before it asks for the next."""
    lead = f"{STREAM_LINES} lines, one every {STREAM_PAUSE_SECONDS:g} seconds, in one response."
    yield (opening(environ, "A stream", lead) + "<ol>\n").encode()
    for _ in range(STREAM_LINES):
        yield f"<li>{time.strftime('%H:%M:%S')} from worker {os.getpid()}</li>\n".encode()
        time.sleep(STREAM_PAUSE_SECONDS)
    yield b"</ol><p>That was all.</p></main></body></html>\n"


def not_found(environ, path):
    # PATH_INFO holds the bytes of the path, one character for each (PEP 3333, Unicode Issues).
    shown = escape(path.encode("latin-1").decode("utf-8", "replace"))
    text = f'<p>There is nothing at <b>{shown}</b>. <a href="{link(environ, "/")}">To the start</a></p>'
    return document(environ, "Not found", text)
