"""A class as the application: calling it makes an object, and that object is the response's iterable.

Run it: npx wizgy examples/class_based/app.py
"""

from urllib.parse import parse_qs


class app:  # this name, because the server looks for it
    def __init__(self, environ, start_response):
        self.environ = environ
        self.start_response = start_response

    def __iter__(self):
        path = self.environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        if path == "/":
            return self.page("200 OK", "Hello from a class\n")
        if path == "/form" and self.environ["REQUEST_METHOD"] == "POST":
            size = int(self.environ.get("CONTENT_LENGTH") or 0)
            fields = parse_qs(self.environ["wsgi.input"].read(size).decode())
            return self.page("200 OK", f"Thank you, {fields.get('name', ['stranger'])[0]}.\n")
        if path.startswith("/hello/"):
            return self.page("200 OK", f"Hello, {path[len('/hello/') :]}!\n")
        return self.page("404 Not Found", f"Nothing at {path}\n")

    def page(self, status, text):
        self.start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        yield text.encode()
