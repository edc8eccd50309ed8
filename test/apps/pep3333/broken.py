"""A module that can't be imported, for the reason that CONFORMANCE_BROKEN names."""

import os
import sys

fault = os.environ.get("CONFORMANCE_BROKEN", "raise")
if fault == "exit":
    sys.exit("leaving at import")
if fault == "raise":
    raise LookupError("can't be imported")
if fault == "interrupt":
    raise KeyboardInterrupt
