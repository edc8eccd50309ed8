"""The contract of test/frameworks/contract.ts in web.py."""

import json
import os

import doings
import web

web.config.debug = False
web.config.session_parameters["secure"] = False

urls = (
    "/echo/(.*)",
    "Echo",
    "/old",
    "Old",
    "/cookies",
    "Cookies",
    "/session",
    "Count",
    "/upload",
    "Upload",
    "/download",
    "Download",
    "/stream",
    "Stream",
    "/open",
    "Open",
    "/raise",
    "Fail",
    "/raise-late",
    "FailLate",
)


def as_json(value):
    web.header("Content-Type", "application/json")
    return json.dumps(value)


class Echo:
    def GET(self, rest):
        return as_json(
            {
                "method": web.ctx.method,
                "rest": rest,
                "query": web.input(_method="GET", q=None).q,
                "note": web.ctx.env.get("HTTP_X_NOTE"),
                "taste": web.cookies().get("taste"),
                "body": web.data().decode(),
            }
        )

    POST = PUT = PATCH = DELETE = GET


class Old:
    def GET(self):
        raise web.found("/echo/n%C3%B6?q=%C3%A9")


class Cookies:
    def GET(self):
        web.setcookie("taste", "sweet", httponly=True)
        web.setcookie("late", "1", expires=300_000_000)
        web.setcookie("gone", "", expires=-1)
        return "set"


class Count:
    def GET(self):
        session.visits += 1
        return str(session.visits)


class Upload:
    def POST(self):
        form = web.input(file={})
        return as_json(doings.received(form.note, form["file"].filename, form["file"].file.read()))


class Download:
    def GET(self):
        web.header("Content-Type", "application/octet-stream")
        web.header("Content-Length", str(os.path.getsize(doings.download)))
        with open(doings.download, "rb") as file:
            while block := file.read(65536):
                yield block


class Stream:
    def GET(self):
        web.header("Content-Type", "text/plain")
        return doings.gated()


class Open:
    def GET(self):
        doings.gate.set()
        return "open"


class Fail:
    def GET(self):
        raise RuntimeError("raised on purpose")


class FailLate:
    def GET(self):
        return doings.broken()


site = web.application(urls, globals())
store = web.session.DiskStore(os.path.join(doings.folder, "sessions"))
session = web.session.Session(site, store, initializer={"visits": 0})
app = site.wsgifunc()
