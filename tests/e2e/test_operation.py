"""The Operation view as a person meets it: units under the pointer, by keyboard, as a film; its arithmetic is Python's.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect

from explorer.live.message import pack_message
from explorer.operations import describe, explain, loss_of_recipe
from explorer.recipe import LOSSES
from explorer.results import Explanation, Operand, Operation, Recurrent, Unknown
from explorer.results.arithmetic import OUTPUT
from explorer.results.packing import pack
from explorer.spec import defaults
from tests.operations.recorded import LEAVES, calls_of

SCRIPT = Path(__file__).parent / "harness" / "operation.py"
UNITS = 6  # of each operation
LINES = {"0,0,0": "0 · 0 + 1 · 1 + 3 · 2 + 4 · 3 = 19", "0,0,1": "1 · 0 + 2 · 1 + 4 · 2 + 5 · 3 = 25",
         "0,1,0": "3 · 0 + 4 · 1 + 6 · 2 + 7 · 3 = 37", "0,1,1": "4 · 0 + 5 · 1 + 7 · 2 + 8 · 3 = 43"}
pytestmark = pytest.mark.e2e

# What the browser computes of some units, in the form of `plainly`.
EXPLAIN = """([packed, units]) => {
  const operation = layerscopeInspector.readOperation(packed);
  return units.map((unit) => {
    const { value, line, windows, steps } = layerscopeInspector.explain(operation, unit);
    return { value: String(value), line,
             windows: windows.map((w) => [w.operand, w.start, w.stop, w.step, [...w.cells]]),
             steps: steps.map((s) => [s.title, s.formula, s.axes, s.operand, s.values.shape]),
             numbers: steps.map((s) => [...s.values.data].map(String)) };
  });
}"""

# Cells of the first operand, and for each whether the units that read it are those whose windows hold it.
READING = """(packed) => {
  const operation = layerscopeInspector.readOperation(packed), { shape } = operation.output.values, readers = new Map();
  const size = (shape) => shape.reduce((a, b) => a * b, 1);
  const unravel = (flat, shape) => shape.map((_, axis) => Math.floor(flat / size(shape.slice(axis + 1))) % shape[axis]);
  const count = operation.output.values.data.length;
  for (let flat = 0; flat < count; flat++) {
    for (const window of layerscopeInspector.explain(operation, unravel(flat, shape)).windows) {
      if (window.operand) continue;
      const cells = layerscopeInspector.cellsOf(window, operation.operands[0].values.shape);
      for (const cell of cells) if (cell >= 0) readers.set(cell, (readers.get(cell) ?? new Set()).add(flat));
    }
  }
  const own = operation.operands[0].values, step = Math.ceil(own.data.length / 40), wrong = [];
  for (let cell = 0; cell < own.data.length; cell += step) {
    const found = layerscopeInspector.unitsReading(operation, 0, unravel(cell, own.shape));
    const wanted = readers.get(cell) ?? new Set();
    if (found.length !== wanted.size || found.some((flat) => !wanted.has(flat))) wrong.push([cell, found, [...wanted]]);
  }
  return wrong;
}"""

# Moves the pointer all over the picture; the units and lines that were shown.
SWEEP = """async (canvas) => {
  const seen = {}, box = canvas.getBoundingClientRect(), line = document.querySelector('.operation-line');
  for (let x = 4; x < box.width; x += 18) {
    for (let y = 4; y < box.height; y += 18) {
      canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + x, clientY: box.top + y }));
      if (canvas.style.cursor !== 'pointer') continue;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      seen[canvas.dataset.unit] = line.textContent;
    }
  }
  return seen;
}"""


@pytest.fixture
def lab(serve, open_page) -> Page:
    page = open_page(serve(SCRIPT))
    page.wait_for_selector(".operation-canvas[data-unit]")
    return page


def canvas(page: Page) -> Locator:
    return page.locator(".operation-canvas")


def written(page: Page) -> Locator:
    return page.locator(".operation-line")


def packed(operation: Operation) -> str:
    arrays, document = pack((operation,))
    return base64.b64encode(pack_message(arrays, {"results": document})).decode()


def operations() -> Iterator[tuple[str, Operation]]:
    """Yield every block that computes something, in a few of its settings."""
    for block in LEAVES:
        for _case, call in calls_of(block, 2):
            operation = describe(call.module, call.inputs, call.output, node=block.name, batch=2)
            if not isinstance(operation.rule, Unknown):
                yield block.name, operation


def losses() -> Iterator[Operation]:
    """Yield every loss of a recipe for a sample: of classes, of a text's characters, of numbers."""
    rng = np.random.default_rng(0)
    classes, text, numbers = (rng.normal(size=size).astype(np.float32) for size in ((5,), (4, 3), (3,)))
    for spec in LOSSES:
        cases = [(numbers, numbers[::-1] * 2, False)] if spec.name in ("mse", "l1", "huber") else []
        if spec.name in ("cross_entropy", "mse", "l1", "huber"):
            cases.append((classes, np.float32(2), True))
        if spec.name == "cross_entropy":
            cases.append((text, np.float32([0, 2, 1, 1]), True))
        if spec.name in ("binary_cross_entropy", "perceptron"):
            cases += [(numbers[:1], np.float32(target), True) for target in (0, 1)]
        assert cases, spec.name
        for output, target, is_class in cases:
            rule, operands = loss_of_recipe(spec.name, defaults(spec.params), output, np.asarray(target), is_class)
            result = Operand("loss", np.zeros((), np.float32), (), OUTPUT)
            loss = Operation("loss", spec.title, "", rule, operands, result)
            value = np.float32(explain(loss, ()).value)
            yield replace(loss, output=replace(loss.output, values=np.asarray(value)))


def random_units(operation: Operation) -> list[tuple[int, ...]]:
    """Draw a few units, of a recurrent layer in two directions those of the one that is described."""
    rng = np.random.default_rng(operation.output.values.size)
    ends = [(0, size) for size in operation.output.values.shape]
    if isinstance(operation.rule, Recurrent):
        ends[1] = (operation.rule.first, operation.rule.first + operation.operands[1].values.shape[1])
    return [tuple(int(rng.integers(*end)) for end in ends) for _ in range(UNITS)]


def plainly(found: Explanation) -> dict[str, Any]:
    return {
        "line": found.line,
        "windows": [[w.operand, list(w.start), list(w.stop), list(w.step), w.cells.tolist()] for w in found.windows],
        "steps": [[s.title.template, s.formula, list(s.axes), s.operand, list(s.values.shape)] for s in found.steps],
    }


def number(written: str) -> float:
    return float(written.replace("Infinity", "inf"))


def assert_explained_alike(page: Page, name: str, operation: Operation, units: list[tuple[int, ...]]) -> None:
    for unit, found in zip(units, page.evaluate(EXPLAIN, [packed(operation), units]), strict=True):
        wanted = explain(operation, unit)
        assert {key: found[key] for key in ("line", "windows", "steps")} == plainly(wanted), (name, unit)
        np.testing.assert_allclose(number(found["value"]), wanted.value, rtol=1e-9, atol=1e-12, err_msg=name)
        for numbers, step in zip(found["numbers"], wanted.steps, strict=True):
            read = [number(each) for each in numbers]
            np.testing.assert_allclose(read, step.values.ravel(), rtol=1e-5, atol=1e-6)


def test_the_browser_explains_units_of_every_block_as_python_does(lab: Page) -> None:
    kinds = set()
    for name, operation in operations():
        assert_explained_alike(lab, name, operation, random_units(operation))
        kinds.add(type(operation.rule).__name__)
    assert len(kinds) >= 12, kinds


def test_the_browser_explains_every_loss_as_python_does(lab: Page) -> None:
    for operation in losses():
        assert_explained_alike(lab, operation.block, operation, [()])


def test_an_input_is_read_by_the_units_whose_windows_hold_it(lab: Page) -> None:
    for name, operation in operations():
        if operation.output.values.size <= 1500:
            assert lab.evaluate(READING, packed(operation)) == [], (name, operation.rule)


def test_the_pointer_writes_out_every_unit_of_the_result(lab: Page) -> None:
    seen = canvas(lab).evaluate(SWEEP)
    assert {unit: line.split(")  ")[1] for unit, line in seen.items()} == LINES


def test_the_arrows_move_the_unit_and_escape_lets_go(lab: Page) -> None:
    canvas(lab).focus()
    for key, unit in (("Enter", "0,1,1"), ("ArrowLeft", "0,1,0"), ("ArrowUp", "0,0,0"), ("ArrowUp", "0,0,0"),
                      ("ArrowRight", "0,0,1"), ("Escape", "0,1,1")):
        canvas(lab).press(key)
        expect(canvas(lab)).to_have_attribute("data-unit", unit)
    expect(lab.locator(".operation-spoken")).to_contain_text("43")


def test_a_pinned_unit_stays_while_its_numbers_change(lab: Page) -> None:
    canvas(lab).focus()
    for key in ("Enter", "ArrowUp"):
        canvas(lab).press(key)
    expect(written(lab)).to_contain_text(LINES["0,0,1"])
    lab.get_by_label("Factor").fill("2")
    lab.get_by_label("Factor").press("Enter")
    expect(written(lab)).to_contain_text("1 · 0 + 2 · 2 + 4 · 4 + 5 · 6 = 50")
    expect(canvas(lab)).to_have_attribute("data-unit", "0,0,1")


def test_the_arithmetic_goes_step_by_step(lab: Page) -> None:
    said = lab.locator(".operation-steps .operation-said")
    expect(said).to_have_text("step 5 of 5")
    for text in ("step 4 of 5", "step 3 of 5"):
        lab.get_by_role("button", name="One step of the arithmetic less").click()
        expect(said).to_have_text(text)
    canvas(lab).press("+")
    expect(said).to_have_text("step 4 of 5")


def test_the_film_ends_at_the_last_unit(lab: Page) -> None:
    canvas(lab).focus()
    for key in ("Enter", "ArrowUp", "ArrowLeft"):
        canvas(lab).press(key)
    lab.get_by_label("Speed").select_option("16")
    lab.get_by_role("button", name="Go through all units of the result").click()
    expect(lab.locator(".operation-foot > .operation-said")).to_have_text("4 / 4")
    expect(written(lab)).to_contain_text(LINES["0,1,1"])


def test_the_picture_is_saved_with_its_numbers(lab: Page) -> None:
    kept = {}
    for kind in ("PNG", "SVG"):
        with lab.expect_download() as download:
            lab.get_by_role("button", name=f"Save as {kind}").click()
        kept[kind] = Path(download.value.path()).read_bytes()
    assert kept["PNG"].startswith(b"\x89PNG")
    assert kept["SVG"].startswith(b"<svg") and b">43<" in kept["SVG"]
