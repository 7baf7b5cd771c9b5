"""Build as a person meets it: a network put together with the mouse, walked into, broken, mended, grouped, trained."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from explorer import network, zoo
from explorer.document import Network, chain
from explorer.network.grouping import group
from explorer.recipe import Recipe
from explorer.training.records.checkpoints import frame_steps, load_frame
from tests.e2e.building import card, drop, go_to_build, open_network, saved, set_number
from tests.e2e.conftest import wait_until_idle
from tests.e2e.reading import button, in_state, keyed, on_card, run_of, until

pytestmark = pytest.mark.e2e


def test_lenet_is_built_from_an_empty_canvas_with_the_mouse(app, visit):
    page = visit(app.url)
    go_to_build(page)
    button(page, "Start from scratch").click()
    page.locator(".layerscope-canvas").get_by_role("button", name="Start with an input").click()
    expect(card(page, "input")).to_be_visible()
    steps = [("conv2d", {"Output channels": 6, "Kernel size": 5, "Padding": 2}), ("sigmoid", {}), ("avg_pool2d", {}),
             ("conv2d", {"Output channels": 16, "Kernel size": 5}), ("sigmoid", {}), ("avg_pool2d", {}),
             ("linear", {"Output features": 120}), ("sigmoid", {}), ("linear", {"Output features": 84}),
             ("sigmoid", {}), ("linear", {})]
    for i, (block, settings) in enumerate(steps):
        drop(page, block, 130 + i % 4 * 180, 60 + i // 4 * 150)
        if i == 6:  # Linear cannot take a map, and says so
            card(page, "linear1").get_by_role("button", name="Insert Flatten").click()
            expect(card(page, "flatten1")).to_be_visible()
        for label, value in settings.items():
            set_number(page, label, value)
    expect(page.get_by_text("61,706 parameters · 0.42 M multiply-adds")).to_be_visible()
    expect(page.get_by_text("✓ No problems")).to_be_visible()
    wanted = network.analyze(zoo.get("lenet"))
    wanted_shapes = [wanted.shapes[name] for name in wanted.order]
    until(lambda: list(network.shapes(saved(page, app)).values()) == wanted_shapes)


def test_a_person_walks_into_an_inception_block_and_back(app, visit):
    page = visit(app.url)
    on_card(page, "build", "googlenet").click()
    expect(card(page, "inception1")).to_be_visible()
    card(page, "inception1").locator(".name").dblclick()
    expect(card(page, "concat")).to_be_visible()
    for branch in ("b1_conv", "b2_conv2", "b3_conv2", "b4_pool"):
        expect(card(page, branch)).to_be_visible()
    expect(page.get_by_text("Go back and ungroup it to change it.")).to_be_visible()
    page.locator(".layerscope-canvas .crumbs").get_by_text("GoogLeNet").click()
    expect(card(page, "inception2")).to_be_visible()
    assert saved(page, app) == zoo.get("googlenet")


def test_a_broken_shortcut_is_shown_and_fixed_with_one_click(app, visit):
    page = open_network(visit, app, zoo.get("resnet18"))
    card(page, "stage2_block1").locator(".name").click()
    expect(page.locator(".st-key-side_panel").get_by_role("spinbutton", name="Output channels")).to_have_value("128")
    wait_until_idle(page)
    page.locator(".st-key-side_panel").get_by_text("1×1 convolution on the shortcut").click()
    expect(page.get_by_text("✖ 1 problem: stage2_block1")).to_be_visible()
    expect(card(page, "stage2_block1")).to_contain_text(
        "The shortcut has shape 64×56×56 but the convolutions return 128×28×28")
    expect(card(page, "stage1_block2")).to_contain_text("params")  # what comes before still has its facts
    wait_until_idle(page)  # its words made room for themselves, and the pictures come a moment later
    card(page, "stage2_block1").get_by_role("button", name="Put the 1×1 convolution on the shortcut").click()
    expect(page.get_by_text("✓ No problems")).to_be_visible()
    expect(page.get_by_text("11,689,512 parameters")).to_be_visible()


def test_a_block_is_grouped_repeated_three_times_and_trained(app, visit):
    net = chain("Deep", ("input", "input", {"shape": [1, 28, 28]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 32}), ("linear2", "linear", {"out_features": 32}),
                ("relu2", "relu", {}), ("linear3", "linear", {"out_features": 10}))
    recipe = Recipe(net).with_optimizer("adam", lr=0.01).with_(epochs=4, threads=1, device="cpu")
    page = open_network(visit, app, recipe)
    card(page, "linear2").locator(".name").click()
    card(page, "relu2").locator(".name").click(modifiers=["Control"])
    keyed(page, "group").click()
    expect(card(page, "block1")).to_be_visible()
    set_number(page, "Name of the block", "stage")
    set_number(page, "Repeat", 3)
    expect(card(page, "block1")).to_contain_text("stage × 3")
    expect(page.get_by_text(f"{32 * 785 + 3 * 32 * 33 + 330:,} parameters")).to_be_visible()
    button(page, "Train").click()
    keyed(page, "start").click()
    in_state(page, "finished")
    run = run_of(page, app)
    weights = load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1])
    assert [f"block1.r{i}.linear2.weight" in weights for i in range(4)] == [True, True, True, False]
    assert run.status().summary["test_accuracy"] > 0.5


def test_undo_leads_back_over_a_page_switch_and_everything_is_saved(app, visit):
    page = open_network(visit, app, zoo.get("lenet"))
    card(page, "sigmoid2").locator(".name").click()
    page.keyboard.press("Delete")
    expect(card(page, "sigmoid2")).to_have_count(0)
    until(lambda: saved(page, app).edges_into("pool2")[0].source == "conv2")
    page.get_by_test_id("stTopNavLink").filter(has_text="Home").click()
    expect(on_card(page, "build", "lenet")).to_be_visible()
    page.get_by_test_id("stTopNavLink").filter(has_text="Build").click()
    expect(card(page, "conv2")).to_be_visible()
    page.locator(".layerscope-canvas .stage").focus()
    page.keyboard.press("Control+z")
    expect(card(page, "sigmoid2")).to_be_visible()
    until(lambda: saved(page, app) == zoo.get("lenet"))


def test_two_tabs_lose_nothing_of_each_other(app, visit):
    first = open_network(visit, app, zoo.get("lenet"))
    second = visit(first.url)
    expect(card(second, "conv1")).to_be_visible()
    for page, node in ((first, "sigmoid1"), (second, "sigmoid2")):
        card(page, node).locator(".name").click()
        page.keyboard.press("Delete")
        expect(card(page, node)).to_have_count(0)
        until(lambda page=page, node=node: node not in saved(page, app).by_id)
    expect(second.get_by_text("The network was also changed in another tab.")).to_be_visible()
    second.get_by_text("Versions", exact=True).click()
    second.locator("[class*='st-key-compare_version'] button").first.click()
    expect(second.get_by_text(re.compile("1 added, 1 removed"))).to_be_visible()
    expect(card(second, "sigmoid1")).to_contain_text("added")
    expect(card(second, "sigmoid2")).to_contain_text("removed")
    button(second, "Stop comparing").click()
    expect(card(second, "sigmoid2")).to_have_count(0)


def test_a_network_of_5000_nodes_opens_and_one_more_is_refused_with_the_figure(app, visit, tmp_path):
    for count, said in ((5_000, "✓ No problems"), (5_001, "The network has 5,001 nodes; at most 5,000 are allowed.")):
        steps = [("input", "input", {"shape": [8]}), *((f"relu{i}", "relu", {}) for i in range(1, count))]
        file = tmp_path / f"{count}.json"
        chain(f"{count} nodes", *steps).save(file)
        page = visit(app.url)
        page.locator("input[type=file]").set_input_files(file)
        page.wait_for_url(re.compile("/build"))
        expect(page.get_by_text(said).first).to_be_visible()
        expect(page.locator(".layerscope-canvas .card").first).to_be_visible()
        wait_until_idle(page)


def test_nested_repeats_that_would_be_millions_are_refused_with_the_figure(app, visit):
    inner, name = chain("deep0", ("input", "input", {}), ("relu", "relu", {})), "deep0"
    definitions = {name: inner}
    for level in range(1, 6):
        definitions[f"deep{level}"] = chain(f"deep{level}", ("input", "input", {}), (
            "inside", "composite", {"definition": f"deep{level - 1}", "repeat": 20}))
    net = chain("Millions", ("input", "input", {"shape": [4]}),
                ("all", "composite", {"definition": "deep5", "repeat": 20}), definitions=definitions)
    page = open_network(visit, app, net)
    expect(card(page, "all")).to_contain_text(
        re.compile(r"would expand to \d+\.\d+ M nodes; a network has at most 5,000"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_hostile_network_is_shown_as_text(app, visit, scheme):
    name = "<img src=x onerror=alert(1)>" + "\u202e" + "long" * 2_500
    net, block = group(zoo.get("lenet"), ["conv2", "sigmoid2"], "<b>bold</b> **x**")
    net = network.edit.change_node(net.with_(name=name), block, note=name)
    document = json.loads(json.dumps(net.to_dict()))
    document["nodes"].append({"id": name, "block": name, "params": {name: name}, "at": None})
    page = open_network(visit, app, Network.from_dict(document), color_scheme=scheme)
    expect(card(page, block)).to_contain_text("<b>bold</b> **x**")
    assert page.locator("img[src=x]").count() == 0
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 1440
    assert urlsplit(page.url).path == "/build"
