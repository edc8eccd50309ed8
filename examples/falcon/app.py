"""Falcon: resources, a form and a stream.

Run it: npm start -- examples/falcon/app.py
By hand: pip install -r examples/falcon/requirements.txt && npx wizgy examples/falcon/app.py
"""

import falcon


class Index:
    def on_get(self, req, resp):
        resp.media = {"hello": "world"}


class Form:
    def on_post(self, req, resp):
        resp.media = {"thanks": req.get_media()["name"]}


class Hello:
    def on_get(self, req, resp, name):
        resp.media = {"greeting": req.get_param("greeting", default="Hello"), "name": name}


class Stream:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.stream = (f"{number}\n".encode() for number in range(1, 4))


app = falcon.App()
app.add_route("/", Index())
app.add_route("/form", Form())
app.add_route("/hello/{name}", Hello())
app.add_route("/stream", Stream())
