"""Bottle with one route, as its quick start has it."""

from bottle import Bottle

app = Bottle()


@app.route("/")
def hello():
    return "Hello, world!"
