"""A greeting, and a large file handed to wsgi.file_wrapper. DOWNLOAD_FILE is its path."""

import os


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    if environ["PATH_INFO"] != "/file":
        return [b"hello"]
    return environ["wsgi.file_wrapper"](open(os.environ["DOWNLOAD_FILE"], "rb"))
