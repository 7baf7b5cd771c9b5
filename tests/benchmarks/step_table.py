"""The table of steps in docs/benchmarks.md, filled from the last line of `python -m explorer bench --only step --json`.

    python tests/benchmarks/step_table.py --cpu cpu.json --cuda build/gpu/bench_step.json

A device that is not given keeps its columns as they are; a recipe that was never measured on one reads "not run".
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from explorer import zoo  # noqa: E402
from explorer.bench.devices import title_of  # noqa: E402

DOCUMENT = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- steps: begin -->\n", "<!-- steps: end -->\n"
COLUMNS = {"cpu": ("CPU, ms a step", "examples/s"),
           "cuda": ("CUDA, ms a step", "examples/s", "ordinary steps, ms", "GPU busy, ms", "bare graph, ms", "budget")}
ABSENT = {"cpu": ("not run", ""), "cuda": ("not run", "", "", "", "", "")}
Cells = dict[str, dict[str, tuple[str, ...]]]  # by recipe, then by device


def cells_of(found: dict[str, Any], device: str) -> dict[str, tuple[str, ...]]:
    """Format what was measured of each recipe as the cells of one device."""
    return {row["title"]: _cells(row, _budget(found, f"{key}_ratio"), device)
            for key, row in found["rows"].items() if "step_ms" in row}


def _budget(found: dict[str, Any], key: str) -> str:
    row = found["rows"].get(key)
    return f"{found[key]:.2f}× of ≤ {row['at_most']}: {row['verdict']}" if row else ""


def _cells(row: dict[str, Any], budget: str, device: str) -> tuple[str, ...]:
    step = (_ms(row["step_ms"]), f"{1000 * row['batch'] / row['step_ms']:,.0f}")
    if device == "cpu":
        return step
    others = (_ms(row.get(name)) for name in ("ordinary_ms", "busy_ms", "replay_ms"))
    return (*step, *others, budget)


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def read(text: str) -> Cells:
    """Read the cells of a table; nothing where there is none yet."""
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    found: Cells = {}
    for line in lines:
        title, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        split = len(COLUMNS["cpu"])
        found[title] = {"cpu": tuple(cells[:split]), "cuda": tuple(cells[split:])}
    return found


def table(found: Cells) -> str:
    """Lay the cells out as Markdown."""
    names = ("recipe", *(name for device in COLUMNS for name in COLUMNS[device]))
    lines = [names, ("---",) * len(names),
             *((title, *(cell for device in COLUMNS for cell in devices.get(device, ABSENT[device])))
               for title, devices in found.items())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fill(document: str, measured: dict[str, dict[str, Any]]) -> str:
    """Replace the table in a document by one with what was measured, by device."""
    head, _, rest = document.partition(BEGIN)
    old, _, tail = rest.partition(END)
    before = read(old)
    found = {title: before.get(title, {}) for title in map(title_of, zoo.trainable())}
    for device, result in measured.items():
        for title, cells in cells_of(result, device).items():
            found[title][device] = cells
    return f"{head}{BEGIN}\n{table(found)}\n{END}{tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for device in COLUMNS:
        parser.add_argument(f"--{device}", type=Path, metavar="JSON")
    options = vars(parser.parse_args())
    measured = {device: json.loads(path.read_text(encoding="utf-8")) for device, path in options.items() if path}
    document = fill(DOCUMENT.read_text(encoding="utf-8"), measured)
    DOCUMENT.write_text(document, encoding="utf-8")
    print(table(read(document.partition(BEGIN)[2].partition(END)[0])))


if __name__ == "__main__":
    main()
