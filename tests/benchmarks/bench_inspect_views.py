"""How soon attention, gradients and an edited kernel are seen.

    python tests/benchmarks/bench_inspect_views.py [--times 15] [--json]

A real server and browser on this machine; networks with fresh weights. Run as a script.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_inspect import HOVER, STORE, figure, make_run
from bench_pages import serve
from live_app import ROOT
from live_figures import Figure
from playwright.sync_api import Page, sync_playwright

from explorer.training import Run, RunStore
from tests.e2e import conftest

# Changes what is looked at and waits until `seen` gives something else: milliseconds, once for each patch.
UNTIL_SEEN = f"""async ([patches, seen]) => {{
  const frame = () => new Promise(requestAnimationFrame), read = eval(seen), took = [];
  for (const patch of patches) {{
    const before = read(), start = performance.now();
    {STORE}.set(patch);
    while (read() === before && performance.now() - start < 20000) await frame();
    await frame();
    took.push(performance.now() - start);
    for (const end = performance.now() + 600; performance.now() < end;) await frame();
  }}
  return took;
}}"""
ANSWERED = "() => document.querySelector('.answer-body').textContent"


def painted(part: str) -> str:
    """A question for the browser: what was asked and answered last is what is painted on a part's canvas."""
    return f"() => document.querySelector('[data-part={part}] canvas[data-painted]').toDataURL()"


def opened(page: Page, url: str, run: Run, view: str, part: str) -> None:
    page.goto(f"{url}/inspect?run={run.id}&{view}")
    page.wait_for_selector(f"[data-part={part}] canvas[data-painted]")
    page.wait_for_selector(".answer-body .bar")
    page.wait_for_timeout(3000)


def samples(times: int) -> list[dict[str, object]]:
    return [{"input": {"sample": 1 + place, "pixels": None, "hash": None, "tokens": None, "edited": None, "name": ""}}
            for place in range(times)]


def measure_attention(page: Page, url: str, runs: dict[str, Run], times: int) -> Iterator[Figure]:
    """Another image: from the click to the attention painted anew."""
    opened(page, url, runs["vit_digits"], "view=attention&node=block2.attention.weights", "attention")
    took = page.evaluate(UNTIL_SEEN, [samples(times), painted("attention")])
    yield figure("ViT for digits: another image → its attention painted", took, 200)


def measure_backward(page: Page, url: str, runs: dict[str, Run], times: int) -> Iterator[Figure]:
    """Another unit, and another image: from the click to its way back painted."""
    opened(page, url, runs["lenet_relu"], "view=gradients&node=conv2&parameter=conv2.weight%5B0%2C0%2C0%2C0%5D",
           "backward")
    units = [{"unit": [place % 16, 2 + place % 5, 3], "parameter": ""} for place in range(times)]
    yield figure("LeNet: another unit of conv2 → its way back painted",
                 page.evaluate(UNTIL_SEEN, [units, painted("backward")]), 200)
    yield figure("LeNet: another image → the way back painted",
                 page.evaluate(UNTIL_SEEN, [samples(times), painted("backward")]), 200)


def measure_edit(page: Page, url: str, runs: dict[str, Run], times: int) -> Iterator[Figure]:
    """A kernel edited: from the change to the prediction; and the pointer over the kernels."""
    opened(page, url, runs["lenet_relu"], "view=weights&node=conv1", "kernels")
    edits = [{"edits": [{"parameter": "conv1.weight", "start": [0, 0, 0, 0], "shape": [1, 1, 5, 5],
                         "values": [0.3 * (place + 1) * ((cell % 5) - 2) for cell in range(25)]}]}
             for place in range(times)]
    yield figure("LeNet: a kernel of conv1 edited → the prediction painted",
                 page.evaluate(UNTIL_SEEN, [edits, ANSWERED]), 100)
    took = sorted(page.locator("[data-part=kernels] canvas[data-painted]").first.evaluate(HOVER))
    yield figure("LeNet: the kernel under the pointer described", took, 16)


def measure_flow(page: Page, url: str, runs: dict[str, Run], times: int) -> Iterator[Figure]:
    """Another image: from the click to gradients and maps painted anew."""
    opened(page, url, runs["lenet_relu"], "view=gradients", "flow")
    yield figure("LeNet: another image → the flow of gradients painted",
                 page.evaluate(UNTIL_SEEN, [samples(times), painted("flow")]), 200)
    opened(page, url, runs["lenet_relu"], "view=maps", "maps")
    yield figure("LeNet: another image → all feature maps painted",
                 page.evaluate(UNTIL_SEEN, [samples(times), painted("maps")]), 250)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15, help="of each change")
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    args, found = parser.parse_args(), []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with it
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs")
        runs = {name: make_run(store, name) for name in ("lenet_relu", "vit_digits")}
        with serve(ROOT / "app.py", Path(folder)) as (url, _server), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            for measure in (measure_attention, measure_backward, measure_edit, measure_flow):
                for each in measure(page, url, runs, args.times):
                    found.append(each)
                    print(each.as_row(), flush=True)
            browser.close()
    if args.json:
        print(json.dumps([asdict(each) for each in found]))


if __name__ == "__main__":
    main()
