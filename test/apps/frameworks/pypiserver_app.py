"""pypiserver as its manual says for a WSGI server; uploads need a password."""

import os

import pypiserver

app = pypiserver.app(
    roots=[os.environ["FRAMEWORKS_FOLDER"]],
    authenticate=["update"],
    auther=lambda name, password: (name, password) == ("zoe", "secret"),
    disable_fallback=True,
    log_stream=None,
)
