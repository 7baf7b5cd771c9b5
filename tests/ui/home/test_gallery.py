"""What the gallery says of a network's size, and the dialog that makes it smaller or larger."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from explorer import network, zoo
from explorer.figures import Theme, network_svg
from explorer.formatting import format_count
from explorer.ui.home.card import as_image
from explorer.ui.home.gallery_filter import Filter
from explorer.ui.home.scale import describe_trained, original_scale, trained_scale


@pytest.mark.parametrize("name", zoo.names())
def test_the_original_is_made_at_the_original_scale(name):
    entry = zoo.ZOO.get(name)
    assert entry.make(**original_scale(entry)) == entry.network


@pytest.mark.parametrize("name", zoo.trainable())
def test_what_a_recipe_trains_is_one_of_the_sizes_offered(name):
    entry, scale = zoo.ZOO.get(name), trained_scale(name)
    assert scale is not None
    assert entry.make(**scale) == entry.recipe.network


def test_a_smaller_one_that_is_trained_is_told_with_its_costs():
    costs = zoo.costs("resnet50")
    assert describe_trained(zoo.ZOO.get("resnet50")) == (
        "Trains smaller: 96×96 pixels, a quarter as wide, one input channel, 10 classes. "
        f"{format_count(costs.recipe_parameters)} parameters, "
        f"{format_count(costs.recipe_multiply_adds)} multiply-adds.")


def test_nothing_is_told_where_the_original_is_trained_or_nothing_is():
    assert describe_trained(zoo.ZOO.get("lenet")) == describe_trained(zoo.ZOO.get("dcgan_generator")) == ""


def test_the_filter_asks_for_all_of_chapter_parameters_and_years():
    asked = Filter("Modern convolutional networks", "large", "deep")
    assert [entry.name for entry in asked.kept] == [
        entry.name for entry in zoo.ZOO if entry.chapter == asked.chapter and entry.year >= 2012
        and zoo.costs(entry.name).parameters >= 10_000_000]
    assert len(Filter().kept) == len(zoo.names())


def test_a_drawing_is_an_image_that_says_what_it_shows_and_nothing_else_gets_out():
    hostile = network_svg(zoo.get("lenet").with_(name='"><script>'), Theme())
    image = as_image(hostile)
    assert image.count("<") == image.count(">") == 1
    assert "&quot;&gt;&lt;script&gt;: a network of 13 blocks" in image


def dialog(name: str) -> AppTest:
    """The dialog's inside as a page of its own: without a browser a dialog closes at every step."""
    def page(name: str) -> None:
        from explorer import zoo
        from explorer.ui.home.size_dialog import draw_size

        draw_size(zoo.ZOO.get(name))

    return AppTest.from_function(page, args=(name,), default_timeout=600).run()


def table(at: AppTest) -> str:
    return next(element.value for element in at.markdown if element.value.startswith("|"))


def test_it_starts_at_the_size_that_the_recipe_trains():
    at = dialog("resnet50")
    assert not at.exception
    assert not at.button(key="train_size/resnet50").disabled
    costs = zoo.costs("resnet50")
    assert f"| {format_count(costs.parameters)} | **{format_count(costs.recipe_parameters)}** |" in table(at)


def test_a_smaller_network_has_the_costs_that_the_shape_pass_finds():
    at = dialog("lenet")
    at.session_state["width/lenet"] = 0.5
    at.run()
    found = network.analyze(zoo.get("lenet", width=0.5))
    assert f"**{format_count(found.total_parameters)}**" in table(at)
    assert f"**{format_count(found.total_multiply_adds)}**" in table(at)


def test_a_size_that_its_data_does_not_fit_cannot_be_trained_and_says_why():
    at = dialog("lenet")
    at.number_input(key="classes/lenet").set_value(7).run()
    assert at.button(key="train_size/lenet").disabled
    assert not at.button(key="build_size/lenet").disabled
    assert any("10 classes" in caption.value for caption in at.caption)


def test_a_network_with_no_recipe_says_so_here_too():
    at = dialog("dcgan_generator")
    assert at.button(key="train_size/dcgan_generator").disabled
    assert any(zoo.ZOO.get("dcgan_generator").untrained in caption.value for caption in at.caption)


def test_a_size_that_leaves_nothing_of_the_map_is_told_in_words_with_what_to_change(monkeypatch):
    monkeypatch.setitem(zoo.ZOO.get("alexnet").__dict__, "sizes", (16, 96))
    at = dialog("alexnet")
    at.session_state["input/alexnet"] = 16
    at.run()
    assert any(":red[:material/error:]" in element.value for element in at.markdown)
    assert any("A larger input" in caption.value for caption in at.caption)
    assert at.button(key="train_size/alexnet").disabled
