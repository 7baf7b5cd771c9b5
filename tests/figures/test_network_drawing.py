import xml.etree.ElementTree as ElementTree

from explorer.document import Edge, Network, Node, chain
from explorer.figures import Theme, network_svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(network, **more):
    return ElementTree.fromstring(network_svg(network, Theme(), **more))


def test_a_chain_is_drawn_left_to_right_as_one_block_a_node():
    blocks = drawn(chain("MLP", ("a", "input", {}), ("b", "linear", {}), ("c", "linear", {}))).findall(f"{SVG}rect")
    lefts = [float(block.get("x")) for block in blocks]
    assert len(blocks) == 3 and lefts == sorted(lefts)


def test_a_larger_map_is_a_higher_block():
    network = chain("Net", ("a", "conv2d", {}), ("b", "conv2d", {}))
    root = drawn(network, shapes={"a": (6, 28, 28), "b": (6, 5, 5)})
    high, low = (float(block.get("height")) for block in root.findall(f"{SVG}rect"))
    assert high > low


def test_a_skip_goes_around_and_branches_do_not_cover_each_other():
    nodes = tuple(Node(n, "conv2d") for n in "abcd")
    edges = (Edge("a", "b"), Edge("a", "c"), Edge("b", "d"), Edge("c", "d"), Edge("a", "d"))
    blocks = drawn(Network("N", nodes, edges)).findall(f"{SVG}rect")
    assert len({(block.get("x"), block.get("y")) for block in blocks}) == 4


def test_hostile_names_are_escaped_and_broken_ones_still_make_valid_xml():
    network = Network('"><script>\x00', (Node("<img onerror=x>\x07", "a&b"),))
    root = drawn(network)
    assert root.find(f".//{SVG}title").text == "<img onerror=x>� · a&b"
    assert "<script" not in network_svg(network, Theme())


def test_cycles_missing_nodes_and_nothing_at_all_are_drawn_as_far_as_they_go():
    nodes = (Node("a", "add"), Node("b", "relu"))
    edges = (Edge("a", "b"), Edge("b", "a"), Edge("a", "a"), Edge("gone", "b"))
    assert len(drawn(Network("N", nodes, edges)).findall(f"{SVG}rect")) == 2
    assert drawn(Network()).findall(f"{SVG}rect") == []


def test_a_very_long_network_is_summed_up():
    root = drawn(chain("Deep", *[(f"n{i}", "relu", {}) for i in range(5000)]))
    assert root.find(f"{SVG}text").text == "… 4,990 more"
    assert len(root.findall(f"{SVG}rect")) == 10


def test_the_same_network_is_always_drawn_the_same():
    network = chain("Net", ("a", "input", {}), ("b", "linear", {}))
    assert network_svg(network, Theme()) == network_svg(network, Theme())
