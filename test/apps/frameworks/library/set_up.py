"""Makes the project's database, its one user and (unless it is being debugged) its static files."""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "library_settings"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)
os.environ["DJANGO_SUPERUSER_PASSWORD"] = "pässword"
call_command(
    "createsuperuser", interactive=False, username="zoë", email="z@example.org", verbosity=0
)
if not settings.DEBUG:
    call_command("collectstatic", interactive=False, verbosity=0)
