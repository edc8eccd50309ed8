"""CherryPy as a WSGI application: its own server and engine stay switched off.

Run it: npm start -- examples/cherrypy/app.py
By hand: pip install -r examples/cherrypy/requirements.txt && npx wizgy examples/cherrypy/app.py
"""

from html import escape

import cherrypy


class Site:
    @cherrypy.expose
    def index(self):
        return """<h1>Hello from CherryPy</h1>
            <form method="post" action="/form"><input name="name"> <button>Send</button></form>"""

    @cherrypy.expose
    def form(self, name):
        return f"Thank you, {escape(name)}."

    @cherrypy.expose
    def hello(self, name, greeting="Hello"):
        return f"{escape(greeting)}, {escape(name)}!"

    @cherrypy.expose
    @cherrypy.config(**{"response.stream": True})
    def stream(self):
        cherrypy.response.headers["Content-Type"] = "text/plain"
        return (f"{number}\n" for number in range(1, 4))


# No engine, so nobody else turns its log to the server's or sends signals to it.
cherrypy.config.update({"environment": "embedded", "log.screen": False})
app = cherrypy.Application(Site(), script_name="")
