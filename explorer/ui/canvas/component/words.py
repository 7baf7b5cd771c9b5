"""Texts of the canvas in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.ui.language import _


def canvas_words() -> dict[str, str]:
    return {**_tools(), **_cards(), **_sentences(), **_live(), **_maps(), **_keys()}


def _tools() -> dict[str, str]:
    return {
        "canvas": _("The network. Arrow keys move between nodes; press ? for all keys."),
        "palette": _("Blocks"),
        "search": _("Search blocks"),
        "nothing_found": _("No matching block."),
        "way": _("Current block"),
        "open": _("Open the block"),
        "keep": _("Keep in My blocks"),
        "group": _("Group into a block"),
        "ungroup": _("Ungroup the block"),
        "make_output": _("Make or unmake an output of the network"),
        "duplicate": _("Duplicate"),
        "remove": _("Delete"),
        "tint_by": _("Tint by"),
        "nothing": _("none"),
        "parameters": _("parameters"),
        "multiply_adds": _("multiply-adds"),
        "activation_bytes": _("memory"),
        "receptive_field": _("receptive field"),
        "preview": _("Preview"),
        "tidy": _("Tidy up"),
        "fit": _("Fit to view"),
        "zoom_out": _("Zoom out"),
        "zoom_in": _("Zoom in"),
        "minimap": _("Minimap"),
        "keys": _("Keys"),
        "close": _("Close"),
        "start_with_input": _("Start with an input"),
    }


def _cards() -> dict[str, str]:
    return {
        "parameters_short": _("{number} params"),
        "parameters_help": _("{number} parameters, which training changes."),
        "multiply_adds_short": _("{number} MACs"),
        "multiply_adds_help": _("{number} multiply-adds for one sample."),
        "activation_bytes_short": _("{number}"),
        "activation_bytes_help": _("{number} of memory for the output, per sample."),
        "sees": _("sees {height}×{width}"),
        "sees_everything": _("sees everything"),
        "receptive_field_help": _("The receptive field: how many input pixels one output value depends on."),
        "port": _("Input {name}"),
        "output_port": _("Output: drag it to another block to connect them."),
        "output_port_named": _("Output {name}: drag it to another block to connect them."),
        "output_of": _("{output} of {id}"),
        "output": _("output"),
        "hint": _("Hint"),
        "heads": _("{count} heads"),
        "windows": _("{count} windows"),
        "change_added": _("added"),
        "change_removed": _("removed"),
        "change_changed": _("changed"),
        "change_moved": _("moved"),
        "output_shape": _("output {shape}"),
        "not_connected": _("not connected"),
        "one_problem": _("1 problem"),
        "problems": _("{count} problems"),
        "opens": _("can be opened"),
    }


def _sentences() -> dict[str, str]:
    return {
        "start": _("Drag a block here, or click one. Every network starts with an Input."),
        "own_output": _("A block cannot feed itself."),
        "cycle": _("That would form a cycle: the output of this block already reaches the other one."),
        "ports_taken": _("All inputs of this block are connected. Drag to one of them to replace its connection."),
        "no_input": _("An input block has no inputs: the data enters there."),
        "hold_ctrl": _("Hold Ctrl to zoom."),
        "hold_command": _("Hold ⌘ to zoom."),
        "nothing_to_paste": _("The clipboard contains no blocks."),
        "select_source": _("First select the block to connect from."),
        "no_target": _("There is no block that this one can be connected to."),
        "connecting": _("Connect {source} to {target}? Arrows choose, Enter connects, Escape cancels."),
        "connecting_port": _("Connect {source} to {target}, input {port}? Arrows choose the block, a number its input; "
                             "Enter connects, Escape cancels."),
        "connecting_output": _("O takes another output."),
        "connected": _("{source} is connected to {target}."),
        "canceled": _("Canceled."),
        "added_node": _("{id} added."),
        "removed": _("Deleted: {count}."),
        "copied": _("Copied: {count}."),
        "pasted": _("Added: {count}."),
        "no_way": _("There is no node in that direction."),
        "edge_selected": _("Edge from {source} to {target} selected."),
    }


def _live() -> dict[str, str]:
    return {
        "weight_is": _("weight {layer} {target} ← {source}: {value}"),
        "unit_is": _("{address} {unit}: values {low} to {high}"),
        "unit_with_bias": _("{address} {unit}: bias {bias}, values {low} to {high}"),
        "weight_forks": _("Changing a weight starts a fork of this run; this run is paused and stays as it is."),
        "set_weight": _("Start the fork"),
        "cancel": _("Cancel"),
    }


def _maps() -> dict[str, str]:
    return {
        "canvas_maps": _("The network's layers, with their output for this input"),
        "colors": _("Colors"),
        "tint_layer": _("Per layer"),
        "tint_layer_help": _("Each layer has a color scale of its own, up to its largest value."),
        "tint_network": _("Global"),
        "tint_network_help": _("All layers share one color scale."),
        "tint_fixed": _("Fixed"),
        "tint_fixed_help": _("Each layer keeps the scale it has now while the step or the input changes."),
        "scale_layer": _("to each layer's largest"),
        "scale_fixed": _("scales kept"),
        "scale_signed": _("−{limit} to {limit}"),
        "scale_unsigned": _("0 to {limit}"),
        "over_nodes": _("Show"),
        "bars": _("0 to {high}"),
        "bars_log": _("{low} to {high}, log"),
        "save_as": _("Save"),
        "node": _("Layer"),
        "kind": _("Kind"),
        "shape": _("Output"),
        "values": _("Scale"),
        "from_to": _("{low} to {high}"),
        "map_is": _("{node}, map {map}: {low} to {high}"),
        "unit_value": _("{node}, {name}: {low}"),
        "token_is": _("{node}: the text"),
        "matrix_is": _("{node}, {shape}: {low} to {high}"),
        "reads": _("reads {maps}"),
        "feeds": _("feeds {maps}"),
        "map_of": _("map {map} of {id}"),
        "unit_of": _("unit {map} of {id}"),
        "part": _("{count} of {total}"),
        "first_maps": _("the card shows the first {count} of {total} maps"),
        "first_units": _("the card shows the first {count} of {total} units"),
        "one_kernel": _("its {size} kernel"),
        "kernels_shown": _("its {size} kernels for {maps}"),
        "weights_shown": _("its weights for {maps}"),
        "below_maps": _("Below the maps: {name}"),
        "waiting": _("Loading …"),
        "not_saved": _("This could not be saved: the server gives no answer. Try again."),
        "all_of": _("all {count} of {id}"),
        "first_of": _("the first {count} of {total} of {id}"),
        "some_of": _("{count} of {total} of {id}"),
    }


def _keys() -> dict[str, str]:
    return {
        "key_follow": _("Follow an edge backward or forward"),
        "key_neighbor": _("Go to the node above or below"),
        "key_extend": _("Extend the selection"),
        "key_nudge": _("Move the selection"),
        "key_connect": _("Connect the selected node; arrows choose the target, a number its input, O another output, "
                         "Enter connects"),
        "key_edge": _("Select the next edge into the node"),
        "key_open": _("Open a block made of others (or double-click)"),
        "key_leave": _("Leave the block (with nothing selected)"),
        "key_remove": _("Delete; closes the gap in a chain"),
        "key_copy": _("Copy, cut, paste (also between tabs)"),
        "key_duplicate": _("Duplicate"),
        "key_all": _("Select everything"),
        "key_box": _("Select with a box"),
        "key_click": _("Add to or remove from the selection"),
        "key_undo": _("Undo"),
        "key_redo": _("Redo"),
        "key_group": _("Group the selection into a block"),
        "key_ungroup": _("Ungroup a block"),
        "key_output": _("Make or unmake an output of the network"),
        "key_search": _("Search for a block; arrows choose, Enter adds it after the selected one"),
        "key_tidy": _("Tidy up: automatic layout"),
        "key_fit": _("Fit to view"),
        "key_zoom": _("Zoom in, zoom out"),
        "key_wheel": _("Zoom at the pointer; the wheel alone scrolls the page"),
        "key_minimap": _("Minimap"),
        "key_escape": _("Clear the selection, or cancel"),
        "key_keys": _("This list"),
    }
