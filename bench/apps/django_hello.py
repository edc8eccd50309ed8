"""Django with one view. Of the middleware only the one that sets Content-Length is there: without
it some servers close the connection after each answer, and the bench would compare that."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DEBUG=False,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for the bench",
)


def hello(request):
    return HttpResponse("Hello, world!")


urlpatterns = [path("", hello)]
app = get_wsgi_application()
