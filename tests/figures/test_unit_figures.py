"""Figures of paths and pictures: every window and every framed part is drawn where it is."""

from __future__ import annotations

import numpy as np
import torch

from explorer import network, zoo
from explorer.figures import Theme, describe, draw
from explorer.probes import run
from explorer.results import Curve, Curves, Heatmap, Picture, Pictures


def test_a_path_has_a_map_for_each_stage_with_its_window_framed():
    model = network.build(zoo.get("lenet_relu"), seed=1)
    path = run("unit_path", model, torch.rand(1, 1, 28, 28), node="conv2", unit=(3, 4, 5))
    figure = draw(path)
    assert len(figure.data) == 5
    boxes = [(shape.x0, shape.y0, shape.x1, shape.y1) for shape in figure.layout.shapes[::2]]
    assert boxes[0] == (7.5, 5.5, 21.5, 19.5) and boxes[-1] == (4.5, 3.5, 5.5, 4.5)
    assert str(describe(path)).startswith("Unit (3, 4, 5) of conv2 is")


def test_a_long_path_is_thinned_but_keeps_its_ends():
    model = network.build(zoo.get("googlenet"), seed=1)
    path = run("unit_path", model, torch.rand(1, 1, 96, 96), node="inception2.concat", unit=(9, 3, 3))
    assert len(path.stages) > 8 and len(draw(path).data) == 8
    assert "input<br>" in draw(path).layout.xaxis.title.text
    assert "inception2.concat<br>" in draw(path).layout.xaxis8.title.text


def test_a_framed_picture_is_drawn_with_its_part_above_it():
    pictures = Pictures("Highest", (Picture(np.eye(8), "0.9", (2, 0, 6, 4)), Picture(np.eye(8), "0.8")))
    figure = draw(pictures)
    assert len(figure.data) == 3
    frame = figure.layout.shapes[0]
    assert np.allclose((frame.x0, frame.x1), (0, 0.5)) and np.allclose(frame.y1 - frame.y0, 0.5)
    assert str(describe(pictures)) == "Highest: 2 images of 8×8; 0.9; 0.8."


def test_no_pictures_are_described_as_none():
    assert "nothing to show" in str(describe(Pictures("Highest", ())))
    assert draw(Pictures("Highest", ())).data == ()


def test_a_part_of_a_matrix_is_framed_around_its_cells():
    matrix = Heatmap("Field", np.ones((6, 6)), "height", "width", signed=False, box=(1, 2, 4, 6))
    shape = draw(matrix, Theme(dark=True)).layout.shapes[0]
    assert (shape.x0, shape.y0, shape.x1, shape.y1) == (1.5, 0.5, 5.5, 3.5)


def test_a_point_among_lines_has_its_name_at_the_point_or_with_theirs_at_the_right_end():
    line = Curve("value", np.arange(5.0), np.array([0.1, 0.3, 0.5, 0.7, 0.9]))
    for step, side, above in [(0, "left", "bottom"), (2, "center", "bottom"), (3, "center", "top")]:
        here = Curve("this step", np.array([float(step)]), line.y[step:step + 1], "test")
        name, point = draw(Curves("Value", (line, here), "step", "value")).layout.annotations
        assert (name.text, name.xref, name.x) == ("value", "paper", 1)
        assert (point.text, point.x, point.y) == ("this step", step, line.y[step])
        assert (point.xanchor, point.yanchor) == (side, above)
    here = Curve("this step", np.array([4.0]), line.y[4:], "test")
    names = draw(Curves("Value", (line, here), "step", "value")).layout.annotations
    assert [(name.xref, name.x) for name in names] == [("paper", 1)] * 2
    names = draw(Curves("Value", (here, here), "step", "value")).layout.annotations
    assert [(name.xref, name.x) for name in names] == [("paper", 1)] * 2
