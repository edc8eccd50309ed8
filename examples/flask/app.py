"""Flask: pages, a form, a session and a stream.

Run it: npm start -- examples/flask/app.py
By hand: pip install -r examples/flask/requirements.txt && npx wizgy examples/flask/app.py
"""

from flask import Flask, redirect, request, session, url_for
from markupsafe import escape

app = Flask(__name__)
app.secret_key = "only for this example: take yours from the environment"


@app.get("/")
def index():
    visits = session["visits"] = session.get("visits", 0) + 1
    return f"""<h1>Hello, {escape(session.get("name", "stranger"))}</h1>
        <p>Visit number {visits}.</p>
        <form method="post" action="{url_for("sign")}">
        <input name="name"> <button>Sign</button></form>"""


@app.post("/sign")
def sign():
    session["name"] = request.form["name"]
    return redirect(url_for("index"))


@app.get("/hello/<name>")
def hello(name):
    return f"{escape(request.args.get('greeting', 'Hello'))}, {escape(name)}!"


@app.get("/stream")
def stream():
    return (f"{number}\n" for number in range(1, 4)), {"Content-Type": "text/plain"}
