"""The app as the benchmarks of live pages use it: a real server, workers with a spare one ready, a real browser."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from explorer import zoo  # noqa: E402
from explorer.recipe import Chosen, Recipe  # noqa: E402
from explorer.training import Launcher, Run, RunStore  # noqa: E402
from explorer.training.records.checkpoints import frame_path, frame_steps  # noqa: E402
from explorer.training.records.metrics import read_facts  # noqa: E402
from tests.e2e import conftest  # noqa: E402

SPARE_REST_S = 1.0  # a spare worker that has used no time for so long waits for a run
SPARE_USES_S = 1.0  # of the processor at least, for its imports
PATIENCE_S = 300.0

PLAYGROUND = zoo.recipe("playground").with_(device="cpu", threads=1)
SPIRALS = PLAYGROUND.with_(data=Chosen("spirals", {}))
DIGITS = zoo.recipe("lenet_relu").with_(device="cpu", threads=1)
MNIST = zoo.recipe("lenet").with_(data=Chosen("mnist", {}), batch_size=256, device="cpu", threads=2)
ENDLESS = 100_000  # epochs: until it is stopped


class App:
    """A server on a folder of its own, a launcher beside it that starts runs as the server does, and a browser."""

    def __init__(self, folder: Path, process: psutil.Process, url: str, browser) -> None:
        self.folder, self.process, self.url, self.browser = folder, process, url, browser
        self.store, self.launcher = RunStore(folder / "runs"), Launcher()

    def open_page(self, path: str = "", **options) -> Page:
        """A tab of a browser that never met the app, at the default size of a laptop."""
        page = self.browser.new_page(viewport={"width": 1440, "height": 900}, **options)
        page.set_default_timeout(1000 * PATIENCE_S)
        self.show(page, path)
        return page

    def show(self, page: Page, path: str) -> None:
        page.goto(f"{self.url}/{path}")
        conftest.wait_until_idle(page)

    def watch(self, page: Page, run: Run) -> None:
        """Opens a run's page, with its charts drawn."""
        self.show(page, f"train?run={run.id}")
        page.wait_for_selector("[data-chart=loss] canvas")

    def start(self, recipe: Recipe, page: Page | None = None) -> Run:
        """Starts a run by the spare worker, once it is ready; the page watches from before the first step."""
        run = self.store.create(recipe)
        self.launcher.prepare()
        await_rest(psutil.Process(self.launcher.spare.pid))
        if page:
            self.watch(page, run)
        self.launcher.start(run)
        return run

    def await_spare(self) -> None:
        """Waits until the server's own spare worker is ready."""
        until(lambda: any(rests(child) for child in self.process.children()
                          if "--spare" in " ".join(child.cmdline())))


@contextmanager
def serve(data: Path | None) -> Iterator[App]:
    """The app with a copy of these data, warm: torch is imported and every page's parts were loaded once."""
    folder = Path(tempfile.mkdtemp())
    env = {"EXPLORER_RUNS_AT_ONCE": "1", "EXPLORER_DATA": str(folder / "data")}
    if data:
        shutil.copytree(data, folder / "data")
    os.environ |= env | {"EXPLORER_RUNS": str(folder / "runs")}  # for the workers that start from here
    process, url = conftest.start_server(ROOT / "app.py", (), folder, env)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
            app = App(folder, psutil.Process(process.pid), url, browser)
            warm = await_end(app.start(PLAYGROUND.with_(epochs=1)))
            page = app.open_page()
            app.watch(page, warm)
            page.close()
            app.await_spare()
            yield app
            app.launcher.close()
            browser.close()
    finally:
        conftest.stop_server(process)
        shutil.rmtree(folder, ignore_errors=True)


def rests(process: psutil.Process) -> bool:
    """Whether a process has done its imports and uses no more time."""
    try:
        before = sum(process.cpu_times()[:2])
        time.sleep(SPARE_REST_S)
        return before > SPARE_USES_S and sum(process.cpu_times()[:2]) == before
    except psutil.Error:
        return False


def await_rest(process: psutil.Process) -> None:
    until(lambda: rests(process))


def await_end(run: Run) -> Run:
    until(lambda: not run.status().is_live, every_s=0.2)
    return run


def stop(run: Run) -> None:
    run.request("stop")
    await_end(run)


def until(condition, every_s: float = 0.02):
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE_S:.0f} s")
        time.sleep(every_s)
    return value


def steps_per_s(run: Run) -> float:
    """Steps over the wall time between the first checkpoint, just before the first step, and the last, just after the
    last one: views, evaluations and whatever else was recorded are in it."""
    first, *_, last = frame_steps(run.frames_folder)
    times = [frame_path(run.frames_folder, step).stat().st_mtime for step in (first, last)]
    return (last - first) / (times[1] - times[0])


def epochs_for(app: App, recipe: Recipe, seconds: float) -> Recipe:
    """The recipe with as many epochs as take about so many seconds here, alone."""
    run = await_end(app.start(recipe.with_(epochs=2)))
    per_epoch = read_facts(run.metrics_path)["batches_per_epoch"]
    return recipe.with_(epochs=max(1, round(seconds * steps_per_s(run) / per_epoch)))
