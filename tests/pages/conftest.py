"""Every page as Streamlit runs it, without a browser: `open_app(page, net=..., run=...)`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer import probes, zoo
from explorer.document import Network, chain
from explorer.recipe import Chosen, Recipe
from explorer.spec import Registry
from explorer.training import Launcher, Run, RunStore, Session
from explorer.ui.app import background, shell
from explorer.ui.session import draft, state
from explorer.zoo.vit import vit

sys.path.insert(0, str(Path(__file__).parent))  # for live_parts

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "explorer/ui/app/navigation.py"  # what names the pages
PATIENCE_S = 600  # no test is about speed: a busy machine is waited for
PAGES = {Path(page).stem: page for page in (shell.HOME, shell.BUILD, shell.TRAIN, shell.INSPECT, shell.SLOW_MOTION)}


def small_digits() -> Recipe:
    net = chain("Small", ("input", "input", {"shape": [1, 28, 28]}),
                ("conv1", "conv2d", {"out_channels": 3, "kernel_size": 5, "stride": 3}), ("relu1", "relu", {}),
                ("flatten", "flatten", {}), ("linear1", "linear", {"out_features": 10}))
    return Recipe(net).with_optimizer("adam", lr=0.01).with_(batch_size=128, epochs=1, threads=1, device="cpu")


RECIPES = {
    "digits": small_digits,
    "nested": lambda: small_digits().with_(network=_nested()),
    "plane": lambda: zoo.recipe("playground").with_(epochs=1, threads=1, device="cpu"),
    "sides": lambda: Recipe(_one_number(), data=Chosen("circles")).with_(task="binary", epochs=1, threads=1,
                                                                       device="cpu"),
    "line": lambda: zoo.recipe("linear_regression").with_(epochs=1, threads=1, device="cpu"),
    "patches": lambda: small_digits().with_(network=vit("Patches", 14, 8, 2, 1, 1, size=28, channels=1, classes=10)),
    "text": lambda: zoo.recipe("char_rnn").with_(epochs=1, train_samples=64, threads=1, device="cpu"),
    "sine": lambda: Recipe(_curve(), data=Chosen("sine")).with_(task="regression", epochs=1, threads=1, device="cpu"),
}


def _nested() -> Network:
    """A ready-made block, one of the person's own that is repeated, and linear layers in a block."""
    body = chain("body", ("input", "input", {}), ("conv1", "conv2d", {"out_channels": 3}), ("relu1", "relu", {}))
    head = chain("head", ("input", "input", {}), ("flatten", "flatten", {}),
                 ("linear1", "linear", {"out_features": 10}))
    return chain("Nested", ("input", "input", {"shape": [1, 12, 12]}),
                 ("body1", "composite", {"definition": "body", "repeat": 2}), ("residual1", "residual", {}),
                 ("head1", "composite", {"definition": "head"}), definitions={"body": body, "head": head})


def _one_number() -> Network:
    return chain("Sides", ("input", "input", {"shape": [2]}), ("hidden", "linear", {"out_features": 8}),
                 ("tanh1", "tanh", {}), ("out", "linear", {"out_features": 1}))


def _curve() -> Network:
    return chain("Curve", ("input", "input", {"shape": [1]}), ("hidden", "linear", {"out_features": 8}),
                 ("tanh1", "tanh", {}), ("out", "linear", {"out_features": 1}))


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Callable[[str], Run]:
    """`trained("digits")` -> a finished run, trained once."""
    store, runs = RunStore(tmp_path_factory.mktemp("trained")), {}

    def train(name: str) -> Run:
        if name not in runs:
            runs[name] = store.create(RECIPES[name]())
            assert Session(runs[name]).execute().state == "finished"
        return runs[name]

    return train


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path) -> None:
    """Runs in a temporary folder, and no worker or warm-up beside the tests."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(background, "warm_up", lambda: None)
    st.cache_resource.clear()


@pytest.fixture
def finished(trained, tmp_path) -> Callable[..., Run]:
    """`finished("digits")` -> a copy of a finished run, for this test alone."""
    def copy(name: str = "digits") -> Run:
        folder = tmp_path / "runs" / trained(name).id
        shutil.copytree(trained(name).folder, folder)
        return Run(folder)

    return copy


@pytest.fixture
def open_app() -> Callable[..., AppTest]:
    """`open_app("train", recipe)` -> the page, that recipe opened on it; `net=` and `run=` go into the address."""
    def visit(page: str = "home", recipe: Recipe | None = None, **address: str) -> AppTest:
        at = AppTest.from_file(SCRIPT, default_timeout=PATIENCE_S)
        if recipe:
            opened = draft.Draft("a" * 32, recipe)
            draft.store().save(opened, writer="test", based_on_revision=0)
            address[state.NET_PARAMETER] = opened.id
        at.query_params.update(address)
        at.session_state["drawer"] = "outline"  # without a browser the outline is where one edits
        return (at if page == "home" else at.switch_page(PAGES[page])).run()

    return visit


@pytest.fixture
def sound() -> Callable[[AppTest], AppTest]:
    """Nothing that looks like a stack trace is on the page."""
    def check(at: AppTest) -> AppTest:
        assert [error.message for error in at.exception] == []
        assert not [error.value for error in at.error if "Something went wrong" in error.value]
        return at

    return check


@pytest.fixture
def launched(monkeypatch) -> list:
    """The runs handed to a worker; none is started."""
    runs = []

    class Quiet(Launcher):
        def start(self, run):
            runs.append(run)

    monkeypatch.setattr(background, "launcher", Quiet)
    return runs


@pytest.fixture
def look(open_app, sound, finished):
    """`look("digits")` -> Inspect with a finished run, one of its tabs open, and that run."""
    def visit(name="digits", tab="Feature maps"):
        run = finished(name)
        at = open_app("inspect", run.recipe, run=run.id)
        at.session_state["places"] = tab
        return sound(at.run()), run
    return visit


@pytest.fixture
def with_probe(monkeypatch):
    """`with_probe(spec)` -> it stands in the registry for this test, before the others."""
    def register(*specs):
        monkeypatch.setattr(probes, "PROBES", Registry("probe", (*specs, *probes.PROBES)))
    return register
