"""Any application between wsgiref's validator and the server: an outside judge of both.

Named as ``test/apps/validated.py:wrap('examples/flask/app.py')``. Two things that the validator
refuses are allowed by the PEP, so they are put right before it looks:

* ``read()`` without a size and ``read(-1)``, which applications call: asked of the server's own input.
* a PATH_INFO that doesn't begin with a slash, as in ``OPTIONS *``: shown as ``/``.
"""

from wsgiref import validate

from wizgy_worker.loader import load


class AnyRead:
    """wsgi.input as the application sees it: the validator's, but read() may go without a size."""

    def __init__(self, checked, size):
        self._checked = checked
        self._size = size
        self.readline = checked.readline
        self.readlines = checked.readlines

    def __iter__(self):
        return iter(self._checked)

    def read(self, size=-1):
        if size is None or size < 0:
            return self._checked.read(self._size)
        return self._checked.read(size)


def wrap(spec):
    application = load(spec).application

    def inside(environ, start_response):
        size = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = AnyRead(environ["wsgi.input"], size)
        return application(environ, start_response)

    checked = validate.validator(inside)

    def outside(environ, start_response):
        if not environ["PATH_INFO"].startswith("/"):
            environ["PATH_INFO"] = "/"
        return checked(environ, start_response)

    return outside
