"""Measurements behind docs/benchmarks.md."""

from explorer.bench.command import main
from explorer.bench.measurements import MEASUREMENTS, Measurement
from explorer.bench.timing import Effort

__all__ = ["MEASUREMENTS", "Effort", "Measurement", "main"]
