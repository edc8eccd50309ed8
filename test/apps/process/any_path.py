"""Takes any request: reads its body and answers method, path and the body's size."""


def application(environ, start_response):
    size = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain; charset=latin-1")])
    return [
        ("%s %s %d" % (environ["REQUEST_METHOD"], environ["PATH_INFO"], size)).encode("latin-1")
    ]
