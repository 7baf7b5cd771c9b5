"""How soon a page is there: Home against an empty Streamlit page, and deep links to a server that just started.

    python tests/benchmarks/bench_pages.py [--only home,links] [--pairs 7] [--starts 3] [--json]

Real servers, and for every visit a browser context that never met the app. Run as a script.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent))

from live_app import DIGITS, ROOT, until
from live_figures import Figure
from playwright.sync_api import Browser, sync_playwright

from explorer import zoo
from explorer.training import RunStore, Session
from explorer.workspace.draft_store import Draft, DraftStore
from tests.e2e import conftest

DRAFT_ID = "00000000000000000000000000000001"
EMPTY_PAGE = 'import streamlit as st\n\nst.write("hello")\n'
HEADING = "h1.page-title"
FRAME, CONTENT, WHOLE, USED = "frame", "content", "whole", "used"
LIMIT_MS = 120_000

# Notes when each of the marks was first there with a size of its own, and what the page showed at that moment moves.
WATCH = """(marks) => {
  const moments = window.moments = {}, shifts = window.shifts = [];
  const isBelow = (each) => each.getBoundingClientRect().top > innerHeight;
  const hosts = () => document.querySelectorAll('[data-testid=stBidiComponentIsolated]');
  const roots = () => [document, ...Array.from(hosts(), (host) => host.shadowRoot)];
  const there = ([selector, count, idle]) => {
    if (idle && !document.querySelector('.stApp[data-test-script-state="notRunning"]')) return false;
    const found = roots().flatMap((root) => [...root?.querySelectorAll(selector) ?? []])
      .filter((each) => each.getClientRects().length);
    return found.length >= count
      && found.every((each) => each.tagName !== 'IMG' || each.naturalWidth || isBelow(each));
  };
  new PerformanceObserver((list) => {
    for (const { value, startTime } of list.getEntries()) shifts.push([startTime, value]);
  }).observe({ type: 'layout-shift', buffered: true });
  const look = () => {
    for (const [name, mark] of Object.entries(marks)) {
      if (!moments[name] && there(mark)) moments[name] = performance.now();
    }
    if (Object.keys(moments).length < Object.keys(marks).length) requestAnimationFrame(look);
  };
  look();
}"""

# name: (what it consists of, as a selector; how many of them; whether the page's script has ended as well)
Marks = dict[str, tuple[str, int, bool]]
HOME: Marks = {FRAME: (HEADING, 1, False), WHOLE: ("img.network", 1 + len(zoo.ZOO), True)}
EMPTY: Marks = {WHOLE: (".stMarkdown p", 1, True)}


@dataclass(frozen=True)
class Link:
    """A page by its address; its content is what can be known without torch."""

    name: str
    path: str
    content: str
    whole: str

    @property
    def marks(self) -> Marks:
        return {FRAME: (HEADING, 1, False), CONTENT: (self.content, 1, False), WHOLE: (self.whole, 1, True)}


def links(run_id: str) -> tuple[Link, ...]:
    node = ".react-flow__node"
    return (Link("Build", f"build?net={DRAFT_ID}", node, f":is({node} img, {node} canvas)"),
            Link("Train", f"train?run={run_id}", "[data-chart=loss] canvas", "h4#doctor"),
            Link("Inspect", f"inspect?run={run_id}", '[data-testid="stSelectbox"]',
                 ".st-key-answer .stElementContainer"),
            Link("Slow motion", f"slow_motion?run={run_id}", node, ".st-key-slow_side .stMarkdown"))


@contextmanager
def serve(script: Path, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A server with the runs of this folder: (url, process)."""
    process, url = conftest.start_server(script, (), folder, {"EXPLORER_DATA": str(folder / "data")})
    try:
        yield url, psutil.Process(process.pid)
    finally:
        conftest.stop_server(process)


def visit(browser: Browser, url: str, marks: Marks) -> dict[str, float]:
    """Seconds from the start of a newcomer's navigation to each mark, processor time, layout shifts from the first
    content on."""
    before_s = used_s()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(LIMIT_MS)
    page.add_init_script(f"({WATCH})({json.dumps(marks)})")
    page.goto(url)
    page.wait_for_function(f"Object.keys(moments).length === {len(marks)}")
    found = {name: moment / 1000 for name, moment in page.evaluate("moments").items()}
    found["shift"] = sum(value for at, value in page.evaluate("shifts") if at > 1000 * found.get(CONTENT, 0.0))
    found[USED] = used_s() - before_s
    context.close()
    return found


def used_s() -> float:
    """Processor time of the servers and the browser, as long as its tabs are open."""
    return sum(sum(process.cpu_times()[:2]) for process in psutil.Process().children(recursive=True))


def measure_home(browser: Browser, folder: Path, args: argparse.Namespace) -> Iterator[Figure]:
    """Home and the empty page in turn, each on a server that has met a browser before."""
    empty_script = folder / "empty_page.py"
    empty_script.write_text(EMPTY_PAGE)
    (folder / "empty").mkdir()
    with serve(ROOT / "app.py", folder) as (home, server), serve(empty_script, folder / "empty") as (empty, _other):
        pages = {"home": (home, HOME), "empty": (empty, EMPTY)}
        for url, marks in pages.values():
            visit(browser, url, marks)
        until(lambda: any(rests(child) for child in server.children()), 1.0)  # the spare worker: the server is warm
        took = {name: [] for name in pages}
        for pair in range(args.pairs):
            for name in list(pages)[::1 if pair % 2 else -1]:
                took[name].append(visit(browser, *pages[name]))
    whole = {name: [each[WHOLE] for each in found] for name, found in took.items()}
    ratio = statistics.median(home / empty for home, empty in zip(whole["home"], whole["empty"], strict=True))
    yield Figure(f"Home, all its cards drawn : an empty page, newcomers, {args.pairs} pairs ({spread(whole['home'])} : "
                 f"{spread(whole['empty'])})", f"{ratio:.2f}×", "≤ 1.3×", ratio <= 1.3)
    yield Figure("Home's heading", spread([each[FRAME] for each in took["home"]]))
    used = {name: [each[USED] for each in found] for name, found in took.items()}
    ratio = statistics.median(used["home"]) / statistics.median(used["empty"])
    yield Figure(f"processor time of browser and server, Home : the empty page ({spread(used['home'])} : "
                 f"{spread(used['empty'])})", f"{ratio:.2f}×")


def rests(process: psutil.Process) -> bool:
    try:
        return sum(process.cpu_times()[:2]) > 1.0 and process.cpu_percent(1.0) < 2.0
    except psutil.Error:
        return False


def measure_links(browser: Browser, folder: Path, args: argparse.Namespace) -> Iterator[Figure]:
    """The first visit of a server that just started, by an address that names a network or a run."""
    store = RunStore(folder / "runs")
    run = store.create(DIGITS.with_(epochs=2))
    Session(run).execute()
    DraftStore(store.folder / "drafts").save(Draft(DRAFT_ID, DIGITS), writer="bench", based_on_revision=0)
    for link in links(run.id):
        if args.link and link.name not in args.link:
            continue
        found = []
        for _ in range(args.starts):
            with serve(ROOT / "app.py", folder) as (url, _server):
                found.append(visit(browser, f"{url}/{link.path}", link.marks))
        by_name = {name: [each[name] for each in found] for name in found[0]}
        times = "; ".join(spread(by_name[name]) for name in (FRAME, CONTENT, WHOLE))
        yield Figure(f"{link.name} by a deep link, a fresh server, {args.starts} times: its frame; the first content; "
                     "all; layout shift after the first content", f"{times}; {max(by_name['shift']):.2f}")


def spread(seconds: list[float]) -> str:
    """The median, and the least and the largest."""
    return f"{statistics.median(seconds):.2f} s [{min(seconds):.2f} to {max(seconds):.2f}]"


MEASUREMENTS = {"home": measure_home, "links": measure_links}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="names, with commas: %(default)s")
    parser.add_argument("--pairs", type=int, default=7, help="of visits to Home and to the empty page")
    parser.add_argument("--starts", type=int, default=3, help="of a server, for each of the links")
    parser.add_argument("--link", action="append", help="one of the links alone, by its page's name")
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    return parser.parse_args()


def main() -> None:
    args, found = parse(), {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers end with it
    folder = Path(tempfile.mkdtemp())
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, load {os.getloadavg()[0]:.1f}\n\n"
          "| what | figure | budget | |\n|---|---|---|---|", flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
        for name in args.only.split(","):
            for figure in MEASUREMENTS[name](browser, folder, args):
                print(figure.as_row(), flush=True)
                found.setdefault(name, []).append(asdict(figure))
        browser.close()
    shutil.rmtree(folder, ignore_errors=True)
    print(f"\nload {os.getloadavg()[0]:.1f}")
    if args.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
