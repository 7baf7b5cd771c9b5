"""Measurements behind docs/benchmarks.md."""

from explorer.bench.command import main
from explorer.bench.measurement import Measurement
from explorer.bench.measurements import MEASUREMENTS
from explorer.bench.timing import Effort

__all__ = ["MEASUREMENTS", "Effort", "Measurement", "main"]
