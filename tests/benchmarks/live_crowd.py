"""Many watchers at once: clients of the route, sessions that click, and a few real pages."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import live_app
from live_app import App, Page, Run
from live_figures import Figure, at, span

from explorer.training.records.metrics import last_step

LEAVING_S = 5.0
CLIENTS = Path(__file__).with_name("live_clients.py")


def measure_crowd(app: App, args: argparse.Namespace) -> Iterator[Figure]:
    """Many watchers on one run, and on runs of their own that wait in line behind the one that trains."""
    run = app.start(live_app.DIGITS.with_(epochs=live_app.ENDLESS))
    pages = [app.open_page() for _ in range(args.pages)]
    besides = f"{args.pages} as real pages besides"
    yield from _measure_crowd(app, args, f"{args.watchers} on one run, {besides}", [run] * args.watchers, pages)
    others = [app.store.create(live_app.DIGITS) for _ in range(args.watchers - 1)]
    for other in others:
        app.launcher.start(other)  # in line
    yield from _measure_crowd(app, args, f"{args.watchers} on runs of their own, all but one in line, {besides}",
                              [run, *others], pages)
    for other in others:
        app.launcher.attend(app.store).cancel(other)
    live_app.stop(run)
    for page in pages:
        page.close()


def _measure_crowd(app: App, args: argparse.Namespace, name: str, watched: list[Run],
                   pages: list[Page]) -> Iterator[Figure]:
    """Training alone and with a crowd, in turn; the first of `watched` is the one that trains."""
    alone, crowded, measured = [], [], {}
    for _ in range(args.pairs):
        alone.append(_speed_over(watched[0], args.crowd_s / 2))
        for page, run in zip(pages, watched[::-1], strict=False):
            app.watch(page, run)
        crowded.append(_with_crowd(app, args, watched, measured))
        for page in pages:
            page.goto("about:blank")
        time.sleep(LEAVING_S)
    yield from _crowd_figures(name, alone, crowded, measured)


def _speed_over(run: Run, seconds: float) -> float:
    """Steps a second from now on."""
    started, step = time.perf_counter(), last_step(run.metrics_path)
    time.sleep(seconds)
    return (last_step(run.metrics_path) - step) / (time.perf_counter() - started)


def _with_crowd(app: App, args: argparse.Namespace, watched: list[Run], measured: dict) -> float:
    """Steps a second while a crowd of clients watches and clicks; what they measured is added to `measured`."""
    command = [sys.executable, str(CLIENTS), app.url, str(args.crowd_s), str(args.every_s),
               *(each.id for each in watched)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=live_app.ROOT,
                          env={**os.environ, "PYTHONPATH": str(live_app.ROOT)}) as clients:
        if clients.stdout.readline().strip() != "ready":
            raise RuntimeError("the clients did not get their pages")
        used = sum(app.process.cpu_times()[:2])
        speed = _speed_over(watched[0], args.crowd_s)
        used = sum(app.process.cpu_times()[:2]) - used
        found = json.loads(clients.stdout.readline())
    if found["broken"]:
        raise RuntimeError(found["broken"][0])
    for name in ("clicks_s", "asks_s"):
        measured.setdefault(name, []).extend(found[name])
    for name, value in (("seconds", found["seconds"]), ("server_s", used), ("clients_s", found["processor_s"]),
                        ("lost", found["lost_clicks"]), ("fragments", found["fragments"])):
        measured[name] = measured.get(name, 0) + value
    measured["by_status"] = found["by_status"]
    return speed


def _crowd_figures(name: str, alone: list[float], crowded: list[float], measured: dict) -> Iterator[Figure]:
    clicks, asks, seconds = sorted(measured["clicks_s"]), sorted(measured["asks_s"]), measured["seconds"]
    p95 = at(clicks, 0.95)
    yield Figure(f"{name}: a click, p95 of {len(clicks)}, {measured['lost']} without an answer in a minute",
                 f"{p95:.2f} s (median {at(clicks, 0.5):.2f})", "≤ 1 s", p95 <= 1 and not measured["lost"])
    ratio = statistics.median(crowded) / statistics.median(alone)
    yield Figure(f"{name}: training against alone ({span(crowded)} : {span(alone)} steps/s)", f"{ratio:.2f}×",
                 "≥ 0.8×", ratio >= 0.8)
    yield Figure(f"{name}: the route's answers {measured['by_status']}",
                 f"{len(asks) / seconds:.0f} a second, median {1000 * at(asks, 0.5):.0f} ms, "
                 f"p95 {1000 * at(asks, 0.95):.0f} ms")
    yield Figure(f"{name}: processor time of the server (of the clients {measured['clients_s'] / seconds:.2f}; "
                 f"fragments drawn by themselves {measured['fragments'] / seconds:.1f} a second)",
                 f"{measured['server_s'] / seconds:.2f} cores")
