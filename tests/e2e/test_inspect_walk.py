"""From the whole network to one multiplication and to its place in the image, at the end of training and before it."""

from __future__ import annotations

import os
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
from explorer.training.runs.status import FINISHED, TRAINING, Status
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
    batch = samples.test_part(run.recipe).inputs([sample])
    return probes.run("operation", model, batch, node=node, unit=unit)


def written(page: Page):
    return page.locator(".operation-line")


def test_from_the_overview_to_one_multiplication_and_back_to_the_untrained_network(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&sample=3")
    click_on_a_map(page, "conv2")
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
    ("view=operation&node=nowhere", "This network has no node called nowhere; showing conv1."),
    ("view=operation&node=conv2&unit=99,0,0", "16×10×10"),
    ("view=unit&node=conv2&unit=0,0", "16×10×10"),
    ("step=99999&view=unit&unit=x,1", "This link names what is not there: step=99999, unit=x,1. Showing step"),
    (f"beside=run-{'f' * 32}&node=nowhere", f"not there: nowhere, beside=run-{'f' * 32}. Showing step"),
    ("sample=999999", "There is no test sample 999999: the last one is 358."),
])
def test_nonsense_in_the_address_is_one_sentence(app, visit, lenet, address, sentence) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&{address}")
    expect(page.get_by_text(re.compile(re.escape(sentence))).first).to_be_visible()
    expect(page.locator(".samples [role=option]").first).to_be_visible()


def click_on_a_map(page: Page, node: str) -> None:
    card = page.get_by_test_id(f"node-{node}").locator("canvas.maps")
    expect(card).to_have_attribute("data-painted", re.compile("[1-9]"))
    box = card.bounding_box()
    card.click(position={"x": box["width"] / 2, "y": 6})  # the first map of a column


def test_another_run_begins_anew_and_is_followed_like_the_first(app, visit, lenet) -> None:
    other = untrained(app, "swin_digits")
    page = visit(f"{app.url}/inspect?run={other.id}&inside=stage1_pair1&sample=5&node=head&step=0")
    expect(page.get_by_test_id("time")).to_have_attribute("aria-valuetext", "0 of 1")
    page.get_by_role("combobox", name="Run").click()
    page.get_by_role("option", name=re.compile(r"^LeNet.*finished")).first.click()
    page.wait_for_url(re.compile(lenet.id))
    expect(page.locator(".maps-card")).to_have_count(len(lenet.recipe.network.nodes))
    click_on_a_map(page, "conv2")
    page.wait_for_url(re.compile("view=operation"))
    expect(written(page)).to_contain_text("=")
    assert page.evaluate("layerscopeInspector.store.look.input.sample") == 0
    assert page.evaluate("layerscopeInspector.store.look.step") == frame_steps(lenet.frames_folder)[-1]


def test_the_way_back_leads_to_the_view_before(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=overview")
    click_on_a_map(page, "conv1")
    page.wait_for_url(re.compile("view=operation"))
    expect(written(page)).to_contain_text("=")
    page.go_back()
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("node-conv2")).to_be_visible()


def test_steps_that_are_kept_while_a_run_trains_are_followed(app, visit) -> None:
    run = untrained(app, "playground")
    run.write_status(Status(TRAINING, pid=os.getpid()))
    page = visit(f"{app.url}/inspect?run={run.id}")
    slider = page.get_by_test_id("time")
    expect(slider).to_have_attribute("aria-valuetext", "1 of 1")
    FrameKeeper(run.frames_folder, 2_000_000_000).keep(7, network.build(run.recipe.network, seed=7).state_dict())
    expect(slider).to_have_attribute("aria-valuetext", "7 of 7")
    slider.press("Home")
    FrameKeeper(run.frames_folder, 2_000_000_000).keep(9, network.build(run.recipe.network, seed=9).state_dict())
    expect(slider).to_have_attribute("aria-valuetext", "0 of 9")
