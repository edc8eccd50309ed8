"""The words for a spec that names nothing, a module that isn't there and an import that raises.

Imported only when something has gone wrong, so nothing here needs to be fast; but it must not
raise, whatever the application left behind. Each function returns a LoadFault, the loader raises
it. The first line of a message says what is wrong, the following ones what to do.
"""

from __future__ import annotations

import difflib
import os
import sys

from .load_fault import LoadFault
from .load_nearby import current_folder, entries, found_nearby, module_names
from .load_traceback import application_frames, render
from .load_words import EXAMPLE, choose_python, exit_code, named, python_path, text_of

# Import names whose package has another name, where "pip install NAME" would fetch something else.
_PACKAGES = {
    "MySQLdb": "mysqlclient",
    "PIL": "Pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "environ": "django-environ",
    "jwt": "PyJWT",
    "psycopg2": "psycopg2-binary",
    "rest_framework": "djangorestframework",
    "sklearn": "scikit-learn",
    "web": "web.py",
    "yaml": "PyYAML",
}


def unusable_spec(spec: str, head: str) -> LoadFault:
    lines = [f"{spec!r} doesn't name an application."]
    if os.path.isdir(head):
        inside = [f"{head.rstrip('/')}/{name}" for name in ("wsgi.py", "app.py", "main.py")]
        found = [path for path in inside if os.path.isfile(path)]
        lines = [f"{head!r} is a folder, not an application."]
        if found:
            lines.append(f"Did you mean {found[0]}?")
    else:
        files = [head + end for end in (".py", ".wsgi") if head and os.path.isfile(head + end)]
        if files:
            lines.append(f"Did you mean {files[0] + spec[len(head) :]}?")
    lines.append(EXAMPLE + " A file is named by its path: mysite/wsgi.py.")
    return LoadFault("bad-spec", "\n".join(lines))


def bad_expression(spec: str, expression: str) -> LoadFault:
    what = f"{expression!r} isn't a name" if expression else "The name after the colon is missing"
    return LoadFault(
        "bad-spec",
        f"{what} in {spec!r}.\n"
        "After the colon comes a name (app), a dotted name (obj.app) or a call of one with literal"
        " arguments (make(debug=True)).",
    )


def not_literal(spec: str, expression: str) -> LoadFault:
    return LoadFault(
        "bad-spec",
        f"The arguments of {expression!r} in {spec!r} can't be used.\n"
        'They have to be literals, such as 3, "text", True, None or ["a", "b"], each keyword once.',
    )


def missing_file(file: str, path: str) -> LoadFault:
    if os.path.isdir(path):
        return LoadFault("missing-module", f"{file!r} is a folder.\nName a file inside it.")
    folder, base = os.path.split(path)
    if not os.path.isdir(folder):
        message = f"There is no file {file!r}: the folder {folder!r} doesn't exist.\n"
        return LoadFault("missing-module", message + _looked_from(file))
    near = difflib.get_close_matches(base, [e.name for e in entries(folder) if e.is_file()], n=3)
    message = f"There is no file {file!r}.\n"
    if near:
        message += f"Near it: {', '.join(near)}.\n"
    return LoadFault("missing-module", message + _looked_from(file))


def _looked_from(file: str) -> str:
    if os.path.isabs(file):
        return "Check the path."
    return f"Relative paths start at {current_folder()}; --chdir changes that."


def shadowed_file(path: str, name: str, found: object) -> LoadFault:
    return LoadFault(
        "missing-module",
        f"{path} should be the module {name}, but that name is taken by {found or 'another'}.\n"
        "Rename the file or its package.",
    )


def import_fault(error: BaseException, name: str, path: str | None = None) -> LoadFault:
    """Tell a module that isn't there from one that is and raised."""
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        # Python names the first part that is missing: "a" or "a.b" for "a.b.c".
        wanted = path is None and (name + ".").startswith(error.name + ".")
        if wanted and not application_frames(error):
            return _missing_module(error.name)
        return missing_dependency(error, error.name, path or name)
    where = path or f"the module {name}"
    if isinstance(error, SyntaxError):
        line = f", line {error.lineno}" if error.lineno else ""
        message = (
            f"{type(error).__name__} in {error.filename or where}{line}: {error.msg}.\n"
            f"This is the application's own code, or code written for another Python: "
            f"{python_path()} runs it. --python chooses another one."
        )
    elif isinstance(error, SystemExit):
        message = (
            f"The application called sys.exit({exit_code(error)}) while it was imported.\n"
            'Put what should only happen on the command line under if __name__ == "__main__":.'
        )
    else:
        message = f"The application raised {named(error)} while {where} was imported.\n"
        message += _import_remedy(error)
    return LoadFault("import-raised", message, render(error))


def _import_remedy(error: BaseException) -> str:
    text = text_of(error)
    if isinstance(error, ImportError):
        if "relative import" in text:
            return (
                "Relative imports need a package: put an __init__.py beside the file, or name the"
                " application as package.module:callable."
            )
        if "circular import" in text or "partially initialized" in text:
            return "Two modules import each other: move one of the imports into a function."
        return f"The name may belong to another version of that package. {choose_python()}"
    if type(error).__name__ == "ImproperlyConfigured" or "DJANGO_SETTINGS_MODULE" in text:
        return "Check the Django settings; name the project's wsgi module, which sets them."
    if isinstance(error, KeyError) and "environ" in render(error):
        variable = text_of(error.args[0])
        return f"An environment variable may be missing: pass it with --env {variable}=VALUE."
    return "Its traceback shows where; nothing of it is the server's."


def _missing_module(missing: str) -> LoadFault:
    parent, _, last = missing.rpartition(".")
    lines = [f"There is no module named {missing!r}."]
    if parent and not hasattr(sys.modules.get(parent), "__path__"):
        lines = [f"There is no module named {missing!r}: {parent!r} is a module, not a package."]
        lines.append(f"Did you mean {parent}:{last}?")
        return LoadFault("missing-module", "\n".join(lines))
    folders = (
        list(getattr(sys.modules.get(parent), "__path__", [])) if parent else [current_folder()]
    )
    elsewhere = [] if parent else found_nearby(last)
    if elsewhere:
        lines.append(
            f"There is one in {elsewhere[0]} (add --chdir {elsewhere[0]} or --pythonpath"
            f" {elsewhere[0]} to the command)."
        )
    near = difflib.get_close_matches(last, sorted(module_names(folders)), n=3)
    if near:
        names = ", ".join(f"{parent}.{found}" if parent else found for found in near)
        lines.append(f"Did you mean {names}?")
    if not elsewhere:
        lines.append(
            f"The search began in {folders[0]}. --chdir or --pythonpath names another folder; a"
            " file is named by its path, such as mysite/wsgi.py."
            if folders
            else "Check the name."
        )
    return LoadFault("missing-module", "\n".join(lines))


def missing_dependency(error: BaseException, missing: str, name: str) -> LoadFault:
    top = missing.partition(".")[0]
    lines = [f"The application was found, but it imports {missing!r}, which can't be found."]
    nearby = found_nearby(top)
    own = os.path.splitext(os.path.basename(name))[0]
    if top in sys.modules and top != missing:
        lines.append(
            f"{top} is there, but has no {missing}: perhaps another version of it is expected."
        )
    elif top == name.partition(".")[0] or top == own:
        lines.append(
            f"{top} is its own name: look for a misspelt import, or a file that is missing."
        )
        return LoadFault("import-raised", "\n".join(lines), render(error))
    elif nearby:
        lines.append(f"There is one in {nearby[0]} (add --pythonpath {nearby[0]} to the command).")
    else:
        package = _PACKAGES.get(top, top)
        lines.append(f"Install what provides it, perhaps {python_path()} -m pip install {package}.")
    lines.append(choose_python())
    return LoadFault("import-raised", "\n".join(lines), render(error))
