import re

import pytest

from explorer.spec import UnknownName
from explorer.ui.glossary import GLOSSARY, Term, hover

TERMS = list(GLOSSARY)
COMMANDS = {
    "Phi", "arg", "beta", "dots", "ell", "epsilon", "eta", "frac", "gamma", "hat", "in", "lVert", "lambda", "left",
    "leftarrow", "lfloor", "ln", "log", "mathbb", "mathcal", "max", "mu", "operatorname", "partial", "prod", "quad",
    "rVert", "rfloor", "right", "sigma", "sim", "sqrt", "sum", "text", "theta", "times", "to"}


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_is_one_sentence_of_at_most_thirty_words(term: Term):
    assert term.sentence.endswith(".") and term.sentence[0].isupper()
    assert not re.search(r"[.!?] ", term.sentence)
    assert len(term.sentence.split()) <= 30
    assert not set("{}$") & set(term.sentence)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_formula_is_balanced_and_uses_only_commands_that_katex_knows(term: Term):
    bare = term.formula.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert set(re.findall(r"\\([A-Za-z]+)", term.formula)) <= COMMANDS
    assert term.formula.count(r"\left") - term.formula.count(r"\leftarrow") == term.formula.count(r"\right")
    assert "$" not in term.formula


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_what_a_term_points_to_exists(term: Term):
    assert all(other in GLOSSARY and other != term.name for other in term.see_also)


def test_a_hover_holds_the_sentence_and_the_formula():
    assert hover("relu").endswith("$\\max(0, x)$")
    assert "one pass" in hover("epoch").lower() and "$" not in hover("epoch")


def test_an_unknown_term_is_named():
    with pytest.raises(UnknownName, match="epoch"):
        hover("epochs")
