"""The live pictures: `?show=spirals`. Their views are invented; the test puts a `layerscopeLive` into the browser."""

import json
from dataclasses import asdict, replace

import streamlit as st

from explorer import network, zoo
from explorer.document import chain
from explorer.ui.canvas.component import draw_canvas, read_canvas
from explorer.ui.canvas.component.picture import Watched
from explorer.ui.canvas.network_picture import make_picture
from explorer.ui.canvas.preview import Preview
from explorer.ui.canvas.unit_picture import make_unit_picture, reads_a_plane
from explorer.ui.session.person import theme
from explorer.ui.session.view import View

RUN = "0" * 32
NETWORKS = {
    "playground": lambda: zoo.recipe("playground").network,
    "spirals": lambda: chain("Spirals", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 16}),
                             ("tanh1", "tanh", {}), ("linear2", "linear", {"out_features": 16}), ("tanh2", "tanh", {}),
                             ("linear3", "linear", {"out_features": 2})),
    "lenet": lambda: zoo.get("lenet"),
}

st.set_page_config(layout="wide")
net = NETWORKS[st.query_params.get("show", "playground")]()
analysis = network.analyze(net)
live = Watched(st.query_params.get("run", RUN), "watched_only" not in st.query_params)
if reads_a_plane(net, analysis):
    picture = make_unit_picture(net, (), (), live)
else:
    picture = make_picture(View((), net, analysis, editable=False), {}, Preview({}), net, analysis)
    picture = replace(picture, live=live)
told = st.session_state.setdefault("told", [])
told.extend(asdict(message) for message in read_canvas("canvas"))
with st.container(width=int(st.query_params.get("width", 560))):
    draw_canvas(replace(picture, revision=1), (), "canvas", int(st.query_params.get("height", 420)), theme())
st.code(json.dumps(told), None)
