"""Operations on network documents: check, find shapes, edit, build."""

from explorer.network.build import BuiltNetwork, Invalid, build, derive_seed, leaves, seeded
from explorer.network.check import Analysis, analyze, problems, shapes
from explorer.network.edit import apply
from explorer.network.node_measurements import measurements

__all__ = [
    "Analysis", "BuiltNetwork", "Invalid", "analyze", "apply", "build", "derive_seed", "leaves", "measurements",
    "problems", "seeded", "shapes",
]
