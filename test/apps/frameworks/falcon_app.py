"""The contract of test/frameworks/contract.ts in Falcon."""

import datetime

import doings
import falcon
from itsdangerous import URLSafeSerializer

signer = URLSafeSerializer("for tests")


class Echo:
    def on_get(self, req, resp, rest):
        resp.media = {
            "method": req.method,
            "rest": rest,
            "query": req.get_param("q"),
            "note": req.get_header("X-Note"),
            "taste": req.cookies.get("taste"),
            "body": req.bounded_stream.read().decode(),
        }

    on_post = on_put = on_patch = on_delete = on_head = on_get


class Old:
    def on_get(self, req, resp):
        raise falcon.HTTPFound("/echo/" + falcon.uri.encode_value("nö") + "?q=%C3%A9")


class Cookies:
    def on_get(self, req, resp):
        resp.set_cookie("taste", "sweet", secure=False, http_only=True)
        expires = datetime.datetime(2037, 1, 2, tzinfo=datetime.timezone.utc)
        resp.set_cookie("late", "1", secure=False, expires=expires)
        resp.unset_cookie("gone")
        resp.text = "set"


class Count:
    def on_get(self, req, resp):
        kept = req.cookies.get("visits")
        visits = (signer.loads(kept) if kept else 0) + 1
        resp.set_cookie("visits", signer.dumps(visits), secure=False)
        resp.text = str(visits)


class Upload:
    def on_post(self, req, resp):
        note = name = content = None
        for part in req.get_media():
            if part.name == "note":
                note = part.text
            else:
                name, content = part.filename, part.stream.read()
        resp.media = doings.received(note, name, content)


class Stream:
    def on_get(self, req, resp):
        resp.content_type = "text/plain"
        resp.stream = doings.gated()


class Open:
    def on_get(self, req, resp):
        doings.gate.set()
        resp.text = "open"


class Fail:
    def on_get(self, req, resp):
        raise RuntimeError("raised on purpose")


class FailLate:
    def on_get(self, req, resp):
        resp.stream = doings.broken()


class Download:
    def on_get(self, req, resp):
        file = open(doings.download, "rb")  # noqa: SIM115 - the server's file wrapper closes it
        resp.set_stream(file, file.seek(0, 2))
        resp.downloadable_as = "größe.bin"
        file.seek(0)


app = falcon.App()
app.req_options.strip_url_path_trailing_slash = False
app.add_route("/echo/{rest:path}", Echo())
app.add_route("/old", Old())
app.add_route("/cookies", Cookies())
app.add_route("/session", Count())
app.add_route("/upload", Upload())
app.add_route("/download", Download())
app.add_static_route("/static", doings.folder)
app.add_route("/stream", Stream())
app.add_route("/open", Open())
app.add_route("/raise", Fail())
app.add_route("/raise-late", FailLate())
