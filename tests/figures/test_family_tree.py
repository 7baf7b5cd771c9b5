from explorer.figures import Theme
from explorer.figures.family_tree import Member, describe_family, figure_family

FAMILY = (Member("c", "Child", 1990, "a", "a layer"), Member("a", "First", 1958),
          Member("d", "Same year", 1990, "c", "a shortcut"), Member("b", "Other", 2015, "a", "more"))


def spots(figure):
    dots = figure.data[1]
    return dict(zip(dots.customdata, zip(dots.x, dots.y, strict=True), strict=True))


def test_each_member_has_a_row_of_its_own_below_the_one_it_grew_out_of():
    found = spots(figure_family(FAMILY, Theme()))
    assert sorted(row for _, row in found.values()) == [0, 1, 2, 3]
    assert all(found[member.after][1] < found[member.name][1] for member in FAMILY if member.after)


def test_years_go_to_the_right_and_a_child_of_the_same_year_stands_behind_its_parent():
    found = spots(figure_family(FAMILY, Theme()))
    assert found["a"][0] < found["c"][0] < found["d"][0] < found["b"][0]
    assert figure_family(FAMILY, Theme()).layout.xaxis.ticktext == ("1958", "1990", "2015")


def test_a_line_leads_from_each_parent_to_its_child():
    figure = figure_family(FAMILY, Theme())
    found, lines = spots(figure), figure.data[0]
    ends = [(lines.x[i], lines.y[i], lines.x[i + 2], lines.y[i + 2]) for i in range(0, len(lines.x), 4)]
    assert ends == [(*found[member.after], *found[member.name]) for member in FAMILY if member.after]


def test_the_chosen_one_is_larger_and_the_hover_says_what_was_added():
    dots = figure_family(FAMILY, Theme(), "d").data[1]
    sizes = dict(zip(dots.customdata, dots.marker.size, strict=True))
    assert sizes["d"] > sizes["a"]
    assert any("After Child: a shortcut" in hover for hover in dots.hovertemplate)


def test_a_member_whose_parent_is_missing_starts_a_line_and_a_circle_is_no_trap():
    lost = (Member("x", "X", 2000, "gone"), Member("y", "Y", 2000, "z"), Member("z", "Z", 2000, "y"))
    assert "x" in spots(figure_family(lost, Theme()))
    assert figure_family((), Theme()).data[1].x == ()


def test_titles_are_shown_letter_by_letter():
    dots = figure_family((Member("a", "<b>%{x}", 2000),), Theme()).data[1]
    assert "<b>" not in dots.text[0] and "%{x}" not in dots.hovertemplate[0]


def test_the_tree_is_told_in_a_sentence():
    assert str(describe_family(FAMILY)).startswith("4 networks from 1958 to 2015")
