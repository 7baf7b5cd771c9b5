"""Results of probes on a page."""

from __future__ import annotations

import pytest

from explorer.probes import FOLLOWED, PROBES
from explorer.ui.widgets.result import can_draw


@pytest.mark.parametrize("probe", [probe for probe in PROBES if probe.cost != FOLLOWED], ids=lambda probe: probe.name)
def test_a_page_can_draw_whatever_a_probe_returns(probe):
    assert all(can_draw(kind) for kind in probe.returns)
