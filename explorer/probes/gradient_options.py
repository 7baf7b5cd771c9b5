"""Options that all probes of gradients share: what is differentiated, and for which inputs."""

from __future__ import annotations

from explorer.probes.chosen_output import OutputParam
from explorer.spec import Number

OF = OutputParam("of", "Gradient of", help="A number of the output by its index; the loss where it is empty.",
                 has_loss=True)
SAMPLES = Number("samples", "Test samples", 0, low=0, high=256, integer=True,
                 help="Over how many samples of the test set gradients are averaged; 0 for this input alone.")
