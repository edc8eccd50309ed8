"""The contract of test/frameworks/contract.ts in Bottle."""

import datetime

import doings
from bottle import Bottle, redirect, request, response, static_file

app = Bottle()
secret = "for tests"


@app.route("/echo/<rest:path>", method=["GET", "POST", "PUT", "PATCH", "DELETE"])
def echo(rest):
    return {
        "method": request.method,
        "rest": rest,
        "query": request.query.getunicode("q"),
        "note": request.environ.get("HTTP_X_NOTE"),
        "taste": request.get_cookie("taste"),
        "body": request.body.read().decode(),
    }


@app.get("/old")
def old():
    redirect("/echo/n%C3%B6?q=%C3%A9", 302)


@app.get("/cookies")
def cookies():
    response.set_cookie("taste", "sweet", httponly=True)
    response.set_cookie("late", "1", expires=datetime.datetime(2037, 1, 2))
    response.delete_cookie("gone")
    return "set"


@app.get("/session")
def count():
    visits = (request.get_cookie("visits", secret=secret) or 0) + 1
    response.set_cookie("visits", visits, secret=secret)
    return str(visits)


@app.post("/upload")
def upload():
    file = request.files.getone("file")
    return doings.received(request.forms.getunicode("note"), file.raw_filename, file.file.read())


@app.get("/download")
def download():
    return static_file("download.bin", root=doings.folder, download="größe.bin")


@app.get("/stream")
def stream():
    response.content_type = "text/plain"
    return doings.gated()


@app.get("/open")
def open_gate():
    doings.gate.set()
    return "open"


@app.get("/raise")
def fail():
    raise RuntimeError("raised on purpose")


@app.get("/raise-late")
def fail_late():
    response.content_type = "text/plain"
    return doings.broken()
