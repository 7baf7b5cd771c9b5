"""One record for a problem, from a block's check to the browser."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.document import Connect, Fix, InsertBefore, Problem, SetParam
from explorer.text import text

ROOT = Path(__file__).resolve().parents[2]
OTHER_NAMES = {"fault", "faults", "trouble", "troubles", "refusal", "refusals"}


def test_a_blocks_own_problem_becomes_one_of_its_node() -> None:
    edits = InsertBefore("", 1, "flatten"), SetParam("", "padding", 2), Connect("a", "")
    problem = Problem(text("No."), Fix(text("Do it"), edits), is_hint=True).at("conv1")
    assert (problem.address, problem.is_hint) == ("conv1", True)
    assert problem.fix == Fix(
        text("Do it"), (InsertBefore("conv1", 1, "flatten"), SetParam("conv1", "padding", 2), Connect("a", "conv1")))
    assert Problem(text("No.")).at("conv1") == Problem(text("No."), address="conv1")


def test_a_problem_as_a_line_has_its_place_and_its_fix() -> None:
    assert str(Problem(text("No."), Fix(text("Do it"), ()), "conv1")) == "conv1: No. (Do it)"
    assert str(Problem(text("No."))) == "No."


def names(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield (file, name) of every module, class and function, and of every TypeScript file, type and function."""
    python = [*root.glob("explorer/**/*.py"), *root.glob("pages/**/*.py"), *root.glob("app.py")]
    typescript = [*root.glob("explorer/**/src/**/*.ts"), *root.glob("explorer/**/src/**/*.tsx")]
    for file in (file for file in (*python, *typescript) if "node_modules" not in file.parts):
        yield file, file.stem
        source = file.read_text(encoding="utf-8")
        if file.suffix == ".py":
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    yield file, node.name
        else:
            for name in re.findall(r"\b(?:interface|type|class|function|const|let)\s+([A-Za-z_]\w*)", source):
                yield file, name


def other_names(root: Path) -> list[str]:
    """List the names that call a problem something else: by a word of theirs, or `found` alone."""
    listed = []
    for file, name in names(root):
        words = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]
        is_class = name[:1].isupper()
        if OTHER_NAMES & set(words) or (words == ["found"] and (is_class or name == file.stem)):
            listed.append(f"{file.relative_to(root)}: {name}")
    return listed


def test_nothing_calls_a_problem_by_another_name() -> None:
    assert other_names(ROOT) == []


@pytest.mark.parametrize(("file", "source", "name"), [
    ("explorer/a.py", "class Fault: pass", "Fault"),
    ("explorer/a.py", "class Found: pass", "Found"),
    ("pages/a.py", "def find_troubles(): pass", "find_troubles"),
    ("explorer/found.py", "", "found"),
    ("explorer/ui/src/a.ts", "export interface Refusal {}", "Refusal"),
    ("explorer/ui/src/parts/Troubles.tsx", "", "Troubles"),
    ("explorer/ui/src/a.ts", "export function connectionFault() {}", "connectionFault"),
])
def test_another_name_is_caught(tmp_path: Path, file: str, source: str, name: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert other_names(tmp_path) == [f"{Path(file)}: {name}"]


def test_a_word_within_a_word_is_no_other_name(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def default_value(): pass\ndef find_profound(): found = 1\n")
    assert other_names(tmp_path) == []
