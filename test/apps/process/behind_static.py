"""Answers every path, and says which: what a mount answers never comes here."""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the application: ", environ["PATH_INFO"].encode("latin-1")]
