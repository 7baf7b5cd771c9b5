"""A film's frames are the weights' own numbers at each step, or a map computed with them; damaged steps are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import network, zoo
from explorer.inspection.frames import RunFrames
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, run
from explorer.spec import BadValue
from explorer.training import RunStore
from explorer.training.records.checkpoints import FrameKeeper, damaged_steps, frame_path
from tests.probes.test_probe_registry import NETWORKS, batch_of, leaves_no_trace


class Frames:
    """Weights of other seeds in place of steps; what was recorded there is the step itself."""

    def __init__(self, recipe, steps, damaged: int = -1) -> None:
        self.recipe, self.steps, self.damaged = recipe, list(steps), damaged

    def load(self, step: int) -> dict[str, Tensor]:
        if step == self.damaged:
            raise ValueError("damaged")
        return weights_at(self.recipe, step)

    def epochs_and_losses(self, steps) -> tuple[np.ndarray, np.ndarray]:
        return np.array(steps, float) / 10, -np.array(steps, float)


def weights_at(recipe, step: int) -> dict[str, Tensor]:
    return network.build(recipe.network, seed=step).state_dict()


def subject_at(recipe, step: int, frames: Frames, batch: Tensor | None = None, **more) -> Subject:
    model = network.build(recipe.network, seed=step)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 0.5)
    return Subject(model, batch_of(recipe)[:1] if batch is None else batch, recipe, step=step, frames=frames, **more)


def film_of(subject: Subject, **options):
    (film,) = compute_probe(PROBES.get("film"), subject, options)
    return film


def test_the_kernels_of_a_convolution_are_the_tensors_of_each_step():
    recipe = NETWORKS["lenet_relu"]
    film = film_of(subject_at(recipe, 10, Frames(recipe, range(0, 40, 10))), node="conv2", what="kernels")
    assert film.steps.tolist() == [0, 10, 20, 30] == film.every_step.tolist()
    for step, tiles in zip(film.steps.tolist(), film.frames, strict=True):
        weight = weights_at(recipe, step)["conv2.weight"]  # (output, input, height, width)
        assert film.total == tuple(weight.shape[:2]) and film.across == weight.shape[1]
        assert np.array_equal(tiles, weight.flatten(0, 1).numpy())
    assert film.limit == pytest.approx(max(float(np.abs(tiles).max()) for tiles in film.frames)) and film.signed
    assert film.epoch.tolist() == [0, 1, 2, 3] and film.loss.tolist() == [0, -10, -20, -30]


@pytest.mark.parametrize(("name", "node", "unit"), [
    ("lenet_relu", "conv1", (3, 0, 0)), ("vit_digits", "block2.attention.scores", (1, 3, 5)),
    ("char_rnn", "rnn1", (2, 7)),
])
def test_a_map_is_that_of_a_model_with_each_steps_weights(name, node, unit):
    recipe = NETWORKS[name]
    batch = batch_of(recipe)[:1]
    film = film_of(subject_at(recipe, 5, Frames(recipe, (0, 5, 9))), node=node, unit=unit)
    assert film.place == unit[:-2]
    for step, tiles in zip(film.steps.tolist(), film.frames, strict=True):
        output = Subject(network.build(recipe.network, seed=step), batch, recipe).activations([node])[node][0]
        every = tuple(slice(None, None, each) for each in film.every)
        assert tiles[0] == pytest.approx(output[film.place][every].numpy(), abs=1e-5)


def test_the_film_of_two_inputs_is_their_difference():
    recipe = NETWORKS["lenet_relu"]
    batch, frames = batch_of(recipe), Frames(recipe, (0, 1))
    both = film_of(subject_at(recipe, 0, frames, batch[:1], against=batch[1:]), node="conv1", unit=(2, 0, 0))
    first, second = (film_of(subject_at(recipe, 0, frames, one), node="conv1", unit=(2, 0, 0)).frames
                     for one in batch.split(1))
    assert both.frames == pytest.approx(first - second, abs=1e-6)


def test_parts_of_a_film_are_the_whole_of_it():
    recipe = NETWORKS["playground"]
    subject = subject_at(recipe, 3, Frames(recipe, range(9)))
    whole = film_of(subject, node="linear1", what="kernels")
    parts = [film_of(subject, node="linear1", what="kernels", only=only) for only in ((0, 1, 2, 3), (4, 5), (8, 6, 7))]
    assert np.array_equal(np.concatenate([part.frames for part in parts]), whole.frames)
    assert [part.steps.tolist() for part in parts] == [[0, 1, 2, 3], [4, 5], [6, 7, 8]]


def test_a_part_of_a_run_that_goes_on_is_of_the_steps_that_were_asked_for():
    recipe = NETWORKS["playground"]
    frames = Frames(recipe, range(0, 40, 10))
    subject = subject_at(recipe, 0, frames)
    before = film_of(subject, node="linear1", what="kernels", only=(20,))
    frames.steps = [0, 5, 15, 20, 40, 50]  # other steps were kept, and some thinned out, meanwhile
    after = film_of(subject, node="linear1", what="kernels", only=(10, 20))
    assert after.steps.tolist() == [20] == before.steps.tolist() and not after.damaged
    assert np.array_equal(before.frames, after.frames) and after.every_step.tolist() == frames.steps


@pytest.mark.parametrize("only", [(-1,), (0.5,), "0", tuple(range(257))])
def test_steps_that_are_none_are_refused(only):
    recipe = NETWORKS["playground"]
    with pytest.raises(BadValue, match="whole numbers"):
        film_of(subject_at(recipe, 0, Frames(recipe, (0,))), node="linear1", only=only)


@pytest.mark.parametrize("what", ["kernels", "map"])
def test_changes_by_hand_are_not_in_the_film_which_explains_that(what):
    recipe = NETWORKS["lenet_relu"]
    frames = Frames(recipe, (0, 1, 2))
    trained, edited = subject_at(recipe, 1, frames), subject_at(recipe, 1, frames, edited=True)
    with torch.no_grad():
        edited.model.get_submodule("conv1").weight.mul_(1000)
    kept, film = (film_of(subject, node="conv1", what=what) for subject in (trained, edited))
    assert np.array_equal(kept.frames, film.frames) and film.limit == kept.limit
    assert kept.note is None and "as they were trained" in str(film.note)


def test_of_a_thousand_steps_120_are_filmed_with_the_first_the_last_and_this_one():
    recipe = NETWORKS["playground"]
    film = film_of(subject_at(recipe, 501, Frames(recipe, range(1000))), node="linear1", what="kernels", only=(501,))
    steps = film.every_step.tolist()
    assert len(steps) <= 121 and {0, 501, 999} <= set(steps) and steps == sorted(steps) and len(film.steps) == 1


@pytest.mark.parametrize("name", ["lenet_batch_norm", "row_lstm"])
def test_a_damaged_step_is_left_out_and_named_and_the_model_keeps_its_weights(name):
    recipe = NETWORKS[name]
    subject = subject_at(recipe, 0, Frames(recipe, (0, 1, 2), damaged=1))
    before = {key: value.clone() for key, value in subject.model.state_dict().items()}
    last = list(dict(subject.model.named_children()))[-1]
    film = leaves_no_trace(subject.model, lambda: film_of(subject, node=last))
    assert film.steps.tolist() == [0, 2] and film.damaged == (1,)
    assert all(torch.equal(value, before[key]) for key, value in subject.model.state_dict().items())


def test_weights_of_another_network_are_as_damaged():
    recipe = NETWORKS["playground"]
    frames = Frames(recipe, (0, 1))
    frames.load = lambda step: {"linear1.weight": torch.zeros(9, 9)}
    film = film_of(subject_at(recipe, 0, frames), node="linear1", what="kernels")
    assert film.steps.tolist() == [0] and film.damaged == (1,)


def test_a_diverged_step_is_a_frame_with_its_nan():
    recipe = NETWORKS["playground"]
    frames = Frames(recipe, (0, 1))
    frames.load = lambda step: {name: torch.full_like(each, torch.nan) for name, each in weights_at(recipe, 1).items()}
    film = film_of(subject_at(recipe, 0, frames), node="linear1", what="kernels")
    assert np.isnan(film.frames[1]).all() and np.isfinite(film.limit) and film.limit > 0


def test_a_layer_without_weights_is_refused_with_what_to_film_instead():
    recipe = NETWORKS["lenet_relu"]
    with pytest.raises(NotApplicable, match="relu1 has no weights to film"):
        film_of(subject_at(recipe, 0, Frames(recipe, (0,))), node="relu1", what="kernels")


def test_any_model_has_a_film_of_one_frame():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    film = run("film", model, torch.rand(1, 1, 6, 6), node="0", what="kernels")
    assert np.array_equal(film.frames[0], model[0].weight.detach().flatten(0, 1).numpy()) and film.steps.tolist() == [0]


def test_many_kernels_are_bounded():
    model = nn.Sequential(nn.Conv2d(256, 512, 3))
    film = run("film", model, torch.rand(1, 256, 4, 4), node="0", what="kernels")
    assert film.total == (512, 256) and film.frames[0].size <= 16_384
    rows = film.frames.shape[1] // film.across
    kept = model[0].weight.detach()[:rows, :film.across].flatten(0, 1)
    assert np.array_equal(film.frames[0], kept.numpy())


def test_a_runs_frames_that_are_cut_short_or_gone_are_named(tmp_path: Path):
    recipe = zoo.recipe("playground")
    kept = RunStore(tmp_path / "runs").create(recipe)
    keeper = FrameKeeper(kept.frames_folder, 10**9)
    for step in range(4):
        keeper.keep(step, weights_at(recipe, step))
    cut = frame_path(kept.frames_folder, 1)
    cut.write_bytes(cut.read_bytes()[:-7])
    film = film_of(subject_at(recipe, 0, RunFrames(kept)), node="linear1", what="kernels")
    assert film.damaged == (1,) and film.steps.tolist() == [0, 2, 3] and np.isnan(film.loss).all()
    frame_path(kept.frames_folder, 2).unlink()
    assert damaged_steps(kept.frames_folder, (0, 1, 2, 3)) == [1, 2]
    assert film_of(subject_at(recipe, 0, RunFrames(kept)), node="linear1", what="kernels").steps.tolist() == [0, 3]


def test_an_output_that_is_a_parameter_is_filmed_too():
    class Constant(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.outputs = nn.Parameter(torch.tensor([1.0, 2.0]))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return self.outputs.expand(len(inputs), 2)

    film = run("film", nn.Sequential(Constant(), nn.Identity()), torch.zeros(1, 3), node="0")
    assert film.frames.flatten().tolist() == [1.0, 2.0]
