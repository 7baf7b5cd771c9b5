"""The rules of the house: who may import whom, what touches the session, how long a module and a function may be.

Every module of explorer/, pages/ and app.py is read with `ast`; nothing has to be listed here to be checked.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULE_LINES, FUNCTION_LINES = 300, 60

CORE = {"text", "formatting", "expression", "registry", "spec", "kinds", "document", "results", "files"}
ALL_BUT_UI = CORE | {"recipe", "hooks", "blocks", "data", "network", "zoo", "tasks", "training", "doctor", "probes",
                     "charts", "labs", "figures", "workspace", "environment", "bench", "live", "inspection",
                     "operations", "attention", "attribution", "intervention"}
INTERNAL: dict[str, set[str]] = {  # package -> the packages of explorer that it may import; itself always
    "": {"training"}, "text": set(), "formatting": {"text"}, "expression": {"text"}, "registry": {"text"},
    "spec": {"text", "expression", "registry"}, "kinds": {"text", "registry", "spec"},
    "document": {"text", "registry", "spec", "kinds", "formatting"}, "results": {"text", "spec", "document"},
    "files": {"text", "document"}, "recipe": {"spec", "registry", "kinds", "document", "text"},
    "hooks": {"data"}, "blocks": {"spec", "document", "text", "formatting", "expression"},
    "data": {"spec", "text", "formatting", "files"},
    "network": {"blocks", "document", "kinds", "spec", "text", "formatting"},
    "tasks": {"spec", "registry", "kinds", "recipe", "document", "results", "data", "text", "formatting"},
    "zoo": {"document", "recipe", "spec", "text"}, "environment": {"text", "formatting", "data"},
    "training": {"network", "tasks", "data", "recipe", "kinds", "document", "results", "hooks", "files", "spec", "text",
                 "formatting", "environment"},
    "probes": {"network", "tasks", "hooks", "operations", "attention", "attribution", "intervention", "results",
               "document", "recipe", "data", "spec", "text", "formatting"},
    "charts": {"results", "recipe", "tasks", "text", "formatting", "training"},
    "doctor": {"training", "tasks", "charts", "network", "data", "recipe", "kinds", "document", "results", "hooks",
               "spec", "text", "formatting"},
    "live": {"training", "charts", "tasks", "results", "files", "text"},
    "attention": {"network", "blocks", "hooks", "document", "text", "formatting"},
    "attribution": {"network", "blocks", "hooks", "data", "document", "recipe", "spec", "text", "formatting"},
    "intervention": {"network", "blocks", "hooks", "attention", "data", "document", "recipe", "spec", "text",
                     "formatting"},
    "operations": {"network", "blocks", "hooks", "results", "text", "formatting", "spec"},
    "inspection": {"training", "probes", "intervention", "data", "tasks", "network", "recipe", "results", "document",
                   "spec", "text", "formatting", "live"},
    "labs": {"network", "data", "training", "compare", "zoo", "probes", "results", "spec", "text"},
    "figures": {"results", "document", "text", "formatting"},
    "workspace": {"document", "recipe", "files", "text"}, "bench": ALL_BUT_UI, "__main__": ALL_BUT_UI,
    "ui": ALL_BUT_UI, "pages": ALL_BUT_UI | {"ui"}, "app": {"ui"},
}
WINGS = ("runs", "records", "loop", "analysis", "work")  # of training, each importing only those before it
PAGES = ("home", "build", "train", "inspect", "slow_motion")  # folders of ui that know nothing of each other
# What the pages share, each importing only those before it. The slots are the ground: the language is one of them.
SHARED = ("session/state", "language", "glossary", "session", "widgets", "data", "canvas", "app")
ANY = {"*"}  # anything but streamlit
OUTSIDE: dict[str, set[str]] = {  # package -> what it may import that is neither standard library nor numpy
    "hooks": {"torch"}, "blocks": {"torch", "torchvision"},
    "data": {"torch", "torchvision", "sklearn", "skimage", "safetensors", "PIL", "pyarrow"},
    "tasks": {"torch"}, "network": {"torch", "safetensors", "onnx"}, "environment": {"torch", "torchvision", "psutil"},
    "training": {"torch", "safetensors", "pyarrow", "tensorboard", "psutil", "tqdm"}, "doctor": {"torch"},
    "live": {"safetensors"}, "inspection": {"torch", "safetensors"}, "operations": {"torch"}, "attention": {"torch"},
    "attribution": {"torch", "captum"}, "intervention": {"torch", "captum"},
    "probes": {"torch", "captum", "sklearn"}, "labs": {"torch"}, "figures": {"plotly"},
    "bench": ANY, "__main__": ANY, "ui": ANY | {"streamlit"}, "pages": {"streamlit"}, "app": {"streamlit"},
}
INSIDE_FUNCTIONS_ONLY = {"blocks": {"torch", "torchvision"}}
TORCH_FREE = ("text", "formatting", "expression", "registry", "spec", "kinds", "results", "document", "files", "recipe",
              "environment", "blocks", "network", "zoo", "data", "tasks", "workspace", "charts", "figures", "live")


@dataclass(frozen=True)
class Import:
    """One imported module; `where` is "module", "function" or "typing" (under `if TYPE_CHECKING`)."""

    module: str
    line: int
    where: str
    private: str = ""


def imports_of(tree: ast.Module, package: tuple[str, ...]) -> Iterator[Import]:
    """Every import of a module, also those inside functions; `package` is the dotted path that `.` stands for."""
    def visit(node: ast.AST, where: str) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, where) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _from_import(node, package, where)
        elif isinstance(node, ast.Call) and _is_import_call(node):
            yield Import(node.args[0].value, node.lineno, where)
        inner = "function" if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) else where
        typing = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from visit(child, "typing" if typing and name == "body" else inner)
    return visit(tree, "module")


def _from_import(node: ast.ImportFrom, package: tuple[str, ...], where: str) -> Iterator[Import]:
    base = ".".join(package[:len(package) - node.level + 1]) if node.level else ""
    module = ".".join(part for part in (base, node.module) if part)
    for alias in node.names:
        hidden = alias.name.startswith("_") and not alias.name.startswith("__") and alias.name != "_"  # _ translates
        private = alias.name if hidden else ""
        inner = (module in ("explorer", "pages") and alias.name in INTERNAL) or module in ("pages", "explorer.ui")
        yield Import(f"{module}.{alias.name}" if inner else module, node.lineno, where, private)


def _is_import_call(node: ast.Call) -> bool:
    return (ast.unparse(node.func) in ("importlib.import_module", "import_module", "__import__") and bool(node.args)
            and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str))


def package_of(parts: tuple[str, ...]) -> str:
    """The line of the table a module stands in: `explorer.blocks.conv` is blocks, `pages.labs.x` is pages."""
    if parts[0] == "explorer":
        return parts[1] if len(parts) > 1 else ""
    return parts[0]


def breach(own: tuple[str, ...], found: Import) -> str | None:
    """The rule that an import breaks, in words; None where it breaks none."""
    package, target = package_of(own), tuple(found.module.split("."))
    if package not in INTERNAL:
        return f"{package} has no line in the import table (tests/test_house.py)"
    if target[0] == "pages":
        return None if package == "app" else "pages are imported by nobody, not by each other either"
    if target[0] == "explorer":
        other = package_of(target)
        if other not in INTERNAL[package] | {package, ""}:
            return f"{package or 'explorer/__init__'} may not import {other}"
        if rule := inner_breach(own, target) or (found.where != "typing" and order_breach(own, target)):
            return rule
        return f"{found.private} is private to {other}" if found.private and other != package else None
    if target[0] in sys.stdlib_module_names or target[0] == "numpy":
        return None
    return outside_breach(package, target[0], found.where)


def inner_breach(own: tuple[str, ...], target: tuple[str, ...]) -> str | None:
    """The rule that an import breaks between the folders of training or of ui, or between charts and training."""
    package, other = package_of(own), package_of(target)
    mine, theirs = (parts[2] if len(parts) > 2 else "" for parts in (own, target))
    if package == "charts" and other == "training" and theirs != "records":
        return "charts may import of training only the readers in records"
    if package == other == "training" and mine in WINGS and theirs in WINGS and WINGS.index(theirs) > WINGS.index(mine):
        return f"training/{mine} may not import training/{theirs}"
    if package == other == "ui" and theirs in PAGES and mine != theirs:
        return f"ui/{mine} may not import ui/{theirs}: a page's folder is its own"
    return None


def order_breach(own: tuple[str, ...], target: tuple[str, ...]) -> str | None:
    """The rule that an import breaks among what the pages share; one for the eyes of a type checker breaks none."""
    if package_of(own) != "ui" or package_of(target) != "ui":
        return None
    mine, theirs = place_in_ui(own), place_in_ui(target)
    if mine and mine not in PAGES + SHARED:
        return f"ui/{mine} has no place among PAGES or SHARED (tests/test_house.py)"
    if mine in SHARED and theirs in SHARED and SHARED.index(theirs) > SHARED.index(mine):
        return f"ui/{mine} may not import ui/{theirs}"
    return None


def place_in_ui(parts: tuple[str, ...]) -> str:
    """The folder or module of ui that a dotted path lies in, by its name in SHARED or PAGES."""
    inner = "/".join(parts[2:4])
    return inner if inner in SHARED else "".join(parts[2:3])


def outside_breach(package: str, name: str, where: str) -> str | None:
    allowed = OUTSIDE.get(package, set())
    if name == "streamlit" and name not in allowed:
        return "only ui, pages and app.py may import streamlit"
    if name not in allowed and "*" not in allowed:
        return f"{package or 'explorer/__init__'} may not import {name}"
    if where == "module" and name in INSIDE_FUNCTIONS_ONLY.get(package, set()):
        return f"{package} may import {name} only inside a function, so that its metadata stays free of it"
    return None


def modules(root: Path) -> Iterator[tuple[Path, tuple[str, ...], ast.Module]]:
    """(file, dotted path, syntax tree) of every module of explorer/, pages/ and app.py."""
    files = [*sorted(root.glob("explorer/**/*.py")), *sorted(root.glob("pages/**/*.py")), *root.glob("app.py")]
    for file in files:
        if "node_modules" not in file.parts:
            parts = file.relative_to(root).with_suffix("").parts
            yield file, parts, ast.parse(file.read_text(encoding="utf-8"), str(file))


def import_breaches(root: Path) -> list[str]:
    """`file:line: what is imported: the rule it breaks`, for every breach below `root`."""
    breaches = []
    for file, parts, tree in modules(root):
        own = parts[:-1] if parts[-1] == "__init__" else parts
        package = parts[:-1]
        for found in imports_of(tree, package):
            if rule := breach(own, found):
                breaches.append(f"{file.relative_to(root)}:{found.line}: imports {found.module}: {rule}")
    return breaches


def session_breaches(root: Path) -> list[str]:
    """Every touch of Streamlit's session outside of ui/session, where each key of ours is a slot."""
    breaches = []
    for file, parts, tree in modules(root):
        if parts[:3] != ("explorer", "ui", "session"):
            breaches += [f"{file.relative_to(root)}:{node.lineno}: session_state is for ui/session alone: take a slot "
                         "of session/state, or typed() for a field"
                         for node in ast.walk(tree) if names_the_session(node)]
    return breaches


def names_the_session(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="session_state") | ast.Name(id="session_state") | ast.Constant(value="session_state"):
            return True
        case ast.ImportFrom(names=names):
            return any(alias.name == "session_state" for alias in names)
    return False


def size_breaches(root: Path) -> list[str]:
    """Modules and functions that are too long, and files named utils.py."""
    breaches = []
    for file, parts, tree in modules(root):
        name, lines = file.relative_to(root), len(file.read_text(encoding="utf-8").splitlines())
        if lines > MODULE_LINES:
            breaches.append(f"{name}: {lines} lines; a module is one concept, {MODULE_LINES} lines at the most")
        if parts[-1] == "utils":
            breaches.append(f"{name}: name it after what it holds")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES:
                    breaches.append(f"{name}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}")
    return breaches


def name_breaches(root: Path) -> list[str]:
    """Modules of the library that have the file name of another; pages' folders in ui speak for themselves."""
    seen: dict[str, Path] = {}
    breaches = []
    for file, parts, _tree in modules(root):
        if parts[0] == "explorer" and package_of(parts) != "ui" and not parts[-1].startswith("__"):
            first = seen.setdefault(parts[-1], file)
            if first != file:
                breaches.append(f"{file.relative_to(root)}: has the name of {first.relative_to(root)}")
    return breaches


def shown(breaches: list[str]) -> str:
    return f"{len(breaches)} breaches of the rules of the house:\n" + "\n".join(breaches)


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_import_keeps_to_the_table() -> None:
    breaches = import_breaches(ROOT)
    assert not breaches, shown(breaches)


def test_modules_and_functions_keep_to_their_size() -> None:
    breaches = size_breaches(ROOT)
    assert not breaches, shown(breaches)


def test_no_two_modules_of_the_library_share_a_file_name() -> None:
    breaches = name_breaches(ROOT)
    assert not breaches, shown(breaches)


def test_a_shared_file_name_is_found_in_the_library_but_not_in_ui(tmp_path: Path) -> None:
    for folder in ("explorer/charts", "explorer/figures", "explorer/ui/train", "explorer/ui/widgets"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "curves.py").write_text("")
        (tmp_path / folder / "__init__.py").write_text("")
    assert name_breaches(tmp_path) == [f"{Path('explorer/figures/curves.py')}: has the name of "
                                       f"{Path('explorer/charts/curves.py')}"]


def test_only_the_session_package_touches_the_session() -> None:
    breaches = session_breaches(ROOT)
    assert not breaches, shown(breaches)


def test_nothing_that_the_first_page_needs_imports_torch_or_streamlit() -> None:
    here = {package_of(parts) for _, parts, _ in modules(ROOT)}
    names = [name for name in TORCH_FREE if name in here]
    done = run_python(f"import sys, {', '.join(f'explorer.{name}' for name in names)}\n"
                      "print(*sorted({'torch', 'torchvision', 'sklearn', 'streamlit'} & set(sys.modules)))")
    assert done.returncode == 0, done.stderr
    assert not done.stdout.split(), f"importing {names} also imports {done.stdout}"


def test_the_library_imports_where_streamlit_is_not_installed() -> None:
    library = [".".join(parts[:-1] if parts[-1] == "__init__" else parts)
               for _, parts, _ in modules(ROOT) if package_of(parts) not in ("ui", "pages", "app", "__main__")]
    done = run_python("import importlib, sys\nsys.modules['streamlit'] = None\n"
                      f"for name in {library}:\n    importlib.import_module(name)")
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(("file", "source", "rule"), [
    ("explorer/blocks/x.py", "import os\nfrom torch import nn", "blocks may import torch only inside a function"),
    ("explorer/blocks/x.py", "from explorer import document, network", "blocks may not import network"),
    ("explorer/figures/x.py", "def f():\n    import torch", "figures may not import torch"),
    ("explorer/figures/x.py", "from explorer.probes.maps import maps", "figures may not import probes"),
    ("explorer/labs/x.py", "import streamlit as st", "only ui, pages and app.py may import streamlit"),
    ("explorer/bench/x.py", "def f():\n    import streamlit", "only ui, pages and app.py may import streamlit"),
    ("explorer/bench/x.py", "from explorer.ui.session import state", "bench may not import ui"),
    ("explorer/network/x.py", "from ..training import loop", "network may not import training"),
    ("explorer/network/x.py", "from explorer.blocks.block import _hidden", "_hidden is private to blocks"),
    ("explorer/training/loop/x.py", "from explorer.training.work import queue", "loop may not import training/work"),
    ("explorer/charts/x.py", "from explorer.training.loop import loop", "only the readers in records"),
    ("explorer/ui/train/x.py", "from explorer.ui.inspect import inspect", "a page's folder is its own"),
    ("explorer/ui/widgets/x.py", "from explorer.ui.train import live", "a page's folder is its own"),
    ("explorer/ui/session/x.py", "from explorer.ui.widgets import forms", "ui/session may not import ui/widgets"),
    ("explorer/ui/language.py", "from explorer.ui.session.draft import x", "ui/language may not import ui/session"),
    ("explorer/ui/session/state.py", "import explorer.ui.language", "ui/session/state may not import ui/language"),
    ("explorer/ui/canvas/component/x.py", "from explorer.ui.app import shell", "ui/canvas may not import ui/app"),
    ("explorer/ui/widgets/x.py", "from explorer.ui import data", "ui/widgets may not import ui/data"),
    ("explorer/ui/novel/x.py", "from explorer.ui.session import state", "ui/novel has no place"),
    ("explorer/ui/train/x.py", "import streamlit as st\nst.session_state['x'] = 1", "is for ui/session alone"),
    ("pages/a.py", "from streamlit import session_state", "is for ui/session alone"),
    ("explorer/text.py", "import importlib\nimportlib.import_module('plotly')", "text may not import plotly"),
    ("explorer/novel/x.py", "import os", "novel has no line in the import table"),
    ("pages/a.py", "from pages.b import draw", "pages are imported by nobody"),
    ("pages/a.py", "import torch", "pages may not import torch"),
    ("app.py", "from explorer import zoo", "app may not import zoo"),
    ("explorer/zoo/utils.py", "", "name it after what it holds"),
    ("explorer/zoo/x.py", "\n" * 301, "301 lines"),
    ("pages/x.py", "def long():\n" + "    1\n" * 60, "long has 61 lines"),
])
def test_a_breach_is_found_and_named_with_its_file(tmp_path: Path, file: str, source: str, rule: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(source)
    found = import_breaches(tmp_path) + size_breaches(tmp_path) + session_breaches(tmp_path)
    assert len(found) == 1
    assert found[0].replace("\\", "/").startswith(f"{file}:")
    assert rule in found[0]


@pytest.mark.parametrize(("file", "source"), [
    ("explorer/blocks/x.py", "from explorer.spec import Number\ndef build():\n    from torch import nn"),
    ("explorer/blocks/x.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from torch import nn"),
    ("explorer/blocks/__init__.py", "from .conv import _CONV\nfrom explorer import __version__"),
    ("explorer/figures/x.py", "import numpy as np\nimport plotly.graph_objects as go\nfrom explorer import results"),
    ("explorer/training/x.py", "import psutil, torch\nfrom explorer import environment, network"),
    ("explorer/training/work/x.py", "from explorer.training.loop import loop"),
    ("explorer/charts/x.py", "from explorer.training.records.metrics import Steps"),
    ("explorer/ui/train/x.py", "from explorer.ui.widgets import forms\nfrom explorer.ui.train import live"),
    ("pages/a.py", "import streamlit as st\nfrom explorer import zoo\nfrom explorer.ui.session import state"),
    ("explorer/ui/language.py", "from explorer.ui.session.state import LANGUAGE"),
    ("explorer/ui/session/x.py", "import streamlit as st\nfrom explorer.ui import language\nst.session_state['x'] = 1"),
    ("explorer/ui/session/state.py", "if TYPE_CHECKING:\n    from explorer.ui.canvas import preview"),
])
def test_what_the_table_allows_passes(tmp_path: Path, file: str, source: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(source)
    assert import_breaches(tmp_path) + session_breaches(tmp_path) == []
