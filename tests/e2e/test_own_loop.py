"""A plain PyTorch loop in a process of its own is watched in the browser, from its first step to its end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from tests.e2e.conftest import ROOT
from tests.e2e.reading import button, in_state, keyed, until

pytestmark = pytest.mark.e2e

LOOP = """
import sys, torch, explorer
from torch import nn
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
with explorer.record(model, name="a plain loop") as run:
    for line in sys.stdin:
        for _ in range(int(line)):
            optimizer.zero_grad()
            loss = (model(torch.randn(16, 4)) - 1).square().mean()
            loss.backward()
            optimizer.step()
            run.log(loss=loss, reward=-loss)
        run.log_epoch(validation={"loss": loss})
"""


@pytest.fixture
def loop(app) -> Iterator[subprocess.Popen]:
    """The loop, which trains as many steps as each line of its input asks for."""
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths, "EXPLORER_RUNS": str(app.store.folder)}
    process = subprocess.Popen([sys.executable, "-c", LOOP], text=True, env=environment, stdin=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def ask(loop: subprocess.Popen, steps: int) -> None:
    loop.stdin.write(f"{steps}\n")
    loop.stdin.flush()


def test_a_loop_of_ones_own_is_found_watched_and_closed(app, visit, loop):
    run = until(lambda: next((each for each in app.store.list() if each.recording), None))
    ask(loop, 40)
    page = visit(f"{app.url}/train")
    button(page, "Your own loops").click()
    page.get_by_role("button", name="a plain loop").click()
    in_state(page, "training")
    expect(page.get_by_text(re.compile(r"^step 40 "))).to_be_visible()
    ask(loop, 25)
    expect(page.get_by_text(re.compile(r"^step 65 "))).to_be_visible()
    loop.stdin.close()
    in_state(page, "finished")
    assert run.status().state == "finished" and f"run={run.id}" in page.url
    for title in ("Loss", "reward", "Gradient norm of each layer", "Layer statistics over time"):
        expect(page.get_by_text(title, exact=True).first).to_be_visible()
    assert not keyed(page, "pause").count()
    button(page, "Close").click()
    expect(page.get_by_text("No network is open yet.")).to_be_visible()
