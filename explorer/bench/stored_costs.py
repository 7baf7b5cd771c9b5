"""Costs of the zoo's networks and measurements of their nodes, as they ship: `python -m explorer costs`."""

from __future__ import annotations

import json

from explorer import network, zoo
from explorer.network import known
from explorer.training.loop.thread_timing import timed_networks
from explorer.training.work.worker import WARM_UP


def write_costs() -> None:
    """Write the costs of the zoo's networks, and the measurements of every node in them and in what a worker tries.

    That is its warm-up, and the networks whose steps are timed.
    """
    costs, measurements = {}, {}
    for tried in (WARM_UP, *timed_networks()):
        measurements |= network.measurements(tried)
    for entry in zoo.ZOO:
        analysis = network.analyze(entry.network)
        measurements |= network.measurements(entry.network)
        costs[entry.name] = {
            "parameters": analysis.total_parameters, "multiply_adds": analysis.total_multiply_adds,
            "shapes": {node_id: signal.shape for node_id, signal in analysis.signals.items()}}
        if entry.recipe:
            trained = network.analyze(entry.recipe.network)
            measurements |= network.measurements(entry.recipe.network)
            costs[entry.name] |= {"recipe_parameters": trained.total_parameters,
                                  "recipe_multiply_adds": trained.total_multiply_adds}
    lines = (f"{json.dumps(name)}: {json.dumps(one)}" for name, one in costs.items())
    zoo.COSTS_FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    known.write(measurements)
