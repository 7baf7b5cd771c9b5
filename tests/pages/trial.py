"""A probe of a test's own, and what the page shows of it."""

from __future__ import annotations

from inspector_parts import look_at, sample

from explorer.probes import ProbeSpec
from explorer.results import Bars

PLACE = "maps"


def throw_away(compute, returns=(Bars,), place=PLACE, **more):
    return ProbeSpec("trial", "Trial", "A trial of a probe.", "nobody", compute, returns, place, **more)


def words_of(at):
    return [each.value for kind in (at.error, at.info, at.warning, at.markdown, at.caption) for each in kind]


def field(at, label):
    kinds = (at.number_input, at.selectbox, at.checkbox)
    return next(each for kind in kinds for each in kind if each.label == label)


def other_sample(at, place=3):
    return look_at(at, **sample(place))
