"""The Attention view as a person meets it: from a patch to all others, in every head, on windows and on a text."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import network, probes, zoo
from explorer.formatting import format_number
from explorer.recipe import Chosen
from explorer.training import Run
from explorer.training.records.checkpoints import FrameKeeper, load_frame
from explorer.training.runs.status import FINISHED, Status
from explorer.ui.widgets import samples

pytestmark = pytest.mark.e2e
CANVAS = ".attention-canvas"


@pytest.fixture(scope="module")
def run_of(app):
    """Runs with one kept step of weights that were only drawn, by the name of the network."""
    made: dict[str, Run] = {}

    def make(name: str) -> Run:
        if name not in made:
            recipe = zoo.recipe(name).with_(device="cpu")
            run = app.store.create(recipe if name == "char_transformer" else recipe.with_(data=Chosen("digits")))
            FrameKeeper(run.frames_folder, 2_000_000_000).keep(0, network.build(recipe.network, seed=3).state_dict())
            run.write_status(Status(FINISHED))
            made[name] = run
        return made[name]

    return make


def open_view(visit, app, run: Run, more: str = "") -> Page:
    page = visit(f"{app.url}/inspect?run={run.id}&view=attention{more}")
    page.wait_for_selector(f"{CANVAS}[data-painted]")
    return page


def weights_of(run: Run, node: str, place: int = 0):
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, 0))
    return probes.run("attention", model, samples.test_part(run.recipe).inputs([place]), node=node).part.weights


def test_the_number_of_a_pair_is_the_models_own_and_keys_move_the_query(app, visit, run_of):
    run, node = run_of("vit_digits"), "block2.attention.weights"
    page = open_view(visit, app, run, f"&node={node}&unit=1,5,7")
    weights = weights_of(run, node)
    expect(page.locator(".attention-line")).to_contain_text("head 1: query 5 → key 7")
    expect(page.locator(".attention-line")).to_contain_text(f"weight = {format_number(float(weights[0, 1, 5, 7]))}")
    page.locator(CANVAS).press("ArrowRight")
    expect(page.locator(CANVAS)).to_have_attribute("data-unit", "1,6,7")
    page.locator(CANVAS).press("ArrowDown")
    expect(page.locator(CANVAS)).to_have_attribute("data-unit", "1,10,7")
    page.locator(CANVAS).press("PageDown")
    expect(page.locator(".attention-line")).to_contain_text(f"weight = {format_number(float(weights[0, 2, 10, 7]))}")


def test_all_layers_are_drawn_and_a_click_shows_one_of_their_heads(app, visit, run_of):
    page = open_view(visit, app, run_of("vit_digits"))
    *_head, query, key = page.locator(CANVAS).get_attribute("data-unit").split(",")
    page.get_by_role("button", name="Show every head of every layer").click()
    page.wait_for_timeout(1500)
    page.locator(CANVAS).click(position={"x": 200, "y": 60})
    expect(page.locator(".attention-tools select")).to_have_value("block1.attention.weights")
    expect(page.locator(CANVAS)).to_have_attribute("data-unit", f"0,{query},{key}")


def test_another_image_changes_the_weights_that_are_shown(app, visit, run_of):
    run, node = run_of("vit_digits"), "block4.attention.weights"
    page = open_view(visit, app, run, f"&node={node}&unit=0,0,9")
    page.evaluate("""() => {
      const { store } = layerscopeInspector;
      store.set({ input: { ...store.look.input, sample: 4 } });
    }""")
    weight = format_number(float(weights_of(run, node, 4)[0, 0, 0, 9]))
    expect(page.locator(".attention-line")).to_contain_text(f"weight = {weight}")


def test_a_pair_that_the_shifted_windows_mask_hides_is_named_as_such(app, visit, run_of):
    page = open_view(visit, app, run_of("swin_digits"), "&node=stage1_pair1.block2.attention.weights&unit=3,1,0,48")
    expect(page.locator(".attention-line")).to_contain_text("The mask hides this pair")


def test_a_text_begins_at_its_last_character_and_goes_on_to_the_arithmetic(app, visit, run_of):
    page = open_view(visit, app, run_of("char_transformer"))
    assert page.locator(CANVAS).get_attribute("data-unit").split(",")[1] == "63"
    page.get_by_role("button", name="Show how the score of this pair is computed").click()
    expect(page.locator(".operation-node")).to_have_value("block4.attention.scores")


def test_a_network_without_attention_names_those_that_have_it(app, visit, run_of):
    page = visit(f"{app.url}/inspect?run={run_of('lenet_relu').id}&view=attention")
    expect(page.get_by_text("This network has no attention").first).to_be_visible()
