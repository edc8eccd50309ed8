"""bjoern has no command: listen once, fork, and let every process accept.

Usage: bjoern_server.py MODULE:CALLABLE PORT PROCESSES
"""

import importlib
import os
import signal
import sys

import bjoern

module_name, callable_name = sys.argv[1].split(":")
app = getattr(importlib.import_module(module_name), callable_name)

bjoern.listen(app, "127.0.0.1", int(sys.argv[2]))
children = []
for _ in range(int(sys.argv[3]) - 1):
    child = os.fork()
    if child == 0:
        children = []
        break
    children.append(child)
try:
    bjoern.run()
finally:
    for child in children:
        os.kill(child, signal.SIGTERM)
