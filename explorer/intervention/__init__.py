"""Intervention: what a network gives if a part of it, its weights or its input were different."""

from explorer.intervention.interventions import (
    ACTIONS,
    FORCE,
    MEAN,
    MOST_INTERVENTIONS,
    SCALE,
    ZERO,
    Intervention,
    describe_intervention,
    describe_part,
    intervened,
    mean_outputs,
    needs_means,
    of_head,
    put_interventions,
)

__all__ = ["ACTIONS", "FORCE", "MEAN", "MOST_INTERVENTIONS", "SCALE", "ZERO", "Intervention", "describe_intervention",
           "describe_part", "intervened", "mean_outputs", "needs_means", "of_head", "put_interventions"]
