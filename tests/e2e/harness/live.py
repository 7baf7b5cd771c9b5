"""A server that speaks the live protocol from synthetic numbers, and a page with every part of the component.

A run is at step 400, or wherever `/control?run=...&step=...` has put it: below 0 it is gone, from 10,000 on its
messages are damaged. The id tells more: `auto` trains by itself, `broken` holds NaN and 1e21, `deep` has 300 layers,
and after a hyphen comes the view. `/asked` counts what was asked for.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import streamlit as st
from safetensors.numpy import save
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from explorer.results.packing import pack
from tests.e2e.harness.live_views import VIEWS

TOTAL, PER_EPOCH, BIN = 2000, 200, 5
STEPS: dict[str, int] = {}  # how far each run has come
ASKED: Counter[str] = Counter()
BEGUN: dict[str, float] = {}  # when a run was first asked for, of those that train by themselves
DRAWN = "line: mean of 5 steps · pale: every step"
CHARTS = [
    {"name": "loss", "title": "Loss", "y_axis": "cross-entropy (nats)", "drawn": DRAWN,
     "log": False, "range": None, "note": "", "references": [{"name": "chance level (ln 10)", "y": 2.3026}]},
    {"name": "accuracy", "title": "Accuracy", "y_axis": "accuracy", "drawn": DRAWN,
     "log": False, "range": [0, 1], "note": "", "references": [{"name": "chance level", "y": 0.1}]},
    {"name": "perplexity", "title": "Perplexity", "y_axis": "perplexity", "drawn": "line: mean of 5 steps", "log": True,
     "range": None, "note": "3 values above the plot", "references": []},
]


def curves(run: str) -> np.ndarray:
    """All steps of all charts: (chart, TOTAL)."""
    step, noise = np.arange(1, TOTAL + 1), np.random.default_rng(0).normal(0, 0.08, (len(CHARTS), TOTAL))
    loss = 0.3 + 2 * np.exp(-step / 300) + noise[0]
    accuracy = np.clip(0.95 - 0.85 * np.exp(-step / 400) + noise[1] / 2, 0, 1)
    values = np.stack([loss, accuracy, np.exp(loss * 2)])
    if run.startswith("broken"):
        values[:, 100:140] = np.nan
        values[0, 200], values[0, 201] = 1e21, np.inf
    return values.astype(np.float32)


def step_of(run: str) -> int:
    if run.startswith("auto"):
        return min(TOTAL, 20 + int(400 * (time.monotonic() - BEGUN.setdefault(run, time.monotonic()))))
    return STEPS.get(run, 400)


def numbers(run: str, since: int) -> bytes:
    at, values = step_of(run), curves(run)
    since = since if since <= at else 0  # it has begun again
    many = [f"block{index // 10}.conv{index}" for index in range(300)]
    layers = many if run.startswith("deep") else ["conv1", "conv2", "linear1"]
    new, bins = slice(since, at), slice(since // BIN, at // BIN)
    ends = np.arange(since // PER_EPOCH + 1, at // PER_EPOCH + 1, dtype=np.int32) * PER_EPOCH
    columns = np.arange(since // 20 + 1, at // 20 + 1, dtype=np.int32) * 20
    norms = 10 ** (-np.arange(len(layers)) * 3 / len(layers) - columns[:, None] / TOTAL)
    means = values.reshape(len(CHARTS), -1, BIN).mean(2)
    arrays = {
        "step": np.arange(1, TOTAL + 1, dtype=np.int32)[new], "raw": values[:, new],
        "means_step": ((np.arange(TOTAL // BIN) + 0.5) * BIN + 0.5).astype(np.float32)[bins], "means": means[:, bins],
        "epoch_step": ends, "validation": values[:, ends - 1] * 1.1,
        "test": np.full((len(CHARTS), len(ends)), np.nan, np.float32),
        "strip_step": columns,
        "strip": norms.astype(np.float32),
    }
    if not since:
        arrays |= {"rate_step": np.arange(0, TOTAL + 1, 20, dtype=np.int32), "rate": np.full(101, 0.002, np.float32)}
    over = at >= TOTAL
    state = "finished" if over else "training"
    meta = {
        "version": 1, "cursor": str(at), "replace": since == 0, "end": over, "state": state, "state_word": state,
        "reason": "", "is_live": not over, "place": "", "step": at,
        "total_steps": TOTAL, "batches_per_epoch": PER_EPOCH, "epochs": TOTAL // PER_EPOCH,
        "epoch": min(at // PER_EPOCH + 1, TOTAL // PER_EPOCH), "samples_per_s": 14900.0, "steps_per_s": 190.0,
        "memory_bytes": 42_000_000, "left_s": 42.0, "learning_rate": 0.002, "mean_steps": BIN, "every": 1,
        "charts": CHARTS, "layers": layers, "rate_log": False,
    }
    return message(arrays, meta)


def view(run: str, at: int) -> bytes:
    arrays, document = pack((VIEWS[run.partition("-")[2] or "boundary"](at),), "view")
    return message(arrays, {"version": 1, "stamp": str(at), "step": at, "results": as_strings(document)})


def message(arrays: dict[str, np.ndarray], meta: dict) -> bytes:
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return save(whole, metadata={"meta": json.dumps(meta)})


def as_strings(document: object) -> object:
    """Render texts, as the server does."""
    if isinstance(document, dict):
        return document["text"]["template"] if "text" in document else {k: as_strings(v) for k, v in document.items()}
    return [as_strings(each) for each in document] if isinstance(document, list) else document


async def ask(request: Request) -> Response:
    run, what, since = (request.path_params["run"], request.path_params["what"], request.query_params.get("since", ""))
    ASKED[f"{run}/{what}"] += 1
    at, headers = step_of(run), {"X-Next-Ms": "50"}
    if at < 0:
        return PlainTextResponse("This run was deleted while you watched.", headers={"X-Live-Line": "gone"})
    if what == "numbers":
        return Response(numbers(run, int(since or 0)) if at < 10_000 else b"nonsense", headers=headers)
    return Response(status_code=204, headers=headers) if since == str(at) else Response(view(run, at), headers=headers)


async def control(request: Request) -> Response:
    STEPS[request.query_params["run"]] = int(request.query_params["step"])
    return PlainTextResponse("")


async def asked(request: Request) -> Response:
    return JSONResponse(ASKED)


app = st.App(Path(__file__).parent / "live_page.py", routes=[
    Route("/layerscope/live/{run}/{what}", ask), Route("/control", control), Route("/asked", asked)])
