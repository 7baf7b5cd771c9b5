import json

import numpy as np
import pytest

from explorer import figures, results
from explorer.figures import Theme, describe, draw, heatmap_of_map
from explorer.figures.curves import spread
from explorer.results import (
    Bars,
    Curve,
    Curves,
    Field2D,
    FittedLine,
    Heatmap,
    ImageGrid,
    Quantities,
    Reference,
    Scatter,
    Writing,
)
from explorer.text import text

STEPS = np.arange(1.0, 5.0)
DIAGONAL = np.array([0.0, 1.0, 2.0])
POINTS = Scatter("Points", DIAGONAL, DIAGONAL, "x", "y", np.array([0, 1, 1]), ("a", "b"))
GRID = np.linspace(0, 2, 3)
FIELD = Field2D("Boundary", GRID, GRID, np.stack([np.full((3, 3), 0.2), np.full((3, 3), 0.8)], axis=2), POINTS)
RESULTS = [
    Curves("Loss", (Curve("training", STEPS, np.array([2.0, np.nan, 1.0, 0.5])),), "step", "loss", log_y=True,
           references=(Reference(text("guessing"), 2.3026),)),
    Curves("Loss", (), "step", "loss"),
    Heatmap("Kernel", np.array([[1.0, -2.0], [0.0, np.nan]]), "height", "width", True),
    Heatmap("Strip", np.array([[1.0, 0.01], [0.0, np.nan]]), "layer", "step", False, ("a", "b"), STEPS[:2], log=True),
    Heatmap("Strip", np.zeros((2, 0)), "layer", "step", False, ("a", "b"), np.zeros(0), log=True),
    Bars("Classes", ("cat", "dog"), np.array([0.25, 0.75]), "probability", highlight=0, limits=(0, 1)),
    Bars("Nothing", (), np.zeros(0), "probability"),
    POINTS, Scatter("None", np.zeros(0), np.zeros(0), "x", "y"), FIELD,
    Field2D("Three", GRID, GRID, np.full((3, 3, 3), 1 / 3), POINTS),
    FittedLine("Fit", POINTS, Curve("prediction", np.array([0.0, 2.0]), np.array([0.0, 2.0]))),
]


@pytest.mark.parametrize("theme", [Theme(), Theme(dark=True, scale=1.25)], ids=["light", "dark"])
@pytest.mark.parametrize("result", RESULTS, ids=lambda r: f"{type(r).__name__}-{r.title}")
def test_every_result_becomes_a_figure_with_fixed_height_and_named_axes(result, theme):
    figure = draw(result, theme)
    assert json.loads(figure.to_json())["layout"]["height"] >= 320
    assert figure.layout.uirevision == "constant"
    assert figure.layout.paper_bgcolor == theme.background
    assert figure.layout.xaxis.title.text or figure.layout.yaxis.title.text
    assert figure.layout.xaxis.tickfont.size >= 12


@pytest.mark.parametrize("result", RESULTS, ids=lambda r: f"{type(r).__name__}-{r.title}")
def test_every_result_has_a_text_equivalent_that_starts_with_words(result):
    assert str(describe(result)).endswith(".")


def test_every_drawn_result_is_also_described():
    assert set(figures.figure_of) < set(figures.describe_of)


def test_a_curve_without_points_waits_on_fixed_axes():
    figure = draw(Curves("Accuracy", (), "step", "accuracy", y_range=(0, 1)), Theme())
    assert figure.layout.annotations[0].text == "Waiting for the first step"
    assert list(figure.layout.yaxis.range) == [0, 1]


def test_a_log_axis_says_so_and_leaves_gaps_where_there_is_no_logarithm():
    curves = Curves("Loss", (Curve("training", STEPS, np.array([1.0, 0.0, -1.0, 0.1])),), "step", "loss", log_y=True)
    figure = draw(curves, Theme())
    assert figure.layout.yaxis.title.text == "loss (log scale)"
    assert np.isnan(figure.data[0].y).tolist() == [False, True, True, False]


def test_long_names_go_to_a_legend_and_short_ones_to_the_ends_of_their_curves():
    def named(name):
        return draw(Curves("Loss", (Curve(name, STEPS, STEPS),), "step", "loss"), Theme())
    assert named("short").layout.showlegend is False and named("short").layout.annotations[-1].text == "short"
    assert named("a name that is much too long").layout.showlegend is True


def test_labels_that_would_touch_are_moved_apart_in_their_order():
    assert spread([0, 1, 50], 10) == [-4.5, 5.5, 50]
    assert spread([5, 5, 5], 10) == [-5, 5, 15]


def test_a_signed_scale_is_symmetric_and_an_unsigned_one_starts_at_zero():
    signed, unsigned = (draw(Heatmap("M", np.array([[1.0, -3.0]]), "row", "column", s), Theme()).data[0]
                        for s in (True, False))
    assert (signed.zmin, signed.zmax) == (-3, 3)
    assert (unsigned.zmin, unsigned.zmax) == (0, 3)


def test_a_cell_tells_its_place_and_value():
    figure = draw(Heatmap("M", np.array([[1.0, -2.5]]), "height", "width", True), Theme())
    assert figure.data[0].customdata[0][1] == "height 0, width 1: −2.5"


def test_an_enlarged_map_keeps_the_color_scale_of_its_grid():
    grid = ImageGrid("conv1", np.array([[[1.0]], [[-4.0]]]), True)
    figure = draw(heatmap_of_map(grid, 0), Theme())
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-4, 4)
    assert figure.layout.title.text == "conv1, channel 0"


def test_the_boundary_of_two_classes_is_the_probability_of_the_second():
    figure = draw(FIELD, Theme())
    assert np.asarray(figure.data[0].z).flat[0] == 0.8 and figure.layout.yaxis.scaleanchor == "x"
    assert str(describe(FIELD)) == ("Boundary: of 2 classes, b takes the largest part of the plane, "
                                    "100\N{NO-BREAK SPACE}%; 2 of 3 samples lie in their own class.")


def test_maps_are_tiled_row_by_row_with_a_gap_and_one_scale():
    maps = np.arange(12.0).reshape(3, 2, 2) - 6
    cells = draw(ImageGrid("conv1", maps, True)).data[0]
    tiled = np.asarray(cells.z)
    assert tiled.shape == (5, 5) and (cells.zmin, cells.zmax) == (-6, 6)
    assert np.array_equal(tiled[:2, 3:], maps[1]) and np.array_equal(tiled[3:, :2], maps[2])
    assert np.isnan(tiled[2]).all() and np.isnan(tiled[3:, 3:]).all()


def test_a_large_map_is_thinned_and_numbers_that_are_no_maps_are_one_row():
    assert np.shape(draw(ImageGrid("input", np.zeros((3, 224, 224)), False)).data[0].z) == (449, 449)
    assert np.shape(draw(ImageGrid("linear1", np.zeros((10, 1, 1)), False)).data[0].z) == (1, 10)
    assert draw(ImageGrid("nothing", np.zeros((0, 3, 3)), False)).layout.height


def test_numbers_and_words_are_drawn_and_described():
    value, words = Quantities("Prediction", ("price",), np.array([2.5]), "kg"), Writing("Text", "the ", "cat <b>")
    assert "price<br><b>2.5 kg</b>" in draw(value).layout.annotations[0].text
    assert str(describe(value)) == "Prediction: price 2.5 kg."
    assert "<b>cat &lt;b" in draw(words).layout.annotations[0].text
    assert str(describe(words)) == "Text: after “the ”, “cat <b>”."


def test_the_words_for_a_curve_say_where_it_starts_and_ends():
    curve = Curve("training", np.array([1.0, 640.0]), np.array([2.31, 0.12]))
    words = str(describe(Curves("Loss", (curve,), "step", "loss")))
    assert words == "training: loss falls from 2.31 to 0.12 by step 640."


def test_typed_names_reach_a_figure_as_plain_text_and_own_words_are_translated():
    bars = Bars("Title", ("<b>%{x}</b>",), np.array([1.0]), "probability")
    figure = draw(bars, Theme(translate=str.upper))
    assert "<b>" not in figure.layout.yaxis.ticktext[0] and "%{" not in figure.data[0].customdata[0]
    assert figure.layout.title.text == "TITLE"


def test_pictures_of_the_browser_components_are_described():
    entries = (results.Prediction(np.zeros((2, 2)), 1, np.array([0.2, 0.8])),)
    assert str(describe(results.Predictions("Samples", entries))) == "Samples: 1 of 1 samples are predicted correctly."
    assert "2 maps of 1×1" in str(describe(ImageGrid("conv1", np.zeros((2, 1, 1)), True)))


def test_a_first_step_of_enormous_gradients_does_not_hide_the_rest_of_a_strip():
    values = np.full((4, 120), 1e-2)
    values[:, 60:] = 1.0
    values[:, 0] = 1e20
    strip = Heatmap("Strip", values, "layer", "step", False, tuple("abcd"), np.arange(120.0), log=True)
    (cells,) = draw(strip, Theme()).data
    assert (cells.zmin, cells.zmax) == (-2.0, 0.0)
    assert "10²⁰" in cells.customdata[0][0]


def test_points_on_few_whole_numbers_have_ticks_on_those_alone():
    def ticks(x):
        return draw(Curves("t", (Curve("a", np.array(x), np.ones(len(x))),), "layer", "y")).layout.xaxis.dtick

    assert ticks([1, 2, 3, 4, 5]) == 1
    assert ticks([1, 2.5, 3]) is None and ticks([0, 100]) is None and ticks([2]) is None and ticks([]) is None
