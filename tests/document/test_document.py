"""A document is read as it is or refused in one sentence; what we do not know in it survives."""

from __future__ import annotations

import json
import keyword
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import zoo
from explorer.document import RESERVED_IDS, DocumentError, Edge, Network, Node, chain, check_id, free_id

HEAD: dict[str, Any] = {"format": "layerscope/network", "version": 1, "nodes": [], "edges": []}
NODE = {"id": "a", "block": "input"}


def with_(**changes: Any) -> dict[str, Any]:
    return {**HEAD, **changes}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def defined(depth: int) -> dict[str, Any]:
    return with_(definitions={"inner": defined(depth - 1)}) if depth else with_()


@pytest.mark.parametrize(("content", "sentence"), [
    ("", "This is not JSON: line 1, column 1: Expecting value."),
    ("{\n nodes: 1}", "This is not JSON: line 2, column 2: Expecting property name enclosed in double quotes."),
    (b"\xff\xfe\x00\x01\xd8", "This is not a text file."),
    ("[" * 100_000, "This JSON is nested too deeply."),
    (json.dumps(with_(x=nested(80))), "This JSON is nested too deeply."),
    ("1e999", "This JSON has a number that is infinite, undefined or far too long."),
    ("[NaN]", "This JSON has a number that is infinite, undefined or far too long."),
    ("9" * 5000, "This JSON has a number that is infinite, undefined or far too long."),
    (json.dumps(with_(name="\ud800")), "The document contains invalid Unicode characters."),
    (json.dumps(with_(nodes=[{**NODE, "params": {"\udfff": 1}}])),
     "The document contains invalid Unicode characters."),
    (" " * 20_000_001, "The file is larger than 20 MB; a document never is."),
], ids=range(11))
def test_a_text_that_is_no_document_is_refused_in_one_sentence(content: str | bytes, sentence: str) -> None:
    with pytest.raises(DocumentError) as error:
        Network.loads(content)
    assert str(error.value) == str(error.value.sentence) == sentence


@pytest.mark.parametrize(("document", "sentence"), [
    (None, "A network is a JSON object, not null."),
    ([], "A network is a JSON object, not a list."),
    ({}, 'This is not a network: its "format" should be "layerscope/network".'),
    (with_(version=2), "This network has version 2; this Layerscope reads versions up to 1."),
    (with_(version=True), "This network has version True; this Layerscope reads versions up to 1."),
    ({"format": "layerscope/network"}, "This network has version None; this Layerscope reads versions up to 1."),
    ({"format": "layerscope/network", "version": 1}, 'the document has no "nodes".'),
    (with_(nodes={}), '"nodes" in the document should be a list, not an object.'),
    (with_(nodes=[1]), "nodes[0] should be a JSON object, not a whole number."),
    (with_(nodes=[{"block": "input"}]), 'nodes[0] has no "id".'),
    (with_(nodes=[{**NODE, "id": 3}]), '"id" in nodes[0] should be text, not a whole number.'),
    (with_(nodes=[{**NODE, "params": []}]), '"params" in nodes[0] should be an object, not a list.'),
    (with_(nodes=[{**NODE, "at": [1]}]), "nodes[0].at should be two numbers, [x, y]."),
    (with_(nodes=[NODE, NODE]), "Two nodes are named a; every node needs its own name."),
    (with_(edges=[{"from": "a"}]), 'edges[0] has no "to".'),
    (with_(edges=[{"from": "a", "to": "b", "port": "0"}]), '"port" in edges[0] should be a whole number, not text.'),
    (with_(edges=[{"from": "a", "to": "b", "from_port": True}]),
     '"from_port" in edges[0] should be a whole number, not true.'),
    (with_(outputs="a"), '"outputs" in the document should be a list, not text.'),
    (with_(outputs=[None]), "outputs should hold text, not null."),
    (with_(definitions={"x": 3}), "A network is a JSON object, not a whole number."),
    (defined(9), "Definitions are nested more than 8 deep."),
    (with_(x={1, 2}), "A document can only hold JSON: text, numbers, true, false, null, lists and objects."),
    (with_(x=float("inf")), "This JSON has a number that is infinite, undefined or far too long."),
], ids=range(23))
def test_a_document_of_the_wrong_form_is_refused_in_one_sentence(document: Any, sentence: str) -> None:
    with pytest.raises(DocumentError) as error:
        Network.from_dict(document)
    assert str(error.value) == sentence


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, "a\0b"):
        with pytest.raises(DocumentError, match=r"cannot be read: .+\."):
            Network.load(path)


def test_definitions_nest_eight_deep() -> None:
    assert Network.from_dict(defined(8)).to_dict()["definitions"]["inner"]["version"] == 1


def test_what_we_do_not_know_survives_a_load_and_save(tmp_path: Path) -> None:
    document = with_(name="né ×",
                     nodes=[{**NODE, "params": {"shape": [2], "new": {"a": [1, None]}}, "at": [1.5, -2],
                             "color": "red"}],
                     edges=[{"from": "a", "from_port": 0, "to": "b", "port": 3, "label": "x"}], outputs=["a"],
                     definitions={"d": {**HEAD, "name": "inner", "outputs": [], "definitions": {}, "later": 1}},
                     by="me")
    net = Network.from_dict(document)
    net.save(tmp_path / "net.json")
    again = Network.load(tmp_path / "net.json")
    assert again.to_dict() == net.to_dict() == document
    assert again == net
    assert hash(again) == hash(net)


def test_a_network_does_not_change_when_the_document_it_came_from_does() -> None:
    document = with_(nodes=[{**NODE, "params": {"shape": [2]}}])
    net = Network.from_dict(document)
    document["nodes"][0]["params"]["shape"].append(3)
    net.to_dict()["nodes"][0]["params"]["shape"].append(4)
    assert net.node("a").params == {"shape": [2]}


@pytest.mark.parametrize("name", zoo.names())
def test_the_digest_follows_every_part_of_the_document(name: str) -> None:
    net = zoo.get(name)
    others = [net.with_(name="other"), net.with_(nodes=net.nodes[:-1]), net.with_(edges=net.edges[1:]),
              net.with_(outputs=()),
              net.with_(definitions={"d": net}), net.with_(extra={"x": 1}), net.with_(nodes=net.nodes[::-1])]
    assert Network.from_dict(net.to_dict()).digest == net.digest
    assert len({net.digest, *(other.digest for other in others)}) == len(others) + 1


def test_edges_are_found_by_target_in_port_order() -> None:
    net = Network("x", (Node("a", "input"), Node("m", "add")), (Edge("a", "m", 0, 1), Edge("a", "m", 0, 0)))
    assert [edge.target_port for edge in net.edges_into("m")] == [0, 1]
    assert len(net.edges_out_of("a")) == 2
    assert net.edges_into("a") == ()


def test_a_chain_wires_each_node_to_the_next_and_ends_in_the_last() -> None:
    net = chain("x", ("input", "input", {}), ("a", "tanh", {}), ("b", "relu", {}))
    assert [(edge.source, edge.target) for edge in net.edges] == [("input", "a"), ("a", "b")]
    assert net.outputs == ("b",)


@pytest.mark.parametrize("name",
                         ["type", "train", "forward", "self", "torch", "nn", "F", "class", "match", "../x", "", "1a",
                                  "a.b", "é", "a b", "_a", "a" * 64, "a\n"])
def test_a_name_that_would_break_a_module_or_a_path_is_no_id(name: str) -> None:
    assert check_id(name) is not None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=70) | st.sampled_from([*RESERVED_IDS, *keyword.kwlist]),
       st.sets(st.from_regex(r"[a-z]{1,2}[0-9]{0,2}")))
def test_a_free_id_is_legal_and_not_taken(wanted: str, taken: set[str]) -> None:
    name = free_id(wanted, taken)
    assert check_id(name) is None
    assert name not in taken
    if check_id(wanted) is None and wanted not in taken and len(wanted) <= 50 and not wanted.endswith("_"):
        assert name == wanted
