"""CONTRIBUTING.md's table is true: a throw-away of each kind works with the files that its row names, and no others."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.throw_aways import THROW_AWAYS, ThrowAway

ROOT = Path(__file__).resolve().parents[1]
REGISTRY_TESTS = ("tests/blocks/test_block_registry.py", "tests/data/test_data_sets.py", "tests/zoo/test_zoo.py")


def rows() -> dict[str, tuple[set[str], set[str]]]:
    """Read {what is added: (new files, changed files)} off the table of CONTRIBUTING.md."""
    words = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (an? .*?) \|(.*?)\|(.*?)\|.*\|$", words, re.MULTILINE)
    return {name: (files_in(new), files_in(changed)) for name, new, changed in table}


def files_in(cell: str) -> set[str]:
    return {path for path in re.findall(r"`([^`]+)`", cell) if "/" in path}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with every throw-away in it."""
    tree = tmp_path_factory.mktemp("grown")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in filter(None, listed.split("\0")):
        if (ROOT / path).is_file() and not path.startswith(("docs/", "explorer/ui/canvas/component/src/")):
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, tree / path)
    for throw_away in THROW_AWAYS.values():
        add(throw_away, tree)
    return tree


def add(throw_away: ThrowAway, tree: Path) -> None:
    for path, content in throw_away.new.items():
        assert not (tree / path).exists(), f"{path} is there already"
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(content.lstrip("\n"), encoding="utf-8")
    for path, edits in throw_away.changed.items():
        text = (tree / path).read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text, f"{path} no longer has {old!r}"
            text = text.replace(old, new, 1)
        (tree / path).write_text(text, encoding="utf-8")


def run_in(tree: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def test_every_row_has_a_throw_away_and_every_throw_away_a_row() -> None:
    assert set(rows()) == set(THROW_AWAYS)


@pytest.mark.parametrize("name", THROW_AWAYS)
def test_a_row_names_exactly_the_files_that_its_throw_away_needs(name: str) -> None:
    assert rows()[name] == (set(THROW_AWAYS[name].new), set(THROW_AWAYS[name].changed))


def test_every_throw_away_works_once_its_files_are_there(grown: Path) -> None:
    checks = "\n".join(f"print({name!r}, flush=True)\n{each.check}" for name, each in THROW_AWAYS.items())
    assert run_in(grown, "-c", checks).splitlines() == list(THROW_AWAYS)


def test_the_tests_over_the_registries_hold_for_a_throw_away(grown: Path) -> None:
    done = run_in(grown, "-m", "pytest", "-q", "-p", "no:cacheprovider", *REGISTRY_TESTS, "-k",
                  "[x] and not plain_pytorch and not plain_network and not narrower")
    assert int(re.search(r"(\d+) passed", done).group(1)) >= 8


def test_the_rules_of_the_package_hold_for_every_throw_away(grown: Path) -> None:
    run_in(grown, "-c", "from pathlib import Path; from tests import test_house as house; root = Path('.').resolve()\n"
           "found = house.import_breaches(root) + house.session_breaches(root) + house.size_breaches(root)\n"
           "assert not found, found")
