"""Every figure is drawn in one way: with its sentence, under a title that explains itself."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[3]


def page(**options):
    from explorer.results import Bars
    from explorer.ui.widgets.figure import draw_figure

    result = Bars("Accuracy", ("a", "b"), __import__("numpy").array([0.25, 0.5]), "share")
    draw_figure(result, "bars", height=200, **options)


def chart(**options):
    at = AppTest.from_function(page, kwargs=options).run()
    assert not at.exception
    (drawn,) = at.get("plotly_chart")
    return at, drawn.proto, json.loads(drawn.proto.spec)["layout"]


@pytest.mark.parametrize("options", [{}, {"title": "inside"}, {"title": "hidden", "tools": False, "legend": False}])
def test_a_figure_always_has_its_sentence(options):
    _at, proto, _layout = chart(**options)
    assert proto.alt.startswith("Accuracy: of 2 bars, b has the largest share, 0.5")


def test_a_title_stands_above_or_inside_or_not_at_all():
    for title, above, inside in (("above", ["**Accuracy**"], ""), ("inside", [], "Accuracy"), ("hidden", [], "")):
        at, _proto, layout = chart(title=title)
        assert [said.value for said in at.markdown] == above
        assert layout["title"]["text"] == inside


def test_plotlys_buttons_can_be_left_out():
    assert json.loads(chart(tools=False)[1].config) == {"displayModeBar": False}
    assert "displayModeBar" not in json.loads(chart()[1].config)


def test_no_other_module_draws_a_plotly_figure():
    drawing = [file.relative_to(ROOT).as_posix() for folder in ("explorer", "pages") for file in
               sorted((ROOT / folder).rglob("*.py")) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
               if isinstance(node, ast.Attribute) and node.attr == "plotly_chart"]
    assert drawing == ["explorer/ui/widgets/figure.py"]


def test_a_title_that_somebody_gave_is_shown_as_it_is() -> None:
    def page():
        import numpy as np

        from explorer.results import Curve, Curves
        from explorer.ui.widgets.figure import draw_figure

        draw_figure(Curves("my $x* [n]", (Curve("a", np.arange(3), np.arange(3)),), "step", "y"), "key")

    at = AppTest.from_function(page, default_timeout=600).run()
    assert not at.exception and at.markdown[0].value == r"**my \$x\* \[n\]**"
