"""Every word the canvas shows, in the session's language; braces are filled in the browser."""

from __future__ import annotations

from explorer.ui.language import _


def canvas_words() -> dict[str, str]:
    return {**_tools(), **_cards(), **_sentences(), **_keys()}


def _tools() -> dict[str, str]:
    return {
        "canvas": _("The network. Arrow keys walk from node to node; press ? for all keys."),
        "palette": _("Blocks"),
        "search": _("Search blocks"),
        "nothing_found": _("No block is called that."),
        "way": _("Where you are"),
        "open": _("Open the block"),
        "keep": _("Keep in My blocks"),
        "group": _("Make a block of these"),
        "ungroup": _("Take the block apart"),
        "make_output": _("Output of the network, or no longer"),
        "duplicate": _("Duplicate"),
        "remove": _("Delete"),
        "tint_by": _("Tint by"),
        "nothing": _("nothing"),
        "parameters": _("parameters"),
        "multiply_adds": _("multiply-adds"),
        "activation_bytes": _("memory"),
        "receptive_field": _("receptive field"),
        "preview": _("Preview"),
        "tidy": _("Tidy up"),
        "fit": _("Show everything"),
        "zoom_out": _("Smaller"),
        "zoom_in": _("Larger"),
        "minimap": _("Overview map"),
        "keys": _("Keys"),
        "close": _("Close"),
        "start_with_input": _("Start with an input"),
    }


def _cards() -> dict[str, str]:
    return {
        "parameters_short": _("{number} params"),
        "parameters_help": _("{number} parameters: the numbers that training changes."),
        "multiply_adds_short": _("{number} MACs"),
        "multiply_adds_help": _("{number} multiply-adds for one sample."),
        "activation_bytes_short": _("{number}"),
        "activation_bytes_help": _("{number} of memory for the output of one sample."),
        "sees": _("sees {height}×{width}"),
        "sees_everything": _("sees everything"),
        "receptive_field_help": _("The receptive field: how many input pixels one output value depends on."),
        "port": _("Input {name}"),
        "output_port": _("Output: drag it to the block that is to get it."),
        "output_port_named": _("Output {name}: drag it to the block that is to get it."),
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
        "start": _("Drag a block here, or click one. Every network begins with an Input."),
        "own_output": _("A block cannot feed itself."),
        "cycle": _("That would form a cycle: this block already gets its input from the other."),
        "ports_taken": _("All inputs of this block are taken. Drag to one of them to replace it."),
        "no_input": _("An input block takes nothing; it is where the data enters."),
        "hold_ctrl": _("Hold Ctrl to zoom."),
        "hold_command": _("Hold ⌘ to zoom."),
        "nothing_to_paste": _("There are no blocks in the clipboard."),
        "select_source": _("Select the block to connect from first."),
        "no_target": _("There is no block that this one could feed."),
        "connecting": _("Connect {source} to {target}? Arrows choose, Enter connects, Escape cancels."),
        "connecting_port": _("Connect {source} to {target}, input {port}? Arrows choose the block, a number its input; "
                             "Enter connects, Escape cancels."),
        "connecting_output": _("O takes another output."),
        "connected": _("{source} now feeds {target}."),
        "canceled": _("Canceled."),
        "added_node": _("{id} added."),
        "removed": _("Deleted: {count}."),
        "copied": _("Copied: {count}."),
        "pasted": _("Added: {count}."),
        "no_way": _("Nothing lies that way."),
        "edge_selected": _("Edge from {source} to {target} selected."),
    }


def _keys() -> dict[str, str]:
    return {
        "key_follow": _("Follow an edge back or forth"),
        "key_neighbor": _("Go to the node above or below"),
        "key_extend": _("Go there and keep what is selected"),
        "key_nudge": _("Move what is selected"),
        "key_connect": _("Connect the selected node; arrows choose the target, a number its input, O another output, "
                         "Enter connects"),
        "key_edge": _("Select the next edge into the node"),
        "key_open": _("Open a block made of others (or double-click)"),
        "key_leave": _("Leave it again, with nothing selected"),
        "key_remove": _("Delete; a gap in a chain closes"),
        "key_copy": _("Copy, cut, paste, also between tabs"),
        "key_duplicate": _("Duplicate"),
        "key_all": _("Select everything"),
        "key_box": _("Select what lies in a box"),
        "key_click": _("Add to the selection, or take from it"),
        "key_undo": _("Undo"),
        "key_redo": _("Redo"),
        "key_group": _("Make a block of what is selected"),
        "key_ungroup": _("Take a block apart"),
        "key_output": _("Make it an output of the network, or no longer"),
        "key_search": _("Search a block; arrows choose, Enter adds it behind the selected one"),
        "key_tidy": _("Tidy up: let the canvas place everything"),
        "key_fit": _("Show everything"),
        "key_zoom": _("Larger, smaller"),
        "key_wheel": _("Larger, smaller around the pointer; the wheel alone scrolls the page"),
        "key_minimap": _("Overview map"),
        "key_escape": _("Select nothing, or cancel"),
        "key_keys": _("This list"),
    }
