"""A recipe inside an address: it fits, it comes back whole, and a hostile one is one sentence."""

import base64
import json
import tracemalloc
import zlib

import pytest

from explorer import zoo
from explorer.document import DocumentError, chain
from explorer.recipe import Chosen, Recipe
from explorer.recipe.link import MAX_CHARACTERS, TooLong, pack_recipe, unpack_recipe


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


@pytest.mark.parametrize("entry", zoo.ZOO, ids=lambda entry: entry.name)
def test_every_network_of_the_zoo_fits_into_an_address_and_comes_back_as_it_was(entry):
    recipe = entry.recipe or Recipe(entry.network)
    link = pack_recipe(recipe)
    assert len(link) < MAX_CHARACTERS / 4
    assert link.isascii() and link.replace("-", "").replace("_", "").isalnum()
    assert unpack_recipe(link) == recipe


def test_settings_names_in_other_scripts_and_unknown_fields_travel_too():
    net = chain("ネット <b>'&?#", ("input", "input", {"shape": [2]}), ("out", "linear", {"out_features": 2}))
    recipe = Recipe(net, data=Chosen("circles", {"samples": 77}), extra={"from": "élève"}).with_(
        epochs=9, folds=4, fold=2).with_optimizer("adam", lr=0.3)
    assert unpack_recipe(pack_recipe(recipe)) == recipe


def test_a_network_too_large_for_an_address_says_how_large():
    steps = [(f"layer{i}", "linear", {"out_features": (i * i * 7919) % 10_007 + 1}) for i in range(1200)]
    with pytest.raises(TooLong) as refusal:
        pack_recipe(Recipe(chain("Long", ("input", "input", {"shape": [2]}), *steps)))
    assert refusal.value.characters > MAX_CHARACTERS


GOOD = pack_recipe(zoo.recipe("mlp"))


@pytest.mark.parametrize("link", [
    "", " ", "abc", "a", "🙈", "../../etc/passwd", "<script>", GOOD[:-9], GOOD[9:], GOOD[:40] + "A" + GOOD[41:],
    GOOD + "=", "A" * MAX_CHARACTERS, "A" * (MAX_CHARACTERS + 1), packed(b""), packed(b"{"), packed(b"[]"),
    packed(b"\xff\xfe"), packed(b"null"), packed(b'{"format": "layerscope/network", "version": 1}'),
    packed(b'{"format": "layerscope/recipe", "version": 99}'), packed(b"[" * 100_000),
    packed(json.dumps({**zoo.recipe("mlp").to_dict(), "epochs": "many"}).encode()),
    packed(json.dumps({**zoo.recipe("mlp").to_dict(), "network": {"format": "x"}}).encode())],
    ids=lambda link: link[:12])
def test_a_damaged_or_hostile_link_is_one_sentence(link):
    with pytest.raises(DocumentError) as refusal:
        unpack_recipe(link)
    sentence = str(refusal.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 250


def test_a_small_link_does_not_unpack_to_gigabytes():
    bomb = packed(b" " * 5_000_000)
    assert len(bomb) < MAX_CHARACTERS
    tracemalloc.start()
    with pytest.raises(DocumentError):
        unpack_recipe(bomb)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 3_000_000
