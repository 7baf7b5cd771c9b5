"""How soon Inspect follows: another input, another step, a slider, the pointer; and what a look costs the server.

    python tests/benchmarks/bench_inspect.py [--only hub,inputs,hover] [--times 15] [--json]

A real server and browser on this machine; networks with fresh weights and one kept step more. Run as a script.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_pages import serve
from live_app import ROOT
from live_figures import Figure
from playwright.sync_api import Page, sync_playwright

from explorer import network, zoo
from explorer.inspection import Asked, Hub, InputAsked
from explorer.network.edit import set_param
from explorer.recipe import Chosen
from explorer.training import Run, RunStore
from explorer.training.records.checkpoints import FrameKeeper
from explorer.training.runs.status import FINISHED, Status
from tests.e2e import conftest

BUDGET_BYTES = 2_000_000_000
STEPS = 16
LEAST_A_SECOND = 8
STORE = "globalThis.layerscopeInspector.store"
CANVASES = "[...document.querySelectorAll('.react-flow__node canvas')]"
# Changes what is looked at and waits until every card in view was painted anew: milliseconds, once for each patch.
FOLLOW = f"""async (patches) => {{
  const frame = () => new Promise(requestAnimationFrame);
  const seen = () => {CANVASES}.map((each) => Number(each.dataset.painted ?? 0));
  const took = [];
  for (const patch of patches) {{
    const before = seen().reduce((sum, each) => sum + each, 0), cards = seen().length, start = performance.now();
    {STORE}.set(patch);
    while (seen().reduce((sum, each) => sum + each, 0) === before && performance.now() - start < 20000) await frame();
    await frame();
    took.push(performance.now() - start);
    for (const end = performance.now() + 400; performance.now() < end;) await frame();
  }}
  return took;
}}"""
# Changes it at every frame for some seconds: how many answers were painted a second.
DRAG = f"""async ([name, values, seconds]) => {{
  const frame = () => new Promise(requestAnimationFrame);
  const seen = () => Math.max(0, ...{CANVASES}.map((each) => Number(each.dataset.painted ?? 0)));
  const before = seen(), start = performance.now();
  for (let place = 0; performance.now() - start < 1000 * seconds; place++) {{
    const value = values[place % values.length];
    {STORE}.set(name === "step" ? {{ step: value }} : {{ changes: {{ [name]: value }} }});
    await frame();
  }}
  const painted = seen() - before;
  {STORE}.set({{ changes: {{}} }});
  return painted / seconds;
}}"""


# Points at places all over the operation: what the browser computes and paints for each, in milliseconds.
HOVER = """async (canvas) => {
  const box = canvas.getBoundingClientRect(), took = [];
  for (let place = 0; place < 150; place++) {
    const [right, down] = [((place * 37) % 150) / 150, ((place * 61) % 97) / 97];
    const at = { clientX: box.left + box.width * right, clientY: box.top + box.height * down };
    let first, last;
    const framed = new Promise((done) => {
      requestAnimationFrame(() => { first = performance.now(); });
      const start = performance.now();
      canvas.dispatchEvent(new PointerEvent('pointermove', { ...at, bubbles: true }));
      const handled = performance.now() - start;
      requestAnimationFrame(() => { last = performance.now(); done(handled); });
    });
    const handled = await framed;
    took.push(handled + last - first);
    await new Promise(requestAnimationFrame);
  }
  return took;
}"""
# Shows the operation of another node: milliseconds until it is drawn, once for each.
SHOW = f"""async (nodes) => {{
  const frame = () => new Promise(requestAnimationFrame), took = [];
  const line = () => document.querySelector('.operation-line').textContent;
  for (const node of nodes) {{
    const before = line(), start = performance.now();
    {STORE}.set({{ node, unit: null }});
    while (line() === before && performance.now() - start < 20000) await frame();
    await frame();
    took.push(performance.now() - start);
    for (const end = performance.now() + 500; performance.now() < end;) await frame();
  }}
  return took;
}}"""


def make_run(store: RunStore, name: str, **input_shape: list[int]) -> Run:
    """A finished run of a zoo network with two kept steps of fresh weights, or STEPS of a small one."""
    recipe = zoo.recipe(name)
    if input_shape:
        node = next(node for node in recipe.network.nodes if node.block == "input")
        recipe = recipe.with_(network=set_param(recipe.network, node.id, "shape", input_shape["shape"]))
    if recipe.data.name not in ("digits", "moons"):
        recipe = recipe.with_(data=Chosen("digits"))
    run = store.create(recipe)
    keeper = FrameKeeper(run.frames_folder, BUDGET_BYTES)
    is_small = network.analyze(recipe.network).total_parameters < 10**6
    for step in range(STEPS if is_small else 2):
        keeper.keep(step, network.build(recipe.network, seed=step).state_dict())
    run.write_status(Status(FINISHED))
    return run


def opened(page: Page, url: str, run: Run, view: str = "") -> None:
    page.goto(f"{url}/inspect?run={run.id}{view}")
    page.wait_for_function("document.querySelectorAll('.react-flow__node canvas[data-painted]').length > 0")
    time.sleep(2.0)


def measure_inputs(page: Page, url: str, runs: dict[str, Run], args: argparse.Namespace) -> Iterator[Figure]:
    """Another sample chosen: from the click to the overview painted anew."""
    for name, most_ms in (("lenet_relu", 150), ("tiny_vgg", 250), ("googlenet", 1000)):
        opened(page, url, runs[name])
        patches = [{"input": {"sample": 1 + place, "pixels": None, "hash": None, "tokens": None, "name": ""}}
                   for place in range(args.times)]
        took = page.evaluate(FOLLOW, patches)
        shape = network.analyze(runs[name].recipe.network).shapes["input"]
        yield figure(f"{name} at {shape[1]}×{shape[2]}: another input → the whole overview painted", took, most_ms)


def measure_steps(page: Page, url: str, runs: dict[str, Run], args: argparse.Namespace) -> Iterator[Figure]:
    """The time slider dragged: kept steps painted a second."""
    opened(page, url, runs["lenet_relu"])
    rates = [page.evaluate(DRAG, ["step", list(range(STEPS)), 2]) for _again in range(3)]
    yield rate("LeNet: kept steps painted a second while the time slider is dragged", rates)


def measure_sliders(page: Page, url: str, runs: dict[str, Run], args: argparse.Namespace) -> Iterator[Figure]:
    """A slider of a change dragged: overviews painted a second."""
    opened(page, url, runs["lenet_relu"])
    for name, values in (("rotate", list(range(-40, 40))), ("clahe", [place / 400 for place in range(1, 80)])):
        rates = [page.evaluate(DRAG, [name, values, 2]) for _again in range(3)]
        yield rate(f"LeNet: overviews painted a second while “{name}” is dragged", rates)


def measure_hover(page: Page, url: str, runs: dict[str, Run], args: argparse.Namespace) -> Iterator[Figure]:
    """The pointer moved over an operation: handler and painting together."""
    page.goto(f"{url}/inspect?run={runs['lenet_relu'].id}&view=operation&node=conv2&unit=3,4,5")
    page.wait_for_selector(".operation-canvas[data-unit]")
    time.sleep(2.0)
    took = sorted(page.locator(".operation-canvas").evaluate(HOVER))
    yield Figure("LeNet's conv2: the unit under the pointer written and drawn, median and 95th percentile",
                 f"{statistics.median(took):.1f} ms; {took[int(0.95 * len(took))]:.1f} ms", "≤ 16 ms",
                 took[int(0.95 * len(took))] <= 16)


def measure_wide(page: Page, url: str, runs: dict[str, Run], args: argparse.Namespace) -> Iterator[Figure]:
    """A layer of 256 maps shown as an operation, and one of LeNet's in turn."""
    page.goto(f"{url}/inspect?run={runs['googlenet'].id}&view=operation&node=conv1")
    page.wait_for_selector(".operation-canvas[data-unit]")
    time.sleep(2.0)
    nodes = ["inception1.concat", "conv1"] * (args.times // 2)
    took = page.evaluate(SHOW, nodes)[::2]
    yield figure("GoogLeNet's first inception: the operation of a layer of 256 maps drawn", took, 300)


def measure_unit(_page: Page, _url: str, runs: dict[str, Run], args: argparse.Namespace) -> Iterator[Figure]:
    """Long probes of a unit of LeNet, alone in one thread."""
    hub = Hub(lambda: RunStore(next(iter(runs.values())).folder.parent))
    budgets_s = {"effective_field": 0.3, "maximization": 2.0, "unit_history": None, "top_patches": None}
    for name, most_s in budgets_s.items():
        took = []
        for place in range(4):
            asked = Asked(1, options={"node": "conv2", "unit": (3, 4, 4 + place)})
            start = time.perf_counter()
            assert hub.answer(runs["lenet_relu"].id, name, asked, str).body
            took.append(time.perf_counter() - start)
        middle = statistics.median(took[1:])
        budget = "none" if most_s is None else f"≤ {most_s} s"
        yield Figure(f"LeNet: {name}, a unit of conv2", f"{middle:.2f} s", budget, most_s and middle <= most_s)


def measure_hub(_page: Page, _url: str, runs: dict[str, Run], args: argparse.Namespace) -> Iterator[Figure]:
    """The server's share of an answer, without a browser."""
    hub = Hub(lambda: RunStore(next(iter(runs.values())).folder.parent))
    for name in ("lenet_relu", "tiny_vgg", "googlenet"):
        took = []
        for place in range(args.times + 2):
            start = time.perf_counter()
            hub.answer(runs[name].id, "overview", Asked(1, InputAsked(place)), str)
            took.append(1000 * (time.perf_counter() - start))
        yield figure(f"{name}: the server's share of an overview", took[2:])


def measure_memory(page: Page, url: str, runs: dict[str, Run], args: argparse.Namespace) -> Iterator[Figure]:
    """Memory that further sessions of one run cost the server."""
    server = max(psutil.Process().children(recursive=True), key=lambda each: "streamlit" in " ".join(each.cmdline()))
    opened(page, url, runs["lenet_relu"])
    before = server.memory_info().rss
    others = []
    for _session in range(4):
        other = page.context.browser.new_context().new_page()
        opened(other, url, runs["lenet_relu"])
        others.append(other)
    took = (server.memory_info().rss - before) / len(others) / 1e6
    for other in others:
        other.context.close()
    yield Figure("memory of the server for each further session that inspects LeNet", f"{took:.1f} MB", "≤ 50 MB",
                 took <= 50)


def figure(title: str, took_ms: list[float], most_ms: float | None = None) -> Figure:
    middle = statistics.median(took_ms)
    value = f"{middle:.0f} ms [{min(took_ms):.0f} to {max(took_ms):.0f}]"
    return Figure(title, value) if most_ms is None else Figure(title, value, f"≤ {most_ms:.0f} ms", middle <= most_ms)


def rate(title: str, rates: list[float]) -> Figure:
    middle = statistics.median(rates)
    return Figure(title, f"{middle:.1f}", f"≥ {LEAST_A_SECOND}", middle >= LEAST_A_SECOND)


MEASUREMENTS = {"hub": measure_hub, "inputs": measure_inputs, "steps": measure_steps, "sliders": measure_sliders,
                "hover": measure_hover, "wide": measure_wide, "unit": measure_unit, "memory": measure_memory}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="names, with commas: %(default)s")
    parser.add_argument("--times", type=int, default=15, help="of each change")
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    return parser.parse_args()


def main() -> None:
    args, found = parse(), []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends with it
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs")
        runs = {name: make_run(store, name, **shape) for name, shape in (
            ("lenet_relu", {}), ("tiny_vgg", {"shape": [3, 64, 64]}), ("googlenet", {}))}
        with serve(ROOT / "app.py", Path(folder)) as (url, _server), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            for name in args.only.split(","):
                for each in MEASUREMENTS[name](page, url, runs, args):
                    found.append(each)
                    print(each.as_row(), flush=True)
            browser.close()
    if args.json:
        print(json.dumps([asdict(each) for each in found]))


if __name__ == "__main__":
    main()
