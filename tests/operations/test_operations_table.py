"""docs/operations.md lists every kind of block, no cell is empty, and nothing in it is stale."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
import torch

from explorer import network, results, zoo
from explorer.blocks import BLOCKS
from explorer.document import Network
from tests.operations.operations_table import DOCUMENT, SHOWN, backward_rows, filled, rows
from tests.operations.recorded import LEAVES


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of affine_grid, for maps of a single pixel
        yield
    torch.set_num_threads(threads)


def test_the_table_of_operations_is_the_one_that_holds_now() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert filled(document) == document, "stale: run python -m tests.operations.operations_table"


def test_no_cell_of_the_table_is_empty_and_no_block_is_missing() -> None:
    found = rows()
    assert all(cell.strip() for row in found for cell in row)
    assert {row[0] for row in found} >= {block.title for block in LEAVES}
    assert all(cell.strip() for row in backward_rows() for cell in row)
    assert {row[0] for row in backward_rows()} >= {block.title for block in LEAVES}


def test_every_kind_of_block_in_the_zoo_has_its_row() -> None:
    networks = map(zoo.get, zoo.names())
    titles = {BLOCKS.get(kind).title for net in networks for kind in kinds_in(net, network.analyze(net))}
    assert titles <= {row[0] for row in rows() if SHOWN[results.Unknown][0] not in row}


def kinds_in(net: Network, analysis: network.Analysis) -> set[str]:
    """The kinds of a network's nodes that are no blocks of blocks, also inside those."""
    inside = [kinds_in(opened.net, opened.analysis) for opened in analysis.inside.values()]
    return {node.block for node in net.nodes if node.id not in analysis.inside}.union(*inside)


def test_every_rule_has_its_hover_and_its_animation() -> None:
    rules = set(results.arithmetic.Rule.__args__)
    assert set(SHOWN) == rules
