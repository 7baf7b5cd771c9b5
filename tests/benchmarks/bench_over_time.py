"""How smoothly the swipe and the film go: frames of the browser a second, the longest wait for one, paints.

    python tests/benchmarks/bench_over_time.py [--json]

A real server and browser on this machine; networks with fresh weights. Run as a script.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_inspect import make_run
from bench_pages import serve
from live_app import ROOT
from live_figures import Figure
from playwright.sync_api import Page, sync_playwright

from explorer.training import Run, RunStore
from tests.e2e import conftest

SECONDS = 3
SMOOTH = 30  # frames a second without a graphics card; as many as the screen has is the aim
# Moves something at every frame for some seconds: how long each frame took, in milliseconds.
MOVE = """async ([act, seconds]) => {
  const frame = () => new Promise(requestAnimationFrame), move = eval(act), took = [];
  await frame();
  for (let place = 0, start = performance.now(), last = start; performance.now() - start < 1000 * seconds; place++) {
    move(place);
    await frame();
    const now = performance.now();
    took.push(now - last);
    last = now;
  }
  return took;
}"""
PAINTED = ("[...document.querySelectorAll('[data-painted]')]"
           ".reduce((sum, each) => sum + Number(each.dataset.painted), 0)")
SWIPE = "(place) => layerscopeInspector.swipe.moveTo(0.5 + 0.45 * Math.sin(place / 12))"
SCRUB = """(place) => {
  const slider = document.querySelector('.film-scrub'), last = Number(slider.max);
  slider.value = String(place % (last + 1));
  slider.dispatchEvent(new Event('input'));
}"""


def moved(page: Page, title: str, act: str) -> Figure:
    """Frames a second while something is moved, and the 95th percentile of what one took."""
    took = sorted(page.evaluate(MOVE, [act, SECONDS]))
    rate = 1000 / statistics.mean(took)
    return Figure(title, f"{rate:.0f} frames a second; {took[int(0.95 * len(took))]:.0f} ms", f"≥ {SMOOTH}",
                  rate >= SMOOTH)


def measure(page: Page, url: str, runs: dict[str, Run]) -> Iterator[Figure]:
    """The swipe over an operation and over two overviews; the film of kernels and of a map, once loaded."""
    for name, view, ready in (
        ("lenet_relu", "operation&node=conv2&unit=0,4,4", ".beside-over .operation-canvas[data-unit]"),
        ("lenet_relu", "overview", "canvas.beside[data-painted]"),
        ("googlenet", "overview", "canvas.beside[data-painted]"),
    ):
        page.goto(f"{url}/inspect?run={runs[name].id}&view={view}&beside=step-0")
        page.wait_for_selector(ready, state="attached")
        page.wait_for_timeout(2000)
        before = page.evaluate(PAINTED)
        yield moved(page, f"{name}: the swipe moved over the {view.split('&')[0]}", SWIPE)
        yield Figure("of that, pictures painted anew", str(page.evaluate(PAINTED) - before), "0",
                     page.evaluate(PAINTED) == before)
    for what in ("kernels", "map"):
        page.goto(f"{url}/inspect?run={runs['lenet_relu'].id}&view=time&node=conv1")
        page.wait_for_selector(".film-canvas[data-step]")
        page.get_by_test_id("film-what").select_option(what)
        page.wait_for_function("document.querySelector('.film-line').textContent.includes('scale') && "
                               "!document.querySelector('.film-line').textContent.includes('frames are here')")
        yield moved(page, f"LeNet: the film of conv1's {what} scrubbed through", SCRUB)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    return parser.parse_args()


def main() -> None:
    args, found = parse(), []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with it
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs")
        runs = {name: make_run(store, name) for name in ("lenet_relu", "googlenet")}
        with serve(ROOT / "app.py", Path(folder)) as (url, _server), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.set_default_timeout(180_000)
            for each in measure(page, url, runs):
                found.append(each)
                print(each.as_row(), flush=True)
            browser.close()
    if args.json:
        print(json.dumps([asdict(each) for each in found]))


if __name__ == "__main__":
    main()
