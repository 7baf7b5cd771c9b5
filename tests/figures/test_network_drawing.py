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


def test_a_layer_of_a_few_numbers_is_drawn_as_its_units_each_wired_to_each():
    network = chain("Net", ("a", "input", {}), ("b", "linear", {}), ("c", "tanh", {}))
    root = drawn(network, shapes={"a": (2,), "b": (3,), "c": (3,)}, families={"linear": "linear"})
    assert len(root.findall(f".//{SVG}circle")) == 8
    wires = [path.get("d").count("M") for path in root.findall(f"{SVG}path")]
    assert wires == [2 * 3, 3]  # into the linear layer all of them, into the activation each one's own


def test_shapes_are_written_below_where_there_is_room_and_else_those_of_the_ends():
    short = chain("Net", ("a", "input", {}), ("b", "flatten", {}), ("c", "linear", {}))
    said = [text.text for text in drawn(short, shapes={"a": (1, 28, 28), "b": (784,), "c": (10,)}).iter(f"{SVG}text")]
    assert said == ["1×28×28", "784", "10"]
    long = chain("Net", *[(f"n{i}", "conv2d", {}) for i in range(30)])
    shapes = {f"n{i}": (1, 30 - i, 30 - i) for i in range(30)}
    assert [text.text for text in drawn(long, shapes=shapes).iter(f"{SVG}text")] == ["1×30×30", "1×1×1"]
