"""Radicale, whose package offers its WSGI application; its settings come from RADICALE_CONFIG."""

import os

os.environ["RADICALE_CONFIG"] = os.path.join(os.environ["FRAMEWORKS_FOLDER"], "radicale.conf")

from radicale import application  # noqa: F401 - after its settings are named
