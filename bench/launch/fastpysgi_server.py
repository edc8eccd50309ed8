"""FastPySGI's command has no option for the number of processes; its API has.

Usage: fastpysgi_server.py MODULE:CALLABLE PORT PROCESSES
"""

import importlib
import sys

import fastpysgi

module_name, callable_name = sys.argv[1].split(":")
app = getattr(importlib.import_module(module_name), callable_name)

fastpysgi.run(app, host="127.0.0.1", port=int(sys.argv[2]), workers=int(sys.argv[3]))
