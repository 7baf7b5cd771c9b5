"""Addresses of an earlier state are found in a later one, and the other way round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.document import Network, chain
from explorer.network import build, edit, grouping
from explorer.network.addresses import inverse, translate, translate_state, translator
from tests.counted import within_calls

GROUP = {"conv1": "block1.conv1", "relu1": "block1.relu1"}
NAMES = st.sampled_from("abcde")
PERMUTATIONS = st.permutations("abcde").map(lambda names: dict(zip("abcde", names)))


@pytest.mark.parametrize(("address", "now"), [
    ("conv1", "block1.conv1"), ("conv1.weight", "block1.conv1.weight"), ("conv10", "conv10"), ("conv", "conv"),
    ("relu1", "block1.relu1"), ("linear1.bias", "linear1.bias"), ("", ""),
])
def test_a_move_takes_along_what_lies_below_it_and_nothing_that_is_only_called_alike(address, now):
    assert translate(address, (), (GROUP,)) == now
    assert translate(now, (GROUP,), ()) == address


def test_the_longest_matching_address_decides():
    move = {"block1": "encoder", "block1.conv1": "stem"}
    assert translate("block1.conv1.weight", (), (move,)) == "stem.weight"
    assert translate("block1.relu1", (), (move,)) == "encoder.relu1"


def test_a_move_happens_all_at_once():
    swap = {"a": "b", "b": "a"}
    assert [translate(name, (), (swap,)) for name in "ab"] == ["b", "a"]


def test_moves_follow_one_another():
    assert translate("conv1.weight", (), ({"conv1": "stem"}, {"stem": "block1.stem"})) == "block1.stem.weight"


def test_what_was_undone_is_taken_back_before_what_came_instead():
    shared = {"x": "conv1"}
    assert translate("left.weight", (shared, {"conv1": "left"}), (shared, {"conv1": "right"})) == "right.weight"
    assert translate("conv1", (shared,), (shared,)) == "conv1"


def test_repeating_a_block_leads_to_its_first_copy_and_back():
    move = {"block1": "block1.r0"}
    assert translate("block1.conv1.weight", (), (move,)) == "block1.r0.conv1.weight"
    assert translate("block1.r0.conv1.weight", (move,), ()) == "block1.conv1.weight"
    assert translate("block1.r1.conv1.weight", (move,), ()) is None


def test_an_address_that_another_node_took_over_leads_nowhere():
    assert translate("b", (), ({"a": "b"},)) is None  # b was removed, then a was called b
    assert translate("b.weight", (), ({"a": "b"},)) is None


def test_the_state_of_a_node_that_was_removed_does_not_reach_the_one_that_took_its_name():
    now = Network(moves=({"a": "b"},))
    assert translate_state({"a.weight": 1, "b.weight": 2, "c": 3}, Network(), now) == {"b.weight": 1, "c": 3}


def test_a_state_finds_its_place_after_grouping_and_back():
    state = {"conv1.weight": 1, "conv1.bias": 2, "conv10.weight": 3, "relu1": 4}
    then, now = Network(), Network(moves=(GROUP,))
    grouped = translate_state(state, then, now)
    assert grouped == {"block1.conv1.weight": 1, "block1.conv1.bias": 2, "conv10.weight": 3, "block1.relu1": 4}
    assert translate_state(grouped, now, then) == state


def test_the_inverse_of_a_move_that_sends_two_to_one_keeps_the_first():
    assert inverse({"a": "c", "b": "c"}) == {"c": "a"}


@given(st.lists(PERMUTATIONS, max_size=5), st.lists(PERMUTATIONS, max_size=5), NAMES)
def test_moves_that_can_be_taken_back_lead_there_and_back(then, now, name):
    assert translate(translate(f"{name}.weight", then, now), now, then) == f"{name}.weight"


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3), max_size=4),
       st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3), max_size=4), st.text(max_size=5))
def test_no_list_of_moves_makes_it_fail(then, now, address):
    assert translate(address, then, now) is None or isinstance(translate(address, then, now), str)


def test_the_weights_of_every_state_fit_every_other_state_of_the_network():
    start = chain("Net", ("input", "input", {"shape": [4]}), ("linear1", "linear", {"out_features": 4}),
                  ("relu1", "relu", {}), ("linear2", "linear", {"out_features": 2}))
    renamed = edit.rename(start, "linear1", "stem")
    grouped, block = grouping.group(renamed, {"stem", "relu1"}, "mine")
    twice = edit.set_param(grouped, block, "repeat", 2)
    opened, _ids = grouping.ungroup(grouped, block)
    other = edit.rename(start, "linear1", "head")  # after an undo
    states = [start, renamed, grouped, twice, opened, other]
    for then in states:
        weights = build(then, seed=0).state_dict()
        for now in states:
            names = set(build(now, seed=0).state_dict())
            found = set(translate_state(weights, then, now))
            assert names & found == (names if then is twice else names - {n for n in names if ".r1." in n})
            assert len(found) == len(weights)


def test_moves_of_other_nodes_do_not_count():
    moves = [{f"a{i}": f"b{i}"} for i in range(50_000)]
    find = translator((), moves)
    found = within_calls(100_000, lambda: [find(f"a{i}.weight") for i in range(5_000)])
    assert found == [f"b{i}.weight" for i in range(5_000)]


def test_what_was_moved_to_and_fro_without_end_is_given_up():
    swaps = [{"a": "b"}, {"b": "a"}] * 50_000
    assert translate("a", (), swaps[:900]) == "a"
    assert translate("a", (), swaps[:901]) == "b"
    assert translate("a.weight", (), swaps) is None
    assert translate("c", (), swaps) == "c"
    find = translator((), swaps)
    assert within_calls(3_000_000, lambda: {find(f"a.n{i}") for i in range(100)}) == {None}


@pytest.mark.parametrize("endless", ["a" + ".b" * 1_000_000, "a" * 1_000_000, "a." * 40])
def test_addresses_that_no_node_can_have_are_not_looked_into(endless):
    assert translate("x", (), ({"x": endless},)) == "x"
    assert translate(endless[:50], (), ({endless: "y"},)) == endless[:50]


def test_a_node_eight_repeated_blocks_deep_is_found():
    deep = ".".join(["n" * 63, "r4999"] * 8 + ["m" * 63])
    assert translate(f"{deep}.weight", (), ({deep: "x"},)) == "x.weight"
    assert translate("x.weight", (), ({"x": deep},)) == f"{deep}.weight"
