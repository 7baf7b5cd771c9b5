"""What watching costs, and how soon and how smoothly it shows: a real server, worker and browser. Run as a script.

    python tests/benchmarks/bench_live.py --data FOLDER [--only watched,plane] [--pairs 3] [--json]

`memory` takes --minutes; it and `crowd` have the machine to themselves for a while.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import live_app
from live_app import App, Page, Run
from live_crowd import measure_crowd
from live_figures import Figure, at, slope, span

from explorer.recipe import Recipe
from explorer.training import RunStore, Session
from explorer.training.analysis import live_writer
from explorer.training.records.metrics import last_step
from explorer.workspace.draft_store import Draft, DraftStore

WATCHED_S = 8.0

# How often the page asks the route; for every page, before any of its scripts.
COUNT_ASKS = """(() => {
  const ask = window.fetch;
  window.asks = { numbers: 0, view: 0 };
  window.fetch = (url, ...rest) => {
    const what = /layerscope\\/live\\/[^/]+\\/(numbers|view)/.exec(url);
    if (what) window.asks[what[1]] += 1;
    return ask(url, ...rest);
  };
})()"""
# Looks at one row of pixels of every chart, 20 times a second; the time between two looks is what the main thread adds.
LOOK = """() => {
  const isBlank = (canvas) => !canvas?.width || !canvas.getContext('2d').getImageData(
    0, canvas.height >> 1, canvas.width, 1).data.some(Boolean);
  const looks = window.looks = { blank: [], gaps_ms: [] };
  let last = performance.now();
  looks.timer = setInterval(() => {
    const now = performance.now();
    looks.gaps_ms.push(now - last);
    last = now;
    const frames = [...document.querySelectorAll('.live-frame[data-chart], [data-part=view] .live-frame:has(canvas)')];
    const blank = frames.filter((frame) => isBlank(frame.querySelector('canvas')));
    if (blank.length || !frames.length) looks.blank.push(blank.map((frame) => frame.dataset.chart ?? 'view').join());
  }, 50);
}"""
# States of the boundary and of the units' maps that were on the page in a frame.
STATES = """async (seconds) => {
  const steps = new Set(), maps = new Set(), start = performance.now();
  let frames = 0;
  while (performance.now() - start < 1000 * seconds) {
    await new Promise(requestAnimationFrame);
    frames += 1;
    steps.add(document.querySelector('[data-part=view]')?.dataset.lastStep);
    maps.add(document.querySelector('canvas[data-painted]')?.dataset.painted);
  }
  const took = (performance.now() - start) / 1000;
  return { boundaries: steps.size / took, maps: maps.size / took, frames: frames / took };
}"""
# When things happened since the click, in ms since 1970: asked (the new run's first ask), received (a step), painted.
FROM_THE_CLICK = """() => {
  const times = window.times = {}, now = () => performance.timeOrigin + performance.now(), ask = window.fetch;
  document.querySelector('.st-key-start button').addEventListener('click',
    (event) => { times.clicked ??= performance.timeOrigin + event.timeStamp; }, true);
  window.fetch = (url, ...rest) => {
    const run = /layerscope\\/live\\/([^/]+)\\/numbers/.exec(url)?.[1];
    if (run && !times.asked) {
      times.asked = now();
      setTimeout(() => layerscopeLive.watch(run, ({ numbers }) => {
        if (numbers?.step.length) times.received ??= now();
      }, false));
    }
    return ask(url, ...rest);
  };
  const look = () => {
    if (Number(document.querySelector('[data-chart=loss] .live-body')?.dataset.lastStep) > 0) times.painted = now();
    else requestAnimationFrame(look);
  };
  look();
}"""


def measure_watched(app: App, args: argparse.Namespace) -> Iterator[Figure]:
    """Training with a page that watches against training alone, in turn."""
    problems = [("Playground's problem, one thread", live_app.PLAYGROUND, 0.9),
                ("LeNet on digits, one thread", live_app.DIGITS, 0.9)]
    if args.data:
        problems.append(("LeNet on MNIST, batch 256, two threads", live_app.MNIST, 0.85))
    for name, recipe, budget in problems:
        recipe, page = live_app.epochs_for(app, recipe, WATCHED_S), app.open_page()
        page.add_init_script(COUNT_ASKS)
        alone, watched, asks = [], [], []
        for pair in range(args.pairs):
            for is_watched in ((False, True), (True, False))[pair % 2]:
                started = time.perf_counter()
                run = live_app.await_end(app.start(recipe, page if is_watched else None))
                (watched if is_watched else alone).append(live_app.steps_per_s(run))
                if is_watched:
                    asks.append(sum(page.evaluate("asks").values()) / (time.perf_counter() - started))
                page.goto("about:blank")
        page.close()
        ratio = statistics.median(watched) / statistics.median(alone)
        yield Figure(f"{name}: with one page watching against alone, {args.pairs} pairs "
                     f"({span(watched)} : {span(alone)} steps/s; {statistics.median(asks):.0f} asks/s)",
                     f"{ratio:.2f}×", f"≥ {budget}×", ratio >= budget)


def measure_blank(app: App, args: argparse.Namespace) -> Iterator[Figure]:
    """Looks at the charts 20 times a second while a run trains, and how late the looks come."""
    for name, recipe in (("LeNet on digits", live_app.DIGITS), ("spirals", live_app.SPIRALS)):
        page = app.open_page()
        run = app.start(live_app.epochs_for(app, recipe, WATCHED_S), page)
        page.evaluate(LOOK)
        live_app.await_end(run)
        page.wait_for_timeout(1000)
        looks = page.evaluate("() => { clearInterval(looks.timer); return looks; }")
        page.close()
        gaps, blank = sorted(looks["gaps_ms"]), looks["blank"]
        yield Figure(f"{name}: looks with a blank chart {sorted(set(blank)) or ''}".strip(),
                     f"{len(blank)} of {len(gaps)}", "0", not blank)
        p95 = at(gaps, 0.95)
        yield Figure(f"{name}: between two looks 50 ms apart, p95",
                     f"{p95:.0f} ms (median {at(gaps, 0.5):.0f}, longest {gaps[-1]:.0f})", "≤ 100 ms", p95 <= 100)


def measure_plane(app: App, args: argparse.Namespace) -> Iterator[Figure]:
    """Pictures of the plane a second on a page, and what making them costs the training."""
    page = app.open_page()
    run = app.start(live_app.SPIRALS.with_(epochs=live_app.ENDLESS), page)
    page.wait_for_selector("[data-part=view][data-last-step]")
    page.wait_for_timeout(1000)
    states = page.evaluate(STATES, 6)
    live_app.stop(run)
    page.close()
    yield Figure(f"spirals: different boundaries painted a second (maps of a unit {states['maps']:.1f}, frames "
                 f"{states['frames']:.0f})", f"{states['boundaries']:.1f}", "≥ 15", states["boundaries"] >= 15)
    recipe = live_app.epochs_for(app, live_app.SPIRALS, WATCHED_S / 2)
    usual, with_views, without = live_writer.EVERY_S, [], []
    for pair in range(args.pairs):
        for every_s, speeds in ((usual, with_views), (1e9, without))[::1 if pair % 2 else -1]:
            live_writer.EVERY_S = every_s
            speeds.append(_train_here(app.store, recipe))
    live_writer.EVERY_S = usual
    share = 1 - statistics.median(with_views) / statistics.median(without)
    yield Figure(f"spirals: the views' share of the training time ({span(with_views)} : {span(without)} steps/s)",
                 f"{100 * share:.1f} %", "≤ 5 %", share <= 0.05)


def _train_here(store: RunStore, recipe: Recipe) -> float:
    run = store.create(recipe)
    Session(run).execute()
    return live_app.steps_per_s(run)


def measure_start(app: App, args: argparse.Namespace) -> Iterator[Figure]:
    """From the click on Train to the first point of the loss, and where the time goes."""
    page, starts = app.open_page(), []
    for _ in range(args.starts):
        starts.append(_start_by_click(app, page))
    page.close()
    until_painted = sorted(start["painted"] for start in starts)
    median = statistics.median(until_painted)
    yield Figure(f"Train clicked to the first point of the loss, {len(starts)} times, spare worker ready",
                 f"{median:.2f} s (worst {until_painted[-1]:.2f})", "≤ 0.7 s", median <= 0.7)
    for what, words in (("created", "the run's folder is there"), ("ready", "the worker begins its first step"),
                        ("first_row", "the first step is recorded"), ("asked", "the page asks about the run"),
                        ("received", "a message with a step is there")):
        yield Figure(f"of which until {words}", f"{statistics.median(start[what] for start in starts):.2f} s")


def _start_by_click(app: App, page: Page) -> dict[str, float]:
    """Seconds from the click to everything that happens until the first point."""
    draft_id, known = f"{time.time_ns():032x}", {run.id for run in app.store.all()}
    DraftStore(app.folder / "runs" / "drafts").save(Draft(draft_id, live_app.DIGITS.with_(epochs=2)), writer="bench",
                                                    based_on_revision=0)
    app.show(page, f"train?net={draft_id}")
    page.wait_for_selector("[data-chart=loss] canvas")
    app.await_spare()
    page.evaluate(FROM_THE_CLICK)
    rows: dict[str, float] = {}
    reader = threading.Thread(target=_note_first_row, args=(app.store, known, rows))
    reader.start()
    page.locator(".st-key-start button:visible").click()
    page.wait_for_function("times.painted")
    times = page.evaluate("times")
    reader.join()
    (run,) = [each for each in app.store.all() if each.id not in known]
    live_app.await_end(run)
    written = {"created": run.folder / "recipe.json", "ready": live_app.frame_path(run.frames_folder, 0)}
    moments = {name: times[name] / 1000 for name in ("asked", "received", "painted")} | rows | {
        name: path.stat().st_mtime for name, path in written.items()}
    return {name: moment - times["clicked"] / 1000 for name, moment in moments.items()}


def _note_first_row(store: RunStore, known: set[str], rows: dict[str, float]) -> None:
    """Looks every 10 ms for the new run's first recorded step."""
    run: Run = live_app.until(lambda: next((each for each in store.all() if each.id not in known), None), 0.01)
    live_app.until(lambda: _has_row(run), 0.01)
    rows["first_row"] = time.time()


def _has_row(run: Run) -> bool:
    return run.metrics_path.exists() and last_step(run.metrics_path) > 0


def measure_memory(app: App, args: argparse.Namespace) -> Iterator[Figure]:
    """The page's memory, nodes and listeners after a forced collection, once a minute."""
    page = app.open_page()
    run = app.start(live_app.SPIRALS.with_(epochs=live_app.ENDLESS), page)
    run.request("speed", 100.0)
    page.wait_for_selector("[data-part=view][data-last-step]")
    session, samples = page.context.new_cdp_session(page), []
    session.send("Performance.enable")
    started = time.monotonic()
    for minute in range(args.minutes + 1):
        page.wait_for_timeout(max(0.0, 1000 * (started + 60 * minute - time.monotonic())))
        session.send("HeapProfiler.collectGarbage")
        found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        samples.append((found["JSHeapUsedSize"] / 1e6, found["Nodes"], found["JSEventListeners"]))
        print(f"minute {minute}: {samples[-1][0]:.2f} MB, {samples[-1][1]:.0f} nodes, {samples[-1][2]:.0f} listeners",
              file=sys.stderr, flush=True)
    live_app.stop(run)
    page.close()
    later = samples[1:] if len(samples) > 2 else samples  # the first minute fills the charts
    growth = slope([sample[0] for sample in later])
    budget_mb = 0.1 * later[0][0] / 30
    yield Figure(f"a page on spirals at 100 steps/s: its memory over {args.minutes} minutes (at first "
                 f"{samples[0][0]:.1f} MB, {samples[0][1]:.0f} nodes, {samples[0][2]:.0f} listeners; at last "
                 f"{samples[-1][0]:.1f} MB, {samples[-1][1]:.0f}, {samples[-1][2]:.0f})",
                 f"{1000 * growth:+.0f} kB a minute", "flat (a tenth in 30 minutes)", growth <= budget_mb)


MEASUREMENTS = {"watched": measure_watched, "blank": measure_blank, "plane": measure_plane, "start": measure_start,
                "crowd": measure_crowd, "memory": measure_memory}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="names, with commas: %(default)s")
    parser.add_argument("--data", type=Path, default=os.environ.get("EXPLORER_DATA"), help="a folder that has MNIST")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--minutes", type=int, default=30, help="of memory")
    parser.add_argument("--watchers", type=int, default=30)
    parser.add_argument("--pages", type=int, default=2, help="real ones, beside the watchers without a browser")
    parser.add_argument("--crowd-s", type=float, default=20.0, help="how long a crowd is measured")
    parser.add_argument("--every-s", type=float, default=10.0, help="between two clicks of one watcher")
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    return parser.parse_args()


def main() -> None:
    args, found = parse(), {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # server and workers end with it
    started = time.strftime("%Y-%m-%d %H:%M")
    with live_app.serve(args.data) as app:
        print(f"{started}, load {os.getloadavg()[0]:.1f}\n\n| what | figure | budget | |\n|---|---|---|---|")
        for name in args.only.split(","):
            for figure in MEASUREMENTS[name](app, args):
                print(figure.as_row(), flush=True)
                found.setdefault(name, []).append(asdict(figure))
    if args.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
