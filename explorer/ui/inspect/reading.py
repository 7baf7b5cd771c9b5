"""A text to look into a network with: what it reads, what it says comes next, what it writes from there."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

from explorer import charts, probes
from explorer.data import Samples
from explorer.data.texts import decode, spell
from explorer.formatting import format_character
from explorer.hooks import asker
from explorer.network import BuiltNetwork
from explorer.recipe import Recipe
from explorer.tasks.writing import continue_text
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.widgets.figure import draw_figure
from explorer.ui.widgets.writing import draw_words

_LIKELIEST = 8
_WRITTEN = 200
_PROMPT_MAX, _PROMPT_SHOWN = 400, 24


def draw_text_choice(part: Samples, index_key: str) -> tuple[Tensor, int]:
    """A piece of the held-out text, or one's own words: tokens (1, token), and how many of them are words."""
    options = {"sample": _("Held-out text"), "own": _("Your own words")}
    source = st.segmented_control(_("Input"), list(options), format_func=options.get, default="sample", required=True,
                                  key="text_source")
    length = part.inputs.shape[1]
    if source == "own":
        first = decode(part.inputs[0, :_PROMPT_SHOWN].tolist(), part.class_names)
        typed = st.text_area(_("Your words"), first, max_chars=_PROMPT_MAX, key="text_prompt",
                             help=_("The network reads the last {count} characters.", count=length))
        tokens = spell(typed, part.class_names)[-length:]
        if not tokens:
            st.caption(_("Type a word; the network knows these characters: {known}",
                         known=plain("".join(part.class_names).strip(), 200)))
            tokens = [part.class_names.index(" ") if " " in part.class_names else 0]
        return torch.tensor([tokens + [0] * (length - len(tokens))]), len(tokens)
    index = st.number_input(_("Test sample"), 0, len(part) - 1, 0, key=index_key,
                            help=_("One of the samples it never learned from."))
    draw_words("", decode(part.inputs[index].tolist(), part.class_names))
    following = part.class_names[int(part.targets[index, -1])]
    st.caption(_("It goes on with: **{answer}**", answer=plain(format_character(following))))
    return part.inputs[index:index + 1].clone(), length


def draw_next(recipe: Recipe, model: BuiltNetwork, tokens: Tensor, count: int, alphabet: tuple[str, ...]) -> None:
    """What it says comes next, and what it writes from there. tokens: (1, token), of which the first `count` count."""
    names = tuple(map(format_character, alphabet))
    result = charts.most_likely(probes.compute_probabilities(model, tokens, names, place=count - 1), _LIKELIEST)
    draw_figure(result, "probabilities", height=260, title="inside", tools=False)
    temperature = st.slider(_("Temperature"), 0.0, 2.0, 0.8, 0.1, key="temperature", help=hover("temperature"))
    prompt = tokens[0, :count].tolist()
    written = continue_text(asker(model), prompt, _WRITTEN, tokens.shape[1], temperature, recipe.seed)
    st.markdown(f"**{_('What it writes')}**", help=hover("next_token"))
    draw_words(decode(written, alphabet), "… " + decode(prompt[-_PROMPT_SHOWN:], alphabet))
