"""Names that are near each other; only some can be called."""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"served"]


my_application = application
value = 3
