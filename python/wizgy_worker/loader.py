"""From the APP argument of the command line to the WSGI callable.

Forms of APP::

    module                    its ``application``, else its ``app``
    module:callable           an attribute, dotted if need be (``module:obj.attr``)
    module:factory(...)       what the call returns; the arguments are literals
    path/to/file.py[:...]     the same for a file, also ``.wsgi``

What is importable. The current folder goes first on ``sys.path`` unless it is on it already (so
that ``--pythonpath`` keeps its place). For a file, its own folder goes before that, and the module
is named after the file. A file inside a package (a folder with ``__init__.py``) is imported by its
dotted name with the folder above the outermost package first on ``sys.path``: ``mysite/wsgi.py`` of
a Django project is ``mysite.wsgi`` and finds ``mysite.settings``, and relative imports work.
Symbolic links are not resolved: a release folder behind a link keeps the name it was given by.

Everything that can go wrong is the user's to mend, so it ends in a LoadFault: a kind for the exit
code, a message with the remedy, and the application's own traceback where it raised. That includes
KeyboardInterrupt: Ctrl-C is ignored here, so it is the application's. The words live in
``load_import_hints`` and ``load_object_hints``, imported when they are needed: a worker that starts
well never pays for ``difflib`` and ``traceback``.
"""

from __future__ import annotations

import importlib
import os
import re
import sys

from .load_fault import LoadFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

__all__ = ["LoadFault", "LoadedApp", "load"]

# The shortest prefix that ends in .py or .wsgi is the file: a later one may be in an argument.
_FILE_SPEC = re.compile(r"(?P<file>.+?\.(?:py|wsgi))(?::(?P<expression>.*))?", re.DOTALL)
_DEFAULT_NAMES = ("application", "app")


class LoadedApp:
    """The WSGI callable and the name it was found by, such as ``mysite.wsgi:application``."""

    __slots__ = ("application", "name")

    def __init__(self, application: Callable[..., Any], name: str) -> None:
        self.application = application
        self.name = name


class _Call:
    """A factory call: its literal arguments."""

    __slots__ = ("args", "kwargs")

    def __init__(self, args: list[Any], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.kwargs = kwargs


def load(spec: str) -> LoadedApp:
    """Import what ``spec`` names and return the application; raises LoadFault."""
    spec = spec.strip()
    file, module_name, expression = _split(spec)
    path, call = _parse_expression(spec, expression)
    _add_current_folder()
    module = _import_module(module_name) if file is None else _import_file(file)
    target, found_path = _resolve(module, path)
    name = f"{module.__name__}:{found_path}"
    if call is not None:
        target = _call_factory(target, name, call)
        name += "()"
    _check_application(target, module, name, from_factory=call is not None)
    return LoadedApp(target, name)


def _split(spec: str) -> tuple[str | None, str, str | None]:
    """Split into (file or None, module name, expression or None)."""
    from_file = _FILE_SPEC.fullmatch(spec)
    head, colon, tail = spec.partition(":")
    expression = tail.strip() if colon else None
    if from_file and (not _is_module_name(head) or _is_bare_file(head)):
        expression = from_file["expression"]
        return from_file["file"], "", None if expression is None else expression.strip()
    if not _is_module_name(head):
        from . import load_import_hints

        raise load_import_hints.unusable_spec(spec, head)
    return None, head, expression


def _is_module_name(text: str) -> bool:
    # Not str.isidentifier: "my-app" can be imported, if not by an import statement.
    return bool(re.fullmatch(r"[^\s./\\:()]+(\.[^\s./\\:()]+)*", text))


def _is_bare_file(name: str) -> bool:
    """Whether a name without a folder means a file. ``mysite.wsgi`` is a module, unless there is such a file."""
    return name.endswith(".py") or (name.endswith(".wsgi") and os.path.isfile(name))


def _parse_expression(spec: str, expression: str | None) -> tuple[list[str], _Call | None]:
    """Parse ``obj.attr`` or ``obj.attr(literals)``; no path means the default names."""
    if expression is None:
        return [], None
    path = expression.split(".")
    if all(part.isidentifier() for part in path):
        return path, None
    return _parse_call(spec, expression)


def _parse_call(spec: str, expression: str) -> tuple[list[str], _Call]:
    import ast

    from . import load_import_hints

    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise load_import_hints.bad_expression(spec, expression) from None
    if not isinstance(tree, ast.Call):
        raise load_import_hints.bad_expression(spec, expression)
    path: list[str] = []
    node = tree.func
    while isinstance(node, ast.Attribute):
        path.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise load_import_hints.bad_expression(spec, expression)
    path.insert(0, node.id)
    kwargs: dict[str, Any] = {}
    try:
        args = [ast.literal_eval(argument) for argument in tree.args]
        for keyword in tree.keywords:
            if keyword.arg is None or keyword.arg in kwargs:
                raise ValueError
            kwargs[keyword.arg] = ast.literal_eval(keyword.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise load_import_hints.not_literal(spec, expression) from None
    return path, _Call(args, kwargs)


def _add_current_folder() -> None:
    try:
        folder = os.getcwd()
    except OSError:  # it was removed under us: then nothing can be imported from it either
        return
    if folder not in sys.path and "" not in sys.path:
        sys.path.insert(0, folder)


def _put_first(folder: str) -> None:
    sys.path[:] = [folder, *(entry for entry in sys.path if entry != folder)]


def _import_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except BaseException as error:
        from . import load_import_hints

        fault = load_import_hints.import_fault(error, name)
    # Raised out here so that the fault has no context: the traceback is already in it, as text.
    raise fault


def _import_file(file: str) -> ModuleType:
    path = os.path.abspath(file)
    if not os.path.isfile(path):
        from . import load_import_hints

        raise load_import_hints.missing_file(file, path)
    folder, base = os.path.split(path)
    stem = os.path.splitext(base)[0]
    packages: list[str] = []
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        packages.insert(0, package)
        if not package:  # the root of the file system holds an __init__.py
            break
    _put_first(folder)
    if not packages:
        return _execute_file(_free_name(stem.replace(".", "_"), path), path)
    name = ".".join(packages if stem == "__init__" else [*packages, stem.replace(".", "_")])
    module = _import_module(".".join(packages)) if path.endswith(".wsgi") else _import_module(name)
    if path.endswith(".wsgi"):
        return _execute_file(name, path)
    found = getattr(module, "__file__", None)
    if not _is_same_file(found, path):
        from . import load_import_hints

        raise load_import_hints.shadowed_file(path, name, found)
    return module


def _free_name(stem: str, path: str) -> str:
    """The file's name as a module name, unless a module that is loaded already has it.

    A ``queue.py`` must not take the place of the standard library's: who imports that one later
    would get the application instead.
    """
    present = sys.modules.get(stem)
    if present is None or _is_same_file(getattr(present, "__file__", None), path):
        return stem
    return f"wizgy_app_{stem}"


def _is_same_file(found: object, path: str) -> bool:
    return isinstance(found, str) and os.path.abspath(found) == path


def _execute_file(name: str, path: str) -> ModuleType:
    present = sys.modules.get(name)
    if present is not None and _is_same_file(getattr(present, "__file__", None), path):
        return present
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    class UncachedLoader(SourceFileLoader):
        """Compiles each time: app.wsgi beside app.py would share its file in __pycache__."""

        def get_code(self, fullname: str) -> Any:
            return self.source_to_code(self.get_data(self.path), self.path)

    loader = (UncachedLoader if path.endswith(".wsgi") else SourceFileLoader)(name, path)
    spec = spec_from_loader(name, loader)
    assert spec is not None  # a SourceFileLoader always makes one
    module = module_from_spec(spec)
    # Before the code runs: a module that it imports can import it in turn, and pickle finds it.
    sys.modules[name] = module
    try:
        loader.exec_module(module)
        return sys.modules[name]  # a module may replace itself, the import statement allows it too
    except BaseException as error:
        sys.modules.pop(name, None)
        from . import load_import_hints

        fault = load_import_hints.import_fault(error, name, path)
    raise fault


def _resolve(module: ModuleType, path: list[str]) -> tuple[Any, str]:
    """Follow the dotted path, or try the default names."""
    if not path:
        for name in _DEFAULT_NAMES:
            found = _attribute(module, name, module.__name__)
            if found is not _ABSENT:
                return found, name
        from . import load_object_hints

        raise load_object_hints.no_default_attribute(module, _DEFAULT_NAMES)
    target: Any = module
    for index, name in enumerate(path):
        owner = module.__name__ + ("" if index == 0 else ":" + ".".join(path[:index]))
        found = _attribute(target, name, owner)
        if found is _ABSENT:
            from . import load_object_hints

            raise load_object_hints.missing_attribute(
                module, target, owner, name, path[index + 1 :]
            )
        target = found
    return target, ".".join(path)


_ABSENT = object()


def _attribute(owner: Any, name: str, owner_name: str) -> Any:
    # A module's __getattr__ (PEP 562) or a property is application code: it may raise anything.
    try:
        return getattr(owner, name)
    except AttributeError:
        return _ABSENT
    except BaseException as error:
        from . import load_object_hints

        fault = load_object_hints.attribute_raised(error, owner_name, name)
    raise fault


def _call_factory(factory: Any, name: str, call: _Call) -> Any:
    if not callable(factory):
        from . import load_object_hints

        raise load_object_hints.factory_not_callable(factory, name)
    try:
        return factory(*call.args, **call.kwargs)
    except BaseException as error:
        from . import load_object_hints

        fault = load_object_hints.factory_fault(
            error, factory, name, with_arguments=bool(call.args or call.kwargs)
        )
    raise fault


def _check_application(target: Any, module: ModuleType, name: str, *, from_factory: bool) -> None:
    """Refuse what can't be called with two positional arguments, and nothing else.

    PEP 3333 §Specification Overview: the application is any callable. Only plain functions tell for
    certain what they take; everything else is believed.
    """
    problem = None
    if not callable(target):
        problem = "not callable"
    else:
        function = target if type(target) is type(load) else type(target).__call__
        code = getattr(function, "__code__", None) if type(function) is type(load) else None
        if code is not None and code.co_flags & 0x80:  # inspect.CO_COROUTINE
            problem = "asynchronous"
        elif code is not None and function is target:
            required = code.co_argcount - len(target.__defaults__ or ())
            most = 2 if code.co_flags & 0x04 else code.co_argcount  # inspect.CO_VARARGS
            keyword_only = code.co_kwonlyargcount - len(target.__kwdefaults__ or ())
            if required > 2 or most < 2 or keyword_only > 0:
                problem = "wrong signature"
    if problem is not None:
        from . import load_object_hints

        raise load_object_hints.not_an_application(problem, target, module, name, from_factory)
