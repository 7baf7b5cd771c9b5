"""What is done with a network document: check it, find its shapes, edit it, build it."""

from explorer.network.build import BuiltNetwork, Invalid, build, derive_seed, leaves, seeded
from explorer.network.check import Analysis, analyze, measurements, problems, shapes
from explorer.network.edit import apply

__all__ = [
    "Analysis", "BuiltNetwork", "Invalid", "analyze", "apply", "build", "derive_seed", "leaves", "measurements",
    "problems", "seeded", "shapes",
]
