"""Every component of explorer/ui/components with known values; test_components.py reads what it shows."""

import hashlib

import numpy as np
import streamlit as st

from explorer.results import ImageGrid
from explorer.text import text
from explorer.ui.widgets.components import MapRow, Pick, draw_map_grid, read_browser_key
from tests.e2e.harness.waves import NUMBERS, wave

st.set_page_config(layout="wide")


def levels() -> np.ndarray:
    """Four maps of -2, 0, 2 and 1, one value each."""
    return np.array([-2, 0, 2, 1], np.float32)[:, None, None] * np.ones((4, 4, 4), np.float32)


def broken() -> np.ndarray:
    values = np.array([[[np.nan, np.inf, -np.inf], [1, -1, 0]]], np.float32)
    return np.repeat(np.repeat(values, 4, axis=1), 4, axis=2)


def logits() -> ImageGrid:
    names = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
    return ImageGrid("logits", np.linspace(-4.5, 4.5, 10, dtype=np.float32).reshape(10, 1, 1), True, names)


def rows_by_name(seed: int) -> dict[str, list]:
    return {
        "levels": [ImageGrid("levels", levels(), True, unit="mV")],
        "unsigned": [ImageGrid("unsigned", np.abs(levels()), False)],
        "wave": [MapRow(ImageGrid("conv1", wave(6, 28, 28, seed), True), "Conv2d · 6×28×28")],
        "vectors": [logits(), ImageGrid("linear2", wave(1, 1, 84).reshape(84, 1, 1), True)],
        "many": [ImageGrid("wide", wave(512, 7, 7), True)],
        "large": [ImageGrid("large", wave(2, 250, 130), True)],
        "broken": [ImageGrid("broken", broken(), True)],
        "hostile": [ImageGrid("<img src=x onerror=alert(1)>", levels(), True, ("<img src=x onerror=alert(2)>",) * 4)],
        "bench": [ImageGrid("bench", wave(64, 28, 28, seed), True)],
        "numbers": [ImageGrid("numbers", np.array(NUMBERS, np.float32).reshape(1, 1, -1), True)],
        "lenet": lenet(seed),
    }


def lenet(seed: int) -> list:
    return [
        MapRow(ImageGrid("input", np.abs(wave(1, 28, 28)), False), "Input · 1×28×28"),
        MapRow(ImageGrid("conv1", wave(6, 28, 28, seed), True), "Conv2d · 6×28×28"),
        MapRow(ImageGrid("pool1", wave(6, 14, 14, seed), True, unit="mV"), "AvgPool2d · 6×14×14"),
        MapRow(ImageGrid("conv2", wave(16, 10, 10, seed), True, note=text("before ReLU")), "Conv2d · 16×10×10"),
        MapRow(ImageGrid("kernels", wave(16, 5, 5, seed), True), "Conv2d weights"),
        MapRow(ImageGrid("wide", wave(512, 7, 7), True), "Conv2d · 512×7×7"),
        ImageGrid("linear1", wave(1, 1, 120).reshape(120, 1, 1), True),
        logits(),
        ImageGrid("broken", broken(), True),
    ]


show = st.query_params.get("show", "levels")
if show == "key":
    st.text("above")
    found = read_browser_key()
    st.text(f"key: {hashlib.sha256(found.encode()).hexdigest()[:16]}")
else:
    seed = st.session_state.setdefault("seed", 0)
    if st.button("Next"):
        st.session_state["seed"] = seed = seed + 1
    picked = draw_map_grid(rows_by_name(seed)[show], "grid", selected=st.session_state.get("picked"))
    st.session_state["picked"] = picked or st.session_state.get("picked")
    st.text(f"picked: {picked if isinstance(picked, Pick) else 'nothing'}")
