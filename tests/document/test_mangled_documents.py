"""Three thousand mangled networks, and as many recipes: each is read, refused in words, or has problems."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from explorer import network, zoo
from explorer.document import DocumentError, Network
from explorer.recipe import Recipe

DEEP: Any = 1
for _ in range(100):
    DEEP = {"x": [DEEP]}
STRANGE = [
    None, True, False, 0, -1, 1, 2, 7, 10**9, 10**30, -(10**400), 0.5, -0.0, 1e308, float("nan"), float("inf"), "",
    "same", "conv2d",
    "input", "type", "../x", "class", "\ud800", "\x00", "x" * 10_000, "{value}", "{}", "id", [], {}, [[]], [1, 28, 28],
    [0], [-1, 3],
    [1] * 9, ["a", None], {"name": 3}, {"": {}}, DEEP,
]
TELLING_BYTES = b'\x00\xff"{}[],:0189eE-.\\utnf'
Path = tuple[Any, ...]


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """Where something stands in a document, the document itself first."""
    yield here
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside if len(here) < 12 else ():
        yield from paths(inner, (*here, key))


def parent_of(document: Any, path: Path) -> Any:
    for key in path[:-1]:
        document = document[key]
    return document


def swap(document: Any, path: Path, rng: random.Random) -> None:
    parent_of(document, path)[path[-1]] = copy.copy(rng.choice(STRANGE))


def drop(document: Any, path: Path, rng: random.Random) -> None:
    del parent_of(document, path)[path[-1]]


def rename(document: Any, path: Path, rng: random.Random) -> None:
    parent = parent_of(document, path)
    if isinstance(parent, dict):
        parent[rng.choice(["", "id", "params", "extra", "\udfff", "padding", "name"])] = parent.pop(path[-1])


def double(document: Any, path: Path, rng: random.Random) -> None:
    parent = parent_of(document, path)
    if isinstance(parent, list):
        parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(parent[path[-1]]))


def mix(document: Any, path: Path, rng: random.Random) -> None:
    """Put one part of the document in another's place."""
    other = rng.choice(list(paths(document)))
    value = document
    for key in other:
        value = value[key]
    parent_of(document, path)[path[-1]] = copy.deepcopy(value)


EDITS: list[Callable[[Any, Path, random.Random], None]] = [swap, swap, swap, drop, rename, double, mix]


def mangle(document: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    document = copy.deepcopy(document)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        places = [path for path in paths(document) if path and "x" not in path]
        if places:
            rng.choice(EDITS)(document, rng.choice(places), rng)
    return document


def mangle_bytes(document: dict[str, Any], rng: random.Random) -> bytes:
    content = bytearray(json.dumps(document).encode())
    for _ in range(rng.choice([1, 1, 2, 5, 40])):
        telling = rng.random() < 0.7
        content[rng.randrange(len(content))] = rng.choice(TELLING_BYTES) if telling else rng.randrange(256)
    return bytes(content[:rng.randrange(len(content))] if rng.random() < 0.1 else content)


def outcome(read: Callable[[], Any]) -> str:
    """What became of a document; anything but the three allowed ends is an exception that gets out."""
    try:
        item = read()
    except DocumentError as error:
        assert str(error).endswith((".", "?"))
        str(error).encode()
        return "refused"
    net = item.network if isinstance(item, Recipe) else item
    again = type(item).loads(json.dumps(item.to_dict()))
    assert again.to_dict() == item.to_dict()
    problems = network.problems(net)
    for problem in problems:
        str(problem).encode()
        if problem.fix:
            network.problems(network.apply(net, problem.fix))
    if problems:
        return "problems"
    assert {address for address in network.shapes(net) if "." not in address} == {node.id for node in net.nodes}
    return "sound"


def in_bytes_or_parts(kind: type[Network] | type[Recipe], document: dict[str, Any], rng: random.Random) -> str:
    if rng.random() < 0.3:
        content = mangle_bytes(document, rng)
        return outcome(lambda: kind.loads(content))
    mangled = mangle(document, rng)
    return outcome(lambda: kind.from_dict(mangled))


@pytest.mark.parametrize("first_seed", range(0, 3000, 500))
def test_mangled_networks_are_read_refused_or_have_problems(first_seed: int) -> None:
    ends = []
    for seed in range(first_seed, first_seed + 500):
        rng = random.Random(seed)
        ends.append(in_bytes_or_parts(Network, zoo.get(rng.choice(zoo.names())).to_dict(), rng))
    assert set(ends) == {"refused", "problems", "sound"}


@pytest.mark.parametrize("first_seed", range(0, 3000, 500))
def test_mangled_recipes_are_read_refused_or_have_problems(first_seed: int) -> None:
    ends = []
    for seed in range(first_seed, first_seed + 500):
        rng = random.Random(f"recipe {seed}")
        document = zoo.recipe(rng.choice(zoo.trainable())).to_dict()
        if rng.random() < 0.5:  # so that the few settings are hit as often as the many parts of the network
            document["network"] = zoo.get("linear_regression").to_dict()
        ends.append(in_bytes_or_parts(Recipe, document, rng))
    assert set(ends) == {"refused", "problems", "sound"}
