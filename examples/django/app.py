"""Django: a project in one folder, with sessions in signed cookies and a form that is CSRF-protected.

Run it: npm start -- examples/django/app.py
By hand: pip install -r examples/django/requirements.txt && npx wizgy examples/django/app.py
A project made by startproject is served the same way: npx wizgy mysite/wsgi.py
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
application = get_wsgi_application()
