"""The measurements that ship are those of the meta device."""

import json
import subprocess
import sys

import pytest

from explorer import network, zoo
from explorer.network import known
from explorer.training.loop.thread_timing import timed_networks
from explorer.training.work.worker import WARM_UP

NETWORKS = {**{name: zoo.get(name) for name in zoo.names()}, "warm-up": WARM_UP,
            **{f"timed {place}": net for place, net in enumerate(timed_networks())},
            **{f"{name} as it is trained": zoo.recipe(name).network for name in zoo.trainable()}}


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_what_is_known_is_what_the_meta_device_says(net):
    stored = json.loads(known.KNOWN_FILE.read_text(encoding="utf-8"))
    for key, (out, parameters, multiply_adds) in network.measurements(net).items():
        assert stored[key] == [[[list(signal.shape), signal.dtype] for signal in out], parameters, multiply_adds], key


def test_nothing_else_is_claimed_to_be_known():
    stored = json.loads(known.KNOWN_FILE.read_text(encoding="utf-8"))
    assert set(stored) == {key for net in NETWORKS.values() for key in network.measurements(net)}


def test_the_zoos_networks_are_checked_without_torch():
    script = ("import sys\nfrom explorer import network, zoo\n"
              "assert not any(network.problems(entry.network) for entry in zoo.ZOO)\n"
              "print('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
