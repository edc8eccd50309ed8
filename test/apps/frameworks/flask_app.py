"""The contract of test/frameworks/contract.ts in Flask."""

import datetime

import doings
from flask import Flask, Response, jsonify, redirect, request, send_file, session

app = Flask(__name__)
app.secret_key = "for tests"


@app.route("/echo/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def echo(rest):
    return jsonify(
        method=request.method,
        rest=rest,
        query=request.args.get("q"),
        note=request.headers.get("X-Note"),
        taste=request.cookies.get("taste"),
        body=request.get_data(as_text=True),
    )


@app.get("/old")
def old():
    return redirect("/echo/nö?q=é")


@app.get("/cookies")
def cookies():
    response = Response("set")
    response.set_cookie("taste", "sweet", httponly=True)
    response.set_cookie("late", "1", expires=datetime.datetime(2037, 1, 2))
    response.delete_cookie("gone")
    return response


@app.get("/session")
def count():
    session["visits"] = session.get("visits", 0) + 1
    return str(session["visits"])


@app.post("/upload")
def upload():
    file = request.files["file"]
    return doings.received(request.form["note"], file.filename, file.read())


@app.get("/download")
def download():
    return send_file(doings.download, as_attachment=True, download_name="größe.bin")


@app.get("/stream")
def stream():
    return Response(doings.gated(), mimetype="text/plain")


@app.get("/open")
def open_gate():
    doings.gate.set()
    return "open"


@app.get("/raise")
def fail():
    raise RuntimeError("raised on purpose")


@app.get("/raise-late")
def fail_late():
    return Response(doings.broken(), mimetype="text/plain")
