"""Your own data: a dialog that turns a zip of images, a table or a text into a data set, and lists those already kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer import data, tasks
from explorer.data import own
from explorer.data.own import Prepared, Refused
from explorer.formatting import format_shape
from explorer.recipe import Chosen
from explorer.spec import BadValue
from explorer.text import Text
from explorer.ui.language import _, plain
from explorer.ui.session import draft, state
from explorer.ui.session.memo import remember
from explorer.ui.session.notices import DISK_REFUSED, attempt, reason
from explorer.ui.session.person import owner
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.writing import draw_words

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from explorer.data.own.tables import Table

MAX_UPLOAD_MB = 200  # no more than the server allows: .streamlit/config.toml
_TABLES, _TEXTS = ("csv", "tsv"), ("txt", "md")
_SIZES_PX = (16, 28, 32, 64, 128, 224)
_PROBLEMS_SHOWN = 3
_PIECES_SHOWN = 3
_TABLE_PX = 212


def key_of(chosen: Chosen) -> str:
    """Make the key that identifies a data set in the menu: its name, and a person's own by its id."""
    return f"{own.NAME}/{chosen.params.get('id', '')}" if chosen.name == own.NAME else chosen.name


def chosen_of(key: str) -> Chosen:
    """Find a person's own data set by its key in the menu."""
    return Chosen(own.NAME, {"id": key.partition("/")[2]})


def name_of(chosen: Chosen) -> str:
    """Name a data set in a list: its name, and a person's own by its title."""
    if chosen.name != own.NAME:
        return chosen.name
    try:
        return data.get(chosen.name, chosen.params).title
    except (data.DataMissing, BadValue):
        return _("own data, deleted")


def own_titles(chosen: Chosen) -> dict[str, str]:
    """Title the data sets of this browser, and the chosen one where it is somebody else's: {key: title}."""
    titles = {f"{own.NAME}/{one.id}": one.dataset.title for one in own.kept(owner()) if one.dataset}
    if chosen.name == own.NAME and data.is_available(chosen.name, chosen.params):
        titles.setdefault(key_of(chosen), name_of(chosen))
    return dict(zip(titles, _told_apart(list(titles.values()))))


def _told_apart(titles: list[str]) -> list[str]:
    """Make the titles unique: those already taken get a number appended."""
    counts = [titles[:index].count(title) + 1 for index, title in enumerate(titles)]
    return [title if count == 1 else f"{title} ({count})" for title, count in zip(titles, counts)]


def draw_done(dataset: data.Dataset) -> None:
    """Show the file that the data came from as handled."""
    st.caption("  \n".join(plain(_(sentence), 300) for sentence in dataset.done))


def draw_own_data_button() -> None:
    """Draw the button that opens the dialog for one's own data."""
    if st.button(_("Use your own data …"), key="own_data", icon=":material/upload_file:", width="stretch",
                 help=_("Images in a zip with one folder per class, a table as CSV, or a text.")):
        st.dialog(_("Your own data"), width="medium", on_dismiss=_forget)(draw_own_data)()


def draw_own_data() -> None:
    """Draw the upload, its content and the choices for it; without a file, the data sets that are kept."""
    uploaded = st.file_uploader(_("Images in a zip with one folder per class, a table (CSV), or a text"),
                                type=["zip", *_TABLES, *_TEXTS], key="own_file", max_upload_size=MAX_UPLOAD_MB)
    if uploaded is None:
        st.caption(_("The file stays on the machine that runs this app. A fifth of the samples becomes the test set."))
        _draw_kept()
        return
    try:
        prepared = _reader_of(uploaded.name)(uploaded)
    except Refused as error:
        _draw_problem(error.sentence)
        return
    _draw_found(prepared)
    if st.button(_("Use this data"), key="use_own_data", type="primary", icon=":material/check:"):
        _use(prepared)


def _reader_of(name: str) -> Callable[[UploadedFile], Prepared]:
    """Find the function that draws the choices for a file of this name and reads it."""
    ending = name.lower().rpartition(".")[2]
    return _draw_images if ending == "zip" else _draw_text if ending in _TEXTS else _draw_table


def _draw_problem(sentence: Text) -> None:
    st.error(plain(_(sentence), 400), icon=":material/error:")


def _forget() -> None:
    """Forget what was read of the upload."""
    state.OWN_FILE.clear()


def _once(key: tuple[Any, ...], read: Callable[[], Any]) -> Any:
    """Remember what was read of the upload while the arguments stay: a click in the dialog reads nothing again."""
    def wait_for_it() -> Any:
        with st.spinner(_("Reading …"), show_time=True):
            return read()

    return remember(state.OWN_FILE, key, wait_for_it)


def _draw_images(uploaded: UploadedFile) -> Prepared:
    """Draw size and colors, and the number of images of each class. Raises Refused."""
    from explorer.data.own import images
    from explorer.training.loop.parts import input_shape

    net = draft.recipe().network
    wanted_px, wants_color = own.wanted_by(input_shape(net) if net.inputs else ())
    with st.container(horizontal=True, gap="medium"):
        size_px = st.segmented_control(
            _("Size, in pixels"), sorted({*_SIZES_PX, wanted_px}), default=wanted_px, required=True,
            key=f"own_size/{uploaded.file_id}", help=_("The center square of every image is resized to this."))
        color = st.segmented_control(
            _("Colors"), [True, False], default=wants_color, required=True, key=f"own_color/{uploaded.file_id}",
            format_func=lambda color: _("Color") if color else _("Gray"))
    prepared = _once((uploaded.file_id, size_px, color),
                     lambda: images.read_images(uploaded, uploaded.name, size_px, color))
    _draw_counts(prepared)
    return prepared


def _draw_counts(prepared: Prepared) -> None:
    """Draw the number of samples of every class for training and for testing."""
    names = prepared.record.class_names
    counts = {part: np.bincount(targets, minlength=len(names)) for part, (_inputs, targets) in prepared.parts.items()}
    st.dataframe({_("Class"): names, _("Training"): counts["train"], _("Test"): counts["test"]},
                 hide_index=True, height=min(_TABLE_PX, 38 + 35 * len(names)), key="own_counts")


def _draw_text(uploaded: UploadedFile) -> Prepared:
    """Draw its first words, and the choice of characters to keep. Raises Refused."""
    from explorer.data.own import text_file
    from explorer.data.texts import decode

    only_letters = st.segmented_control(
        _("Characters"), [True, False], default=True, required=True, key=f"own_letters/{uploaded.file_id}",
        format_func=lambda only: _("Lowercase letters, space, period") if only else _("All that occur in it"),
        help=_("The networks of the zoo know the first 28; for the others, Train offers to adjust the network's "
               "sizes."))
    prepared = _once((uploaded.file_id, only_letters),
                     lambda: text_file.read_text(uploaded.getvalue(), uploaded.name, only_letters))
    first = prepared.parts["train"][0][:_PIECES_SHOWN].flatten().tolist()
    draw_words("", decode(first, prepared.record.class_names) + " …")
    return prepared


def _draw_table(uploaded: UploadedFile) -> Prepared:
    """Draw the first rows; target, task and features. Raises Refused."""
    from explorer.data.own import tables

    table = _once((uploaded.file_id,), lambda: tables.read_table(uploaded.getvalue(), uploaded.name))
    names = [column.name for column in table.columns]
    st.dataframe([dict(zip(names, row)) for row in table.head], hide_index=True, key="own_rows")
    left, right = st.columns(2)
    target = left.selectbox(_("Target"), names, index=_likely_target(table), key=f"own_target/{uploaded.file_id}",
                            help=_("The column to predict."))
    key = f"{uploaded.file_id}/{target}"
    kind = _draw_kind(right, tables.kinds_for(table.column(target)), key)
    possible = [name for name in table.features if name != target]
    features = st.multiselect(_("Features"), possible, default=possible, key=f"own_features/{key}",
                              help=_("The columns the network gets as input. Every word becomes an input of its own."))
    _draw_unusable_columns(table, target)
    standardize = st.checkbox(_("Standardize"), True, key=f"own_standardize/{uploaded.file_id}",
                              help=_("Scales numbers to mean 0 and standard deviation 1 over the training set; most "
                                     "networks learn far better with that."))
    return tables.prepare(table, target, features, standardize, kind)


def _likely_target(table: Table) -> int:
    """Pick the last column from which something can be learned."""
    from explorer.data.own.tables import kinds_for

    for index in reversed(range(len(table.columns))):
        try:
            kinds_for(table.columns[index])
            return index
        except Refused:
            continue
    return len(table.columns) - 1


def _draw_kind(place: Any, possible: tuple[data.DataKind, ...], key: str) -> data.DataKind:
    """Draw the choice of how the target is read, where there is one."""
    kinds = {kind.name: kind for kind in possible}
    chosen = place.segmented_control(_("The target is"), list(kinds), default=possible[0].name, required=True,
                                     format_func=lambda name: _(kinds[name].title), key=f"own_kind/{key}",
                                     disabled=len(possible) == 1)
    return kinds[chosen]


def _draw_unusable_columns(table: Table, target: str) -> None:
    """List the columns that cannot be features, and why."""
    problems = [column.problem for column in table.columns if column.problem and column.name != target]
    lines = [plain(_(problem), 300) for problem in problems[:_PROBLEMS_SHOWN]]
    if len(problems) > _PROBLEMS_SHOWN:
        lines.append(_("and {count} more columns.", count=len(problems) - _PROBLEMS_SHOWN))
    if lines:
        st.caption(_("These cannot be features:") + "  \n" + "  \n".join(lines))


def _draw_found(prepared: Prepared) -> None:
    """Describe the resulting data set."""
    record = prepared.record
    each = (_("Each is {shape}.", shape=format_shape(record.shape)) if len(record.shape) == 3
            else "" if record.kind is data.TEXT else _("Inputs of each: {count}.", count=record.shape[0]))
    st.markdown(f"**{_(record.summary)}** {each}")
    st.caption("  \n".join(plain(_(sentence), 300) for sentence in record.done))


def _use(prepared: Prepared) -> None:
    """Keep the data and set the recipe to learn from them; the fixes that Train offers then adapt the network."""
    try:
        with st.spinner(_("Keeping …")):
            found = own.keep(prepared, owner())
    except Refused as error:
        _draw_problem(error.sentence)
        return
    except OSError as error:
        _draw_problem(reason(DISK_REFUSED, error))
        return
    _forget()
    chosen = Chosen(own.NAME, {"id": found})
    draft.change_recipe(tasks.with_data(draft.recipe(), chosen, data.get(chosen.name, chosen.params)))
    draft.redraw_forms()
    st.rerun()


def _draw_kept() -> None:
    """List this browser's data sets, each with a button that deletes it."""
    for one in own.kept(owner()):
        with st.container(horizontal=True, vertical_alignment="center", key=f"own_data/{one.id}"):
            title = plain(one.dataset.title, 60) if one.dataset else _("damaged")
            lines = [_(one.dataset.summary), *map(_, one.dataset.done)] if one.dataset else [_("It cannot be read.")]
            st.markdown(f"**{title}**  \n:small[{plain(' '.join(lines), 300)}]", width=520)
            if one.is_own:
                st.button(_("Delete"), key=f"delete_own_data/{one.id}", icon=":material/delete:", on_click=_delete,
                          args=(one.id,), help=_("Runs trained on it keep their curves and weights, but cannot be "
                                                 "continued."))


@uninterrupted
def _delete(id: str) -> None:
    attempt(lambda: own.delete(id, owner()))
