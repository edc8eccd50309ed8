"""Modules of the standard library that are wanted when something goes wrong, imported while the application's folder is
not searched yet. A file of the application may have the name of one (token.py, inspect.py): it would be taken in its
place, and Python could not even say what has happened.
"""

import ast
import difflib
import faulthandler
import importlib.machinery
import importlib.util
import inspect
import linecache
import select
import textwrap
import tokenize
import traceback
import unicodedata

__all__ = [
    "ast",
    "difflib",
    "faulthandler",
    "importlib",
    "inspect",
    "linecache",
    "select",
    "textwrap",
    "tokenize",
    "traceback",
    "unicodedata",
]

try:
    import ctypes  # noqa: F401
except ImportError:
    pass  # Not every Python has it; timeout.py does without.
