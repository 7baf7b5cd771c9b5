"""Home: pick a network, open a file, or return to one of your own networks or runs."""

import streamlit as st

from explorer.ui.app import address, shell
from explorer.ui.home import gallery, home
from explorer.ui.language import _

shell.begin_page(_("Layerscope"),
                 _("Build a network, train it, look inside as it learns."))
address.opened_draft()
start, own = st.columns([0.56, 0.44], gap="large")
with start:
    home.draw_start()
    home.draw_start_from_nothing()
with own:
    home.draw_own_work()
    home.draw_open_file()
gallery.draw_gallery()
