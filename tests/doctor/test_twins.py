"""Twins: made with one change, found again from their parent, and judged."""

import pytest
from faulty_runs import deep, digits, only, sigmoids

from explorer.doctor import judge_twin
from explorer.recipe import Recipe
from explorer.text import text
from explorer.training import Session
from explorer.training.runs.origin import Origin, create_twin, origin_of, twins_of
from explorer.training.work.recipe_check import problems


def start(runs, parent, cure, rule, owner=""):
    origin = Origin(parent.id, cure.changes, rule=rule, cure=cure.name)
    run = create_twin(runs, cure.change(parent.recipe), origin, owner)
    Session(run).execute()
    return run


@pytest.fixture(scope="module")
def slow_parent(examine):
    return examine(digits(deep(2, "relu"), lr=1e-3, epochs=4))


def test_a_twin_remembers_its_parent_and_what_was_changed(runs, slow_parent):
    parent, findings = slow_parent
    cure = only(findings).cures[2]
    twin = start(runs, parent, cure, "rate_low", owner="me")
    assert origin_of(twin) == Origin(parent.id, (cure.title,), 0, "rate_low", "learning_rate_100")
    assert [run for run, _ in twins_of(runs, parent, "me")] == [twin]
    assert twins_of(runs, parent, "somebody else") == []
    assert origin_of(parent) is None


def test_a_damaged_twin_file_makes_a_run_nobodys_twin(runs, slow_parent):
    parent, _ = slow_parent
    run = create_twin(runs, parent.recipe, Origin(parent.id, (text("{a}", a=1),), rule="nan", cure="x"))
    for damage in ("", "{}", "[]",
                   '{"parent": 1, "step": 0, "rule": 2, "cure": 3, "changes": [{"template": "{b}", "values": {}}]}'):
        (run.folder / "origin.json").write_text(damage)
        assert origin_of(run) is None


def test_a_twin_whose_learning_rate_fits_has_helped(runs, slow_parent):
    parent, findings = slow_parent
    verdict = judge_twin(parent, start(runs, parent, only(findings).cures[2], "rate_low"), "rate_low")
    assert (verdict.kind, verdict.is_gone) == ("helped", True)
    assert str(verdict.sentence).startswith("Helped: validation accuracy")


def test_a_twin_with_nothing_but_another_name_made_no_difference(runs, slow_parent):
    parent, _ = slow_parent
    twin = create_twin(runs, parent.recipe, Origin(parent.id, (text("Nothing"),), rule="rate_low", cure="nothing"))
    Session(twin).execute()
    verdict = judge_twin(parent, twin, "rate_low")
    assert (verdict.kind, verdict.is_gone) == ("same", False)


def test_a_twin_that_learns_less_is_worse(runs, examine):
    parent, _ = examine(digits(deep(2, "relu"), lr=0.1, epochs=4))
    twin, _ = examine(parent.recipe.with_optimizer("sgd", lr=1e-4))
    assert judge_twin(parent, twin, "overfitting").kind == "worse"


def test_a_twin_of_a_run_that_diverged_helps_by_staying_finite(runs, examine):
    parent, findings = examine(digits(deep(4, "relu"), lr=1e6, init="kaiming_normal"))
    assert only(findings).rule == "nan"
    cure = only(findings).cures[1]  # the power of ten that lets the first step move no layer too far
    twin, _ = examine(cure.change(parent.recipe))
    assert twin.recipe.optimizer.params["lr"] == pytest.approx(0.1)
    verdict = judge_twin(parent, twin, "nan")
    assert (verdict.kind, verdict.is_gone) == ("helped", True)
    assert "none (diverged)" in str(verdict.sentence)


def test_the_ladder_of_the_sigmoid_network_ends_in_one_that_learns(runs, examine):
    parent, findings = examine(sigmoids())
    verdicts = [judge_twin(parent, start(runs, parent, cure, "vanishing"), "vanishing")
                for cure in only(findings).cures]
    assert [verdict.is_gone for verdict in verdicts] == [True, True, True]
    assert [verdict.kind for verdict in verdicts[::2]] == ["same", "helped"]
    assert str(verdicts[0].sentence).endswith("the finding is gone; now: Plateau.")


def test_every_cure_leaves_a_recipe_that_trains_and_can_be_saved(examine):
    for recipe in (sigmoids(), digits(deep(3, "tanh"), lr=1e-5), digits(deep(2, "relu"), lr=5.0)):
        for finding in examine(recipe)[1]:
            for cure in finding.cures:
                changed = cure.change(recipe)
                assert problems(changed) == []
                assert Recipe.from_dict(changed.to_dict()) == changed != recipe
