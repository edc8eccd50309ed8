"""The time of one operation in a few ways, as compare.ts has it: in turns, the best of several rounds, and the last
row is the plain twin that the others are compared with."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Callable

_ROOT = Path(__file__).resolve().parents[2]
# The worker's package, and the plain twins, which stand beside the tests.
sys.path[:0] = [str(_ROOT / "python"), str(_ROOT / "python" / "tests")]

ROUNDS = 9


def compare(title: str, count: int, ways: list[tuple[str, Callable[[int], Any]]]) -> None:
    """Each way is a function that does its operation as often as it is told; `count` should take some milliseconds."""
    best = [float("inf")] * len(ways)
    gc.collect()
    for _ in range(ROUNDS):
        for i, (_name, run) in enumerate(ways):
            began = perf_counter_ns()
            run(count)
            best[i] = min(best[i], (perf_counter_ns() - began) / count)
    print("\n%s; nanoseconds:" % title)
    for i, (name, _run) in enumerate(ways):
        last = i == len(ways) - 1
        ratio = "" if last else "  (%.1f times as fast)" % (best[-1] / best[i])
        print("%8.0f  %s%s" % (best[i], name, ratio), flush=True)
