"""Where Django's static files are, by the application's own settings. Asked once, when it has been loaded.

In development (DEBUG) they are where Django's finders look: the folders `static` of the applications and STATICFILES_DIRS.
Otherwise they are where collectstatic puts them: STATIC_ROOT. The front sends them; nothing here reads a file.

Nothing of Django is imported that the application has not imported itself, unless its settings name it.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

_APPLICATION = "django.contrib.staticfiles"


class Folder(NamedTuple):
    """One folder whose files are sent."""

    below: str  # what their names begin with below the URL; "" for most
    path: str


class Found(NamedTuple):
    note: str  # a sentence for the log; "" when there is nothing to say
    url: bytes  # the path that their URLs begin with
    folders: list[Folder]


def find(application: object) -> Found | None:
    """None: this is no Django project, or one without static files. Never raises."""
    settings = getattr(sys.modules.get("django.conf"), "settings", None)
    try:
        if settings is None or not settings.configured:
            return None
        if not any(_is_staticfiles(name) for name in settings.INSTALLED_APPS):
            return None
        return _look(settings, application)
    # What settings do when they are read is theirs; the application runs without static files, too.
    except Exception as error:
        return _nothing("can't be found: %s: %s" % (type(error).__name__, error))


def encode(found: Found | None) -> bytes:
    """wire §5.2"""
    if found is None or not found.note:
        return b""
    texts = [found.note.encode("utf-8", "backslashreplace")]
    for below, path in found.folders:
        texts += [found.url, os.fsencode(below), os.fsencode(path)]
    # A NUL can be in none of them but by a mistake in the settings, and no file has such a name.
    return b"\0".join(text.replace(b"\0", b"?") for text in texts)


def _is_staticfiles(name: str) -> bool:
    return name == _APPLICATION or name.startswith(_APPLICATION + ".")


def _look(settings: Any, application: object) -> Found:
    if any("whitenoise" in str(name) for name in settings.MIDDLEWARE) or (
        type(application).__module__.startswith("whitenoise")
    ):
        return _nothing("are sent by WhiteNoise, as the application is set up")
    url = urlsplit(settings.STATIC_URL or "")
    if url.netloc:
        return _nothing("are at another place (STATIC_URL is %s)" % settings.STATIC_URL)
    if not url.path.startswith("/") or not url.path.strip("/"):
        return _nothing("can't be told from pages (STATIC_URL is %r)" % settings.STATIC_URL)
    path = unquote_to_bytes(url.path)
    found = _by_finders(path) if settings.DEBUG else _by_root(path, settings)
    code = getattr(sys.modules.get(settings.SETTINGS_MODULE), "__file__", None)
    for _, folder in found.folders:
        # Whoever names the project's folder by mistake would have its code and its secrets sent.
        if code and _is_below(os.path.realpath(code), os.path.realpath(folder)):
            return _nothing("are not sent: the settings themselves lie in %s" % folder)
    return found


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _by_root(path: bytes, settings: Any) -> Found:
    root = settings.STATIC_ROOT
    if not root:
        return _nothing("are not sent: DEBUG is off, and STATIC_ROOT is not set")
    root = os.path.abspath(root)
    if not os.path.isdir(root):
        return _nothing("are not sent: there is no STATIC_ROOT %s; run collectstatic" % root)
    return _from(path, [Folder("", root)], "STATIC_ROOT")


def _by_finders(path: bytes) -> Found:
    finders: Any = importlib.import_module(_APPLICATION + ".finders")

    known = (
        finders.FileSystemFinder.find,
        finders.AppDirectoriesFinder.find,
        finders.BaseStorageFinder.find,
    )
    folders: list[Folder] = []
    for finder in finders.get_finders():
        if type(finder).find not in known:
            # Only it knows what it finds.
            return _nothing(
                "are left to the application, which has a finder of its own: %s"
                % type(finder).__name__
            )
        for below, place in _places(finder):
            folders.append(Folder(below.strip("/") + "/" if below.strip("/") else "", place))
    if not folders:
        return _nothing(
            "are nowhere: no application has a folder static, and STATICFILES_DIRS is empty"
        )
    return _from(path, folders, "DEBUG is on")


def _places(finder: Any) -> list[tuple[str, str]]:
    """What a name begins with, and the folder: in the order in which the finder looks."""
    if hasattr(finder, "locations"):
        return [(below or "", os.path.abspath(root)) for below, root in finder.locations]
    storages = finder.storages.values() if hasattr(finder, "storages") else [finder.storage]
    return [
        (getattr(each, "prefix", "") or "", os.path.abspath(each.location)) for each in storages
    ]


def _from(path: bytes, folders: list[Folder], why: str) -> Found:
    if not path.endswith(b"/"):
        path += b"/"
    where = folders[0].path if len(folders) == 1 else "%d folders" % len(folders)
    url = path.decode("utf-8", "replace")
    return Found("Django's static files: %s from %s (%s)" % (url, where, why), path, folders)


def _nothing(why: str) -> Found:
    return Found("Django's static files " + why, b"", [])
