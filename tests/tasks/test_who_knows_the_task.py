"""Only explorer/tasks tells one task from another: everybody else asks the task."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.tasks import TASKS

ROOT = Path(__file__).resolve().parents[2]
NAMES = set(TASKS.names())
PROXIES = {"is_text", "says_perplexity", "SAYS_A_CLASS", "is_classification", "is_regression"}
HOME = ("explorer/tasks/", "explorer/data/", "explorer/results/")  # data and results know what they hold themselves


def breaches(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, what is compared) wherever a task's name, or something in its place, decides what happens."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            compared = {leaf.value for side in (node.left, *node.comparators) for leaf in leaves(side)}
            if named := compared & NAMES:
                yield node.lineno, f"compares with {sorted(named)}"
        elif isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant) and node.value.value in NAMES:
            yield node.lineno, f"matches {node.value.value}"
        elif isinstance(node, ast.Dict) and {key.value for key in node.keys if isinstance(key, ast.Constant)} & NAMES:
            yield node.lineno, "a table by the task's name"
        elif isinstance(node, ast.Attribute | ast.Name) and name_of(node) in PROXIES:
            yield node.lineno, f"asks {name_of(node)}"
        elif isinstance(node, ast.If | ast.IfExp | ast.While | ast.BoolOp | ast.UnaryOp):
            for tested in conditions(node):
                if name_of(tested) == "class_names":
                    yield tested.lineno, "asks whether there are class names"
        if isinstance(node, ast.Attribute) and node.attr in ("dim", "ndim") and name_of(node.value) == "targets":
            yield node.lineno, "asks for the dimensions of the targets"


def leaves(side: ast.expr) -> Iterator[ast.Constant]:
    parts = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
    return (part for part in parts if isinstance(part, ast.Constant))


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def conditions(node: ast.stmt | ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.UnaryOp):
        return [node.operand] if isinstance(node.op, ast.Not) else []
    return node.values if isinstance(node, ast.BoolOp) else [node.test]


def test_nobody_outside_compares_a_tasks_name_or_a_proxy_of_it() -> None:
    found = [f"{path}:{line}: {what}" for file in sorted((*ROOT.glob("explorer/**/*.py"), *ROOT.glob("pages/**/*.py")))
             if not (path := file.relative_to(ROOT).as_posix()).startswith(HOME)
             for line, what in breaches(ast.parse(file.read_text(encoding="utf-8")))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("source", [
    'if recipe.task == "regression": pass', 'x = 1 if "binary" != task else 2', 'ok = task in ("classification", "x")',
    'match task:\n  case "next_token":\n    pass', 'draw = {"classification": 1, "regression": 2}[task]',
    "if dataset.is_text: pass", "x = recipe.says_perplexity", "from a import b\nif t in SAYS_A_CLASS: pass",
    "if samples.class_names: pass", "x = a if not samples.class_names else b", "names = class_names or ()",
    "if samples.targets.dim() != 1: pass", "x = targets.ndim"])
def test_each_way_to_tell_tasks_apart_is_found(source: str) -> None:
    assert list(breaches(ast.parse(source)))


@pytest.mark.parametrize("source", [
    'recipe.with_(task="regression")', "if tasks.of(recipe).answers is Probabilities: pass", 'x = {"a": "binary"}',
    "if len(class_names) > 5: pass", "x = targets.shape"])
def test_asking_the_task_is_fine(source: str) -> None:
    assert not list(breaches(ast.parse(source)))
