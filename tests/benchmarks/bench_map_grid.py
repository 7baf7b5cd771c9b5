"""64 maps of 28×28: click to painted in a headless browser, and what goes over the wire. Run as a script."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from explorer.results import ImageGrid  # noqa: E402
from explorer.ui.widgets.components.map_grid.pack import pack_rows  # noqa: E402
from tests.e2e import conftest  # noqa: E402
from tests.e2e.harness.waves import wave  # noqa: E402

REPEATS = 15

# From the click to the frame after the paint that it caused.
CLICK_TO_PAINTED = """() => new Promise((done) => {
  const canvas = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot.querySelector('canvas');
  const before = canvas.dataset.painted, start = performance.now();
  new MutationObserver((_, observer) => {
    if (canvas.dataset.painted === before) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - start));
  }).observe(canvas, { attributes: true });
  document.querySelector('[data-testid=stButton] button').click();
})"""

# Two hundred pointer moves over the canvas, milliseconds each.
HOVER = """() => {
  const canvas = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot.querySelector('canvas');
  const box = canvas.getBoundingClientRect(), start = performance.now();
  for (let i = 0; i < 200; i++) {
    const place = { clientX: box.left + i * 3, clientY: box.top + 20 + i % 30 };
    canvas.dispatchEvent(new PointerEvent('pointermove', place));
  }
  return (performance.now() - start) / 200;
}"""


def measure(page: Page) -> dict[str, float]:
    """Median and worst time from click to painted, and one hover, in milliseconds."""
    times = []
    for _ in range(REPEATS):
        times.append(page.evaluate(CLICK_TO_PAINTED))
        time.sleep(0.3)
    return {"painted_ms": statistics.median(times), "worst_ms": max(times), "hover_ms": page.evaluate(HOVER)}


def main() -> None:
    payload = len(pack_rows([ImageGrid("bench", wave(64, 28, 28), True)]))
    script = ROOT / "tests/e2e/harness/components.py"
    process, url = conftest.start_server(script, (), Path(tempfile.mkdtemp()), {})
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=conftest.find_chromium(), args=conftest.ARGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{url}/?show=bench")
            page.wait_for_selector("canvas[data-painted]")
            print({"payload_bytes": payload, **{name: round(value, 2) for name, value in measure(page).items()}})
            browser.close()
    finally:
        conftest.stop_server(process)


if __name__ == "__main__":
    main()
