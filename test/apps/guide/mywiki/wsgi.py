"""A second application of the guide."""

from mysite.wsgi import application

__all__ = ["application"]
