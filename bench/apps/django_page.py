"""Django as `startproject` sets it up: its default middleware, a template, and one query to SQLite.

The database lies in memory, shared by the threads of a process; each process makes its own.
"""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.template import engines
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DEBUG=False,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": "file:bench-%d?mode=memory&cache=shared" % os.getpid(),
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for the bench",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
)
django.setup()

PAGE = engines["django"].from_string(
    "<ul>{% for name in names %}<li>{{ name }}</li>{% endfor %}</ul>"
)


def make_table():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS thing (id INTEGER PRIMARY KEY, name TEXT)")
        names = ((1, "first"), (2, "second"), (3, "third"))
        cursor.executemany("INSERT OR IGNORE INTO thing VALUES (%s, %s)", names)


def page(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM thing ORDER BY id")
        names = [name for (name,) in cursor.fetchall()]
    return HttpResponse(PAGE.render({"names": names}, request))


urlpatterns = [path("", page)]
make_table()
app = get_wsgi_application()
