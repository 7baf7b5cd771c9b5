"""How soon attributions and patches are there in a notebook.

    python tests/benchmarks/bench_attribution.py [--times 15] [--json]

Networks have fresh weights. Run as a script.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import torch
from bench_inspect import figure
from live_figures import Figure

from explorer import network, probes, zoo


def timed(act: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each time, after two that are not counted."""
    took = []
    for _time in range(times + 2):
        start = time.perf_counter()
        act()
        took.append((time.perf_counter() - start) * 1000)
    return took[2:]


def measure_notebook(times: int) -> Iterator[Figure]:
    """A probe of a model in memory, from the call to the numbers."""
    torch.set_num_threads(2)
    lenet, digits = network.build(zoo.get("lenet_relu"), seed=0), torch.rand(2, 1, 28, 28)
    resnet, photo = network.build(zoo.get("resnet18"), seed=0), torch.rand(1, 3, 224, 224)
    for title, most_ms, act in (
            ("LeNet: integrated gradients, 50 steps", 50,
             lambda: probes.run("integrated_gradients", lenet, digits[:1])),
            ("LeNet: DeepLift on the prepared copy", None, lambda: probes.run("deep_lift", lenet, digits[:1])),
            ("ResNet-18 at 224×224: Grad-CAM", 300, lambda: probes.run("grad_cam", resnet, photo)),
            ("LeNet: deletion and insertion of one method", 100,
             lambda: probes.run("deletion_insertion", lenet, digits[:1], method="saliency")),
            ("LeNet: all 1,600 units of conv2 patched", 100,
             lambda: probes.run("patching_everywhere", lenet, digits, node="conv2", each="units")),
            ("LeNet: all 4,704 units of conv1 patched", 1000,
             lambda: probes.run("patching_everywhere", lenet, digits, node="conv1", each="units"))):
        yield figure(title, timed(act, times), most_ms)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15, help="of each")
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    args, found = parser.parse_args(), []
    for each in measure_notebook(args.times):
        found.append(each)
        print(each.as_row(), flush=True)
    if args.json:
        print(json.dumps([asdict(each) for each in found]))


if __name__ == "__main__":
    main()
