"""WhiteNoise in front of a callable."""

import os

from whitenoise import WhiteNoise


def inner(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"from the application: ", environ["PATH_INFO"].encode("latin-1")]


app = WhiteNoise(inner, root=os.path.join(os.environ["FRAMEWORKS_FOLDER"], "site"), index_file=True)
