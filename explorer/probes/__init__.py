"""What can be read off a model, in menu order."""

from explorer.probes.feature_maps import FEATURE_MAPS, compute_feature_maps
from explorer.probes.kernels import KERNELS, compute_bias, compute_kernels, nodes_with_kernels
from explorer.probes.probabilities import PROBABILITIES, compute_probabilities
from explorer.probes.probe import ProbeSpec
from explorer.spec import Registry

PROBES: Registry[ProbeSpec] = Registry("probe", (FEATURE_MAPS, KERNELS, PROBABILITIES))

__all__ = ["PROBES", "ProbeSpec", "compute_bias", "compute_feature_maps", "compute_kernels",
           "compute_probabilities", "nodes_with_kernels"]
