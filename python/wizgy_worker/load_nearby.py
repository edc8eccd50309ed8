"""What lies near a name that wasn't found: modules in and around the current folder.

Only for hints: bounded, never raises, imports nothing of the application.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Entries looked at in one folder: a hint must be quick, also in a folder of a million files.
_MAX_ENTRIES = 500
_SKIPPED_FOLDERS = {"node_modules", "site-packages", "venv", "env", "__pycache__"}


def entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            for count, entry in enumerate(found):
                if count >= _MAX_ENTRIES:
                    return
                if not entry.name.startswith(".") and entry.name not in _SKIPPED_FOLDERS:
                    yield entry
    except OSError:  # unreadable: then there is no hint
        return


def module_names(folders: Iterable[str]) -> set[str]:
    names = set()
    for folder in folders:
        for entry in entries(folder):
            if entry.name.endswith(".py"):
                names.add(entry.name[:-3])
            elif entry.is_dir() and os.path.isfile(os.path.join(entry.path, "__init__.py")):
                names.add(entry.name)
    return names - {"__init__", "__main__", "setup"}


def found_nearby(name: str) -> list[str]:
    """Folders one step below or above the current one that hold a module of this name."""
    below = sorted(entry.name for entry in entries(current_folder()) if _is_dir(entry))
    return [folder for folder in [*below, os.pardir] if _holds(folder, name)]


def _holds(folder: str, name: str) -> bool:
    base = os.path.join(folder, name)
    return os.path.isfile(base + ".py") or os.path.isfile(os.path.join(base, "__init__.py"))


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed under us
        return os.curdir
