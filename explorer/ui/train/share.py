"""Share: an address that opens this recipe on any Layerscope, so that a whole class starts from the same point."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from explorer.data import own
from explorer.recipe import Recipe
from explorer.recipe.link import MAX_CHARACTERS, PARAMETER, TooLong, pack_recipe
from explorer.ui.language import _

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HEIGHT_PX = 130
_FILE_NAME = "recipe.json"


def draw_share(recipe: Recipe) -> None:
    """Draw a popover with the address to copy, and the recipe as a file for where that is too long."""
    with st.popover(_("Share"), icon=":material/link:", key="share",
                    help=_("An address that opens this network with all its settings, ready to train.")):
        _draw_address(recipe)
        if recipe.data.name == own.NAME:
            st.caption(_("The recipe uses your own data, which are not part of it: whoever opens it needs the same "
                         "file, added with the same choices."))
        st.download_button(_("Recipe (JSON)"), recipe.dumps, _FILE_NAME, "application/json", key="share_file",
                           on_click="ignore", icon=":material/download:",
                           help=_("The same recipe as a file; open it on Home."))


def _draw_address(recipe: Recipe) -> None:
    try:
        packed = pack_recipe(recipe)
    except TooLong as error:
        st.warning(_("This network is too large for an address: it would take {count} characters, and many servers "
                     "refuse more than {most}. Send the file instead.", count=f"{error.characters:,}",
                     most=f"{MAX_CHARACTERS:,}"), icon=":material/info:")
        return
    here = urlsplit(st.context.url or "")
    folder = here.path.rpartition("/")[0]  # a server may keep all of Layerscope below a path
    st.markdown(_("Anyone who opens this address gets a copy of the recipe as it is now, ready to train:"))
    address = f"{here.scheme}://{here.netloc}{folder}/train?{PARAMETER}={packed}"
    st.code(address, language=None, wrap_lines=True, height=_HEIGHT_PX)
    if here.hostname in _LOOPBACK:
        st.caption(_("{host} works on this machine only. On another one, put its own address before /train and keep "
                     "the rest.", host=here.hostname))
