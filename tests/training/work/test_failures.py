"""However a run ends, it ends in a state with a reason, and what was there stays readable."""

import errno
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from comparing import batches
from small_runs import digits_recipe, plane_recipe, regression_recipe

from explorer import network
from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.training import RunDeleted, RunStore, Session
from explorer.training.records.checkpoints import as_os_error, frame_steps, load_frame
from explorer.training.records.metrics import last_step, read_epochs, read_facts, read_steps
from explorer.training.work.failures import failure_reason


def diverging_loop(recipe, limit=3000):
    """(first step with a loss that is not finite, every layer's gradient norm one step before), in plain PyTorch."""
    model = network.build(recipe.network, recipe.seed)
    optimizer = torch.optim.SGD(model.parameters(), recipe.optimizer.params["lr"])
    loss_of = F.mse_loss if recipe.task == "regression" else F.cross_entropy
    norms = {}
    for step, (x, y) in enumerate(batches(recipe, limit), 1):
        loss = loss_of(model(x), y)
        if not torch.isfinite(loss):
            return step, norms
        optimizer.zero_grad()
        loss.backward()
        norms = {name: sum(p.grad.double().norm() ** 2 for p in child.parameters()) ** 0.5
                 for name, child in model.named_children() if list(child.parameters())}
        optimizer.step()
    raise AssertionError("it did not diverge")


def relu_recipe(**settings):
    """Two layers without anything that bounds their activations."""
    net = chain("Unbounded", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 8}),
                ("relu1", "relu", {}), ("linear2", "linear", {"out_features": 2}))
    return Recipe(net, data=Chosen("circles")).with_optimizer("sgd", lr=1e6).with_(
        **{"batch_size": 16, "epochs": 100, "threads": 1, "device": "cpu", **settings})


@pytest.mark.parametrize("recipe", [regression_recipe(epochs=100).with_optimizer("sgd", lr=10.0), relu_recipe()],
                         ids=["regression", "classification"])
def test_a_loss_that_is_no_number_ends_the_run_and_names_the_step_and_the_layer(trained, recipe):
    step, norms = diverging_loop(recipe)
    run, status = trained(recipe)
    assert status.state == "diverged"
    assert status.reason.values["step"] == step
    assert status.reason.values["layer"] == max(norms, key=norms.get)
    assert run.status() == status
    steps = read_steps(run.metrics_path)
    assert steps.loss[step - 1] != steps.loss[step - 1]
    assert (steps.loss[:step - 1] == steps.loss[:step - 1]).all()


def test_a_batch_no_memory_holds_ends_as_out_of_memory(tmp_path):
    wide = chain("Wide", ("input", "input", {"shape": [1, 8, 8]}),
                 ("conv1", "conv2d", {"out_channels": 200_000, "kernel_size": 1}), ("pool1", "adaptive_avg_pool2d", {}),
                 ("flatten", "flatten", {}), ("linear1", "linear", {"out_features": 10}))
    code = f"""if True:
        import resource, sys
        from explorer.recipe import Recipe
        from explorer.document import Network
        from explorer.training import RunStore, train
        resource.setrlimit(resource.RLIMIT_AS, (12_000_000_000, -1))
        recipe = Recipe(Network.from_dict({wide.to_dict()!r})).with_(batch_size=1000, device="cpu", threads=1)
        run, status = train(recipe, RunStore(sys.argv[1]))
        print(status.state, "|", status.reason)"""
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    words = "out of memory | There is not enough memory for batches of 1,000"
    assert done.stdout.startswith(words), done.stderr[-2000:]


@pytest.mark.parametrize("words", [
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to ...",
    "[enforce fail at alloc_cpu.cpp:80] data. DefaultCPUAllocator: not enough memory: you tried to ...",
    "MPS backend out of memory (MPS allocated: 9 GB)"])
def test_what_torch_says_when_memory_ends_is_understood(store, words):
    run = store.create(plane_recipe())
    assert failure_reason(RuntimeError(words), run, 3)[0] == "out of memory"
    assert failure_reason(MemoryError(), run, 3)[0] == "out of memory"


@pytest.mark.parametrize(("recipe", "words"), [
    (plane_recipe().with_(data=Chosen("nowhere")), "no data set called"),
    (plane_recipe().with_(data=Chosen("digits")), "Handwritten digits"),
    (plane_recipe().with_(task="regression"), "asks for Classification"),
    (plane_recipe().with_(data=Chosen("circles", {"noise": "loud"})), "number"),
])
def test_a_recipe_that_cannot_be_trained_ends_with_the_sentence(trained, recipe, words):
    run, status = trained(recipe)
    assert status.state == "crashed"
    assert words in str(status.reason)
    assert run.status() == status


def test_missing_data_end_the_run_with_the_sentence(trained, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nothing"))
    _, status = trained(digits_recipe().with_(data=Chosen("mnist")))
    assert status.state == "crashed"
    assert str(status.reason).startswith("MNIST is missing")


def test_a_damaged_recipe_ends_with_what_is_wrong_with_it(store):
    run = store.create(plane_recipe())
    (run.folder / "recipe.json").write_text("{half")
    status = Session(type(run)(run.folder)).execute()
    assert status.state == "crashed"
    assert "not JSON" in str(status.reason)


def test_an_error_nobody_thought_of_ends_as_crashed_with_its_words(store, monkeypatch):
    run = store.create(plane_recipe())
    session = Session(run)
    session.prepare()

    def break_down():
        raise ZeroDivisionError("a cosmic ray")

    monkeypatch.setattr(session.trainer, "train_step", break_down)
    status = session.execute()
    assert status.state == "crashed"
    assert "a cosmic ray" in str(status.reason)
    assert run.status() == status


def test_a_deleted_folder_raises_gone_and_nothing_is_made_again(store, monkeypatch):
    run = store.create(plane_recipe(epochs=100_000))
    seen = []

    def delete(progress):
        seen.append(progress.step)
        if len(seen) == 2:
            run.delete()

    with pytest.raises(RunDeleted):
        Session(run, watch=delete).execute()
    assert list(store.folder.iterdir()) == []
    with pytest.raises(RunDeleted):
        run.status()


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 1.5 MB."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(place)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a tiny disk can be mounted only on Linux, by root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_full_disk_is_named_and_what_was_written_stays_readable(tiny_disk):
    run = RunStore(tiny_disk).create(digits_recipe(epochs=1000, disk_budget_mb=1000))
    status = Session(run).execute()
    assert status.state == "crashed"
    assert "disk is full" in str(status.reason)
    assert run.status() == status
    assert len(read_steps(run.metrics_path)) > 5
    assert read_facts(run.metrics_path)["layers"] == ["conv1", "norm1", "linear1"]
    for step in frame_steps(run.frames_folder):
        load_frame(run.frames_folder, step)
    assert not list(run.folder.rglob("*.writing"))


def test_a_disk_that_is_full_from_the_start_leaves_no_half_made_run(tiny_disk):
    (tiny_disk / "ballast").write_bytes(bytes(1_500_000))
    runs = RunStore(tiny_disk)
    with pytest.raises(OSError, match="space"):
        runs.create(digits_recipe())
    assert runs.list() == []
    assert [path.name for path in tiny_disk.iterdir()] == ["ballast"]


def test_a_run_in_a_read_only_folder_is_readable_once_it_has_ended(tiny_disk):
    run = RunStore(tiny_disk).create(plane_recipe())
    assert Session(run).execute().state == "finished"
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    (again,) = RunStore(tiny_disk).list()
    assert again.status().state == "finished"
    assert len(read_epochs(again.metrics_path)) == 3
    assert last_step(again.metrics_path) == len(read_steps(again.metrics_path))
    load_frame(again.frames_folder, frame_steps(again.frames_folder)[-1])


def test_safetensors_words_for_a_full_disk_become_the_error_they_were(tmp_path):
    told = as_os_error(Exception("Error while serializing: I/O error: No space left on device (os error 28)"), tmp_path)
    assert told.errno == errno.ENOSPC


@pytest.mark.parametrize(("error", "words"), [
    ("CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported",
     "The GPU stopped answering: CUDA error: unspecified launch failure. What was kept is safe; resume"),
    ("CUDA error: uncorrectable ECC error encountered", "resume to go on from there"),
    ("CUDA error: CUDA-capable device(s) is/are busy or unavailable", "Another program keeps the GPU to itself"),
    ("CUDA error: device-side assert triggered", "an index without a place"),
    ("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", "The GPU stopped answering"),
    ("No CUDA GPUs are available", "The GPU stopped answering")])
def test_a_gpu_that_is_lost_in_the_middle_ends_the_run_with_a_reason_and_it_can_be_resumed(store, error, words):
    run = store.create(plane_recipe())
    session = Session(run)
    session.prepare()
    trainer, takes = session.trainer, session.trainer.train_step

    def lose():
        if trainer.step < 20:
            return takes()
        trainer.instruments.flush = lose  # nothing on the GPU can be read any more
        raise torch.AcceleratorError(error)

    trainer.train_step = lose
    status = session.execute()
    assert status.state == "crashed"
    assert words in str(status.reason)
    assert Session(run).execute().state == "finished"
    assert read_steps(run.metrics_path).step.tolist() == list(range(1, 88))
