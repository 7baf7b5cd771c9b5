"""Command `python -m explorer bench`: runs measurements and prints their results."""

from __future__ import annotations

import json
import sys

from explorer.bench import machine
from explorer.bench.measurement import Measurement, Row
from explorer.bench.measurements import MEASUREMENTS
from explorer.bench.timing import Effort
from explorer.environment import pick_device
from explorer.spec import UnknownName
from explorer.training.loop.torch_settings import keep_freed_memory


def main(only: str | None, as_json: bool, device: str = "auto", effort: Effort | None = None) -> int:
    """Measure all, or the one called `only`; print a table, and with `as_json` a final line of JSON.

    Returns 2 for an unknown name and for a device that is not here: its figures would be another's.

    >>> main("unknown", as_json=False)
    2
    """
    try:
        chosen = [MEASUREMENTS.get(only)] if only else list(MEASUREMENTS)
    except UnknownName as error:
        print(error, file=sys.stderr)
        return 2
    wanted, (device, _) = device, pick_device(device)
    if wanted not in ("auto", device):
        print(f"There is no device {wanted} here.", file=sys.stderr)
        return 2
    keep_freed_memory()  # as a worker does; whatever is compared runs in this process and gains as much
    facts = machine.describe(device)
    print(_head(facts))
    rows = [row for measurement in chosen for row in _run(measurement, effort or Effort(), device)]
    if as_json:
        print(json.dumps(as_object(rows, facts)))
    return 0


def _run(measurement: Measurement, effort: Effort, device: str) -> list[Row]:
    print(f"\n{measurement.title}", flush=True)
    rows = measurement.run(effort, device)
    for row in rows:
        print("  " + line(row), flush=True)
    return rows


def as_object(rows: list[Row], facts: dict[str, object]) -> dict[str, object]:
    """Convert the rows to JSON: one number per key, then their details, then the machine."""
    return {**{row.key: round(row.value, 4) for row in rows},
            "rows": {row.key: {"title": row.title, "unit": row.unit, "low": row.low, "high": row.high,
                               "at_least": row.at_least, "at_most": row.at_most, "verdict": row.verdict,
                               "cpu": row.cpu, "detail": row.detail, **row.figures} for row in rows},
            **facts}


def line(row: Row) -> str:
    """Format a row of the table as one line."""
    spread = f"  ({_number(row.low, row.unit)} to {_number(row.high, row.unit)})" if row.low is not None else ""
    limit = next((f"budget {sign} {_number(bound, row.unit)}: {row.verdict}" for sign, bound in
                  ((">=", row.at_least), ("<=", row.at_most)) if bound is not None), "no budget")
    cpu = f"; processor time {_number(row.cpu, row.unit)}" if row.cpu is not None else ""
    return f"{row.title:78} {_number(row.value, row.unit):>9}{spread:22}  {limit:38}{row.detail}{cpu}"


def _number(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "×":
        return f"{value:.2f}{unit}"
    return f"{value:,.0f} {unit}" if abs(value) >= 1000 else f"{value:.3g} {unit}"


def _head(facts: dict[str, object]) -> str:
    on = facts["machine"]
    return (f"{facts['date']}: {on['gpu'] or on['cpu']}, {on['cores']} cores, {on['memory_gb']} GB, {on['system']}, "
            f"Python {facts['python']}, torch {facts['torch']}, {facts['device']}, load {facts['load']}. "
            "In brackets: 95 % interval of the median.")
