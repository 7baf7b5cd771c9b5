"""From the whole network to one multiplication and to its place in the image, at the end of training and before it."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import network, probes, zoo
from explorer.formatting import format_number
from explorer.recipe import Chosen
from explorer.training import Run, Session
from explorer.training.records.checkpoints import FrameKeeper, frame_steps, load_frame
from explorer.training.runs.status import FINISHED, Status
from explorer.ui.widgets import samples

pytestmark = pytest.mark.e2e

# A run, a node some levels deep, and one of its units.
DEEP = {
    "googlenet": ("inception9.b3_conv2", (40, 1, 1)), "vit_digits": ("block2.attention.scores", (1, 3, 5)),
    "char_rnn": ("rnn1", (7, 3)), "playground": ("linear2", (1,)),
}


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    recipe = zoo.recipe("lenet_relu").with_(data=Chosen("digits"), epochs=2, threads=1, device="cpu")
    run = app.store.create(recipe)
    assert Session(run).execute().state == "finished"
    return run


def untrained(app, name: str) -> Run:
    """A run with two kept steps of weights that were only drawn, so that no test has to train a large network."""
    recipe = zoo.recipe(name).with_(device="cpu")
    run = app.store.create(recipe if name in ("char_rnn", "playground") else recipe.with_(data=Chosen("digits")))
    keeper = FrameKeeper(run.frames_folder, 2_000_000_000)
    for step in (0, 1):
        keeper.keep(step, network.build(run.recipe.network, seed=step).state_dict())
    run.write_status(Status(FINISHED))
    return run


def operation_of(run: Run, step: int, node: str, unit: tuple[int, ...], sample: int = 0):
    """The operation as Python computes it from the kept weights."""
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, step))
    batch = samples.as_batch(samples.test_part(run.recipe), sample)
    return probes.run("operation", model, batch, node=node, unit=unit)


def written(page: Page):
    return page.locator(".operation-line")


def test_from_the_overview_to_one_multiplication_and_back_to_the_untrained_network(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&sample=3")
    card = page.get_by_test_id("node-conv2").locator("canvas.maps")
    page.wait_for_function("canvas => Number(canvas.dataset.painted ?? 0) > 0", arg=card.element_handle())
    card.click(position={"x": 12, "y": 12})
    page.wait_for_url(re.compile("view=operation"))
    expect(written(page)).to_contain_text("=")
    unit = tuple(page.evaluate("layerscopeInspector.store.look.unit"))
    assert page.evaluate("layerscopeInspector.store.look.node") == "conv2" and len(unit) == 3
    steps = frame_steps(lenet.frames_folder)
    last = operation_of(lenet, steps[-1], "conv2", unit, sample=3)
    expect(written(page)).to_contain_text(format_number(last.value))
    page.get_by_test_id("time").press("Home")
    first = operation_of(lenet, 0, "conv2", unit, sample=3)
    expect(written(page)).to_contain_text(format_number(first.value))
    assert not np.isclose(first.value, last.value)
    page.wait_for_url(re.compile(r"step=0(&|$)"))
    page.get_by_role("tab", name="Unit").click()
    expect(page.locator("[data-part=path]")).to_contain_text("conv2")
    expect(page.locator("[data-part=path]")).to_contain_text(format_number(first.value))
    page.go_back()


@pytest.mark.parametrize("name", DEEP)
def test_any_unit_at_any_depth_is_written_out_at_every_step(app, visit, name) -> None:
    run, (node, unit) = untrained(app, name), DEEP[name]
    page = visit(f"{app.url}/inspect?run={run.id}&view=operation&node={node}&unit={','.join(map(str, unit))}")
    for step, key in ((1, "End"), (0, "Home")):
        page.get_by_test_id("time").press(key)
        expect(written(page)).to_contain_text(format_number(operation_of(run, step, node, unit).value))


@pytest.mark.parametrize(("address", "sentence"), [
    ("view=operation&node=nowhere", "This network has no node called nowhere."),
    ("view=operation&node=conv2&unit=99,0,0", "16×10×10"),
    ("view=unit&node=conv2&unit=0,0", "16×10×10"),
    ("sample=999999", "There is no test sample 999999: the last one is 358."),
])
def test_nonsense_in_the_address_is_one_sentence(app, visit, lenet, address, sentence) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&{address}")
    expect(page.get_by_text(re.compile(re.escape(sentence))).first).to_be_visible()
    expect(page.locator(".samples [role=option]").first).to_be_visible()
