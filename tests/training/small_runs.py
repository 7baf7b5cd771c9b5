"""Small networks and recipes for the tests of training, and patience."""

import threading
import time
from contextlib import contextmanager

import psutil

from explorer.document import chain
from explorer.recipe import Chosen, Recipe
from explorer.training import Run, RunDeleted, Session
from explorer.training.records.metrics import last_step


def plane_network(*middle):
    """Two numbers in, two classes out; `middle` steps stand between the two linear layers."""
    return chain("Plane", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 8}),
                 ("tanh1", "tanh", {}), *middle, ("linear2", "linear", {"out_features": 2}))


def plane_recipe(*middle, **settings):
    """A recipe that trains for a fraction of a second."""
    settings = {"batch_size": 16, "epochs": 3, "threads": 1, "device": "cpu", **settings}
    return Recipe(plane_network(*middle), data=Chosen("circles")).with_optimizer("sgd", lr=0.1).with_(**settings)


def digits_recipe(**settings):
    """A small convolutional network on the digits, with dropout and batch normalization."""
    net = chain("Small", ("input", "input", {"shape": [1, 8, 8]}), ("conv1", "conv2d", {"out_channels": 4}),
                ("norm1", "batch_norm2d", {}), ("relu1", "relu", {}), ("flatten", "flatten", {}),
                ("drop1", "dropout", {"p": 0.3}), ("linear1", "linear", {"out_features": 10}))
    settings = {"batch_size": 64, "epochs": 3, "threads": 1, "device": "cpu", **settings}
    return Recipe(net).with_optimizer("adam", lr=0.01).with_(**settings)


def regression_recipe(**settings):
    net = chain("Line", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1}))
    settings = {"task": "regression", "batch_size": 10, "epochs": 2, "threads": 1, "device": "cpu", **settings}
    return Recipe(net, data=Chosen("linear")).with_optimizer("sgd", lr=0.03).with_(**settings)


def text_network(length=16, known=28, says=28):
    return chain("Text", ("input", "input", {"shape": [length], "dtype": "int64"}),
                 ("one_hot1", "one_hot", {"classes": known}), ("rnn1", "rnn", {"hidden_size": 16}),
                 ("linear1", "linear", {"out_features": says}))


def text_recipe(net=None, **settings):
    settings = {"task": "next_token", "batch_size": 32, "epochs": 1, "threads": 1, "device": "cpu",
                "train_samples": 320, **settings}
    return Recipe(net or text_network(), data=Chosen("alice")).with_optimizer("adam", lr=0.01).with_(**settings)


PATIENCE_S = 600.0  # no test is about speed: a busy machine is waited for


def wait_for(condition, within_s=PATIENCE_S):
    """Poll until the condition gives something true, and return that."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited {within_s} s for {condition}")


@contextmanager
def training(run, *asked):
    """Train the run in a thread, these verbs asked for first; gives the list that its final status goes into."""
    for verb in asked:
        run.request(verb)
    ended = []
    thread = threading.Thread(target=lambda: ended.append(Session(run).execute()))
    thread.start()
    try:
        yield ended
    finally:
        if thread.is_alive():
            run.request("stop")
        thread.join()


def paused_at(run, more_than=0):
    """Wait until the run rests at a later step than `more_than`; returns that step."""
    return wait_for(lambda: run.stored_status().state == "paused" and last_step(run.metrics_path) > more_than
                    and last_step(run.metrics_path))


def state_of(run: Run) -> str:
    try:
        return run.status().state
    except RunDeleted:
        return "gone"


def children():
    """This process's children: the workers, and whatever browser or server other tests keep."""
    return {child.pid for child in psutil.Process().children()}
