"""Texts of the view of attention in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def attention_words() -> dict[str, str]:
    """Return the words of the view of attention."""
    return {**_controls(), **_picture(), **_numbers()}


def _controls() -> dict[str, str]:
    return {
        "overview": _("Overview"),
        "back": _("Back to the overview"),
        "layer": _("Layer whose attention is shown"),
        "all_layers": _("All layers"),
        "all_layers_hint": _("Show every head of every layer as a small matrix"),
        "direction": _("From one query to all keys, or from all queries to one key"),
        "from_query": _("From this query"),
        "to_key": _("To this key"),
        "exact_part": _("Show the part around this pair"),
        "whole_matrix": _("Show the whole matrix"),
        "arithmetic": _("Arithmetic"),
        "arithmetic_hint": _("Show how the score of this pair is computed"),
        "heads": _("{count} heads"),
        "one_head": _("1 head"),
        "windows": _("{count} windows"),
        "self": _("{queries} tokens"),
        "cross": _("{queries} queries, {keys} keys"),
        "implied": _("implied weights"),
        "failed": _("The server gave no answer. Check that it runs; it is asked again."),
        "unsaved": _("The file could not be made. Try again."),
    }


def _picture() -> dict[str, str]:
    return {
        "canvas": _("Attention of {node}: {heads} heads, {queries} queries, {keys} keys. Arrow keys move the query or "
                    "the key, page up and down choose the head, Enter shows the arithmetic, Escape the overview."),
        "head": _("head {head}"),
        "mean": _("mean"),
        "lone": _("class"),
        "queries": _("{count} queries"),
        "keys": _("{count} keys"),
        "to_keys": _("weight from the framed query"),
        "from_queries": _("weight to the framed key"),
        "hidden": _("hidden by the mask"),
        "key_axis": _("key"),
        "query_axis": _("query"),
        "drawn": _("1 of {count} pairs drawn"),
        "every_hint": _("The largest weights of every head: layers down, heads across. Click one to see it large."),
        "q": _("q of query {token}"),
        "k": _("k of key {token}"),
        "v": _("v of key {token}"),
    }


def _numbers() -> dict[str, str]:
    return {
        "query": _("query {token}"),
        "key": _("key {token}"),
        "hidden_pair": _("The mask hides this pair: its score is −∞, its weight 0."),
        "score": _("score"),
        "product": _("score = q·k/√{features}"),
        "scaled": _("score = q·k × {scale}"),
        "added": _("position bias {added}"),
        "weight": _("weight = {weight}"),
        "mean_weight": _("mean weight = {weight}"),
        "no_number": _("not a number"),
    }
