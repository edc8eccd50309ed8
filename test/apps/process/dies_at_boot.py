"""Loads like any application, unless the file $SLOW_FILE is there: then its process ends while it is imported."""

import os

from life import application, note

with open(os.environ["STARTED_LOG"], "a+") as log:
    log.seek(0)
    boots = sum(line.startswith("boot") for line in log)
note("boot %d" % (boots + 1))
if os.path.exists(os.environ["SLOW_FILE"]):
    os._exit(5)

__all__ = ["application"]
