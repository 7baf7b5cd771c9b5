"""Home: pick a network, open a file, or come back to a run."""

import streamlit as st

from explorer.ui import address, background, home, shell
from explorer.ui.language import _

shell.begin_page(_("Layerscope"),
                 _("Assemble a network, train it on your own machine, and look inside while it learns."))
address.opened_draft()
home.draw_zoo()
runs, upload = st.columns([0.62, 0.38], gap="large")
with runs:
    home.draw_recent_runs()
with upload:
    home.draw_open_file()
background.warm_up()
