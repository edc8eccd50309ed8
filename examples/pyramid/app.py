"""Pyramid: views, a form, a signed session and a stream.

Run it: npm start -- examples/pyramid/app.py
By hand: pip install -r examples/pyramid/requirements.txt && npx wizgy examples/pyramid/app.py
"""

from html import escape

from pyramid.config import Configurator
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory


def index(request):
    visits = request.session["visits"] = request.session.get("visits", 0) + 1
    return Response(f"""<h1>Hello from Pyramid</h1><p>Visit number {visits}.</p>
        <form method="post" action="/form"><input name="name"> <button>Send</button></form>""")


def form(request):
    return Response(f"Thank you, {escape(request.POST['name'])}.")


def hello(request):
    greeting = request.GET.get("greeting", "Hello")
    return Response(f"{escape(greeting)}, {escape(request.matchdict['name'])}!")


def stream(request):
    lines = (f"{number}\n".encode() for number in range(1, 4))
    return Response(app_iter=lines, content_type="text/plain")


with Configurator() as config:
    secret = "only for this example: take yours from the environment"
    config.set_session_factory(SignedCookieSessionFactory(secret))
    for name, path, view in [
        ("index", "/", index),
        ("form", "/form", form),
        ("hello", "/hello/{name}", hello),
        ("stream", "/stream", stream),
    ]:
        config.add_route(name, path)
        config.add_view(view, route_name=name)
    app = config.make_wsgi_app()
