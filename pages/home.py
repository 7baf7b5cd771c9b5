"""Home: pick a network, open a file, or come back to a network or a run of one's own."""

import streamlit as st

from explorer.ui import address, background, home, shell
from explorer.ui.language import _

shell.begin_page(_("Layerscope"),
                 _("Assemble a network, train it on your own machine, and look inside while it learns."))
address.opened_draft()
home.draw_zoo()
networks, runs = st.columns([0.38, 0.62], gap="large")
with networks:
    home.draw_own_networks()
    home.draw_start_from_nothing()
    home.draw_open_file()
with runs:
    home.draw_recent_runs()
background.warm_up()
