"""The canvas in a headless browser: frames while a card is dragged, edit to updated page, bytes an edit costs, large
networks. Run as a script.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tests.e2e import conftest  # noqa: E402

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


def open_network(page: Page, url: str, name: str) -> float:
    """Seconds until its cards are drawn."""
    start = time.perf_counter()
    page.goto(f"{url}/?show={name}")
    page.wait_for_selector(".react-flow__node .card", timeout=60_000)
    return time.perf_counter() - start


def measure_drag(page: Page) -> dict[str, float]:
    """The frames while a card of 150 is dragged for 120 steps."""
    box = page.locator(".card").nth(70).bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 18)
    page.evaluate(FRAMES)
    for step in range(120):
        page.mouse.move(box["x"] + 20 + step, box["y"] + 18 + step % 30)
    frames = page.evaluate("() => { window.ticking = false; return window.frames_ms.slice(2); }")
    page.mouse.up()
    return {"median_frame_ms": statistics.median(frames), "p95_frame_ms": sorted(frames)[int(0.95 * len(frames))]}


def measure_edit(page: Page, received: list[int]) -> dict[str, float]:
    """From the key to the page that knows of it, and the bytes that came back for one edit."""
    times, sizes = [], []
    for _ in range(10):
        shapes = page.locator(".card .facts").count()
        received.clear()
        page.locator(".stage").focus()
        page.keyboard.press("Control+a")
        page.wait_for_timeout(300)
        received.clear()
        start = time.perf_counter()
        page.keyboard.press("Control+d")
        page.wait_for_function(f"document.querySelectorAll('.card .facts').length > {shapes}")
        times.append(time.perf_counter() - start)
        page.wait_for_timeout(300)
        sizes.append(sum(received))
        page.keyboard.press("Delete")
        page.wait_for_timeout(300)
    return {"edit_ms": 1000 * statistics.median(times), "received_bytes": statistics.median(sizes)}


def main() -> None:
    script = ROOT / "tests/e2e/harness/canvas.py"
    process, url = conftest.start_server(script, (), Path(tempfile.mkdtemp()), {})
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
            page, received = browser.new_page(viewport={"width": 1440, "height": 900}), []
            page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
            result = {"lenet_open_s": open_network(page, url, "lenet"), **measure_edit(page, received)}
            result["150_open_s"] = open_network(page, url, "hand")
            result |= measure_drag(page)
            result["151_laid_out_open_s"] = open_network(page, url, "deep")
            result["5000_open_s"] = open_network(page, url, "huge")
            print({name: round(value, 2) for name, value in result.items()})
            browser.close()
    finally:
        conftest.stop_server(process)


if __name__ == "__main__":
    main()
