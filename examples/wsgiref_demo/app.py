"""The application that comes with Python: it greets and lists the environ.

Run it: npx wizgy examples/wsgiref_demo/app.py
The same without this file: npx wizgy wsgiref.simple_server:demo_app
"""

from wsgiref.simple_server import demo_app as app

__all__ = ["app"]
