"""Networks that learn to say what comes next in a text, and write."""

import math

import pytest
import torch
from torch import nn

from explorer import data, network, tasks, training, zoo
from explorer.hooks import predictor
from explorer.network import apply
from explorer.network.edit import set_param
from explorer.recipe import Chosen
from explorer.results import Writing
from explorer.tasks.writing import continue_text, next_token_logits
from explorer.training import RunStore, Session
from explorer.training.analysis.live_view import read_live_view
from explorer.training.loop.evaluation import evaluate
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import Parts, load_parts
from tests.training.small_runs import digits_recipe, plane_recipe, text_network, text_recipe


class Successor(nn.Module):
    """Surely says that after each token comes the next number. It has a parameter, as all that learns has."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count, self.sureness = count, nn.Parameter(torch.tensor(50.0))

    def forward(self, tokens):
        return self.sureness * nn.functional.one_hot((tokens + 1) % self.count, self.count)


def test_loss_accuracy_and_guessing_are_those_of_every_token():
    recipe, generator = text_recipe(), torch.Generator().manual_seed(0)
    learner = tasks.learner(recipe)
    logits = torch.randn(3, 5, 7, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, 7, (3, 5), generator=generator)
    by_hand = [-math.log(math.exp(logits[i, t, targets[i, t]]) / sum(math.exp(o) for o in logits[i, t]))
               for i in range(3) for t in range(5)]
    assert learner.loss(logits, targets).item() == pytest.approx(sum(by_hand) / 15)
    right = sum(int(logits[i, t].argmax() == targets[i, t]) for i in range(3) for t in range(5))
    assert learner.measure(logits, targets)["accuracy"].item() == pytest.approx(right / 5)  # samples of five tokens
    train = load_parts(recipe).train
    space = (train.targets == 26).float().mean().item()
    assert learner.chance(train) == {"loss": pytest.approx(math.log(28)), "accuracy": pytest.approx(space)}


def test_a_perfect_reader_is_right_everywhere():
    tokens = torch.arange(40).view(4, 10) % 8
    found = evaluate(Successor(8), tokens, (tokens + 1) % 8, tasks.learner(text_recipe()), data.to_float)
    assert found == {"loss": pytest.approx(0, abs=1e-9), "accuracy": 1.0}


def test_it_learns_faster_than_by_counting_letters(tmp_path):
    run = RunStore(tmp_path).create(text_recipe(epochs=10, train_samples=900, schedule=Chosen("cosine")))
    status = Session(run).execute()
    assert status.state == "finished"
    counts = torch.bincount(load_parts(run.recipe).train.targets.flatten(), minlength=28).double()
    shares = counts / counts.sum()
    by_counting = -(shares * shares.log()).sum().item()
    assert status.summary["test_loss"] < by_counting - 0.3
    view = read_live_view(run.folder)
    assert isinstance(view, Writing) and len(view.prompt) == 16 and len(view.written) == 200
    assert set(view.written) <= set(data.get("alice").class_names)


def test_what_follows_is_read_behind_the_last_word():
    model = network.build(text_network(length=6), 0)
    logits = next_token_logits(predictor(model), [3, 1, 4], 6)
    torch.testing.assert_close(logits, model(torch.tensor([[3, 1, 4, 9, 9, 9]]))[0, 2])
    last = next_token_logits(predictor(model), range(10), 6)
    torch.testing.assert_close(last, model(torch.arange(4, 10)[None])[0, 5])
    with pytest.raises(ValueError, match="a token"):
        next_token_logits(predictor(model), [], 6)


def test_it_writes_what_it_says():
    assert continue_text(predictor(Successor(10)), [7], 6, length=4, temperature=0.8) == [8, 9, 0, 1, 2, 3]
    predict = predictor(network.build(text_network(), 1))
    assert continue_text(predict, [1, 2], 30, 16, 1.0, seed=5) == continue_text(predict, [1, 2], 30, 16, 1.0, seed=5)
    assert continue_text(predict, [1, 2], 30, 16, 1.0, seed=5) != continue_text(predict, [1, 2], 30, 16, 1.0, seed=6)
    tokens = [1, 2]
    for _ in range(5):
        tokens.append(int(next_token_logits(predict, tokens, 16).argmax()))
    assert continue_text(predict, [1, 2], 5, 16, 0) == tokens[2:]


def test_letters_are_drawn_as_often_as_the_temperature_says():
    class Two(Successor):
        def forward(self, tokens):
            return self.sureness * torch.tensor([0.0, 0.02]).expand(*tokens.shape, 2)  # logits 0 and 1

    for temperature in (1.0, 2.0):
        written = continue_text(predictor(Two(2)), [0], 2000, 1, temperature)
        expected = 1 / (1 + math.exp(-1 / temperature))
        assert sum(written) / 2000 == pytest.approx(expected, abs=4 * math.sqrt(0.25 / 2000))


@pytest.mark.parametrize(("recipe", "address", "words", "mended"), [
    (text_recipe(text_network(known=20)), "one_hot1", "has 28 different characters, but this node knows 20", True),
    (text_recipe(text_network(says=10)), "linear1", "must end in 16×28; it ends in 16×10", True),
    (text_recipe(plane_recipe().network), "input", "is a text, and this network reads numbers", True),
    (text_recipe(digits_recipe().network), "input", "is a text, and this network reads numbers", False),
    (text_recipe().with_(data=Chosen("digits"), task="classification"), "input", "reads tokens", False),
    (text_recipe(label_noise=0.1), "data", "no labels to replace", False),
    (text_recipe(balanced=True), "data", "no labels to replace", False),
])
def test_what_does_not_fit_a_text_is_told_and_mended(recipe, address, words, mended):
    problem = next(problem for problem in training.problems(recipe) if problem.address == address)
    assert words in str(problem.message)
    for _ in range(4 * mended):
        faults = training.problems(recipe)
        recipe = recipe.with_(network=apply(recipe.network, faults[0].fix)) if faults else recipe
    assert (training.problems(recipe) == []) is mended


def test_another_length_reads_the_same_book():
    parts = load_parts(text_recipe(set_param(text_network(), "input", "shape", [50]), train_samples=None))
    assert parts.train.inputs.shape[1] == 50 and "pieces of 50 characters" in str(parts.note)


@pytest.mark.parametrize("name", ["char_rnn", "char_transformer"])
def test_no_character_sees_a_later_one(name):
    """So that reading behind the last word, with anything after it, is right."""
    net = zoo.ZOO.get(name).make(size=16, width=0.25)
    model, generator = network.build(net, 0).eval(), torch.Generator().manual_seed(0)
    first = torch.randint(0, 28, (1, 16), generator=generator)
    second = first.clone()
    second[0, 9:] = (second[0, 9:] + 5) % 28
    one, other = model(first), model(second)
    torch.testing.assert_close(one[:, :9], other[:, :9])
    assert not torch.allclose(one[:, 9:], other[:, 9:])


def test_perplexity_is_a_metric_where_the_loss_is_the_likelihood_of_the_text():
    def names(recipe):
        return [metric.name for metric in tasks.of(recipe).metrics_of(recipe)]

    assert names(text_recipe()) == ["perplexity", "accuracy"] and names(digits_recipe()) == ["accuracy"]
    assert names(text_recipe().with_(loss=Chosen("cross_entropy", {"label_smoothing": 0.1}))) == ["accuracy"]
    assert tasks.of(text_recipe()).metrics[0].from_loss(math.log(28)) == pytest.approx(28)


def test_a_step_is_that_of_a_plain_loop():
    recipe = text_recipe()
    parts = load_parts(recipe)
    trainer = Trainer(recipe, Parts(parts.train, parts.validation, parts.test))
    x, y = trainer.take_batch()
    twin = network.build(recipe.network, recipe.seed, recipe.init.spelled)
    optimizer = torch.optim.Adam(twin.parameters(), lr=0.01)
    nn.functional.cross_entropy(twin(x).reshape(-1, 28), y.reshape(-1)).backward()
    optimizer.step()
    trainer.train_step()
    for mine, theirs in zip(trainer.model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)
