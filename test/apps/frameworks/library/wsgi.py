"""The project as it is deployed; with LIBRARY_DEBUG=1 under Django's own handler for static files, as in development."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "library_settings"
application = get_wsgi_application()

if os.environ.get("LIBRARY_DEBUG") == "1":
    from django.contrib.staticfiles.handlers import StaticFilesHandler

    application = StaticFilesHandler(application)
