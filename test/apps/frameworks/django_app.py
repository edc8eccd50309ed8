"""The contract of test/frameworks/contract.ts in Django, in one file."""

import datetime

import django
import doings
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

settings.configure(
    SECRET_KEY="for tests",
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.file",
    SESSION_FILE_PATH=doings.folder,
    FILE_UPLOAD_MAX_MEMORY_SIZE=100_000,
    USE_TZ=True,
    LOGGING={
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "loggers": {"django.request": {"handlers": ["console"]}},
    },
)
django.setup()


def echo(request, rest):
    return JsonResponse(
        {
            "method": request.method,
            "rest": rest,
            "query": request.GET.get("q"),
            "note": request.headers.get("X-Note"),
            "taste": request.COOKIES.get("taste"),
            "body": request.body.decode(),
        }
    )


@require_GET
def old(request):
    return redirect("/echo/nö?q=é")


@require_GET
def cookies(request):
    response = HttpResponse("set")
    response.set_cookie("taste", "sweet", httponly=True)
    response.set_cookie("late", "1", expires=datetime.datetime(2037, 1, 2))
    response.delete_cookie("gone")
    return response


def count(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(request.session["visits"])


@require_POST
def upload(request):
    file = request.FILES["file"]
    return JsonResponse(doings.received(request.POST["note"], file.name, file.read()))


def download(request):
    file = open(doings.download, "rb")  # noqa: SIM115 - the response closes it
    return FileResponse(file, as_attachment=True, filename="größe.bin")


def stream(request):
    return StreamingHttpResponse(doings.gated(), content_type="text/plain")


def open_gate(request):
    doings.gate.set()
    return HttpResponse("open")


def fail(request):
    raise RuntimeError("raised on purpose")


def fail_late(request):
    return StreamingHttpResponse(doings.broken(), content_type="text/plain")


urlpatterns = [
    path("echo/<path:rest>", echo),
    path("old", old),
    path("cookies", cookies),
    path("session", count),
    path("upload", upload),
    path("download", download),
    path("stream", stream),
    path("open", open_gate),
    path("raise", fail),
    path("raise-late", fail_late),
]
application = get_wsgi_application()
