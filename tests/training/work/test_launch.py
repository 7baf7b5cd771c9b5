"""Worker processes: the spare one, their priority, and what becomes of them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from comparing import assert_same_run
from small_runs import PATIENCE_S, children, digits_recipe, plane_recipe, state_of, wait_for

from explorer.training import Launcher, RunDeleted
from explorer.training.records.checkpoints import frame_path, state_path
from explorer.training.records.metrics import last_step, read_epochs, read_facts, read_steps
from explorer.training.work import launch
from explorer.training.work.worker import NICENESS

ROOT = Path(__file__).resolve().parents[3]
ENDLESS = plane_recipe(epochs=100_000)


def is_warm(worker):
    """Whether a spare has come to wait for its run: it reads from its standard input."""
    with suppress(psutil.Error):
        process = psutil.Process(worker.pid)
        cpu_s = sum(process.cpu_times()[:2])
        time.sleep(0.3)
        return cpu_s > 1 and sum(process.cpu_times()[:2]) == cpu_s
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="priorities are classes there")
def test_a_spare_that_is_prepared_while_a_run_trains_yields_from_its_beginning(launcher):
    launcher.prepare(beside_a_run=True)
    beside, mine = launcher.spare.pid, os.getpriority(os.PRIO_PROCESS, 0)
    wait_for(lambda: os.getpriority(os.PRIO_PROCESS, beside) == mine + NICENESS)
    assert psutil.Process(beside).cmdline()[-1] == "--beside"


def test_the_spare_worker_trains_at_once_gives_way_and_obeys(launcher, store):
    others = children()
    launcher.prepare()
    spare = launcher.spare
    launcher.prepare()
    assert launcher.spare is spare, "one spare is enough"
    wait_for(lambda: is_warm(spare))
    run = store.create(ENDLESS)
    launcher.start(run)
    launcher.start(run)
    assert children() - others == {spare.pid}, "a second click starts nothing"
    assert run.status().pid == spare.pid
    wait_for(lambda: last_step(run.metrics_path) > 0)
    assert state_of(run) == "training"
    if sys.platform == "linux":
        lower = os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
        group = Path(f"/proc/{spare.pid}/autogroup")
        wait_for(lambda: os.getpriority(os.PRIO_PROCESS, spare.pid) == lower)  # after the first step
        wait_for(lambda: not group.exists() or group.read_text().split()[-1] == str(NICENESS))
    reader_faults = read_while_it_trains(run, for_s=1.0)
    assert reader_faults == []
    run.request("stop")
    wait_for(lambda: state_of(run) == "stopped")
    assert "Traceback" not in (run.folder / "worker.log").read_text()


def test_a_worker_takes_the_next_run_and_trains_it_as_a_new_one_would(launcher, store, trained):
    recipes = [digits_recipe(epochs=1), plane_recipe(epochs=2, instruments="full"), digits_recipe(epochs=1)]
    runs, workers = [], set()
    for recipe in recipes:
        runs.append(store.create(recipe))
        launcher.start(runs[-1])
        workers.add(runs[-1].status().pid)
        wait_for(lambda: state_of(runs[-1]) == "finished" and launcher.spare)
    assert len(workers) == 1
    for run, recipe in zip(runs, recipes, strict=True):
        assert_same_run(run, trained(recipe)[0])
        assert "the run ended: finished" in (run.folder / "worker.log").read_text()
    (spare := launcher.spare).stdin.close()
    assert spare.wait(PATIENCE_S) == 0


def test_one_spare_is_kept_and_a_worker_that_failed_is_not(launcher, store):
    first, second = store.create(ENDLESS), store.create(ENDLESS)
    launcher.start(first)
    launcher.prepare()
    spare = launcher.spare
    wait_for(lambda: last_step(first.metrics_path) > 0)
    worker = psutil.Process(first.status().pid)
    first.request("stop")
    with suppress(psutil.NoSuchProcess):
        worker.wait(PATIENCE_S)
    assert launcher.spare is spare
    second.frames_folder.mkdir(exist_ok=True)
    frame_path(second.frames_folder, 0).write_bytes(b"damaged")
    state_path(second.frames_folder, 0).write_bytes(b"damaged")
    launcher.start(second)
    wait_for(lambda: state_of(second) == "crashed")
    assert spare.wait(PATIENCE_S) == 0
    assert launcher.spare is None


def read_while_it_trains(run, for_s):
    """Everything a page reads, over and over; what went wrong."""
    faults, until = [], time.monotonic() + for_s
    while time.monotonic() < until:
        try:
            steps = read_steps(run.metrics_path)
            assert steps.step.tolist() == list(range(1, len(steps) + 1))
            read_epochs(run.metrics_path), read_facts(run.metrics_path)
            assert run.status().state in ("training", "paused")
        except Exception as error:
            faults.append(error)
    return faults


def test_a_dead_spare_is_replaced_and_several_runs_start_in_a_row(launcher, store):
    launcher.prepare()
    dead = launcher.spare
    dead.kill()
    dead.wait()
    launcher.prepare()
    assert launcher.spare is not dead
    launcher.spare.kill()
    launcher.spare.wait()
    runs = [store.create(plane_recipe(epochs=1)) for _ in range(2)]
    for run in runs:
        launcher.start(run)
    for run in runs:
        wait_for(lambda run=run: state_of(run) == "finished")
    wait_for(lambda: all(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in children()))


def test_a_worker_killed_before_it_took_its_run_up_is_found_out_and_the_run_can_be_started_again(launcher, store):
    run = store.create(plane_recipe(epochs=1))
    launcher.start(run)
    assert run.status().state == "waiting"
    os.kill(run.status().pid, signal.SIGKILL)
    wait_for(lambda: state_of(run) == "interrupted")
    launcher.start(run)
    wait_for(lambda: state_of(run) == "finished")


def test_where_no_process_can_be_had_the_run_says_so(launcher, store, monkeypatch):
    def refuse(*_args, **_more):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("explorer.training.work.launch.subprocess.Popen", refuse)
    run = store.create(plane_recipe())
    launcher.start(run)
    assert run.status().state == "crashed"
    assert "temporarily unavailable" in str(run.status().reason)


def test_starting_a_deleted_run_raises_gone(launcher, store):
    run = store.create(plane_recipe())
    run.delete()
    with pytest.raises(RunDeleted):
        launcher.start(run)


def test_a_worker_ends_by_itself_when_its_folder_is_deleted_and_makes_nothing_again(spawn, store):
    run = store.create(ENDLESS)
    worker = spawn(run)
    wait_for(lambda: last_step(run.metrics_path) > 0)
    run.delete()
    assert worker.wait(PATIENCE_S) == 0
    assert list(store.folder.iterdir()) == []


APP = """if True:
    import os, sys, time
    from explorer.training import Launcher, RunStore
    launcher = Launcher()
    launcher.prepare()
    print(launcher.spare.pid, flush=True)
    if sys.argv[2]:
        run = RunStore(sys.argv[1]).open(sys.argv[2])
        launcher.start(run)
        print(run.status().pid, flush=True)
        launcher.prepare()
        print(launcher.spare.pid, flush=True)
    time.sleep(600)"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_when_the_app_is_killed_the_spare_ends_and_the_one_that_trains_stays(store):
    run = store.create(ENDLESS)
    app = subprocess.Popen([sys.executable, "-c", APP, str(store.folder), run.id], cwd=ROOT, stdout=subprocess.PIPE,
                           text=True)
    _, training, spare = (int(app.stdout.readline()) for _ in range(3))
    wait_for(lambda: last_step(run.metrics_path) > 0)
    os.killpg(os.getpgid(training), signal.SIGINT)  # Ctrl-C
    app.kill()
    app.wait()
    app.stdout.close()
    wait_for(lambda: not psutil.pid_exists(spare) or psutil.Process(spare).status() == psutil.STATUS_ZOMBIE)
    reached = last_step(run.metrics_path)
    wait_for(lambda: last_step(run.metrics_path) > reached)
    run.request("stop")
    wait_for(lambda: state_of(run) == "stopped")


def test_the_command_line_trains_and_ends_with_0(store):
    command = [sys.executable, "-m", "explorer", "train", "--network", "playground", "--epochs", "1", "--json"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "EXPLORER_RUNS": str(store.folder)}, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1].startswith('{"run": ')


def test_the_store_the_launcher_and_the_readers_need_no_torch():
    code = "import sys, explorer.training, explorer.training.analysis.live_view\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


TALKATIVE = """import sys
print("a library prints this", flush=True)
for folder in sys.stdin:
    print("and this", flush=True)"""


def test_a_worker_that_prints_something_else_is_no_worker_that_is_free(store, monkeypatch):
    monkeypatch.setattr(launch, "spawn_worker", lambda _beside: subprocess.Popen(
        [sys.executable, "-S", "-c", TALKATIVE], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    launcher = Launcher()
    launcher.prepare()
    spare = launcher.spare
    launcher.start(store.create(ENDLESS))
    time.sleep(0.5)
    assert launcher.spare is None and not spare.stdin.closed
    launcher.close()
    spare.kill()
    spare.wait()
