"""An application whose import never ends."""

import os
import time

if "STARTED_LOG" in os.environ:
    open(os.environ["STARTED_LOG"], "w").close()
time.sleep(600)
