"""The words for an attribute that isn't there, isn't an application or doesn't make one.

The counterpart of ``load_import_hints``, under the same rules. It must not run more of the
application than was asked for: names are looked up in ``vars()``, never by ``getattr``.
"""

from __future__ import annotations

import difflib
import os
import types

from .load_fault import LoadFault
from .load_import_hints import missing_dependency
from .load_nearby import module_names
from .load_traceback import application_frames, render
from .load_words import EXAMPLE, exit_code, named, text_of, type_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def no_default_attribute(module: ModuleType, names: tuple[str, ...]) -> LoadFault:
    wanted = " or ".join(repr(name) for name in names)
    lines = [f"The module {module.__name__!r} has neither {wanted}.".replace(" or ", " nor ")]
    hidden = _hidden_file_hint(module)
    lines += hidden or _django_hint(module)
    if not hidden:
        lines += _did_you_mean(module, module.__name__, list(names)) or [
            f"Name the callable: {module.__name__}:NAME."
        ]
    return LoadFault("missing-attribute", "\n".join(lines))


def missing_attribute(
    module: ModuleType, owner: object, owner_name: str, name: str, rest: list[str]
) -> LoadFault:
    kind = "class" if isinstance(owner, type) else type_of(owner)
    lines = [f"The {kind} {owner_name!r} has no attribute {name!r}."]
    if isinstance(owner, types.ModuleType):
        folders = getattr(owner, "__path__", [])
        if name in module_names(list(folders)):
            submodule = f"{owner.__name__}.{name}"
            lines.append(
                f"{submodule} is a module of its own: write {submodule}:{'.'.join(rest) or 'app'}."
            )
        hidden = _hidden_file_hint(owner)
        if hidden:
            return LoadFault("missing-attribute", "\n".join(lines + hidden))
        lines += _django_hint(owner)
    joint = "." if ":" in owner_name else ":"
    lines += _did_you_mean(owner, owner_name, [name], joint)
    if isinstance(owner, types.ModuleType) and name in ("app", "application") and len(lines) == 1:
        lines.append("If a function makes the application, write NAME().")
    return LoadFault("missing-attribute", "\n".join(lines))


def _hidden_file_hint(module: ModuleType) -> list[str]:
    """A file of the application with the name of a module that Python has already."""
    name = module.__name__ + ".py"
    if "." in module.__name__ or not os.path.isfile(name):
        return []
    origin = getattr(module, "__file__", None) or ""
    if origin and os.path.exists(origin) and os.path.samefile(origin, name):
        return []
    return [
        f"The file {name} is hidden by Python's own module {module.__name__!r}: write ./{name}, or rename it."
    ]


def _did_you_mean(owner: object, owner_name: str, wanted: list[str], joint: str = ":") -> list[str]:
    """The callables that were probably meant: spelled alike, or shaped like an application."""
    names = [name for name in _own_names(owner) if not name.startswith("_")]
    found: list[str] = []
    for name in wanted:
        found += difflib.get_close_matches(name, names, n=3)
    hints = ("app", "wsgi")
    found += sorted(name for name in names if any(hint in name.lower() for hint in hints))
    found += [name for name in names if _takes(_value(owner, name)) == 2]
    suggestions: list[str] = []
    for name in dict.fromkeys(found):
        value = _value(owner, name)
        if callable(value):
            makes = isinstance(value, types.FunctionType) and _takes(value) != 2
            suggestions.append(f"{owner_name}{joint}{name}" + ("()" if makes else ""))
    return [f"Did you mean {' or '.join(suggestions[:3])}?"] if suggestions else []


def _own_names(owner: object) -> list[str]:
    try:
        return [name for name in vars(owner) if isinstance(name, str)]
    except TypeError:
        return []


def _value(owner: object, name: str) -> object:
    return vars(owner).get(name)


def _takes(value: object) -> int:
    """How many positional arguments a call takes, for functions and instances; -1 for the rest."""
    if isinstance(value, types.FunctionType):
        return value.__code__.co_argcount
    call = None if isinstance(value, type) else type(value).__dict__.get("__call__")
    return call.__code__.co_argcount - 1 if isinstance(call, types.FunctionType) else -1


def _django_hint(module: ModuleType) -> list[str]:
    declared = vars(module).get("WSGI_APPLICATION")
    if isinstance(declared, str) and "." in declared:
        application = ":".join(declared.rsplit(".", 1))
        return [f"It looks like Django settings; the application is {application}."]
    if os.path.basename(str(vars(module).get("__file__"))) == "manage.py":
        return ["manage.py is Django's command line; the application is in the project's wsgi.py."]
    return []


def attribute_raised(error: BaseException, owner_name: str, name: str) -> LoadFault:
    message = (
        f"The application raised {named(error)} when {name!r} of {owner_name!r} was looked up.\n"
    )
    return LoadFault("import-raised", message + "Its traceback shows where.", render(error))


def factory_not_callable(factory: object, name: str) -> LoadFault:
    message = f"{name!r} can't be called: it is {type_of(factory, article=True)}.\n"
    if isinstance(factory, types.ModuleType):
        message += f"Name the function inside it: {factory.__name__}:NAME()."
    else:
        message += "The parentheses call a function that makes the application."
    return LoadFault("not-callable", message)


def factory_fault(
    error: BaseException, factory: object, name: str, with_arguments: bool
) -> LoadFault:
    text = render(error)
    if isinstance(error, TypeError) and not application_frames(error):
        text = ""  # the call itself failed: there is nothing of the application's to show
        message = f"{name!r} can't be called like this: {text_of(error)}.\n"
        message += (
            "It looks like the application itself: leave out the parentheses."
            if _takes(factory) == 2 and not with_arguments
            else f"Give literal arguments that fit: {name}(debug=True)."
        )
    elif isinstance(error, SystemExit):
        message = (
            f"{name!r} called sys.exit({exit_code(error)}) instead of making the application.\n"
            "Name a function that returns the application and doesn't serve or exit by itself."
        )
    elif isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        fault = missing_dependency(error, error.name, name)
        return LoadFault("factory-raised", fault.message, fault.traceback_text)
    else:
        message = f"The factory {name!r} raised {named(error)}.\n"
        message += "Its traceback shows where; nothing of it is the server's."
    return LoadFault("factory-raised", message, text)


def not_an_application(
    problem: str, target: object, module: ModuleType, name: str, from_factory: bool
) -> LoadFault:
    kind = type_of(target, article=True)
    subject = f"{name!r} returned" if from_factory else f"{name!r} is"
    if problem == "asynchronous":
        message = (
            f"{subject} an asynchronous callable, as ASGI applications are; WSGI ones aren't.\n"
            "Serve it with an ASGI server, or wrap it in an adapter such as a2wsgi."
        )
    elif problem == "wrong signature":
        takes = _takes(target)
        message = (
            f"{subject} a function that can't be called with two arguments, as a WSGI application"
            f" is (environ, start_response); it takes {takes}.\n"
        )
        message += (
            "Name the application that it returns, or the object that it belongs to."
            if from_factory
            else "Those two are its only parameters; bind the others with functools.partial."
            if takes > 2
            else f"If it makes the application, call it: {name}()."
        )
    elif from_factory and target is None:
        message = f"{name!r} returned None instead of an application.\nDoes it end with return app?"
    elif from_factory:
        message = (
            f"{name!r} returned {kind}, which isn't callable.\nIt has to return the application."
        )
    elif isinstance(target, types.ModuleType):
        inside = _did_you_mean(target, target.__name__, ["application", "app"])
        message = f"{name!r} is a module, not an application.\n"
        message += inside[0] if inside else f"Name what is inside it: {target.__name__}:NAME."
    else:
        owner = module.__name__
        near = _did_you_mean(module, owner, ["application", "app"])
        message = f"{name!r} is {kind}, which isn't callable.\n" + (near[0] if near else EXAMPLE)
    return LoadFault("not-callable", message)
