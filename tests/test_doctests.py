"""Examples in docstrings: each public function and class of a package has one, and it runs."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("explorer/*/__init__.py") if path.parent.name != "ui")


def public(package: str) -> dict[str, object]:
    """Collect the functions and classes that a package promises in `__all__`, by name."""
    module = importlib.import_module(f"explorer.{package}")
    named = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    return {name: value for name, value in named.items() if inspect.isfunction(value) or inspect.isclass(value)}


def needs_example(value: object) -> bool:
    """Check for a function, or a class with methods of its own; exceptions and plain records explain themselves."""
    if inspect.isfunction(value):
        return True
    methods = [name for name, each in vars(value).items()
               if inspect.isfunction(each) and each.__name__ == name and not name.startswith("_")]
    return not issubclass(value, BaseException) and bool(methods or not is_dataclass(value))


def has_example(value: object) -> bool:
    """Check the docstring of a function or class, and those of a class's methods."""
    documented = [value, *(vars(value).values() if inspect.isclass(value) else ())]
    return any(">>>" in (getattr(each, "__doc__", None) or "") for each in documented)


def modules_with_examples() -> Iterator[str]:
    """Yield every module outside of ui that has an example in a docstring."""
    for file in sorted(ROOT.glob("explorer/**/*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts[1] != "ui" and any(">>>" in docstring for docstring in docstrings(file)):
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def docstrings(file: Path) -> list[str]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    return [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, kinds)]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_function_and_class_has_an_example(package: str) -> None:
    assert [name for name, value in public(package).items() if needs_example(value) and not has_example(value)] == []


@pytest.mark.parametrize("name", list(modules_with_examples()))
def test_the_examples_of_a_module_are_true(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted and not result.failed, f"{name}: {result.failed} of {result.attempted} examples failed"
