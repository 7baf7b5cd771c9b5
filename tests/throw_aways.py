"""A throw-away of everything that CONTRIBUTING.md lists: its files, its edits, and a check that it works."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ThrowAway:
    """An addition called x. new: {path: content}; changed: {path: (text, text in its place), ...}; check: Python."""

    new: dict[str, str] = field(default_factory=dict)
    changed: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    check: str = ""


Edits = dict[str, tuple[tuple[str, str], ...]]


def entry(package: str, module: str, name: str, first: str) -> Edits:
    """Register `name` of `module` in front of the entry `first`: an import and a place in the tuple."""
    return {f"explorer/{package}/__init__.py": (
        (f"from explorer.{package.replace('/', '.')}.", f"from explorer.{module} import {name}\n"
         f"from explorer.{package.replace('/', '.')}."), (f"{first},", f"{first}, {name},"))}


THROW_AWAYS = {
    "a block": ThrowAway(
        {"explorer/blocks/x.py": """
from explorer.blocks.block import Block, token_by_token, torch_module

X = Block(name="x", title="X", family="activation", summary="A smooth step from -1 to 1.",
          formula=r"x / (1 + |x|)", source="torch.nn.Softsign", build=torch_module("Softsign"), reach=token_by_token)
"""}, entry("blocks", "blocks.x", "X", "OWN_ACTIVATION"), "from explorer.blocks import BLOCKS; BLOCKS.get('x')"),
    "a data set": ThrowAway(
        {"explorer/data/x.py": """
from explorer.data.dataset import LABELS, Dataset, Samples


def _load(split):
    import torch

    return Samples(torch.zeros(4, 2), torch.tensor([0, 1, 0, 1]), ("no", "yes"))


X = Dataset("x", "X", "Four equal points.", LABELS, (2,), "CC0", "Made here", load=_load, class_names=("no", "yes"),
            feature_names=("a", "b"))
"""}, entry("data", "data.x", "X", "ALICE"), "from explorer import data; assert len(data.load('x')[0]) == 4"),
    "a network": ThrowAway(
        {"explorer/zoo/x.py": """
from explorer.document import chain
from explorer.zoo.entry import Entry


def x():
    return chain("X", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1}))


X = Entry(name="x", title="X", chapter="Linear networks", year=1805, summary="A weighted sum.",
          worth_seeing="Its two weights.", source="Legendre 1805", make=x, untrained="It has no recipe.",
          after="linear_regression", added="Nothing.")
"""}, {**entry("zoo", "zoo.x", "X", "SOFTMAX_REGRESSION"), "explorer/zoo/costs.json": (
            ('"perceptron":', '"x": {"parameters": 3, "multiply_adds": 2, "shapes": {"input": [2], "linear1": [1]}},\n'
             '"perceptron":'),)},
        "from explorer import zoo; assert zoo.costs('x').parameters == 3"),
    "a task": ThrowAway(
        {"explorer/tasks/x.py": """
from explorer.data import NUMBERS
from explorer.results import Value
from explorer.tasks.output_shape import expect_one_number
from explorer.tasks.regression import RegressionLearner
from explorer.tasks.task import TaskSpec

X = TaskSpec("x", Value, (NUMBERS,), expect_one_number("regression"), RegressionLearner)
"""}, {**entry("tasks", "tasks.x", "X", "BINARY"), "explorer/recipe/tasks.py": (
            ('    TaskKind("binary"', '    TaskKind("x", "X", "A number, once more.", losses=("huber",)),\n'
             '    TaskKind("binary"'),)},
        "from explorer import tasks, zoo\n"
        "recipe = zoo.recipe('linear_regression').with_(task='x')\n"
        "assert recipe.loss.name == 'huber' and tasks.of(recipe).name == 'x'; tasks.learner(recipe)"),
    "a loss": ThrowAway(changed={
        "explorer/recipe/losses.py": (
            ('    Loss("mse"', '    Loss("x", "X", "Half of it.", (), "x", "Made here", compares_numbers=True),\n'
             '    Loss("mse"'),),
        "explorer/recipe/tasks.py": (('losses=("mse", "l1", "huber")', 'losses=("mse", "l1", "huber", "x")'),),
        "explorer/tasks/loss_functions.py": (
            ('    "l1": lambda', '    "x": lambda o, y, params: (o - y).abs().mean() / 2,\n    "l1": lambda'),)},
        check="import torch; from explorer import tasks, zoo; from explorer.recipe import Chosen\n"
              "recipe = zoo.recipe('linear_regression').with_(loss=Chosen('x'))\n"
              "assert tasks.learner(recipe).loss(torch.ones(2, 1), torch.zeros(2, 1)).item() == 0.5"),
    "an optimizer": ThrowAway(changed={
        "explorer/recipe/optimizers.py": (('    Kind("adamw"', '    Kind("x", "X", "SGD.", (_LR,), "x", "Made here"),\n'
                                           '    Kind("adamw"'),),
        "explorer/training/loop/optimize.py": (
            ('    "sgd": _sgd,', '    "x": lambda groups, params, decay: optim.SGD(groups, lr=params["lr"]),\n'
             '    "sgd": _sgd,'),)},
        check="from explorer import network, zoo; from explorer.training.loop.optimize import build_optimizer\n"
              "recipe = zoo.recipe('linear_regression').with_optimizer('x', lr=0.5)\n"
              "assert build_optimizer(recipe, network.build(recipe.network)).param_groups[0]['lr'] == 0.5"),
    "a schedule": ThrowAway(changed={"explorer/recipe/schedules.py": (
        ('    Kind("cosine",', '    Kind("x", "X", "Half of it.", (), "x"),\n    Kind("cosine",'),
        ('    "cosine": lambda', '    "x": lambda place, params: 0.5,\n    "cosine": lambda'))},
        check="from explorer.recipe import Chosen, SCHEDULES; from explorer.recipe.schedules import _FACTORS\n"
              "SCHEDULES.get('x'); assert _FACTORS['x']((0, 10, 5), {}) == 0.5"),
    "an initialization": ThrowAway(changed={
        "explorer/document/initializations.py": (
            ('    Kind("zeros"', '    Kind("x", "X", "All are 1.", (), "w = 1"),\n    Kind("zeros"'),),
        "explorer/network/initialize.py": (
            ('    "zeros"', '    "x": lambda weight, params: nn.init.ones_(weight),\n    "zeros"'),)},
        check="from explorer import network, zoo\n"
              "model = network.build(zoo.get('linear_regression'), init='x')\n"
              "assert (model.linear1.weight == 1).all()"),
    "an augmentation": ThrowAway(changed={
        "explorer/recipe/augmentations.py": (
            ('    Kind("noise"', '    Kind("x", "X", "Negates it.", ()),\n    Kind("noise"'),),
        "explorer/data/augmentation.py": (('    "flip": _flip,', '    "x": lambda images, params, draws: -images,\n'
                                           '    "flip": _flip,'),)},
        check="from explorer.recipe import AUGMENTATIONS; from explorer.data.augmentation import AUGMENT\n"
              "import torch; AUGMENTATIONS.get('x'); assert AUGMENT['x'](torch.ones(1), {}, None) == -1"),
    "a probe": ThrowAway(
        {"explorer/probes/x.py": """
from explorer.probes.probe import WEIGHTS, ProbeSpec
from explorer.results import Bars


def compute_x(subject):
    return Bars("X", ("mean",), subject.batch.mean().reshape(1).numpy(), "value")


X = ProbeSpec(name="x", title="X", summary="The mean of the input.", source="Made here", compute=compute_x,
              returns=(Bars,), place=WEIGHTS)
"""}, entry("probes", "probes.x", "X", "FEATURE_MAPS"),
        "import torch; from explorer import figures, probes\n"
        "result = probes.run('x', torch.nn.Linear(2, 1), torch.ones(1, 2))\n"
        "assert result.values == 1 and figures.draw(result)"),
    "an attribution method": ThrowAway(
        {"explorer/attribution/x.py": """
from explorer.attribution.attribution_method import Method


def _attribute(explained, inputs, targets):
    return inputs * explained.picked(inputs, targets).reshape(-1, *[1] * (inputs.dim() - 1))


X = Method("x_method", "X", "Each value times the number.", "Made here", "For a test.", "Always.", _attribute)
"""}, entry("attribution", "attribution.x", "X", "LAYER_CONDUCTANCE"),
        "import torch; from explorer import figures, probes\n"
        "result = probes.run('x_method', torch.nn.Linear(2, 1), torch.ones(1, 2))\n"
        "assert result.values.shape == (1, 2) and figures.draw(result)"),
    "a number of every step": ThrowAway(changed={"explorer/training/loop/instruments.py": (
        ("STEP_NUMBERS: dict[str, Callable[[nn.Module], Tensor]] = {}",
         'STEP_NUMBERS: dict[str, Callable[[nn.Module], Tensor]] = {"x": lambda model: Tensor([1]).sum()}'),)},
        check="import tempfile; from explorer import charts, training, zoo\n"
              "recipe = zoo.recipe('linear_regression').with_(epochs=1, device='cpu')\n"
              "with tempfile.TemporaryDirectory() as runs:\n"
              "    chart = charts.metric(training.train(recipe, training.RunStore(runs))[0], 'x')\n"
              "assert any((curve.y == 1).all() for curve in chart.curves)"),
    "a quantity of layers": ThrowAway(changed={
        "explorer/training/loop/layers.py": (('        "mean": output', '        "x": 1.0,\n        "mean": output'),),
        "explorer/charts/layer_plots.py": (('    Quantity("mean"', '    Quantity("x", "X", "X of a layer", "x", ""),\n'
                                            '    Quantity("mean"'),)},
        check="import tempfile; from explorer import training, zoo; from explorer.doctor import gather\n"
              "from explorer.charts.layer_plots import describe_quantity\n"
              "recipe = zoo.recipe('linear_regression').with_(epochs=1, device='cpu')\n"
              "with tempfile.TemporaryDirectory() as runs:\n"
              "    found = gather(training.train(recipe, training.RunStore(runs))[0]).last\n"
              "assert (found.layers.column('x') == 1).all()\n"
              "assert describe_quantity('x').title == 'X of a layer'"),
    "a chart": ThrowAway(
        {"explorer/charts/x.py": """
import numpy as np

from explorer.results import Bars


def x(run):
    return Bars("X", ("a",), np.ones(1), "value")
"""}, {"explorer/charts/__init__.py": (("from explorer.charts.fold_bars", "from explorer.charts.x import x\n"
                                        "from explorer.charts.fold_bars"), ('"unit_shares"]', '"unit_shares", "x"]'))},
        "from explorer import charts, figures; figures.draw(charts.x(None))"),
    "a view (a result drawn in a new way)": ThrowAway(
        {"explorer/figures/x.py": """
import plotly.graph_objects as go

from explorer.text import text


def figure_x(result, theme):
    return go.Figure(layout={"title": result.title})


def describe_x(result):
    return text("Nothing but a title: {title}.", title=result.title)
"""}, {"explorer/results/drawn.py": (("@dataclass(frozen=True)\nclass Bars",
                                      '@dataclass(frozen=True)\nclass X:\n    """A title."""\n\n    title: str\n\n\n'
                                      "@dataclass(frozen=True)\nclass Bars"),),
            "explorer/results/__init__.py": (("    Bars,\n", "    Bars,\n    X,\n"), ('"Writing",', '"Writing", "X",')),
            "explorer/figures/__init__.py": (
                ("from explorer.figures.theme", "from explorer.figures.x import describe_x, figure_x\n"
                 "from explorer.figures.theme"),
                ("    results.Bars: figure_bars,", "    results.X: figure_x,\n    results.Bars: figure_bars,"),
                ("    results.Bars: describe_bars,", "    results.X: describe_x,\n    results.Bars: describe_bars,"))},
        "from explorer import figures, results\n"
        "assert figures.draw(results.X('a')).layout.title.text == 'a' and str(figures.describe(results.X('a')))"),
    "a rule of the doctor": ThrowAway(
        {"explorer/doctor/rules/x.py": """
from explorer.doctor.finding import Rule
from explorer.doctor.thresholds import X_SHARE


def judge_x(evidence):
    return None if X_SHARE else evidence


X = Rule("x", "X", judge_x)
"""}, {**entry("doctor/rules", "doctor.rules.x", "X", "RATE_LOW"),
            "explorer/doctor/thresholds.py": (("\nDEAD_SHARE", "\nX_SHARE = 0.5  # made here\nDEAD_SHARE"),)},
        "from explorer.doctor import RULES, title_of\nassert str(title_of('x')) == 'X' and RULES"),
    "a browser component": ThrowAway(
        {"explorer/ui/widgets/components/x/__init__.py": '''
from explorer.ui.widgets.components.mount import register

_x = register("x")


def draw_x(key: str) -> None:
    """Draw a paragraph."""
    _x(key=key)
''', "explorer/ui/widgets/components/x/x.js": "export default ({parentElement}) => { parentElement.append('x') }\n",
         "explorer/ui/widgets/components/x/x.css": "p { margin: 0 }\n"},
        check="from explorer.ui.widgets.components.x import draw_x; draw_x('x')"),
    "a page": ThrowAway(
        {"pages/x.py": """
from explorer.ui.app import shell
from explorer.ui.language import _
from explorer.ui.x import draw_x

shell.begin_page(_("X"), _("A page."))
draw_x()
""", "explorer/ui/x/__init__.py": '''"""The page X."""

import streamlit as st


def draw_x() -> None:
    """Draw a sentence."""
    st.write("This is X.")
'''},
        {"explorer/ui/app/shell.py": (("HOME, BUILD, TRAIN, INSPECT, SLOW_MOTION = (", "HOME, BUILD, TRAIN, INSPECT, "
                                       "SLOW_MOTION, X = ("), ('"slow_motion"))', '"slow_motion", "x"))')),
         "explorer/ui/app/navigation.py": (("TRAIN, no_stack_trace", "TRAIN, X, no_stack_trace"),
                                           ("        st.Page(SLOW_MOTION", '        st.Page(X, title=_("X")),\n'
                                            "        st.Page(SLOW_MOTION")),
         "tests/test_house.py": (('"inspect", "slow_motion")', '"inspect", "slow_motion", "x")'),)},
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('pages/x.py', default_timeout=60).run()\n"
        "assert not at.exception and any('This is X.' in each.value for each in at.markdown)"),
}
