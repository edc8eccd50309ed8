"""Every form of the APP argument and every way it can go wrong, each against real files."""

from __future__ import annotations

import importlib
import pickle
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from wizgy_worker.loader import LoadedApp, LoadFault, load

CALLABLE = "def {name}(environ, start_response):\n    return ['{text}'.encode()]\n"
APP = CALLABLE.format(name="app", text="app")
APPLICATION = CALLABLE.format(name="application", text="application")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty current folder; what the test imports from it is forgotten afterwards."""
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = dict(sys.modules)
    importlib.invalidate_caches()
    yield Files(root)
    sys.modules.clear()
    sys.modules.update(before)


class Files:
    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        importlib.invalidate_caches()


def answer(loaded: LoadedApp) -> str:
    return b"".join(loaded.application({}, lambda status, headers: None)).decode()


FACTORY = """
    def make(text="made", *parts, debug=False):
        def app(environ, start_response):
            return [repr((text, parts, debug)).encode()]
        return app
    class Site:
        def make(self):
            return self.wsgi
        def wsgi(self, environ, start_response):
            return [b"site"]
    site = Site()
    class holder:
        inner = site
"""

FORMS = [
    ("module:callable", {"hello.py": APP}, "hello:app", "hello:app", "app"),
    (
        "module alone is its application",
        {"m.py": APP + APPLICATION},
        "m",
        "m:application",
        "application",
    ),
    ("module alone without application is its app", {"m.py": APP}, "m", "m:app", "app"),
    ("blanks around the spec", {"m.py": APP}, " m:app ", "m:app", "app"),
    ("dotted module", {"a/__init__.py": "", "a/b.py": APP}, "a.b:app", "a.b:app", "app"),
    ("namespace package", {"n/b.py": APP}, "n.b", "n.b:app", "app"),
    ("module name with a hyphen", {"my-app.py": APP}, "my-app:app", "my-app:app", "app"),
    ("dotted attribute", {"m.py": FACTORY}, "m:site.wsgi", "m:site.wsgi", "site"),
    ("deep attribute", {"m.py": FACTORY}, "m:holder.inner.wsgi", "m:holder.inner.wsgi", "site"),
    ("attribute call", {"m.py": FACTORY}, "m:site.make()", "m:site.make()", "site"),
    ("factory", {"m.py": FACTORY}, "m:make()", "m:make()", "('made', (), False)"),
    (
        "factory with literals",
        {"m.py": FACTORY},
        "m:make({'a': [1, -2.5]}, None, b'x', debug=True)",
        "m:make()",
        "({'a': [1, -2.5]}, (None, b'x'), True)",
    ),
    (
        "file name as an argument",
        {"m.py": FACTORY},
        "m:make('x.py:y')",
        "m:make()",
        "('x.py:y', (), False)",
    ),
    (
        "a module that is called wsgi, as Django has it",
        {"mysite/__init__.py": "", "mysite/wsgi.py": APPLICATION},
        "mysite.wsgi",
        "mysite.wsgi:application",
        "application",
    ),
    (
        "a module that is called wsgi, with its callable",
        {"mysite/__init__.py": "", "mysite/wsgi.py": APPLICATION},
        "mysite.wsgi:application",
        "mysite.wsgi:application",
        "application",
    ),
    (
        "a file of that name goes before the module",
        {"mysite/__init__.py": "", "mysite/wsgi.py": APPLICATION, "mysite.wsgi": APP},
        "mysite.wsgi",
        "mysite:app",
        "app",
    ),
    ("path", {"sub/web.py": APP}, "sub/web.py", "web:app", "app"),
    ("path:callable", {"sub/web.py": APP + APPLICATION}, "sub/web.py:app", "web:app", "app"),
    ("bare file name", {"web.py": APP}, "web.py:app", "web:app", "app"),
    ("path with a colon", {"a:b/web.py": APP}, "./a:b/web.py", "web:app", "app"),
    ("path with spaces", {"a b/web.py": APP}, "a b/web.py", "web:app", "app"),
    (
        "path:factory()",
        {"sub/web.py": FACTORY},
        "sub/web.py:make('x.py')",
        "web:make()",
        "('x.py', (), False)",
    ),
    (
        ".wsgi file",
        {"site.d/web.wsgi": APPLICATION},
        "site.d/web.wsgi",
        "web:application",
        "application",
    ),
    ("dots in a file name", {"my.web.wsgi": APP}, "my.web.wsgi", "my_web:app", "app"),
    ("hyphen in a file name", {"my-web.py": APP}, "my-web.py", "my-web:app", "app"),
    (
        "file in a package",
        {
            "x/mysite/__init__.py": "",
            "x/mysite/settings.py": "NAME = 'settings'",
            "x/mysite/wsgi.py": """
                import mysite.settings
                from . import settings
                assert mysite.settings is settings
                def application(environ, start_response):
                    return [settings.NAME.encode()]
            """,
        },
        "x/mysite/wsgi.py",
        "mysite.wsgi:application",
        "settings",
    ),
    (
        "file in a package of a package",
        {"x/a/__init__.py": "", "x/a/b/__init__.py": "", "x/a/b/c.py": "from ..b import c\n" + APP},
        "x/a/b/c.py",
        "a.b.c:app",
        "app",
    ),
    (
        ".wsgi in a package",
        {"p/__init__.py": "", "p/o.py": APP, "p/w.wsgi": "from .o import app"},
        "p/w.wsgi",
        "p.w:app",
        "app",
    ),
    ("a package by its __init__.py", {"p/__init__.py": APP}, "p/__init__.py", "p:app", "app"),
    (
        "sibling import",
        {"s/web.py": "from views import app", "s/views.py": APP},
        "s/web.py",
        "web:app",
        "app",
    ),
    (
        "circular import of a file",
        {"s/web.py": APP + "import models\n", "s/models.py": "from web import app"},
        "s/web.py",
        "web:app",
        "app",
    ),
    (
        "a class as the application",
        {
            "m.py": "class app:\n def __init__(self, e, s): pass\n def __iter__(self): return iter([b'class'])"
        },
        "m",
        "m:app",
        "class",
    ),
    (
        "PEP 562 module attribute",
        {
            "m.py": "def __getattr__(name):\n if name == 'app':\n  return lambda e, s: [b'lazy']\n raise AttributeError(name)"
        },
        "m:app",
        "m:app",
        "lazy",
    ),
    ("variable arguments", {"m.py": "def app(*a, **k): return [b'any']"}, "m", "m:app", "any"),
    (
        "a third parameter with a default",
        {"m.py": "def app(e, s, x=1): return [b'three']"},
        "m",
        "m:app",
        "three",
    ),
    (
        "functools.partial",
        {"m.py": "import functools\napp = functools.partial(lambda x, e, s: [x], b'p')"},
        "m",
        "m:app",
        "p",
    ),
    (
        "a non-ASCII name",
        {"m.py": CALLABLE.format(name="añadir", text="ok")},
        "m:añadir",
        "m:añadir",
        "ok",
    ),
]


@pytest.mark.parametrize(
    ("files", "spec", "name", "text"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS]
)
def test_form_is_loaded(
    project: Files, files: dict[str, str], spec: str, name: str, text: str
) -> None:
    project.write(files)
    loaded = load(spec)
    assert (loaded.name, answer(loaded)) == (name, text)


FAULTS = [
    # id, files, spec, kind, what the message must hold
    ("nothing", {}, "", "bad-spec", ["module:callable"]),
    ("only a colon", {}, ":app", "bad-spec", ["module:callable"]),
    ("no name after the colon", {"m.py": APP}, "m:", "bad-spec", ["after the colon"]),
    ("not an expression", {"m.py": APP}, "m:app(", "bad-spec", ["'app('"]),
    ("an index", {"m.py": APP}, "m:apps[0]", "bad-spec", ["'apps[0]'"]),
    ("a call of a call", {"m.py": APP}, "m:make()()", "bad-spec", ["make()()"]),
    (
        "arguments that aren't literals",
        {"m.py": APP},
        "m:make(open('x'))",
        "bad-spec",
        ["literals"],
    ),
    ("unpacked arguments", {"m.py": APP}, "m:make(**{'a': 1})", "bad-spec", ["literals"]),
    ("a keyword twice", {"m.py": APP}, "m:make(a=1, a=2)", "bad-spec", ["once"]),
    ("a folder", {"web/app.py": APP}, "./web", "bad-spec", ["is a folder", "web/app.py"]),
    (
        "a path without its ending",
        {"web/app.py": APP},
        "web/app:app",
        "bad-spec",
        ["Did you mean web/app.py:app?"],
    ),
    (
        "missing module",
        {},
        "nowhere:app",
        "missing-module",
        ["'nowhere'", "--chdir", "--pythonpath"],
    ),
    ("misspelt module", {"shop.py": APP}, "shpo:app", "missing-module", ["Did you mean shop?"]),
    (
        "module in a folder below",
        {"src/shop.py": APP},
        "shop:app",
        "missing-module",
        ["--chdir src", "--pythonpath src"],
    ),
    (
        "module in the folder above",
        {"../shop.py": APP},
        "shop:app",
        "missing-module",
        ["--chdir .."],
    ),
    (
        "misspelt submodule",
        {"p/__init__.py": "", "p/wsgi.py": APP},
        "p.wsg:app",
        "missing-module",
        ["'p.wsg'", "p.wsgi"],
    ),
    (
        "attribute named like a submodule",
        {"m.py": APP},
        "m.app",
        "missing-module",
        ["not a package", "Did you mean m:app?"],
    ),
    (
        "missing file",
        {"wsgi.py": APP},
        "wsgy.py",
        "missing-module",
        ["'wsgy.py'", "wsgi.py", "--chdir"],
    ),
    ("missing folder", {}, "none/wsgi.py", "missing-module", ["doesn't exist"]),
    ("a folder that ends in .py", {"x.py/y": ""}, "./x.py", "missing-module", ["is a folder"]),
    (
        "no default attribute",
        {"m.py": "x = 1"},
        "m",
        "missing-attribute",
        ["'application' nor 'app'", "m:NAME"],
    ),
    (
        "no default attribute, one shaped alike",
        {"m.py": CALLABLE.format(name="serve", text="")},
        "m",
        "missing-attribute",
        ["Did you mean m:serve?"],
    ),
    (
        "instance shaped alike",
        {"m.py": "class S:\n def __call__(self, e, s): pass\nserver = S()"},
        "m",
        "missing-attribute",
        ["m:server"],
    ),
    (
        "no default attribute, a factory",
        {"m.py": "def create_app(): pass"},
        "m",
        "missing-attribute",
        ["m:create_app()"],
    ),
    (
        "misspelt attribute",
        {"m.py": APPLICATION},
        "m:aplication",
        "missing-attribute",
        ["'aplication'", "Did you mean m:application?"],
    ),
    (
        "a near miss that isn't callable",
        {"m.py": "appl = 3"},
        "m:app",
        "missing-attribute",
        ["'app'", "NAME()"],
    ),
    (
        "misspelt attribute of an object",
        {"m.py": FACTORY},
        "m:Site.mak",
        "missing-attribute",
        ["m:Site.make"],
    ),
    (
        "a submodule as attribute",
        {"p/__init__.py": "", "p/wsgi.py": APP},
        "p:wsgi.app",
        "missing-attribute",
        ["p.wsgi:app"],
    ),
    (
        "Django settings",
        {"site_settings.py": "WSGI_APPLICATION = 'mysite.wsgi.application'"},
        "site_settings",
        "missing-attribute",
        ["mysite.wsgi:application"],
    ),
    ("manage.py", {"manage.py": "def main(): pass"}, "manage.py", "missing-attribute", ["wsgi.py"]),
    ("not callable", {"m.py": "app = {}"}, "m", "not-callable", ["'m:app'", "a dict"]),
    (
        "not callable but near",
        {"m.py": "app = 3\n" + APPLICATION},
        "m:app",
        "not-callable",
        ["an int", "m:application"],
    ),
    (
        "a module in a module",
        {"m.py": "import views", "views.py": APP},
        "m:views",
        "not-callable",
        ["is a module", "views:app"],
    ),
    ("ASGI", {"m.py": "async def app(scope, receive, send): pass"}, "m", "not-callable", ["ASGI"]),
    (
        "ASGI object",
        {"m.py": "class A:\n async def __call__(self, s, r, t): pass\napp = A()"},
        "m",
        "not-callable",
        ["ASGI"],
    ),
    (
        "factory without parentheses",
        {"m.py": "def make(): pass"},
        "m:make",
        "not-callable",
        ["m:make()"],
    ),
    (
        "too many parameters",
        {"m.py": "def app(a, b, c): pass"},
        "m",
        "not-callable",
        ["two arguments", "takes 3"],
    ),
    (
        "factory returns nothing",
        {"m.py": "def make(): pass"},
        "m:make()",
        "not-callable",
        ["returned None", "return app"],
    ),
    (
        "factory returns a list",
        {"m.py": "def make(): return []"},
        "m:make()",
        "not-callable",
        ["returned a list"],
    ),
    ("factory isn't callable", {"m.py": "make = 'x'"}, "m:make()", "not-callable", ["a str"]),
    (
        "factory with wrong arguments",
        {"m.py": "def make(x): pass"},
        "m:make()",
        "factory-raised",
        ["'x'", "make"],
    ),
    (
        "factory with two parameters and wrong arguments",
        {"m.py": "def make(x=1, y=2): pass"},
        "m:make(1, 2, 3)",
        "factory-raised",
        ["3 were given", "Give literal arguments that fit"],
    ),
    (
        "application with parentheses",
        {"m.py": APP},
        "m:app()",
        "factory-raised",
        ["leave out the parentheses"],
    ),
]


@pytest.mark.parametrize(
    ("files", "spec", "kind", "words"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_fault_has_a_kind_and_a_remedy(
    project: Files, files: dict[str, str], spec: str, kind: str, words: list[str]
) -> None:
    project.write(files)
    with pytest.raises(LoadFault) as caught:
        load(spec)
    fault = caught.value
    assert fault.kind == kind
    assert [word for word in words if word not in fault.message] == []
    assert fault.traceback_text == ""


RAISES = [
    (
        "an exception",
        "x = 1 / 0",
        ["ZeroDivisionError: division by zero"],
        ["line 1", "ZeroDivisionError"],
    ),
    ("sys.exit()", "import sys; sys.exit()", ["sys.exit()", "__main__"], ["SystemExit"]),
    ("sys.exit(3)", "import sys; sys.exit(3)", ["sys.exit(3)"], ["SystemExit: 3"]),
    ("any BaseException", "class Odd(BaseException): pass\nraise Odd('o')", ["Odd: o"], ["line 2"]),
    ("GeneratorExit", "raise GeneratorExit", ["GeneratorExit"], ["line 1"]),
    (
        "a syntax error",
        "x = 1\ndef (:\n",
        ["SyntaxError in", "line 2", "--python"],
        ["line 2", "def (:"],
    ),
    (
        "a missing dependency",
        "import no_such_thing",
        ["'no_such_thing'", "pip install no_such_thing", "--python"],
        ["import no_such_thing"],
    ),
    (
        "a dependency of another name",
        "raise ModuleNotFoundError('x', name='yaml')",
        ["pip install PyYAML"],
        ["line 1"],
    ),
    (
        "a missing dependency in the folder below",
        "import models",
        ["--pythonpath lib"],
        ["import models"],
    ),
    (
        "a missing submodule",
        "import json.nothing",
        ["json is there, but has no json.nothing"],
        ["line 1"],
    ),
    (
        "itself missing a submodule",
        "import broken.inner",
        ["imports 'broken.inner'", "its own"],
        ["line 1"],
    ),
    (
        "a name that a package lacks",
        "from json import nothing",
        ["ImportError", "another version"],
        ["line 1"],
    ),
    (
        "a relative import outside a package",
        "from . import x",
        ["ImportError", "__init__.py"],
        ["line 1"],
    ),
    (
        "a missing environment variable",
        "import os; os.environ['NO_SUCH_KEY']",
        ["--env NO_SUCH_KEY=VALUE"],
        ["line 1"],
    ),
    (
        "an exception that can't be shown",
        "class E(Exception):\n def __str__(self): 1/0\nraise E",
        ["E: <no text>"],
        ["line 3"],
    ),
    (
        "chained exceptions",
        "try:\n  1/0\nexcept ZeroDivisionError as e:\n  raise ValueError('v') from e",
        ["ValueError: v"],
        ["ZeroDivisionError", "direct cause"],
    ),
]


SPECS = ["broken:app", "broken.py", "package/broken.py"]
# In a package a relative import is right, and "broken" is another module.
ONLY_OUTSIDE_A_PACKAGE = ("from . import x", "import broken.inner")


@pytest.mark.parametrize(
    ("spec", "source", "words", "trace"),
    [
        pytest.param(spec, *case[1:], id=f"{spec}: {case[0]}")
        for case in RAISES
        for spec in SPECS
        if not (spec.startswith("package") and case[1] in ONLY_OUTSIDE_A_PACKAGE)
    ],
)
def test_import_that_raises_shows_the_applications_own_traceback(
    project: Files, spec: str, source: str, words: list[str], trace: list[str]
) -> None:
    project.write(
        {
            "broken.py": source,
            "package/__init__.py": "",
            "package/broken.py": source,
            "lib/models.py": "",
        }
    )
    with pytest.raises(LoadFault) as caught:
        load(spec)
    fault = caught.value
    assert fault.kind == "import-raised"
    assert [word for word in words if word not in fault.message] == []
    assert [word for word in trace if word not in fault.traceback_text] == []
    assert "broken.py" in fault.traceback_text
    for foreign in ("loader.py", "importlib", "_bootstrap"):
        assert foreign not in fault.traceback_text
    assert fault.__context__ is None
    assert "broken" not in sys.modules


def test_only_the_applications_frames_are_shown_through_nested_imports(project: Files) -> None:
    project.write(
        {"outer.py": "import inner", "inner.py": "def f():\n    raise OSError('disk')\nf()"}
    )
    with pytest.raises(LoadFault) as caught:
        load("outer")
    lines = caught.value.traceback_text.splitlines()
    files = [Path(line.split('"')[1]).name for line in lines if line.startswith("  File")]
    assert files == ["outer.py", "inner.py", "inner.py"]
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == "OSError: disk"


@pytest.mark.parametrize("spec", ["m:make()", "m.py:make()"])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise KeyError('k')", ["KeyError: 'k'"]),
        ("raise SystemExit(2)", ["sys.exit(2)"]),
        ("raise GeneratorExit", ["GeneratorExit"]),
        ("import no_such_thing", ["'no_such_thing'", "pip install"]),
    ],
)
def test_factory_that_raises_shows_its_own_traceback(
    project: Files, spec: str, body: str, words: list[str]
) -> None:
    project.write({"m.py": f"def make():\n    {body}\n"})
    with pytest.raises(LoadFault) as caught:
        load(spec)
    fault = caught.value
    assert fault.kind == "factory-raised"
    assert [word for word in words if word not in fault.message] == []
    assert "in make" in fault.traceback_text
    assert "loader.py" not in fault.traceback_text


def test_attribute_that_raises_is_the_applications_fault(project: Files) -> None:
    project.write({"m.py": "def __getattr__(name):\n    raise RuntimeError(name)"})
    with pytest.raises(LoadFault) as caught:
        load("m:app")
    assert caught.value.kind == "import-raised"
    assert "in __getattr__" in caught.value.traceback_text


@pytest.mark.parametrize("spec", ["m:app", "m.py:app", "ok:make()", "late:app"])
def test_keyboard_interrupt_is_the_applications_own(project: Files, spec: str) -> None:
    """Nothing but the application can raise it: SIGINT is ignored where applications are loaded."""
    project.write(
        {
            "m.py": "raise KeyboardInterrupt",
            "ok.py": "def make(): raise KeyboardInterrupt",
            "late.py": "def __getattr__(name): raise KeyboardInterrupt",
        }
    )
    with pytest.raises(LoadFault) as caught:
        load(spec)
    assert "KeyboardInterrupt" in caught.value.message
    assert "loader.py" not in caught.value.traceback_text


def test_current_folder_goes_first_unless_it_has_a_place(project: Files) -> None:
    project.write({"m.py": APP, "lib/m.py": "x = 1"})
    sys.path.insert(0, str(project.root))
    sys.path.insert(0, str(project.root / "lib"))
    with pytest.raises(LoadFault, match="neither"):
        load("m")
    assert sys.path.count(str(project.root)) == 1


def test_folder_of_a_file_goes_before_the_current_folder(project: Files) -> None:
    project.write({"views.py": "x = 1", "s/views.py": APP, "s/web.py": "from views import app"})
    assert answer(load("s/web.py")) == "app"
    assert sys.path[:2] == [str(project.root / "s"), str(project.root)]


def test_project_of_a_package_without_init_is_found_from_the_current_folder(project: Files) -> None:
    project.write({"mysite/wsgi.py": "from mysite.settings import app", "mysite/settings.py": APP})
    assert answer(load("mysite/wsgi.py")) == "app"


def test_file_is_executed_once_and_its_classes_can_be_pickled(project: Files) -> None:
    project.write({"web.py": "class Item: pass\n" + APP})
    first, second = load("web.py"), load("web.py:app")
    assert first.application is second.application
    module = sys.modules["web"]
    assert isinstance(pickle.loads(pickle.dumps(module.Item())), module.Item)
    assert module.__file__ == str(project.root / "web.py")


def test_file_does_not_take_the_name_of_a_loaded_module(project: Files) -> None:
    project.write({"json.py": APP})
    import json

    loaded = load("json.py")
    assert loaded.name == "wizgy_app_json:app"
    assert sys.modules["json"] is json


def test_wsgi_file_beside_a_module_of_its_name_keeps_its_own_code(
    project: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    project.write(
        {
            "web.py": CALLABLE.format(name="app", text="1"),
            "web.wsgi": CALLABLE.format(name="app", text="2"),
        }
    )
    assert answer(load("web.py")) == "1"
    del sys.modules["web"]
    assert answer(load("web.wsgi")) == "2"


def test_package_that_shadows_the_file_is_named(project: Files) -> None:
    project.write(
        {"one/p/__init__.py": "", "one/p/w.py": APP, "two/p/__init__.py": "", "two/p/w.py": APP}
    )
    load("one/p/w.py")
    with pytest.raises(LoadFault, match="is taken by") as caught:
        load("two/p/w.py")
    assert caught.value.kind == "missing-module"


def test_fault_survives_pickling() -> None:
    fault = pickle.loads(pickle.dumps(LoadFault("bad-spec", "m", "t")))
    assert (fault.kind, fault.message, fault.traceback_text, str(fault)) == (
        "bad-spec",
        "m",
        "t",
        "m",
    )


def test_starting_well_imports_nothing_heavy(project: Files) -> None:
    import subprocess

    project.write({"m.py": APP})
    heavy = {"ast", "difflib", "traceback", "typing", "inspect", "dataclasses"}
    code = f"""
import sys
before = set(sys.modules)
from wizgy_worker.loader import load
load("m:app")
print(sorted(({heavy!r} | {{n for n in sys.modules if "hints" in n}}) & (set(sys.modules) - before)))
"""
    root = Path(sys.modules["wizgy_worker.loader"].__file__ or "").parent.parent
    run = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("spec", ["site", "site:app"])
def test_a_file_that_has_the_name_of_a_module_of_python_is_named_by_its_path(
    project: Files, spec: str
) -> None:
    project.write({"site.py": APP})
    with pytest.raises(
        LoadFault, match=r"The file site\.py is hidden by Python's own .*: write \./site\.py"
    ):
        load(spec)
    assert answer(load("./site.py")) == "app"
