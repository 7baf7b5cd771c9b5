"""Attributions side by side as a person meets them: a mistake explained by four methods, wrong ones marked as wrong."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect

from explorer import data, network, probes, zoo
from explorer.document import Network
from explorer.formatting import format_number
from explorer.recipe import Chosen
from explorer.training import Run, Session
from explorer.training.records.checkpoints import FrameKeeper, frame_steps, load_frame
from explorer.training.runs.status import FINISHED, Status
from explorer.ui.widgets import samples

pytestmark = pytest.mark.e2e
FOUR = "saliency,integrated_gradients,deep_lift,grad_cam"


def pool_first(net: Network) -> Network:
    """Swap each activation with the max pooling behind it."""
    swapped = {"relu1": "pool1", "pool1": "relu1", "relu2": "pool2", "pool2": "relu2"}
    given = net.to_dict()
    edges = [{**edge, "from": swapped.get(edge["from"], edge["from"]), "to": swapped.get(edge["to"], edge["to"])}
             for edge in given["edges"]]
    return Network.from_dict({**given, "edges": edges})


@pytest.fixture(scope="module")
def trained(app) -> Run:
    """A LeNet with max pooling before ReLU, trained shortly on MNIST, or on what ships with scikit-learn."""
    recipe = zoo.recipe("lenet_relu").with_optimizer("adam", lr=0.005)
    name, count = ("mnist", 1000) if data.is_available("mnist") else ("digits", 300)  # few: some 4s are mistaken
    run = app.store.create(recipe.with_(network=pool_first(recipe.network), data=Chosen(name), epochs=1, threads=1,
                                        train_samples=count, seed=1, device="cpu"))
    assert Session(run).execute().state == "finished"
    return run


def model_of(run: Run):
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, max(frame_steps(run.frames_folder))))
    return model.eval()


@pytest.fixture(scope="module")
def mistake(trained) -> tuple[int, int]:
    """The place of a 4 that is taken for something else, and for what."""
    part = samples.test_part(trained.recipe)
    count = min(len(part), 2000)
    predicted = model_of(trained)(part.inputs(range(count))).argmax(1).numpy()
    place = int(np.flatnonzero((part.targets(range(count)).numpy() == 4) & (predicted != 4))[0])
    return place, int(predicted[place])


def open_view(visit, app, run: Run, more: str = "", **size: int) -> Page:
    page = visit(f"{app.url}/inspect?run={run.id}&view=attribution{more}", **size)
    expect(page.locator(".attribution-panel").first).to_have_attribute("data-state", "shown")
    return page


def panel(page: Page, method: str) -> Locator:
    return page.locator(f".attribution-panel[data-method={method}]")


def shown(page: Page, *methods: str) -> None:
    for method in methods:
        expect(panel(page, method)).to_have_attribute("data-state", "shown")


def test_a_mistake_is_explained_by_four_methods_and_a_wrong_one_is_marked_until_its_copy_is_prepared(
        app, visit, trained, mistake):
    place, _wrong = mistake
    page = open_view(visit, app, trained, f"&sample={place}&methods={FOUR}")
    shown(page, *FOUR.split(","))
    deep_lift = panel(page, "deep_lift")
    expect(deep_lift).to_contain_text("over 32 samples")
    expect(deep_lift).not_to_contain_text("Wrong")
    page.get_by_label("Prepared copy").uncheck()
    expect(deep_lift).to_contain_text("Wrong: off by")
    expect(panel(page, "integrated_gradients")).not_to_contain_text("Wrong")
    deep_lift.get_by_role("button", name="Switch the prepared copy on").click()
    expect(deep_lift).not_to_contain_text("Wrong")
    expect(deep_lift).to_contain_text("over 32 samples")


def test_why_4_and_not_the_other_adds_up_to_the_difference_of_the_two(app, visit, trained, mistake):
    place, wrong = mistake
    page = open_view(visit, app, trained, f"&sample={place}&methods=integrated_gradients")
    page.get_by_test_id("target").select_option("4")
    page.get_by_test_id("minus").select_option(str(wrong))
    page.wait_for_url(re.compile(rf"of=4-{wrong}"))
    part = samples.test_part(trained.recipe)
    found = probes.run("integrated_gradients", model_of(trained), part.inputs([place]), target=f"4-{wrong}")
    expect(panel(page, "integrated_gradients")).to_contain_text(
        f"of {format_number(float(found.differences[0]), digits=3)}")
    page.get_by_role("tab", name="Gradients").click()
    expect(page.get_by_test_id("of")).to_have_value(f"4-{wrong}")


def test_the_value_of_a_pixel_is_shown_for_all_methods_at_once_and_keys_move_it(app, visit, trained):
    page = open_view(visit, app, trained, "&methods=saliency,input_x_gradient")
    shown(page, "saliency", "input_x_gradient")
    panel(page, "saliency").locator("canvas").press("Enter")
    panel(page, "saliency").locator("canvas").press("ArrowLeft")
    inputs = samples.test_part(trained.recipe).inputs([0])
    row, column = (size // 2 for size in inputs.shape[-2:])
    line = page.locator(".attribution .inspector-line")
    for method in ("saliency", "input_x_gradient"):
        value = probes.run(method, model_of(trained), inputs).values[0, 0, row, column - 1]
        expect(line).to_contain_text(f" {format_number(float(value), digits=3)}")
    expect(line).to_contain_text(f"row {row}, column {column - 1}")


def test_another_step_gives_another_picture_and_the_first_is_remembered(app, visit, trained):
    page = open_view(visit, app, trained, "&methods=integrated_gradients")
    one = panel(page, "integrated_gradients")
    shown(page, "integrated_gradients")
    before = one.inner_text()
    page.evaluate("() => layerscopeInspector.store.set({ step: layerscopeInspector.store.look.steps[0] })")
    expect(one).not_to_have_text(before)
    shown(page, "integrated_gradients")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "integrated_gradients" in request.url else None)
    page.evaluate("() => layerscopeInspector.store.set({ step: layerscopeInspector.store.look.steps.at(-1) })")
    expect(one).to_have_text(before, use_inner_text=True)
    assert not asked


@pytest.fixture(scope="module")
def drawn(app):
    """Runs with one kept step of weights that were only drawn, by the name of the network."""
    def make(name: str) -> Run:
        run = app.store.create(zoo.recipe(name).with_(device="cpu"))
        FrameKeeper(run.frames_folder, 2_000_000_000).keep(0, network.build(run.recipe.network, seed=3).state_dict())
        run.write_status(Status(FINISHED))
        return run

    return make


def test_a_table_has_a_bar_for_each_feature_and_a_text_a_tint_for_each_token(app, visit, drawn):
    page = open_view(visit, app, drawn("playground"), "&methods=integrated_gradients")
    canvas = panel(page, "integrated_gradients").locator("canvas")
    canvas.hover(position={"x": 20, "y": 14})
    expect(page.locator(".attribution .inspector-line")).to_have_text(re.compile(r"^x[12] · Integrated gradients −?\d"))
    page = open_view(visit, app, drawn("char_rnn"), "&methods=integrated_gradients")
    canvas = panel(page, "integrated_gradients").locator("canvas")
    canvas.hover(position={"x": 8, "y": 10})
    expect(page.locator(".attribution .inspector-line")).to_have_text(re.compile(r"^. · Integrated gradients −?\d"))


def test_a_link_with_what_is_not_there_shows_what_is(app, visit, trained):
    page = open_view(visit, app, trained, "&methods=saliency,tea_leaves&of=77-1")
    expect(page.locator(".attribution-note")).to_have_text("There is no method called tea_leaves.")
    expect(page.get_by_text("This network has no output number 77-1")).to_be_visible()
    shown(page, "saliency")


def test_methods_are_added_up_to_six_and_removed_and_the_address_names_them(app, visit, trained):
    page = open_view(visit, app, trained, "&methods=saliency")
    page.get_by_role("button", name="+ Method").click()
    page.locator("[data-method=smooth_grad].attribution-item").click()
    page.wait_for_url(re.compile("methods=saliency%2Csmooth_grad"))
    shown(page, "saliency", "smooth_grad")
    page.get_by_role("button", name="Remove Saliency").click()
    page.wait_for_url(re.compile("methods=smooth_grad"))
    expect(page.locator(".attribution-panel")).to_have_count(1)


def test_the_row_is_saved_as_pictures_and_numbers(app, visit, trained, tmp_path):
    page = open_view(visit, app, trained, "&methods=saliency,integrated_gradients")
    shown(page, "saliency", "integrated_gradients")
    for form in ("PNG", "SVG", "NPZ"):
        with page.expect_download() as download:
            page.locator(".attribution").get_by_text(f"⤓ {form}").click()
        download.value.save_as(tmp_path / f"row.{form.lower()}")
    assert (tmp_path / "row.png").read_bytes().startswith(b"\x89PNG")
    assert "Integrated gradients" in (tmp_path / "row.svg").read_text()
    found = probes.run("saliency", model_of(trained), samples.test_part(trained.recipe).inputs([0]))
    with np.load(tmp_path / "row.npz") as saved:
        assert sorted(saved) == ["integrated_gradients", "integrated_gradients.difference",
                                 "integrated_gradients.sum", "saliency"]
        np.testing.assert_allclose(saved["saliency"], found.values, atol=1e-5)
