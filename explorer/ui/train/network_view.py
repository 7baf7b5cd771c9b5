"""The network's drawing beside its curves, painted alive by the browser; a click on a weight changes it, in a fork."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from explorer import network
from explorer.document import Network
from explorer.text import text
from explorer.training import Run, RunDeleted, RunStore
from explorer.training.analysis.live_view import read_network_picture
from explorer.training.records.metrics import DamagedMetrics, read_facts
from explorer.training.runs.missing import DELETED
from explorer.training.work.weight_change import CannotChange, WeightChange, fork_with_weight
from explorer.ui.app import background
from explorer.ui.app.torch_import import lacks_torch
from explorer.ui.canvas.component import draw_canvas, read_canvas
from explorer.ui.canvas.component.messages import Command
from explorer.ui.canvas.component.picture import CanvasPicture, Watched
from explorer.ui.canvas.network_picture import make_picture
from explorer.ui.canvas.preview import Preview
from explorer.ui.canvas.unit_picture import make_unit_picture, reads_a_plane
from explorer.ui.canvas.untrained import draw_unit_thumbnails, untrained_units
from explorer.ui.session import draft
from explorer.ui.session.notices import failed, tell
from explorer.ui.session.person import owner, theme
from explorer.ui.session.run import is_mine, show_run, shown_run_id
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.view import View
from explorer.ui.train.run_controls import is_live


def draw_network_picture(run: Run | None, key: str, height_px: int) -> None:
    """Draw the network of the run, or of the recipe before there is one; raises DocumentError if it cannot be read."""
    for message in read_canvas(key):
        match message:
            case Command("set_weight", {"parameter": parameter, "target": target, "source": source, "value": value}) \
                    if run is not None:
                change_weight(run, WeightChange(parameter, (target, source), value))
    if run is not None and shown_run_id() != run.id:
        st.rerun()  # the whole page shows the fork
    draw_canvas(_picture(run), (), key, height_px, theme())


def _picture(run: Run | None) -> CanvasPicture:
    recipe = run.recipe if run else draft.recipe()
    net = recipe.network
    analysis = network.analyze_known(net) or (network.Analysis() if lacks_torch() else network.analyze(net))
    if reads_a_plane(net, analysis):
        takes_weights = run is not None and (is_mine(run) or not is_live(run))
        grids, layers = read_network_picture(run.folder) if run else ((), ())
        thumbnails = {}
        if not grids and not lacks_torch():
            grids, layers = untrained_units(recipe)
            thumbnails = draw_unit_thumbnails(grids, theme())
        picture = make_unit_picture(net, grids, layers, Watched(run.id if run else "", takes_weights), thumbnails)
    else:
        picture = _block_picture(net, analysis, Watched(run.id if run else ""))
    return replace(picture, revision=_revision(picture))


def _block_picture(net: Network, analysis: network.Analysis, live: Watched) -> CanvasPicture:
    """Make the usual picture of the top level, without sketches: their place is the maps'."""
    picture = make_picture(View((), net, analysis, editable=False), {}, Preview({}), net, analysis)
    summaries = {node: replace(summary, sketch=None) for node, summary in picture.summaries.items()}
    return replace(picture, summaries=summaries, live=live)


def _revision(picture: CanvasPicture) -> int:
    """Make a number for this graph: the browser takes another one only under another number."""
    return int.from_bytes(hashlib.sha256(repr((picture.nodes, picture.edges)).encode()).digest()[:4])


@uninterrupted
def change_weight(run: Run, change: WeightChange) -> None:
    """Pause the run, start a fork with this weight, and show it; or show why not."""
    try:
        child = fork_with_weight(RunStore(), run, change, owner())
        _keep_speed(run, child)
        background.launcher().start(child)
    except CannotChange as error:
        tell(error.sentence)
    except RunDeleted:
        tell(DELETED)
    except OSError as error:
        failed(text("The run could not be started"), error)
    except sqlite3.Error:
        tell(text("This run's metrics file is damaged, so no run can continue from it."))
    else:
        show_run(child)


def _keep_speed(parent: Run, child: Run) -> None:
    """Ask the fork for the speed that its parent was slowed down to. Raises OSError."""
    with suppress(DamagedMetrics):
        if speed := read_facts(parent.metrics_path).get("speed"):
            child.request("speed", speed)
