"""A page whose second half comes when the file WAIT_FOR is there."""

import os
import time


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    yield b"<!doctype html><title>Halves</title><link rel=icon href='data:,'><p id=one>One</p>\n"
    while not os.path.exists(os.environ["WAIT_FOR"]):
        time.sleep(0.01)
    yield b"<p id=two>Two</p>\n"
