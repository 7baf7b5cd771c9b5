"""Words of the code and of the pages: openings of docstrings, and words that this project does not use.

Every docstring, name and sentence of explorer/, pages/, app.py and start.py is read with `ast`. A sentence is what
`_()`, `text()` or `help=` is given, and every other string of a few words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

QUESTIONS = re.compile(r"(what|how|who|whose|where|which|whether|when|why|of|the same)\b", re.IGNORECASE)
NO_VERB = re.compile(r"(an?|the|all|both|every|each|any|some|no|none|nothing|everything|one|two|so|this|that|these|"
                     r"those|its?|in|on|at|to|by|from|as|for|until|once|true|false|not|only|here|there|if|our|my|their|"
                     r"is|are|\w+ing)\b", re.IGNORECASE)
VERBS_IN_S = {"pass", "compress", "process", "express", "address", "guess", "focus", "press", "assess", "suppress"}

NAMES = {  # a name that is gone -> the one in its place
    "Gone": "RunDeleted", "Found": "Problem", "Fault": "Problem", "Trouble": "Problem", "Refusal": "Problem",
    "Wager": "Guess", "write_whole": "write_atomic", "read_whole": "read_atomic", "begin_with": "load_initial_weights",
    "guess_loss": "chance_loss", "draw_wager": "draw_guess", "keep_wager": "keep_guess",
    "find_troubles": "find_problems", "draw_troubles": "draw_problems",
}
SENTENCES = {  # a word that no sentence for people has -> what it has instead
    r"at fault|faults?|troubles?": "problem", r"unsound|sound": "valid, or no problems", r"ill|ails?": "wrong",
    r"mend(s|ed|ing)?": "fix", r"told": "shown", r"stands?|stood": "is, or was", r"behind": "after",
    r"no more(?! than)|not here any more": "no longer", r"anew|freshly": "again, or random",
    r"(network|it|Layerscope) (says|tells)": "predicts, or shows", r"wagers?": "guess", r"guessing": "chance level",
    r"instruments": "recording", r"(in|leaves|from) (the )?line": "in the queue", r"taken over": "loaded",
    r"meanwhile": "in the meantime", r"looked into|looks into": "inspected, or recorded",
    r"begins? with": "starts with", r"spread(?! over)": "standard deviation, or variation between samples",
    r"(training|validation|test) part": "training, validation or test set", r"licences?": "license",
    r"catalogues?": "catalog",
}
KEPT = (  # a data set's id is made from it, so it may never change: tests/data/test_own_ids.py
    "Numbers and target are scaled to mean 0 and spread 1 over the training part, so a loss of 1 is guessing the mean.",
    "Numbers are scaled to mean 0 and spread 1 over the training part.",
    "Training and test part are as the folders say: {names}.",
)
SENTENCE_CALLS = {"_", "text"}
FEWEST_WORDS = 4  # of a string that is taken for a sentence wherever it is
NO_SENTENCE = re.compile(r"\\|[{};]\s*$|=>|\);|</|^\s*(SELECT|INSERT|CREATE|DELETE|UPDATE|PRAGMA|DROP|ALTER)\b")  # but
# a formula, a regular expression, a style, a script, markup or SQL

Module = tuple[str, ast.Module]


def modules(root: Path) -> Iterator[Module]:
    """Yield (path from the root, syntax tree) of every module of the program."""
    for pattern in ("explorer/**/*.py", "pages/**/*.py", "app.py", "start.py"):
        for file in sorted(root.glob(pattern)):
            if "node_modules" not in file.parts:
                yield file.relative_to(root).as_posix(), ast.parse(file.read_text(encoding="utf-8"), str(file))


def opening_breaches(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, rule) for every docstring of a module that opens with the wrong word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring and (rule := opening_rule(docstring, opens_with_verb(node))):
                yield getattr(node, "lineno", 1), f"the docstring of {getattr(node, 'name', 'the module')}: {rule}"


def opens_with_verb(node: ast.AST) -> bool:
    """Check for a function; a property is described by a noun, as a class is."""
    decorators = {ast.unparse(name) for name in getattr(node, "decorator_list", ())}
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not decorators & {"property", "cached_property"}


def opening_rule(docstring: str, verb: bool) -> str | None:
    """Find the rule that an opening breaks; None where it breaks none."""
    opening = docstring.split()[0]
    if QUESTIONS.match(docstring):
        return f'"{" ".join(docstring.split()[:2])} ..." is an opening that explains nothing'
    if verb and (NO_VERB.match(docstring) or not opening[0].isupper()):
        return f'"{opening} ..." is not a verb'
    if verb and opening.lower().endswith("s") and opening.lower() not in VERBS_IN_S:
        return f'"{opening} ..." is not the plain form of a verb'
    return None


def name_breaches(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, rule) for every class and function with a name that is gone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in NAMES:
            yield node.lineno, f"{node.name} is called {NAMES[node.name]}"


def sentence_breaches(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, rule) for every sentence for people with a word that is not ours."""
    for line, sentence in sentences(tree):
        for pattern, better in SENTENCES.items():
            if found := re.search(rf"\b({pattern})\b(?!\}})", sentence, re.IGNORECASE):
                yield line, f'"{found.group()}" in "{sentence[:60]}": better {better}'


def sentences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every literal that a person reads."""
    shown, unread = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", "") in SENTENCE_CALLS
            shown |= {*(node.args[:1] if called else ()), *(word.value for word in node.keywords if word.arg == "help")}
        elif isinstance(node, ast.Expr):  # a docstring
            unread.add(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in KEPT \
                and node not in unread and (node in shown or is_sentence(node.value)):
            yield node.lineno, node.value


def is_sentence(literal: str) -> bool:
    return len(re.findall(r"[^\W\d_]{2,}", literal)) >= FEWEST_WORDS and not NO_SENTENCE.search(literal)


def breaches(root: Path) -> list[str]:
    """List `file:line: rule` for every word that is out of place below `root`."""
    return [f"{path}:{line}: {rule}" for path, tree in modules(root)
            for find in (opening_breaches, name_breaches, sentence_breaches) for line, rule in find(tree)]


def test_docstrings_names_and_sentences_use_the_words_of_this_project() -> None:
    found = list(breaches(ROOT))
    assert not found, f"{len(found)} words out of place:\n" + "\n".join(found)


@pytest.mark.parametrize(("source", "rule"), [
    ('"""What runs do."""', "What runs ..."), ('"""The same of it."""', "The same ..."),
    ('class A:\n    """How it goes."""', "How it ..."),
    ('def f():\n    """The sum of all."""', "is not a verb"), ('def f():\n    """(a, b) of it."""', "is not a verb"),
    ('def f():\n    """Returns the sum."""', "is not the plain form"),
    ('def f():\n    """Adding numbers."""', "is not a verb"), ('def f():\n    """Of a run: its id."""', "Of a ..."),
    ("class Gone(Exception):\n    pass", "Gone is called RunDeleted"),
    ("def write_whole(path):\n    pass", "write_whole is called write_atomic"),
    ('_("This block is at fault.")', '"at fault"'), ('text("It stands behind it.")', '"stands"'),
    ('Number("x", "X", help="Drawn anew.")', '"anew"'), ('_("It says {word}.")', '"It says"'),
    ('NOTES = {"x": "The network is at fault here."}', '"at fault"'),
    ('Entry(summary="A sum of faults and weights.")', '"faults"'),
    ('print(f"{x}: mean and spread of folds")', '"spread"'),
])
def test_a_word_out_of_place_is_found_and_named_with_its_file(tmp_path: Path, source: str, rule: str) -> None:
    (tmp_path / "explorer").mkdir()
    (tmp_path / "explorer/x.py").write_text(source)
    found = breaches(tmp_path)
    assert found and all(breach.startswith("explorer/x.py:") for breach in found)
    assert rule in found[0]


@pytest.mark.parametrize("source", [
    '"""Runs on disk."""', 'class A:\n    """The runs of a person."""', 'def f():\n    """Pass it on."""',
    'class A:\n    @property\n    def f(self):\n        """The sum of all."""', "def found():\n    pass",
    '_("Keep the still images.")', 'text("A soundtrack is illegal here.")', 'KEY = "stands/behind"',
    'SQL = "SELECT step, fault FROM faults WHERE step > 1"', r'PATTERN = r"one fault\s+in these words"',
    'def f():\n    """Find the fault in these words."""', 'LAID = "Labels are spread over two columns."',
])
def test_words_in_their_place_pass(tmp_path: Path, source: str) -> None:
    (tmp_path / "explorer").mkdir()
    (tmp_path / "explorer/x.py").write_text(source)
    assert breaches(tmp_path) == []
