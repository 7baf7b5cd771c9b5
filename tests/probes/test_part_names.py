"""Parts are called what they are: heads, features, units or channels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer import zoo
from explorer.intervention import Intervention
from explorer.probes import PROBES, compute_probe
from explorer.probes.intervention_notice import notice_at
from tests.probes.test_probe_registry import subject_of


@pytest.mark.parametrize(("name", "node", "index", "dimensions", "expected"), [
    ("vit_digits", "block1.attention.mix", (1,), 3, "head 1 of block1.attention.mix"),
    ("swin_digits", "stage2_pair1.block2.attention.mix", (None, 1), 4, "head 1 of stage2_pair1.block2.attention.mix"),
    ("vit_digits", "block1", (None, 3), 2, "feature 3 of block1")])
def test_a_notice_calls_a_head_a_head(name, node, index, dimensions, expected):
    subject = replace(subject_of(zoo.recipe(name)), interventions=(Intervention(node, index),))
    assert expected in str(notice_at(subject, node, dimensions))


@pytest.mark.parametrize(("name", "node", "expected"), [
    ("lenet", "conv2", "16 channels of conv2"), ("mlp", "linear1", "units of linear1"),
    ("char_rnn", "rnn1", "features of rnn1"), ("vit_digits", "block1.attention.mix", "heads of block1.attention.mix")])
def test_greedy_silencing_and_patching_call_parts_what_they_are(name, node, expected):
    subject = subject_of(zoo.recipe(name))
    finding, curves = compute_probe(PROBES.get("greedy_silencing"), subject, {"node": node, "samples": 0})
    assert expected in str(finding.sentence)
    several = expected.split(" of ")[0].split()[-1]
    assert str(curves.x_axis) == f"{several} silenced" and f"as {several} of {node}" in str(curves.title)
    (patched,) = compute_probe(PROBES.get("patching"), subject, {"node": node})
    assert str(patched.parts.title).startswith(f"Each {several[:-1]} of {node} patched")
