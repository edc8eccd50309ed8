"""Makes the file $SEEN_FILE when it is imported: whose it is says who imports."""

import os

open(os.environ["SEEN_FILE"], "w").close()


def application(environ, start_response):
    start_response("204 No Content", [])
    return []
