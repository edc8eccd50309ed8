"""The contract of test/frameworks/contract.ts in Pyramid."""

import datetime

import doings
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.response import FileResponse, Response
from pyramid.session import SignedCookieSessionFactory
from pyramid.view import view_config


@view_config(route_name="echo", renderer="json")
def echo(request):
    return {
        "method": request.method,
        "rest": "/".join(request.matchdict["rest"]),
        "query": request.GET.get("q"),
        "note": request.headers.get("X-Note"),
        "taste": request.cookies.get("taste"),
        "body": request.body.decode(),
    }


@view_config(route_name="old")
def old(request):
    return HTTPFound(request.route_path("echo", rest=["nö"], _query={"q": "é"}))


@view_config(route_name="cookies", request_method="GET")
def cookies(request):
    response = Response("set")
    response.set_cookie("taste", "sweet", httponly=True)
    response.set_cookie("late", "1", expires=datetime.datetime(2037, 1, 2))
    response.delete_cookie("gone")
    return response


@view_config(route_name="session")
def count(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return Response(str(request.session["visits"]))


@view_config(route_name="upload", request_method="POST", renderer="json")
def upload(request):
    file = request.POST["file"]
    return doings.received(request.POST["note"], file.filename, file.file.read())


@view_config(route_name="download")
def download(request):
    response = FileResponse(doings.download, request)
    response.conditional_response = True
    return response


@view_config(route_name="stream")
def stream(request):
    return Response(app_iter=doings.gated(), content_type="text/plain")


@view_config(route_name="open")
def open_gate(request):
    doings.gate.set()
    return Response("open")


@view_config(route_name="raise")
def fail(request):
    raise RuntimeError("raised on purpose")


@view_config(route_name="raise-late")
def fail_late(request):
    return Response(app_iter=doings.broken(), content_type="text/plain")


with Configurator() as config:
    config.set_session_factory(SignedCookieSessionFactory("for tests"))
    config.add_route("echo", "/echo/*rest")
    for name in ("old", "cookies", "session", "upload", "download", "stream", "open"):
        config.add_route(name, f"/{name}")
    config.add_route("raise", "/raise")
    config.add_route("raise-late", "/raise-late")
    config.scan(__name__)
    app = config.make_wsgi_app()
