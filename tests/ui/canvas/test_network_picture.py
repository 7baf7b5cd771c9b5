"""The picture of a network is made of values alone, so that any page can draw one."""

from __future__ import annotations

import pytest
import streamlit as st

from explorer import network, zoo
from explorer.figures import Theme
from explorer.ui.canvas.network_picture import Drawn, make_picture
from explorer.ui.canvas.preview import PreviewMemory, Wish, make_preview
from explorer.ui.session.state import LANGUAGE
from explorer.ui.session.view import View


class Watched(dict):
    """A session that notes which keys somebody asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key, default=None):
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)


@pytest.fixture
def session(monkeypatch) -> Watched:
    monkeypatch.setattr(st, "session_state", watched := Watched())
    return watched


def test_of_the_session_the_picture_and_its_preview_know_only_the_language(session):
    recipe = zoo.recipe("playground")
    net, analysis = recipe.network, network.analyze(recipe.network)
    preview = make_preview(recipe, analysis, Wish(sample=3), Theme(), PreviewMemory())
    picture = make_picture(View((), net, analysis), {}, preview, net, analysis)
    assert all(summary.thumbnail for summary in picture.summaries.values())
    assert (picture.selected, picture.can_undo, picture.can_redo) == ((), False, False)
    assert session.asked <= {LANGUAGE.key} and not session


def test_a_graph_has_a_new_revision_only_where_it_is_another():
    first = Drawn().then(("a",))
    assert first == Drawn(1, ("a",))
    assert first.then(("a",)) is first
    assert first.then(("b",)) == Drawn(2, ("b",))
