"""Build in a headless browser: an edit to new shapes, frames while a card is dragged, opening. Run as a script.

LeNet with its preview, ResNet-18, and GoogLeNet with every block taken apart (some 150 nodes).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from explorer import network, zoo  # noqa: E402
from explorer.document import Network, chain  # noqa: E402
from explorer.network.grouping import ungroup  # noqa: E402
from explorer.recipe import Recipe  # noqa: E402
from explorer.workspace.draft_store import Draft, DraftStore  # noqa: E402
from tests.e2e import conftest  # noqa: E402

EDITS = 15

# From the key that ends the typing to the frame after the new shape stands at the first convolution's edge; with a
# preview, to the frame after its picture has changed, too.
EDITED = """([channels, previewed]) => {
  const picture = () => document.querySelector('[data-testid=node-conv1] img')?.src;
  const before = picture();
  let start;
  addEventListener('keydown', (event) => { if (event.key === 'Enter') start = performance.now(); }, true);
  window.edited = new Promise((done) => {
    const look = () => {
      const shape = [...document.querySelectorAll('.layerscope-canvas .shape')].some(
        (label) => label.textContent.startsWith(`${channels}×`));
      if (start && shape && (!previewed || picture() !== before)) {
        requestAnimationFrame(() => done(performance.now() - start));
      } else requestAnimationFrame(look);
    };
    look();
  });
}"""
FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const tick = (now) => {
    window.frames_ms.push(now - last);
    last = now;
    window.ticking && requestAnimationFrame(tick);
  };
  window.ticking = true;
  requestAnimationFrame(tick);
}"""


def opened(net: Network) -> Network:
    """The network with every block that is made of others taken apart."""
    while inside := network.analyze(net).inside:
        net, _ = ungroup(net, next(iter(inside)))
    return net


def long_chain(count: int) -> Network:
    return chain("Long", ("input", "input", {"shape": [8]}), *((f"relu{i}", "relu", {}) for i in range(1, count)))


def measure_opening(page: Page, url: str, store: DraftStore, net: Network, number: int) -> float:
    """Seconds from the click on Build to the first card."""
    draft_id = f"{number:032x}"
    store.save(Draft(draft_id, Recipe(net)), writer="bench", based_on_revision=0)
    page.goto(f"{url}/?net={draft_id}")
    conftest.wait_until_idle(page)
    start = time.perf_counter()
    page.get_by_test_id("stTopNavLink").filter(has_text="Build").click()
    page.wait_for_selector(".react-flow__node .card", timeout=30_000)
    seconds = time.perf_counter() - start
    page.wait_for_timeout(1500)
    return seconds


def measure_edits(page: Page, previewed: bool) -> Iterator[float]:
    """Milliseconds of each change of the first convolution's channels; every value is a new one."""
    page.get_by_test_id("node-conv1").locator(".name").click()
    for channels in range(101, 101 + EDITS):
        field = page.locator(".st-key-side_panel").get_by_role("spinbutton", name="Output channels")
        field.fill(str(channels))
        page.evaluate(EDITED, [channels, previewed])
        field.press("Enter")
        yield page.evaluate("() => window.edited")
        page.wait_for_timeout(400)


def measure_drag(page: Page) -> list[float]:
    """Milliseconds of each frame while a card is dragged for 120 steps."""
    box = page.get_by_test_id("node-conv1").locator(".name").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 14, box["y"] + 14)
    page.evaluate(FRAMES)
    for step in range(120):
        page.mouse.move(box["x"] + 14 + step, box["y"] + 14 + step % 30)
    frames = page.evaluate("() => { window.ticking = false; return window.frames_ms.slice(2); }")
    page.mouse.up()
    return frames


def describe(name: str, values: list[float]) -> str:
    values = sorted(values)
    return f"{name}: median {statistics.median(values):.1f} ms, p95 {values[int(0.95 * (len(values) - 1))]:.1f} ms"


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    process, url = conftest.start_server(ROOT / "app.py", (), folder, {})
    store = DraftStore(folder / "runs" / "drafts")
    networks = {"LeNet": zoo.get("lenet_relu"), "ResNet-18": zoo.get("resnet18"),
                "GoogLeNet, opened": opened(zoo.get("googlenet"))}
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            measure_opening(page, url, store, networks["LeNet"], 1)  # the server's first visit imports torch
            for number, (name, net) in enumerate(networks.items(), start=2):
                print(f"{name}, {len(net.nodes)} nodes: opened in "
                      f"{measure_opening(page, url, store, net, number):.2f} s")
                print(describe("  an edit to new shapes", list(measure_edits(page, previewed=name == "LeNet"))))
                print(describe("  a frame of a drag", measure_drag(page)))
            print(f"5,000 nodes: opened in {measure_opening(page, url, store, long_chain(5_000), 9):.2f} s")
            browser.close()
    finally:
        conftest.stop_server(process)


if __name__ == "__main__":
    main()
