"""Fails in a function that it calls while it is imported."""


def connect():
    raise RuntimeError("no database")


connect()
