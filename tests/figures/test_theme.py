import tomllib
from itertools import combinations
from pathlib import Path

import pytest

from explorer.figures.theme import OKABE_ITO, PROJECTOR, TEXT_CONTRAST, Theme, contrast, ink_on, luminance, plain

BOTH = pytest.mark.parametrize("theme", [Theme(), Theme(dark=True)], ids=["light", "dark"])
FAMILIES = ("input", "convolution", "pooling", "linear", "activation", "normalization",
            "attention", "merge", "sequence")


def test_the_contrast_ratio_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@BOTH
def test_words_reach_a_contrast_of_four_and_a_half(theme):
    signs = [sign.color for sign in (theme.problem, theme.warning, theme.valid)]
    assert all(contrast(color, theme.background) >= 4.5 for color in (theme.text, theme.muted, *signs))
    assert all(contrast(color, theme.panel) >= 4.5 for color in (theme.text, theme.muted))


@BOTH
def test_curves_points_and_families_reach_a_contrast_of_three(theme):
    curves = [theme.role(name).color for name in ("training", "validation", "test")]
    curves += [theme.run(i).color for i in range(8)] + [theme.class_color(i) for i in range(10)]
    curves += [theme.family(name) for name in FAMILIES]
    assert [color for color in curves if contrast(color, theme.background) < 3] == []


@BOTH
def test_roles_runs_and_classes_differ_in_more_than_color(theme):
    roles = [theme.role(name) for name in ("training", "validation", "test")]
    assert len({role.dash for role in roles}) == len({role.symbol for role in roles}) == 3
    assert len({theme.run(i) for i in range(24)}) == 24
    assert len({theme.class_symbol(i) for i in range(10)}) == 10
    assert all(a != b for a, b in combinations([theme.class_color(i) for i in range(10)], 2))


@BOTH
def test_the_signed_scale_has_the_ground_in_its_middle(theme):
    (low, orange), (middle, ground), (high, blue) = theme.diverging
    assert (low, middle, high, orange, blue) == (0, 0.5, 1, "#D55E00", "#0072B2")
    assert (luminance(ground) < 0.02) if theme.dark else ground == "#FFFFFF"


def test_the_sequential_scale_gets_steadily_lighter_and_is_the_same_in_the_dark():
    lights = [luminance(color) for _, color in Theme().sequential]
    assert lights == sorted(lights) and len(set(lights)) == len(lights)
    assert Theme().sequential == Theme(dark=True).sequential


def test_axis_words_have_twelve_pixels_and_grow_on_a_projector():
    assert Theme().axis_font_px >= 12
    assert Theme(scale=PROJECTOR).axis_font_px >= 1.2 * Theme().axis_font_px


def test_in_the_dark_runs_keep_the_published_colors():
    assert [Theme(dark=True).run(i).color for i in range(len(OKABE_ITO))] == list(OKABE_ITO)


def test_typed_words_lose_their_tags_and_templates():
    assert plain("<a href='x'>%{z}</a> $x$") == "&lt;a href='x'&gt;%&#123;z}&lt;/a&gt; &#36;x&#36;"
    assert len(plain("x" * 500)) == 80
    assert (ink_on("#FFFFFF"), ink_on("#06141F")) == ("#000000", "#FFFFFF")


def test_problems_are_legible_on_every_ground_and_in_streamlits_red_too():
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    for name, theme in (("light", Theme()), ("dark", Theme(dark=True))):
        color = theme.problem.color
        assert min(contrast(color, ground) for ground in (theme.background, theme.panel)) >= TEXT_CONTRAST
        assert config["theme"][name]["redTextColor"] == color
