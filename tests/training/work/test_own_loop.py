"""Recording of a training loop of one's own: what is recorded, and that the loop does not notice."""

from __future__ import annotations

import copy
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as all_modules
from torch.optim import optimizer as all_optimizers

import explorer
from explorer.document import DocumentError
from explorer.training import RunStore
from explorer.training.records.layer_statistics import GRADIENTS, WEIGHTS, read_histograms, read_layer_statistics
from explorer.training.records.metrics import read_epochs, read_facts, read_steps
from explorer.training.work import own_loop
from explorer.training.work.logged_numbers import MOST_NAMES
from explorer.training.work.own_loop import OwnLoop


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    return RunStore()


class Nested(nn.Module):
    """Nested modules, one of them called twice, a shared parameter, one of the model's own, and dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(6))
        self.body = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Dropout(0.2))
        self.twin = nn.Linear(6, 6)
        self.twin.weight = self.body[0].weight
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.twin(self.body(self.body(x + self.shift)))))


def batches(count: int) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(1)
    return [(torch.randn(8, 6, generator=generator), torch.randint(3, (8,), generator=generator))
            for _ in range(count)]


def train(model: nn.Module, steps: int, run: OwnLoop | None = None,
          make: Callable = lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9)) -> list[float]:
    optimizer, losses = make(model.parameters()), []
    for x, y in batches(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if run:
            run.log(loss=loss)
    return losses


def hooks_left() -> int:
    return sum(map(len, (all_modules._global_forward_hooks, all_modules._global_forward_pre_hooks,
                         all_optimizers._global_optimizer_pre_hooks, all_optimizers._global_optimizer_post_hooks)))


@pytest.mark.parametrize("make", [
    lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    lambda parameters: torch.optim.Adam(parameters, fused=True)])
def test_the_weights_are_the_same_bit_for_bit_with_and_without_a_recording(make: Callable) -> None:
    torch.manual_seed(0)
    plain = Nested()
    recorded = copy.deepcopy(plain)
    torch.manual_seed(2)
    without = train(plain, 60, make=make)
    torch.manual_seed(2)
    with explorer.record(recorded, quiet=True) as run:
        assert train(recorded, 60, run, make) == without
    assert all(map(torch.equal, plain.state_dict().values(), recorded.state_dict().values()))
    assert read_steps(run.run.metrics_path).loss.tolist() == without


def test_gradient_norms_and_layer_statistics_are_those_of_plain_pytorch() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Sequential(nn.Linear(5, 3)))
    twin = copy.deepcopy(model)
    with explorer.record(model, quiet=True) as run:
        train(model, 3, run)
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.1, momentum=0.9)
    norms, spread, update = [], [], []
    for x, y in batches(3):
        optimizer.zero_grad()
        nn.functional.cross_entropy(twin(x), y).backward()
        norms.append([sum(p.grad.square().sum() for p in layer.parameters()).sqrt().item()
                      for layer in (twin[0], twin[2][0])])
        spread.append(twin[:2](x).std(0, correction=0).square().mean().sqrt().item())
        before = twin[0].weight.detach().clone()
        optimizer.step()
        update.append(((twin[0].weight.detach() - before).norm() / before.norm()).item())
    steps, found = read_steps(run.run.metrics_path), read_layer_statistics(run.run.metrics_path)
    facts = read_facts(run.run.metrics_path)
    assert facts["layers"] == ["0", "2.0"] and facts["sampled_layers"] == ["0", "1", "2.0"]
    np.testing.assert_allclose(steps.gradient_norm, norms, rtol=1e-5)
    assert found.step.tolist()[:1] == [1]
    sampled = found.step - 1
    np.testing.assert_allclose(found.of("spread")[:, 1], np.array(spread)[sampled], rtol=1e-5)
    np.testing.assert_allclose(found.of("update")[:, 0], np.array(update)[sampled], rtol=1e-4)
    assert np.isfinite(found.of("dead")[:, 1]).all()


def test_histograms_are_kept_of_weights_and_gradients() -> None:
    model = Nested()
    with explorer.record(model, quiet=True) as run:
        train(model, 2, run)
    for what in (WEIGHTS, GRADIENTS):
        assert read_histograms(run.run.metrics_path, "head", what)[1].counts.sum() == 18


def test_the_model_is_left_as_it_was_found_also_after_an_error() -> None:
    model = Nested()
    before = hooks_left()
    with pytest.raises(ZeroDivisionError), explorer.record(model, quiet=True) as run:
        train(model, 1, run)
        model.eval()
        raise ZeroDivisionError("no good")
    assert hooks_left() == before
    assert not model.training and model.head.weight.grad is not None
    status = run.status()
    assert status.state == "crashed"
    assert str(status.reason) == "Training stopped with an error: ZeroDivisionError: no good"
    with explorer.record(model, quiet=True):
        pass


def test_a_model_can_be_copied_and_saved_while_it_is_recorded(tmp_path: Path) -> None:
    model = Nested()
    with explorer.record(model, quiet=True):
        torch.save(model, tmp_path / "model.pt")
        assert list(copy.deepcopy(model).state_dict()) == list(model.state_dict())


def test_ctrl_c_is_an_interruption_and_goes_on_to_the_loop() -> None:
    with pytest.raises(KeyboardInterrupt), explorer.record(Nested(), quiet=True) as run:
        run.log(loss=1.0)
        raise KeyboardInterrupt
    assert run.status().state == "interrupted" and len(read_steps(run.run.metrics_path)) == 1


def test_a_process_that_was_killed_is_found_out(tmp_path: Path) -> None:
    script = ("import os, signal, explorer\nfrom torch import nn\n"
              "with explorer.record(nn.Linear(1, 1), quiet=True) as run:\n"
              "    run.log(loss=1)\n    os.kill(os.getpid(), signal.SIGKILL)")
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(explorer.__file__).parents[1], check=False,
                          env={**os.environ, "EXPLORER_RUNS": str(tmp_path)})
    assert done.returncode == -signal.SIGKILL
    [run] = RunStore().list()
    assert run.status().state == "interrupted" and "killed" in str(run.status().reason)


def test_numbers_that_are_not_finite_are_recorded_as_missing_and_the_loop_goes_on() -> None:
    with explorer.record(Nested(), quiet=True) as run:
        for loss in (1.0, float("nan"), torch.tensor(float("inf")), 2.0):
            run.log(loss=loss, other=loss)
    steps = read_steps(run.run.metrics_path)
    np.testing.assert_array_equal(steps.loss, [1.0, np.nan, np.nan, 2.0])
    np.testing.assert_array_equal(steps.of("other"), [1.0, np.nan, np.nan, 2.0])
    assert run.status().state == "finished"


def test_other_numbers_than_the_loss_will_do_and_not_every_step_needs_each() -> None:
    with explorer.record(Nested(), quiet=True) as run:
        for step in range(4):
            run.log(**{"β · reward/mean %": step}, **({"seldom": 7} if step == 2 else {}))
        run.log()
    steps = read_steps(run.run.metrics_path)
    assert np.isnan(steps.loss).all() and steps.of("β · reward/mean %")[:4].tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(steps.of("seldom"), [np.nan, np.nan, 7, np.nan, np.nan])


@pytest.mark.parametrize(("value", "found"), [("0.5", "str"), (None, "NoneType"), (torch.zeros(2), "shape (2,)"),
                                              (1j, "complex"), ([1.0], "list"), (np.zeros(3), "shape (3,)")])
def test_what_is_no_number_is_refused_by_its_name(value: object, found: str) -> None:
    with explorer.record(Nested(), quiet=True) as run:
        with pytest.raises(TypeError, match="'accuracy' must be a number") as refused:
            run.log(loss=1.0, accuracy=value)
        assert found in str(refused.value)
        run.log(loss=1.0, accuracy=np.float32(0.5), count=3, flag=True, tensor=torch.ones(1))
    assert run.step == 1


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 81, "step", "epoch", "gradient_norm/head", "\ud800"])
def test_a_bad_name_of_a_number_is_refused(name: str) -> None:
    with explorer.record(Nested(), quiet=True) as run, pytest.raises(ValueError, match="name"):
        run.log(**{name: 1.0})


def test_ten_thousand_names_are_one_clear_error() -> None:
    with explorer.record(Nested(), quiet=True) as run:
        with pytest.raises(ValueError, match=f"at most {MOST_NAMES} different names"):
            run.log(**{f"number {i}": i for i in range(10_000)})
        with pytest.raises(ValueError, match="there would be 101"):
            for epoch in range(10_000):
                run.log_epoch(validation={f"accuracy of epoch {epoch}": 1})


@pytest.mark.parametrize("name", ["Ünïcode 🦊 <b>$x$</b> `_*", "a/b\\c", "x" * 120])
def test_a_loop_may_have_any_name(name: str) -> None:
    with explorer.record(Nested(), name, quiet=True) as run:
        pass
    assert run.run.recording.name == name


@pytest.mark.parametrize(("wrong", "error"), [
    ({"model": 3}, TypeError), ({"name": 3}, TypeError), ({"name": ""}, ValueError), ({"name": "x" * 121}, ValueError),
    ({"epochs": 0}, ValueError), ({"epochs": 1.5}, ValueError), ({"steps_per_epoch": True}, ValueError),
    ({"model": nn.LazyLinear(2)}, ValueError)])
def test_bad_arguments_are_refused_before_anything_is_written(wrong: dict, error: type, tmp_path: Path) -> None:
    with pytest.raises(error), explorer.record(**{"model": Nested(), **wrong}):
        pass
    assert not list(tmp_path.iterdir())


def test_a_recording_is_open_only_inside_of_its_block() -> None:
    run = explorer.record(Nested(), quiet=True)
    with pytest.raises(RuntimeError, match="inside"):
        run.log(loss=1)
    with run:
        pass
    with pytest.raises(RuntimeError, match="inside"):
        run.log_epoch()
    with pytest.raises(RuntimeError, match="over"), run:
        pass


def test_a_model_has_one_recording_at_a_time_and_two_models_one_each() -> None:
    model, other = Nested(), Nested()
    with explorer.record(model, quiet=True) as run, explorer.record(other, quiet=True) as second:
        with pytest.raises(RuntimeError, match="already"), explorer.record(model, quiet=True):
            pass
        train(model, 2, run)
        second.log(loss=1)
    assert (read_steps(second.run.metrics_path).gradient_norm == 0).all()
    assert (read_steps(run.run.metrics_path).gradient_norm[:, -1] > 0).all()


def test_a_deleted_folder_ends_the_recording_with_one_warning(caplog: pytest.LogCaptureFixture,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_loop, "FLUSH_S", 0)
    model = Nested()
    with caplog.at_level(logging.WARNING), explorer.record(model, quiet=True) as run:
        train(model, 2, run)
        run.run.delete()
        train(model, 20, run)
        run.log_epoch(validation={"loss": 1})
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "the loop goes on" in caplog.text and not run.folder.exists()


def test_a_disk_that_takes_nothing_more_ends_the_recording_with_a_reason(caplog: pytest.LogCaptureFixture,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_loop, "FLUSH_S", 0)
    model = Nested()
    with explorer.record(model, quiet=True) as run:
        train(model, 2, run)
        pages = run._metrics._db.execute("PRAGMA page_count").fetchone()[0]
        run._metrics._db.execute(f"PRAGMA max_page_count = {pages}")
        train(model, 300, run)
    assert len(caplog.records) == 1 and "full" in caplog.text
    status = run.status()
    assert status.state == "crashed" and "the loop went on without it" in str(status.reason)


def test_nothing_is_recorded_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "file" / "runs"))
    before = hooks_left()
    with pytest.raises(OSError, match="file"), explorer.record(Nested(), quiet=True):
        pass
    assert hooks_left() == before


def test_a_recording_that_cannot_begin_leaves_no_run_and_no_hook_behind(runs: RunStore,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own_loop, "MetricsWriter", full)
    before, model = hooks_left(), Nested()
    with pytest.raises(OSError, match="No space left"), explorer.record(model, quiet=True):
        pass
    assert runs.all() == [] and hooks_left() == before
    monkeypatch.undo()
    with explorer.record(model, quiet=True, runs=runs):
        pass


def test_a_number_from_another_thread_is_refused_in_one_sentence_and_the_recording_goes_on() -> None:
    errors: list[str] = []

    def log() -> None:
        try:
            run.log(loss=1.0)
        except RuntimeError as error:
            errors.append(str(error))

    with explorer.record(Nested(), quiet=True) as run:
        thread = threading.Thread(target=log)
        thread.start()
        thread.join()
        run.log(loss=2.0)
    assert "Open the block in the thread that trains" in errors[0]
    assert (run.status().state, run.step) == ("finished", 1)


def test_the_end_of_an_evaluation_leaves_the_speed_as_it_was() -> None:
    def speed() -> float:
        return read_facts(run.run.metrics_path)["progress"]["steps_per_s"]

    with explorer.record(Nested(), quiet=True) as run:
        run.log(loss=1.0)
        run._flush()
        trained = speed()
        run.log_epoch(validation={"loss": 1.0})
        assert speed() == trained > 0


def test_epochs_are_recorded_with_the_means_of_their_steps() -> None:
    with explorer.record(Nested(), quiet=True, epochs=2, steps_per_epoch=2) as run:
        for loss in (4.0, 2.0, 1.0, 1.0):
            run.log(loss=loss, reward=2 * loss)
            if run.step % 2 == 0:
                run.log_epoch(validation={"loss": torch.tensor(loss), "accuracy": 0.5, "reward": 3})
    first, second = read_epochs(run.run.metrics_path)
    assert (first.epoch, first.step, second.step) == (1, 2, 4)
    assert first.values == {"train": {"loss": 3.0, "reward": 6.0},
                            "validation": {"loss": 2.0, "accuracy": 0.5, "reward": 3.0}}
    assert read_steps(run.run.metrics_path).epoch.tolist() == [0.5, 1, 1.5, 2]
    assert read_facts(run.run.metrics_path)["total_steps"] == 4
    assert run.status().summary["val_accuracy"] == 0.5


def test_steps_have_no_epoch_where_its_length_is_not_known() -> None:
    with explorer.record(Nested(), quiet=True) as run:
        run.log(loss=1)
        run.log_epoch()
    assert np.isnan(read_steps(run.run.metrics_path).epoch).all()
    assert "batches_per_epoch" not in read_facts(run.run.metrics_path)


def test_gradients_are_those_that_the_optimizer_takes() -> None:
    """Unscaled by a scaler, clipped, the last of those that are summed up, and before they are zeroed."""
    model = nn.Linear(4, 1)
    x = torch.randn(8, 4)
    expected = []
    with explorer.record(model, quiet=True) as run:
        for fused in (False, True):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1, fused=fused)
            scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
            for part in (x[:4], x[4:]):
                scaler.scale(model(part).square().mean()).backward()
            expected.append(sum(p.grad.square().sum() for p in model.parameters()).sqrt().item() / 1024)
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            run.log()
    np.testing.assert_allclose(read_steps(run.run.metrics_path).gradient_norm[:, 0], expected, rtol=1e-5)


def test_several_optimizers_each_have_their_own_gradients() -> None:
    model = nn.ModuleDict({"generator": nn.Linear(2, 2), "critic": nn.Linear(2, 1)})
    optimizers = {name: torch.optim.SGD(each.parameters(), lr=0.1) for name, each in model.items()}
    with explorer.record(model, quiet=True) as run:
        expected = []
        for name, optimizer in optimizers.items():
            model.zero_grad()
            model["critic"](model["generator"](torch.ones(3, 2))).square().mean().backward()
            expected.append(sum(p.grad.square().sum() for p in model[name].parameters()).sqrt().item())
            optimizer.step()
        run.log()
    np.testing.assert_allclose(read_steps(run.run.metrics_path).gradient_norm[0], expected, rtol=1e-5)


def test_an_optimizer_with_a_closure_is_read_after_its_step() -> None:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=2)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = (model(torch.ones(2, 3)) - 3).square().mean()
        loss.backward()
        return loss

    with explorer.record(model, quiet=True) as run:
        run.log(loss=optimizer.step(closure))
    last = sum(p.grad.square().sum() for p in model.parameters()).sqrt().item()
    assert read_steps(run.run.metrics_path).gradient_norm[0, 0] == pytest.approx(last)
    assert read_layer_statistics(run.run.metrics_path).of("update")[0, 0] > 0


def test_a_loop_without_an_optimizer_of_pytorch_has_the_gradients_that_are_there_at_its_log() -> None:
    model = nn.Linear(3, 1)
    with explorer.record(model, quiet=True) as run:
        model(torch.ones(2, 3)).sum().backward()
        run.log()
    assert read_steps(run.run.metrics_path).gradient_norm[0, 0] == pytest.approx((3 * 4 + 4) ** 0.5)


@pytest.mark.parametrize("model", [nn.ReLU(), nn.Identity(), nn.Sequential(), nn.Linear(2, 1).requires_grad_(False)])
def test_a_model_without_anything_to_train_is_recorded(model: nn.Module) -> None:
    with explorer.record(model, quiet=True) as run:
        model(torch.ones(1, 2))
        run.log(loss=1)
    assert read_steps(run.run.metrics_path).gradient_norm.shape == (1, 0)


def test_a_shared_parameter_belongs_to_each_of_its_layers() -> None:
    model = Nested()
    with explorer.record(model, quiet=True) as run:
        train(model, 1, run)
    assert run.run.recording.layers == ("(Nested)", "body.0", "twin", "head")


def test_an_embedding_with_sparse_gradients_is_recorded() -> None:
    model = nn.Sequential(nn.Embedding(50, 4, sparse=True), nn.Flatten(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with explorer.record(model, quiet=True) as run:
        model(torch.tensor([[1, 2]])).sum().backward()
        optimizer.step()
        run.log()
    assert (read_steps(run.run.metrics_path).gradient_norm > 0).all()
    assert read_histograms(run.run.metrics_path, "0", GRADIENTS)[1].counts.sum() == 8


def test_a_half_precision_model_is_recorded() -> None:
    model = nn.Linear(4, 2).bfloat16()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with explorer.record(model, quiet=True) as run:
        loss = model(torch.ones(3, 4, dtype=torch.bfloat16)).square().mean()
        loss.backward()
        optimizer.step()
        run.log(loss=loss)
    assert read_steps(run.run.metrics_path).loss[0] == pytest.approx(loss.item())


def test_a_pass_without_gradients_is_not_taken_for_the_training_pass() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    x = torch.randn(6, 2)
    with explorer.record(model, quiet=True) as run:
        model(x).sum().backward()
        with torch.no_grad():
            model(100 * x)
        optimizer.step()
        model(1000 * x)  # after the update
        run.log()
    found = read_layer_statistics(run.run.metrics_path).of("mean")[0, 0]
    assert found == pytest.approx(model[0](x).mean().item(), abs=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_a_compiled_model_trains_as_before_and_has_all_but_its_outputs() -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    twin = copy.deepcopy(plain)
    without = train(torch.compile(twin, backend="eager"), 4)
    compiled = torch.compile(plain, backend="eager")
    with explorer.record(compiled, quiet=True) as run:
        assert train(compiled, 4, run) == without
    assert run.run.recording.layers == ("0", "2")
    assert (read_steps(run.run.metrics_path).gradient_norm > 0).all()
    found = read_layer_statistics(run.run.metrics_path)
    assert np.isnan(found.values.get("mean", np.array(np.nan))).all() and (found.of("update")[:, 0] > 0).all()
    assert read_facts(run.run.metrics_path)["is_compiled"]


def test_what_fails_in_a_hook_ends_the_statistics_and_not_the_loop(caplog: pytest.LogCaptureFixture,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.training.loop.sampler import StepSample

    def fail(*_: object) -> None:
        raise ArithmeticError("no statistics today")

    monkeypatch.setattr(StepSample, "describe", fail)
    model = Nested()
    with explorer.record(model, quiet=True) as run:
        train(model, 3, run)
    assert len(caplog.records) == 1 and "no statistics today" in caplog.text
    assert len(read_steps(run.run.metrics_path)) == 3 and run.status().state == "finished"


def test_one_line_tells_where_to_watch(capsys: pytest.CaptureFixture) -> None:
    with explorer.record(Nested()) as run:
        pass
    [line] = capsys.readouterr().err.splitlines()
    assert f"http://localhost:8501/train?run={run.id}" in line and f"EXPLORER_RUNS={run.folder.parent}" in line
    with explorer.record(Nested(), quiet=True):
        pass
    assert not capsys.readouterr().err


def test_a_recording_has_no_recipe_and_says_so_in_one_sentence(runs: RunStore) -> None:
    with explorer.record(Nested(), "mine", quiet=True, epochs=2) as run:
        run.log(loss=1)
    opened = runs.open(run.id)
    assert opened.recording.epochs == 2 and opened.owner == ""
    with pytest.raises(DocumentError, match="a training loop of your own, so it has no recipe"):
        opened.recipe  # noqa: B018  raises


def test_a_recording_by_a_newer_version_is_shown_as_such_and_left_alone(runs: RunStore) -> None:
    with pytest.raises(KeyboardInterrupt), explorer.record(Nested(), quiet=True) as run:
        raise KeyboardInterrupt
    path = run.folder / "recording.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    assert runs.open(run.id).status().state == "newer version"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_of_the_process_does_not_write_into_the_recording() -> None:
    with explorer.record(Nested(), quiet=True) as run:
        run.log(loss=1)
        with warnings.catch_warnings(action="ignore"):
            child = os.fork()
        if not child:
            try:
                run.log(loss=2)
                run.__exit__(None, None, None)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert run.status().state == "training"
    assert len(read_steps(run.run.metrics_path)) == 1
    shutil.rmtree(run.folder)


def test_a_recording_that_has_ended_is_neither_queued_nor_trained() -> None:
    with explorer.record(Nested(), quiet=True) as run:
        run.log(loss=1.0)
    before = run.status()
    for act in (lambda: run.run.enqueue("cpu"), lambda: run.run.await_worker(os.getpid())):
        with pytest.raises(PermissionError, match="recorded from a training loop"):
            act()
    assert run.status() == before
