"""The contract of test/frameworks/contract.ts in CherryPy, as a mounted tree with in-memory sessions."""

import cherrypy
import doings
from cherrypy.lib.static import serve_file


class Root:
    @cherrypy.expose
    @cherrypy.tools.json_out()
    def echo(self, *rest, **query):
        request = cherrypy.request
        note = request.headers.get("X-Note")
        taste = request.cookie["taste"].value if "taste" in request.cookie else None
        return {
            "method": request.method,
            "rest": "/".join(rest),
            "query": query.get("q"),
            "note": note,
            "taste": taste,
            "body": request.body.read().decode() if request.process_request_body else "",
        }

    @cherrypy.expose
    def old(self):
        raise cherrypy.HTTPRedirect("/echo/n%C3%B6?q=%C3%A9", 302)

    @cherrypy.expose
    @cherrypy.tools.allow(methods=["GET", "HEAD"])
    def cookies(self):
        cookie = cherrypy.response.cookie
        cookie["taste"] = "sweet"
        cookie["taste"]["httponly"] = True
        cookie["late"] = "1"
        cookie["late"]["expires"] = "Fri, 02 Jan 2037 00:00:00 GMT"
        cookie["gone"] = ""
        cookie["gone"]["max-age"] = 0
        return "set"

    @cherrypy.expose
    @cherrypy.config(**{"tools.sessions.on": True})
    def session(self):
        cherrypy.session["visits"] = cherrypy.session.get("visits", 0) + 1
        return str(cherrypy.session["visits"])

    @cherrypy.expose
    @cherrypy.tools.json_out()
    def upload(self, note, file):
        # CherryPy reads the fields of a part's head as latin-1; browsers send UTF-8.
        name = file.filename.encode("latin-1").decode()
        return doings.received(note, name, file.file.read())

    @cherrypy.expose
    def download(self):
        return serve_file(doings.download, "application/octet-stream", "attachment", "größe.bin")

    @cherrypy.expose
    @cherrypy.config(**{"response.stream": True})
    def stream(self):
        cherrypy.response.headers["Content-Type"] = "text/plain"
        return doings.gated()

    @cherrypy.expose
    def open(self):
        doings.gate.set()
        return "open"

    @cherrypy.expose(["raise"])
    def fail(self):
        raise RuntimeError("raised on purpose")

    @cherrypy.expose(["raise_late"])  # a dash in a path is an underscore to CherryPy
    @cherrypy.config(**{"response.stream": True})
    def fail_late(self):
        return doings.broken()


cherrypy.config.update({"environment": "embedded", "log.screen": True})
cherrypy.config.update({"request.methods_with_bodies": ("POST", "PUT", "PATCH", "DELETE")})
app = cherrypy.tree.mount(Root(), "/")
cherrypy.engine.autoreload.unsubscribe()
