"""Train's left column: data, optimizer and the rest of the recipe."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from explorer import data, tasks
from explorer.data import own
from explorer.formatting import format_bytes
from explorer.recipe import GROUPS, KINDS, LOSSES, SETTINGS, Chosen, Recipe, choose, losses_of
from explorer.spec import BadValue, UnknownName, defaults
from explorer.ui.data import own_data
from explorer.ui.glossary import hover
from explorer.ui.language import _
from explorer.ui.session import draft
from explorer.ui.session.fields import typed
from explorer.ui.session.notices import draw_problem, tell
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.train.augmentation_form import draw_augmentation
from explorer.ui.train.fine_tuning import draw_fine_tuning
from explorer.ui.train.schedule_view import draw_schedule
from explorer.ui.widgets.forms import draw_param, form_key, is_current

_SIMPLE = ("batch_size", "epochs")
_SPECS = {spec.name: spec for spec in SETTINGS}
_KIND_TITLES = {"loss": "Loss", "optimizer": "Optimizer", "schedule": "Schedule of the learning rate",
                "init": "Initialization"}


def draw_recipe_form() -> None:
    """Draw the simple settings first: data, optimizer, batch size, epochs; all the rest on request."""
    _draw_data()
    _draw_kind("optimizer", hover("optimizer"))
    _draw_kind_params("optimizer", slice(0, 1))  # the learning rate; the others are below
    for name in _SIMPLE:
        _draw_setting(name)
    with st.expander(_("All settings")):
        _draw_all_settings()


def _draw_all_settings() -> None:
    """Draw all settings by group: task, learning, initialization, data, machine."""
    run, samples, optimization, machine = GROUPS
    _draw_task()
    _draw_kind_with_params("loss")
    _draw_group(run)
    _draw_title(optimization.title)
    _draw_kind_params("optimizer", slice(1, None))
    _draw_kind_with_params("schedule")
    draw_schedule(draft.recipe())
    _draw_group(optimization)
    _draw_kind_with_params("init", hover("initialization"))
    draw_fine_tuning(draft.recipe())
    _draw_title(samples.title)
    _draw_group(samples)
    dataset = chosen_dataset()
    if dataset and len(dataset.shape) == 3:
        draw_augmentation(draft.recipe())
    _draw_title(machine.title)
    _draw_group(machine)


def _draw_title(title: str) -> None:
    st.markdown(f"**{_(title)}**")


def _draw_group(group: Any) -> None:
    for spec in group.specs:
        if spec.name not in (*_SIMPLE, "task"):
            _draw_setting(spec.name)


def _draw_task() -> None:
    """Draw the choice of a task where the data leave one: two classes fit one output or two."""
    dataset = chosen_dataset()
    fitting = tasks.fitting(dataset) if dataset else []
    if len(fitting) > 1 or (fitting and tasks.of(draft.recipe()) not in fitting):
        _draw_setting("task")


def _draw_setting(name: str) -> None:
    draw_param(_SPECS[name], getattr(draft.recipe(), name), "setting", partial(_keep_setting, name))


def _keep_setting(name: str, value: Any) -> None:
    _change_recipe(draft.recipe().with_(**{name: value}))


def _change_recipe(changed: Recipe) -> None:
    """Take over a changed recipe, and show the loss that came along with another task."""
    if sentence := tasks.loss_change(draft.recipe(), changed):
        tell(sentence)
    draft.change_recipe(changed)


def _draw_data() -> None:
    """Draw the data set, how it is made to fit, and a download where it is missing."""
    chosen = draft.recipe().data
    titles = {name: _(data.get(name).title) for name in data.names()} | own_data.own_titles(chosen)
    names, current = list(titles), own_data.key_of(chosen)
    key = form_key("data")
    st.selectbox(_("Data"), names, index=names.index(current) if current in names else None, key=key,
                 format_func=titles.get, on_change=_choose_data, args=(key,))
    own_data.draw_own_data_button()
    dataset = chosen_dataset()
    if dataset is None:
        return
    st.caption(_(dataset.summary))
    if dataset.name == own.NAME:
        own_data.draw_done(dataset)
        return
    for spec in dataset.params:
        draw_param(spec, chosen.params.get(spec.name, spec.default), f"data/{dataset.name}",
                   partial(_keep_data, spec.name))
    if not data.is_available(dataset.name):
        _draw_download(dataset)


def chosen_dataset() -> data.Dataset | None:
    """Find the record of the recipe's data; None where it names nothing that is here, as its problem explains."""
    chosen = draft.recipe().data
    try:
        return data.get(chosen.name, chosen.params)
    except (UnknownName, BadValue, data.DataMissing):
        return None


@uninterrupted
def _choose_data(key: str) -> None:
    if not is_current(key):
        return
    name = typed(key)
    chosen = Chosen(name, defaults(data.get(name).params)) if name in data.names() else own_data.chosen_of(name)
    try:
        dataset = data.get(chosen.name, chosen.params)
    except data.DataMissing as error:  # deleted in another tab since the menu was drawn
        tell(error.sentence)
        return
    _change_recipe(tasks.with_data(draft.recipe(), chosen, dataset))


def _keep_data(name: str, value: Any) -> None:
    chosen = draft.recipe().data
    draft.change_recipe(draft.recipe().with_(data=Chosen(chosen.name, {**chosen.params, name: value})))


def _draw_download(dataset: data.Dataset) -> None:
    """Draw the download: files are fetched only when somebody asks."""
    size = format_bytes(dataset.download_bytes)
    st.info(_("{data} is not on this machine yet ({size}).", data=_(dataset.title), size=size))
    if not st.button(_("Download"), icon=":material/download:"):
        return
    bar = st.progress(0.0, _("Downloading …"))
    try:
        dataset.download(lambda done, total: bar.progress(min(1.0, done / max(total, 1)), format_bytes(done)))
    except data.DataMissing as error:
        bar.empty()
        draw_problem(error.sentence)
        return
    st.rerun()


def _draw_kind_with_params(field: str, help_text: str | None = None) -> None:
    _draw_kind(field, help_text)
    _draw_kind_params(field, slice(None))


def _draw_kind(field: str, help_text: str | None) -> None:
    """Draw a choice from a registry, with one line on what it does."""
    chosen: Chosen = getattr(draft.recipe(), field)
    registry, key = KINDS[field], form_key(field)
    names = list(losses_of(draft.recipe().task)) if registry is LOSSES else registry.names()
    st.selectbox(_(_KIND_TITLES[field]), names, index=names.index(chosen.name) if chosen.name in names else None,
                 key=key,
                 help=help_text or _kind_help(field), format_func=lambda name: _(registry.get(name).title),
                 on_change=_choose_kind, args=(field, key))


def _kind_help(field: str) -> str:
    """Describe the chosen entry, with its formula."""
    kind = KINDS[field].get(getattr(draft.recipe(), field).name)
    formula = f"\n\n$${kind.formula}$$" if kind.formula else ""
    return _(kind.summary) + formula + (f"\n\n{_('Source: {source}', source=_(kind.source))}" if kind.source else "")


def _draw_kind_params(field: str, which: slice) -> None:
    """Draw some of the settings of the chosen entry."""
    chosen: Chosen = getattr(draft.recipe(), field)
    for spec in KINDS[field].get(chosen.name).params[which]:
        draw_param(spec, chosen.params[spec.name], f"{field}/{chosen.name}",
                   partial(_keep_kind_param, field, spec.name))


@uninterrupted
def _choose_kind(field: str, key: str) -> None:
    if not is_current(key):
        return
    draft.change_recipe(draft.recipe().with_(**{field: choose(KINDS[field], typed(key), {})}))


def _keep_kind_param(field: str, name: str, value: Any) -> None:
    chosen: Chosen = getattr(draft.recipe(), field)
    params = {**chosen.params, name: value}
    draft.change_recipe(draft.recipe().with_(**{field: choose(KINDS[field], chosen.name, params)}))


def draw_fit_note(input_shape: tuple[int, ...]) -> None:
    """Show how the samples are changed to fit the network, if they are."""
    dataset = chosen_dataset()
    try:
        note = data.fit_note(dataset, input_shape) if dataset else None
    except data.Misfit:
        return
    if note:
        st.caption(f":material/photo_size_select_large: {_(note)}")
