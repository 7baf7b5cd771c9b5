"""How soon attributions, patches and silenced units are there: in a notebook, and seen on the page.

    python tests/benchmarks/bench_attribution.py [--only notebook,page] [--times 15] [--json]

The page is a real server and browser on this machine; networks have fresh weights. Run as a script.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import torch
from bench_inspect import figure, make_run
from bench_inspect_views import ANSWERED, UNTIL_SEEN, opened, samples
from bench_pages import serve
from live_app import ROOT
from live_figures import Figure
from playwright.sync_api import Page, sync_playwright

from explorer import network, probes, zoo
from explorer.training import Run, RunStore
from tests.e2e import conftest

# All panels of the row as they are painted, once every one of them has its answer; else what was seen before.
FOUR = """(() => { let last = ''; return () => {
  const panels = [...document.querySelectorAll('[data-part=attribution] [data-method][data-state]')];
  if (panels.some((panel) => !['ready', 'measuring'].includes(panel.dataset.state))) return last;
  return last = panels.map((panel) => panel.querySelector('canvas').toDataURL()).join();
}; })()"""


def timed(act: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each time, after two that are not counted."""
    took = []
    for _time in range(times + 2):
        start = time.perf_counter()
        act()
        took.append((time.perf_counter() - start) * 1000)
    return took[2:]


def measure_notebook(times: int) -> Iterator[Figure]:
    """A probe of a model in memory, from the call to the numbers."""
    torch.set_num_threads(2)
    lenet, digits = network.build(zoo.get("lenet_relu"), seed=0), torch.rand(2, 1, 28, 28)
    resnet, photo = network.build(zoo.get("resnet18"), seed=0), torch.rand(1, 3, 224, 224)
    for title, most_ms, act in (
            ("LeNet: integrated gradients, 50 steps", 50,
             lambda: probes.run("integrated_gradients", lenet, digits[:1])),
            ("LeNet: DeepLift on the prepared copy", None, lambda: probes.run("deep_lift", lenet, digits[:1])),
            ("ResNet-18 at 224×224: Grad-CAM", 300, lambda: probes.run("grad_cam", resnet, photo)),
            ("LeNet: deletion and insertion of one method", 100,
             lambda: probes.run("deletion_insertion", lenet, digits[:1], method="saliency")),
            ("LeNet: all 1,600 units of conv2 patched", 100,
             lambda: probes.run("patching_everywhere", lenet, digits, node="conv2")),
            ("LeNet: all 4,704 units of conv1 patched", 1000,
             lambda: probes.run("patching_everywhere", lenet, digits, node="conv1"))):
        yield figure(title, timed(act, times), most_ms)


def measure_page(page: Page, url: str, run: Run, times: int) -> Iterator[Figure]:
    """Another image until four methods are painted; a channel silenced until the prediction is."""
    page.goto(f"{url}/inspect?run={run.id}&view=attribution")
    page.wait_for_selector("[data-part=attribution] [data-state=ready]", timeout=90_000)
    page.wait_for_timeout(6000)
    yield figure("LeNet: another image → four methods painted", page.evaluate(UNTIL_SEEN, [samples(times), FOUR]))
    opened(page, url, run, "maps", "maps")
    silenced = [{"interventions": [{"node": "conv1", "index": [n % 6, None, None], "action": "zero",
                                    "value": 0}]} for n in range(times)]
    yield figure("LeNet: a channel of conv1 silenced → the prediction painted",
                 page.evaluate(UNTIL_SEEN, [silenced, ANSWERED]), 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="notebook,page", help="comma-separated")
    parser.add_argument("--times", type=int, default=15, help="of each change")
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    args, found = parser.parse_args(), []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with it

    def take(figures: Iterator[Figure]) -> None:
        for each in figures:
            found.append(each)
            print(each.as_row(), flush=True)

    if "notebook" in args.only:
        take(measure_notebook(args.times))
    if "page" in args.only:
        with tempfile.TemporaryDirectory() as folder:
            run = make_run(RunStore(Path(folder) / "runs"), "lenet_relu")
            with serve(ROOT / "app.py", Path(folder)) as (url, _server), sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
                take(measure_page(browser.new_context(viewport={"width": 1440, "height": 900}).new_page(), url, run,
                                  args.times))
                browser.close()
    if args.json:
        print(json.dumps([asdict(each) for each in found]))


if __name__ == "__main__":
    main()
