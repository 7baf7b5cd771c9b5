"""Notices where a view's arithmetic is not what the network gives: a part of the node is silenced, forced or scaled."""

from __future__ import annotations

from collections.abc import Collection

from explorer.intervention import describe_intervention
from explorer.probes.part_names import head_axis
from explorer.probes.subject import Subject
from explorer.text import Text, text


def notice_at(subject: Subject, node: str, dimensions: int) -> Text | None:
    """Explain what takes the place of a part of a node's output; None where nothing does. dimensions: of that output.

    >>> import torch
    >>> from explorer.intervention import Intervention
    >>> subject = Subject(torch.nn.ReLU(), torch.zeros(1, 2), interventions=(Intervention("relu1", (1,)),))
    >>> print(notice_at(subject, "relu1", 1))
    Silenced here: unit 1 of relu1 is 0 in place of what the arithmetic gives.
    """
    here = [each for each in subject.interventions if each.node == node]
    axis = head_axis(subject, node) if here else -1
    notices = [describe_intervention(each, dimensions, axis) for each in here]
    found = next(iter(notices), None)
    for each in notices[1:]:
        found = text("{one} {more}", one=found, more=each)
    return found


def notice_on_paths(subject: Subject, nodes: Collection[str]) -> Text | None:
    """Explain that gradients on their way back pass what is silenced, forced or scaled; None where they do not."""
    passed = [each.node for each in subject.interventions if each.node in nodes]
    if not passed:
        return None
    return text("A part of {node} is silenced, forced or scaled: the gradient is that of the network so changed, the "
                "arithmetic of a path through it is without the change.", node=passed[0])
