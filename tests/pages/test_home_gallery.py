"""The gallery on Home: every network on a card, filters, what cannot be trained, sizes, and who grew out of whom."""

from __future__ import annotations

import subprocess
import sys

import pytest
from network_cards import button, cards, press
from streamlit.testing.v1 import AppTest

from explorer import zoo
from explorer.ui.app import shell
from explorer.ui.home import gallery, gallery_filter
from explorer.ui.session import state


def words(at: AppTest) -> str:
    return "\n".join(element.value for element in at.markdown)


def test_every_network_has_a_card_by_chapter_in_the_order_of_the_course(open_app):
    shown = list(cards(open_app()))
    assert sorted(shown) == sorted(zoo.names())
    chapters = [zoo.CHAPTERS.index(zoo.ZOO.get(name).chapter) for name in shown]
    assert chapters == sorted(chapters)


def test_a_card_says_what_its_network_is_what_it_takes_and_what_is_worth_seeing(open_app):
    entry = zoo.ZOO.get("lenet")
    card = cards(open_app())["lenet"]
    assert card["title"] == entry.title
    assert entry.source in card["source"]
    assert [each["text"] for each in card["words"]][:3] == [
        "1998 · 61,706 parameters · 0.42 M multiply-adds", entry.summary, entry.worth_seeing]


def test_no_two_buttons_of_the_gallery_have_one_name(open_app):
    labels = [each["label"] for card in cards(open_app()).values()
              for each in (*card["doings"], card["compare"]) if each]
    assert len(labels) == len(set(labels))


def test_what_cannot_be_trained_yet_is_greyed_and_says_why(open_app):
    shown = cards(open_app())
    for entry in zoo.ZOO:
        train = button(shown[entry.name], "train")
        assert train["disabled"] == (entry.recipe is None)
        if entry.recipe is None:
            assert train["help"] == entry.untrained
            assert entry.untrained in " ".join(each["text"] for each in shown[entry.name]["words"])


def test_a_click_on_what_is_not_there_or_greyed_does_nothing(open_app, sound):
    for doing, name in (("train", "dcgan_generator"), ("train", "nothing"), ("delete", "lenet"), (["train"], "lenet")):
        assert len(cards(sound(press(open_app(), doing, name)))) == len(zoo.names())


def test_a_chapter_leaves_its_networks_and_counts_them(open_app, sound):
    at = open_app()
    at.session_state[gallery_filter.CHAPTER] = "Linear networks"
    shown = list(cards(sound(at.run())))
    assert shown == [entry.name for entry in zoo.ZOO if entry.chapter == "Linear networks"]
    assert f"{len(shown)} of {len(zoo.names())} networks" in words(at)
    assert len(cards(at.button(key="show_all").click().run())) == len(zoo.names())


def test_size_and_year_filter_too(open_app, sound):
    at = open_app()
    at.session_state[gallery_filter.PARAMETERS], at.session_state[gallery_filter.YEAR] = "large", "deep"
    shown = list(cards(sound(at.run())))
    assert "resnet50" in shown and "lenet" not in shown
    assert all(zoo.costs(name).parameters >= 1e7 and zoo.ZOO.get(name).year >= 2012 for name in shown)


def test_a_filter_that_leaves_nothing_offers_to_show_all(open_app, sound):
    at = open_app()
    at.session_state[gallery_filter.CHAPTER] = "Linear networks"
    at.session_state[gallery_filter.PARAMETERS] = "large"
    assert cards(sound(at.run())) == {}
    assert len(cards(at.button(key="show_all").click().run())) == len(zoo.names())


def test_a_descent_opens_the_difference_on_the_canvas_and_leads_back(open_app, sound):
    at = sound(press(open_app(), "descent", "lenet_relu"))
    opened = at.session_state[state.DRAFT.key]
    assert opened.recipe.network == zoo.get("lenet_relu")
    assert at.session_state[state.COMPARED.key] is not None
    assert "LeNet → **LeNet, modern**" in words(at).replace("\\", "")
    sound(at.button(key="stop_comparing").click().run())
    assert at.session_state[state.COMPARED.key] is None
    assert at.button(key="undo")


def test_from_a_difference_one_comes_back_to_the_networks(open_app, sound):
    at = press(open_app(), "descent", "resnet18")
    assert len(cards(sound(at.button(key="back_home").click().run()))) == len(zoo.names())


def test_a_network_that_is_opened_alone_is_compared_with_nothing(open_app, sound):
    at = press(open_app(), "descent", "lenet_relu")
    at.switch_page(shell.HOME).run()
    sound(press(at, "build", "mlp"))
    assert state.COMPARED.key not in at.session_state


def test_the_family_tree_shows_the_card_of_the_chosen_network(open_app, sound):
    at = open_app()
    at.session_state[gallery.VIEW] = "tree"
    sound(at.run())
    sound(at.selectbox(key=gallery.CHOSEN).set_value("nin").run())
    assert list(cards(at)) == ["nin"]
    assert len(at.get("plotly_chart")) == 1


@pytest.mark.parametrize("name", ("lenet", "dcgan_generator"))
def test_size_opens_beside_the_card(name, open_app, sound):
    at = sound(press(open_app(), "size", name))
    assert at.button(key=f"build_size/{name}")


def test_the_gallery_is_drawn_without_torch():
    code = ("import sys; from streamlit.testing.v1 import AppTest; from explorer.ui.app import background;"
            "background.warm_up = lambda: None;"
            "at = AppTest.from_file('explorer/ui/app/navigation.py', default_timeout=600).run();"
            "assert at.header; print('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split()[-1:] == ["False"], done.stderr[-2000:]
