"""Bottle: pages, a form and a stream.

Run it: npm start -- examples/bottle/app.py
By hand: pip install -r examples/bottle/requirements.txt && npx wizgy examples/bottle/app.py
"""

from bottle import Bottle, html_escape, request, response

app = Bottle()


@app.get("/")
def index():
    return """<h1>Hello from Bottle</h1>
        <form method="post" action="/form"><input name="name"> <button>Send</button></form>"""


@app.post("/form")
def form():
    return f"Thank you, {html_escape(request.forms.getunicode('name'))}."


@app.get("/hello/<name>")
def hello(name):
    greeting = request.query.getunicode("greeting", "Hello")
    return f"{html_escape(greeting)}, {html_escape(name)}!"


@app.get("/stream")
def stream():
    response.content_type = "text/plain; charset=utf-8"
    for number in range(1, 4):
        yield f"{number}\n"
