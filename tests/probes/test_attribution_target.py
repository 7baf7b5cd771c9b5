"""The number that an attribution explains, and that it stays the same wherever the input is moved to."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer import network, zoo
from explorer.kinds import Chosen
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, run
from explorer.probes.attribution_target import explained_number
from explorer.probes.chosen_output import choose_output
from explorer.spec import BadValue

CLASSES = ("T-shirt", "bag", "coat")


def of_outputs(outputs: Tensor, **known: Any) -> Subject:
    """A subject whose outputs are its inputs."""
    return Subject(nn.Identity(), outputs, **known)


def explained(subject: Subject, target: str) -> tuple[str, list[float]]:
    number = explained_number(subject, target)
    values = number.take(subject.outputs).gather(1, number.targets[:, None])[:, 0]
    return str(number.what), [round(value, 4) for value in values.tolist()]


def test_each_sample_has_its_own_predicted_class() -> None:
    subject = of_outputs(torch.tensor([[1.0, 3.0, 2.0], [9.0, 0.0, 5.0]]), class_names=CLASSES)
    assert explained(subject, "") == ("the logit of the predicted class", [3.0, 9.0])


def test_the_class_is_named_where_all_samples_share_it() -> None:
    subject = of_outputs(torch.tensor([[1.0, 3.0, 2.0], [1.0, 4.0, 2.0]]), class_names=CLASSES)
    assert explained(subject, "") == ("the logit of bag", [3.0, 4.0])


@pytest.mark.parametrize("target", ["2", "coat"])
def test_a_class_is_chosen_by_its_index_or_its_name(target: str) -> None:
    subject = of_outputs(torch.tensor([[1.0, 3.0, 2.0]]), class_names=CLASSES)
    assert explained(subject, target) == ("the logit of coat", [2.0])


@pytest.mark.parametrize("target", ["1-0", "bag-T-shirt", "bag-0"])
def test_the_difference_of_two_classes_is_one_number(target: str) -> None:
    subject = of_outputs(torch.tensor([[1.0, 3.0, 2.0]]), class_names=CLASSES)
    assert explained(subject, target) == ("the logit of bag minus the logit of T-shirt", [2.0])


def test_a_name_with_a_hyphen_is_no_difference() -> None:
    subject = of_outputs(torch.tensor([[1.0, 3.0, 2.0]]), class_names=CLASSES)
    assert explained(subject, "T-shirt") == ("the logit of T-shirt", [1.0])


@pytest.mark.parametrize("target", ["1-1", "bag-bag", "1-bag", "T-shirt-0"])
def test_the_difference_of_an_output_from_itself_is_refused(target: str) -> None:
    subject = of_outputs(torch.tensor([[1.0, 3.0, 2.0]]), class_names=CLASSES)
    with pytest.raises(BadValue, match=f"Both sides of {target} are the same output"):
        explained_number(subject, target)


@pytest.mark.parametrize("target", ["3", "1-3", "dog", "99999999"])
def test_a_class_that_is_not_there_is_refused_with_the_range(target: str) -> None:
    subject = of_outputs(torch.tensor([[1.0, 3.0, 2.0]]), class_names=CLASSES)
    with pytest.raises(BadValue, match=r"no output .* 3 outputs: 0 to 2"):
        explained_number(subject, target)


def test_an_output_that_is_not_finite_is_refused_in_a_sentence() -> None:
    with pytest.raises(NotApplicable, match="not a finite number"):
        explained_number(of_outputs(torch.tensor([[float("nan"), 1.0]])), "0")


def test_each_sample_of_a_batch_has_the_loss_of_its_own_target() -> None:
    outputs, targets = torch.randn(4, 3), torch.tensor([2, 0, 2, 1])
    subject = of_outputs(outputs, class_names=CLASSES, target=targets)
    expected = nn.functional.cross_entropy(outputs, targets, reduction="none")
    what, values = explained(subject, "loss")
    assert what == "the loss"
    assert torch.allclose(torch.tensor(values), expected, atol=1e-4)


def test_without_a_target_the_prediction_at_the_input_is_kept_as_the_target() -> None:
    number = explained_number(of_outputs(torch.tensor([[0.0, 5.0, 1.0]])), "loss")
    moved = torch.tensor([[9.0, 0.0, 0.0]])  # where another class is predicted
    expected = nn.functional.cross_entropy(moved, torch.tensor([1]))
    assert number.take(moved)[0, number.targets[0]] == pytest.approx(expected.item())


def test_one_logit_is_that_of_the_second_of_two_classes() -> None:
    subject = of_outputs(torch.tensor([[2.0], [-1.0]]), class_names=("no", "yes"))
    assert explained(subject, "yes") == ("the logit of yes", [2.0, -1.0])
    assert explained(subject, "no") == ("the logit of no", [-2.0, 1.0])
    assert explained(subject, "")[1] == [2.0, 1.0]
    losses = [nn.functional.softplus(torch.tensor(-size)).item() for size in (2.0, 1.0)]
    assert explained(subject, "loss")[1] == pytest.approx(losses, abs=1e-4)


def test_the_numbers_of_maps_are_the_means_of_their_channels() -> None:
    outputs = torch.arange(8.0).reshape(1, 2, 2, 2)
    assert explained(of_outputs(outputs, class_names=("sky", "sea")), "sea") == ("the logit of sea", [5.5])


def test_a_regressions_number_is_the_predicted_one_and_has_no_loss_without_its_target() -> None:
    recipe = zoo.recipe("linear_regression").with_(data=Chosen("diabetes"))
    outputs = torch.tensor([[4.0], [7.0]])
    subject = of_outputs(outputs, recipe=recipe, target_name="price")
    assert explained(subject, "") == ("the predicted price", [4.0, 7.0])
    assert explained(subject, "loss") == ("the predicted price", [4.0, 7.0])
    known = of_outputs(outputs, recipe=recipe, target_name="price", target=torch.tensor([[5.0], [5.0]]))
    assert explained(known, "loss") == ("the loss", [1.0, 4.0])


def test_the_next_character_is_read_after_the_last_one_that_was_typed() -> None:
    recipe, letters = zoo.recipe("char_rnn"), tuple("abc")
    outputs = torch.tensor([[[0.0, 1.0, 2.0], [5.0, 1.0, 0.0], [0.0, 9.0, 0.0]]])
    subject = of_outputs(outputs, recipe=recipe, class_names=letters, tokens=2)
    assert explained(subject, "") == ("the logit of a as the next one", [5.0])
    expected = nn.functional.cross_entropy(outputs[:, 1], torch.tensor([0])).item()
    assert explained(subject, "loss")[1] == pytest.approx([expected], abs=1e-4)


def test_a_difference_is_followed_back_as_any_logit_is() -> None:
    subject = of_outputs(torch.tensor([[1.0, 3.0, 2.0]]), class_names=CLASSES)
    chosen = choose_output(subject, "1-2")
    assert chosen.pick(subject.outputs) == 1.0
    assert chosen.name == "bag − coat"


def test_contributions_to_a_difference_are_the_differences_of_contributions() -> None:
    recipe = zoo.recipe("vit_digits")
    subject = Subject(network.build(recipe.network, seed=0), torch.rand(1, 1, 28, 28), recipe,
                      tuple(map(str, range(10))))
    three, five, both = (compute_probe(PROBES.get("logit_lens"), subject, {"of": of})[2].values
                         for of in ("3", "5", "3-5"))
    assert torch.allclose(torch.from_numpy(both), torch.from_numpy(three - five), atol=1e-5)


def test_the_loss_is_refused_where_a_logit_is_followed_back() -> None:
    with pytest.raises(BadValue, match="Choose a class"):
        run("logit_lens", nn.Linear(2, 2), torch.zeros(1, 2), of="loss")


@pytest.mark.parametrize(("of", "expected"), [("loss", "the loss"),
                                              ("1-2", "the logit of bag minus the logit of coat")])
def test_gradients_are_of_the_loss_or_of_a_difference_too(of: str, expected: str) -> None:
    model = nn.Linear(2, 3)
    subject = Subject(model, torch.ones(1, 2), class_names=CLASSES, target=torch.tensor([2]))
    (found,) = compute_probe(PROBES.get("differentiated"), subject, {"of": of})
    assert str(found.what) == expected
