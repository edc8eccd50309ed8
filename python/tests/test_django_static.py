"""Where Django's static files are, by settings that stand in for a project's. The real Django: test/integration/static."""

import os
import sys
import types

import pytest
from wizgy_worker import django_static
from wizgy_worker.django_static import Folder


class Settings:
    """What a project with static files has, once it has been loaded."""

    configured = True
    INSTALLED_APPS = ("django.contrib.admin", "django.contrib.staticfiles")
    MIDDLEWARE = ("django.middleware.common.CommonMiddleware",)
    STATIC_URL = "/static/"
    STATIC_ROOT = None
    DEBUG = False
    SETTINGS_MODULE = "project_settings"

    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


class FileSystemFinder:
    def __init__(self, *locations):
        self.locations = locations

    def find(self, path):
        raise AssertionError("nothing is looked for")


class BaseStorageFinder:
    def __init__(self, location):
        self.storage = types.SimpleNamespace(location=location)

    def find(self, path):
        raise AssertionError("nothing is looked for")


class AppDirectoriesFinder:
    def __init__(self, *places):
        self.storages = {
            place: types.SimpleNamespace(location=place, prefix=None) for place in places
        }

    def find(self, path):
        raise AssertionError("nothing is looked for")


class OwnFinder(AppDirectoriesFinder):
    def find(self, path):
        raise AssertionError("nothing is looked for")


@pytest.fixture
def look(monkeypatch):
    """Finds with these settings and finders."""

    def find(settings, *finders, application=None):
        conf = types.ModuleType("django.conf")
        conf.settings = settings
        monkeypatch.setitem(sys.modules, "django.conf", conf)
        module = types.ModuleType("django.contrib.staticfiles.finders")
        module.FileSystemFinder = FileSystemFinder
        module.AppDirectoriesFinder = AppDirectoriesFinder
        module.BaseStorageFinder = BaseStorageFinder
        module.get_finders = lambda: iter(finders)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return django_static.find(application)

    return find


def test_what_is_no_project_with_static_files_says_nothing(look, monkeypatch):
    assert look(Settings(configured=False)) is None
    assert look(Settings(INSTALLED_APPS=("django.contrib.admin",))) is None
    monkeypatch.delitem(sys.modules, "django.conf")
    assert django_static.find(None) is None
    assert django_static.encode(None) == b""


def test_with_debug_the_folders_are_those_of_the_finders_in_their_order(look):
    found = look(
        Settings(DEBUG=True),
        FileSystemFinder(("", "/project/assets"), ("lib/", "/project/lib")),
        AppDirectoriesFinder("/site-packages/admin/static"),
        BaseStorageFinder("/made"),
    )
    assert (found.url, found.folders) == (
        b"/static/",
        [
            Folder("", "/project/assets"),
            Folder("lib/", "/project/lib"),
            Folder("", "/site-packages/admin/static"),
            Folder("", "/made"),
        ],
    )
    assert found.note == "Django's static files: /static/ from 4 folders (DEBUG is on)"


def test_without_debug_the_folder_is_static_root(look, tmp_path):
    found = look(Settings(STATIC_ROOT=tmp_path, STATIC_URL="/a%20b"))
    assert (found.url, found.folders) == (b"/a b/", [Folder("", str(tmp_path))])
    assert found.note == "Django's static files: /a b/ from %s (STATIC_ROOT)" % tmp_path


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "DEBUG is off, and STATIC_ROOT is not set"),
        ({"STATIC_ROOT": "/no/such/folder"}, "no STATIC_ROOT /no/such/folder; run collectstatic"),
        ({"STATIC_URL": "https://cdn.example/s/"}, "at another place"),
        ({"STATIC_URL": "//cdn.example/s/"}, "at another place"),
        ({"STATIC_URL": "/"}, "can't be told from pages"),
        ({"STATIC_URL": None}, "can't be told from pages"),
        ({"STATIC_URL": "static/"}, "can't be told from pages"),
        ({"MIDDLEWARE": ["whitenoise.middleware.WhiteNoiseMiddleware"]}, "sent by WhiteNoise"),
        ({"DEBUG": True}, "are nowhere"),
    ],
)
def test_where_nothing_can_be_sent_the_log_says_why(look, values, why):
    found = look(Settings(**values))
    assert why in found.note
    assert found.folders == []


def test_an_application_inside_whitenoise_is_left_alone(look, tmp_path):
    wrapper = type("WhiteNoise", (), {"__module__": "whitenoise.base"})()
    found = look(Settings(STATIC_ROOT=tmp_path), application=wrapper)
    assert "sent by WhiteNoise" in found.note


def test_a_finder_that_finds_in_its_own_way_is_left_to_the_application(look):
    found = look(Settings(DEBUG=True), AppDirectoriesFinder("/a"), OwnFinder("/b"))
    assert "a finder of its own: OwnFinder" in found.note
    assert found.folders == []


def test_a_folder_that_the_settings_lie_in_is_not_sent(look, tmp_path, monkeypatch):
    module = types.ModuleType("project_settings")
    module.__file__ = str(tmp_path / "project" / "settings.py")
    monkeypatch.setitem(sys.modules, "project_settings", module)
    for folder in (tmp_path, tmp_path / "project", tmp_path / "project" / ".." / "project"):
        os.makedirs(folder, exist_ok=True)
        found = look(Settings(STATIC_ROOT=folder))
        assert "the settings themselves lie in" in found.note
        assert found.folders == []
    beside = tmp_path / "project" / "static"
    beside.mkdir()
    assert look(Settings(STATIC_ROOT=beside)).folders == [Folder("", str(beside))]


def test_settings_that_raise_are_no_reason_not_to_serve(look):
    class Broken(Settings):
        @property
        def DEBUG(self):
            raise RuntimeError("of the settings")

    found = look(Broken())
    assert found.note == "Django's static files can't be found: RuntimeError: of the settings"


def test_folders_are_told_in_groups_of_three(look):
    """wire §5.2"""
    found = look(Settings(DEBUG=True), FileSystemFinder(("ü", "/b\udcff")))
    assert django_static.encode(found).split(b"\0")[1:] == [
        b"/static/",
        "ü/".encode(),
        b"/b\xff",
    ]
    nothing = look(Settings())
    assert b"\0" not in django_static.encode(nothing)
