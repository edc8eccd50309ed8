"""web.py: pages, a form and a stream.

Run it: npm start -- examples/webpy/app.py
By hand: pip install -r examples/webpy/requirements.txt && npx wizgy examples/webpy/app.py
"""

from html import escape

import web

urls = ("/", "Index", "/form", "Form", "/hello/(.*)", "Hello", "/stream", "Stream")


class Index:
    def GET(self):
        web.header("Content-Type", "text/html; charset=utf-8")
        return """<h1>Hello from web.py</h1>
            <form method="post" action="/form"><input name="name"> <button>Send</button></form>"""


class Form:
    def POST(self):
        web.header("Content-Type", "text/html; charset=utf-8")
        return f"Thank you, {escape(web.input(name='stranger').name)}."


class Hello:
    def GET(self, name):
        web.header("Content-Type", "text/html; charset=utf-8")
        return f"{escape(web.input(greeting='Hello').greeting)}, {escape(name)}!"


class Stream:
    def GET(self):
        web.header("Content-Type", "text/plain; charset=utf-8")
        for number in range(1, 4):
            yield f"{number}\n"


app = web.application(urls, globals()).wsgifunc()
