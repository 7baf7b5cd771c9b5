"""Worker process: `python -m explorer.training.work.worker FOLDER` trains the run in a folder.

With `--spare` it imports and warms up everything first, then waits for a folder on its standard input, so that
training starts at once. It trains one run after the other, and exits quietly once the process that started it is gone.

It warms up, and takes the first step of its first run, at full priority: a person may be waiting for it. With
`--beside`, in place of that, it does all of it at lower priority: it is prepared for later, while another run trains.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from explorer.document import chain
from explorer.training.work.imports import many_imports

# Enough for the server to answer clicks first. With 10, Linux leaves a worker of one thread waiting on the core where a
# browser paints while the other one rests: 0.67 of its speed in place of 0.82, with one page that watches.
NICENESS = 5
_FROM = os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0

# A network with one of each kind of work in it. Its measurements ship (network/known.json).
WARM_UP = chain("Warm-up", ("input", "input", {"shape": [1, 28, 28]}), ("conv1", "conv2d", {}), ("relu1", "relu", {}),
                ("pool1", "max_pool2d", {}), ("flatten", "flatten", {}), ("linear1", "linear", {}))


def lower_priority() -> None:
    """Yield to the server, which answers clicks while this process trains.

    On Linux a session of its own is its own scheduling group, inside which nice counts for nothing; the
    group's own weight must be lowered as well.
    """
    with suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            return
        threads = os.listdir("/proc/self/task") if sys.platform == "linux" else [0]
        for thread in threads:  # on Linux each thread has a niceness of its own
            os.setpriority(os.PRIO_PROCESS, int(thread), min(_FROM + NICENESS, 19))
        autogroup = Path("/proc/self/autogroup")
        if autogroup.exists():
            autogroup.write_text(str(NICENESS), encoding="ascii")


def warm_up() -> None:
    """Import what training needs and run it once on a tiny network, so that the first real step is fast.

    On a GPU, too, where there is one: its driver, its libraries and a first graph take seconds.
    """
    with many_imports():
        import explorer.training.work.session  # noqa: F401  imported for its own sake
    from explorer.environment import pick_device
    from explorer.recipe import Recipe
    from explorer.training.loop.graph import STEPS_BEFORE, capture_on
    from explorer.training.loop.loop import Trainer
    from explorer.training.loop.memory import empty_gpu
    from explorer.training.loop.parts import load_parts

    recipe = Recipe(WARM_UP).with_optimizer("adam").with_(instruments="full")
    parts = load_parts(recipe)
    Trainer(recipe, parts).train_step()
    device, _ = pick_device("auto")
    if device != "cpu":
        with suppress(Exception):  # a GPU that is full or lost: the run that comes will find out, and has a reason
            trainer = Trainer(recipe.with_(instruments="light"), parts, device, capture=capture_on(device))
            for _step in range(STEPS_BEFORE + 1):
                trainer.train_step()
            trainer.evaluate_validation()
            trainer.instruments.flush()
            trainer.graphed = None
            empty_gpu()


def train_folder(folder: Path) -> None:
    """Train the run in this folder, at lower priority from its first step on; its log goes there as well."""
    _print_to(folder / "worker.log")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    from explorer.training.loop.torch_settings import keep_freed_memory
    from explorer.training.runs.store import Run, RunDeleted
    from explorer.training.work.session import Session

    keep_freed_memory()
    try:
        status = Session(Run(folder), watch=_after_the_first_step()).execute()
        logging.info("the run ended: %s %s", status.state, status.reason or "")
    except RunDeleted:
        logging.info("the run's folder is gone")
    _print_to(Path(os.devnull))  # Windows deletes no folder with an open log in it


def _print_to(path: Path) -> None:
    with suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.close(file)


def _after_the_first_step() -> Callable[[object], None]:
    """Make a watcher of the progress that yields to the server once there is some: until then somebody waits for it."""
    waiting = [lower_priority]

    def watch(_progress: object) -> None:
        if waiting:
            waiting.pop()()

    return watch


def main(arguments: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the app, not the training
    if arguments not in (["--spare"], ["--beside"]):
        train_folder(Path(arguments[0]))
        return
    if arguments == ["--beside"]:
        lower_priority()
    reports = os.dup(1)
    _print_to(Path(os.devnull))  # nothing but reports goes there
    warm_up()
    from explorer.training.loop.memory import used_bytes
    from explorer.training.work.spare import await_folder, is_as_new

    before_bytes = used_bytes()
    _report(reports, b"warm\n")
    while folder := await_folder():
        train_folder(Path(folder))
        if not is_as_new(Path(folder), before_bytes):
            return
        _report(reports, b"free\n")


def _report(file: int, line: bytes) -> None:
    with suppress(OSError):  # whoever started this process may have ended, and left a folder to train
        os.write(file, line)


if __name__ == "__main__":
    main(sys.argv[1:])
    gc.freeze()  # Python would look for garbage in all of torch before it ends: 0.4 s
