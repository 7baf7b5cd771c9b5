"""One's own data on Train: the dialog reads a file, shows what is in it, sets the recipe; then it is in the menu."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data"))  # for own_files

from own_files import csv_of, random_pictures, zipped

from explorer import data, training, zoo
from explorer.data import own
from explorer.data.own import csv_file, images
from explorer.recipe import Chosen
from explorer.ui.data import own_data
from explorer.ui.session import draft, state

MINE, THEIRS = "a" * 32, "b" * 32
RS = np.random.RandomState(0)
TABLE = {"a": RS.randn(40).round(2), "*b*": RS.randn(40).round(2), "word": ["<b>x</b>", "y"] * 20,
         "name": [f"p{i}" for i in range(40)], "kind": ["u", "v"] * 20}


@pytest.fixture(autouse=True)
def shelf(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))


@pytest.fixture
def dialog():
    """`dialog(recipe)`: its inside as a page of its own; without a browser a dialog closes at every step."""
    def open_it(recipe=None) -> AppTest:
        def page():
            from explorer.ui.data.own_data import draw_own_data

            draw_own_data()

        at = AppTest.from_function(page, default_timeout=600)
        opened = draft.Draft("a" * 32, recipe or zoo.recipe("mlp"))
        draft.store().save(opened, writer="test", based_on_revision=0)
        at.session_state[state.DRAFT.key], at.session_state[state.OWNER.key] = opened, MINE
        return at.run()

    return open_it


def upload(at: AppTest, name: str, content) -> AppTest:
    content = content if isinstance(content, bytes) else content.getvalue()
    return at.file_uploader[0].set_value((name, content, "")).run()


def recipe_of(at: AppTest):
    return at.session_state[state.DRAFT.key].recipe


def shown(at: AppTest) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.caption, *at.error]).replace("\\", "")


def field(widgets, label: str):
    return next(widget for widget in widgets if widget.label == label)


def test_a_zip_is_counted_by_class_and_used_at_the_size_the_network_takes(dialog, sound):
    at = sound(upload(dialog(zoo.recipe("lenet")), "pets.zip", zipped(random_pictures() | {"cat/x.png": b"MZ"})))
    counts = at.dataframe[0].value
    assert counts.values.tolist() == [["cat", 8, 2], ["dog", 8, 2]]
    assert "16 training and 4 test samples in 2 classes" in shown(at) and "1×28×28" in shown(at)
    assert "no image that can be read: 1" in shown(at)
    sound(at.button(key="use_own_data").click().run())
    assert recipe_of(at).data.name == "own" and recipe_of(at).task == "classification"
    train, _test = data.load("own", recipe_of(at).data.params)
    expected = images.read_images(zipped(random_pictures()), "pets.zip", 28, color=False).parts["train"][0]
    assert np.array_equal(train.inputs.numpy(), expected)


def test_size_and_colors_can_be_chosen(dialog, sound):
    at = sound(upload(dialog(), "pets.zip", zipped(random_pictures())))
    sound(field(at.segmented_control, "Size, in pixels").set_value(16).run())
    sound(field(at.segmented_control, "Colors").set_value(True).run())
    sound(at.button(key="use_own_data").click().run())
    assert data.get("own", recipe_of(at).data.params).shape == (3, 16, 16)


def test_a_table_shows_its_first_rows_and_what_can_be_chosen(dialog, sound):
    at = sound(upload(dialog(), "table.csv", csv_of(TABLE)))
    assert at.dataframe[0].value.columns.tolist() == list(TABLE)
    assert field(at.selectbox, "Target").value == "kind"
    assert field(at.multiselect, "Features").value == ["a", "*b*", "word"]
    assert "name has 40 different words; at most 20" in shown(at)
    assert r"Words became one input each: word" in shown(at)
    sound(at.button(key="use_own_data").click().run())
    dataset = data.get("own", recipe_of(at).data.params)
    assert dataset.feature_names == ("a", "*b*", "word = <b>x</b>", "word = y") and dataset.class_names == ("u", "v")


def test_another_target_features_and_no_standardization_are_what_is_kept(dialog, sound):
    at = sound(upload(dialog(), "table.csv", csv_of(TABLE)))
    sound(field(at.selectbox, "Target").set_value("a").run())
    sound(field(at.multiselect, "Features").set_value(["*b*"]).run())
    sound(at.checkbox[0].set_value(False).run())
    sound(at.button(key="use_own_data").click().run())
    assert recipe_of(at).task == "regression"
    train, test = data.load("own", recipe_of(at).data.params)
    found = sorted([*train.inputs[:, 0].tolist(), *test.inputs[:, 0].tolist()])
    assert found == sorted(TABLE["*b*"].astype(np.float32).tolist())


def test_a_target_of_few_whole_numbers_may_be_classes_or_a_number(dialog, sound):
    at = sound(upload(dialog(), "table.csv", csv_of({"a": TABLE["a"], "stars": [1, 2, 3, 4] * 10})))
    sound(field(at.segmented_control, "The target is").set_value("numbers").run())
    sound(at.button(key="use_own_data").click().run())
    assert recipe_of(at).task == "regression"


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.zip", b"MZ" + bytes(range(256)), "not a zip file"), ("a.zip", b"", "is empty"),
    ("a.zip", zipped({"../x.png": b"x"}), "points outside the zip"),
    ("a.zip", zipped({"<b>/x.png": b"x"}), "contains no readable image"), ("a.csv", b"MZ\0\0", "NUL bytes"),
    ("a.csv", b"a,b\n1,2\n", "too few rows"), ("a.txt", b"hello", "at least 2,000 are needed"),
    ("b.txt", b"\x89PNG\0", "not text in UTF-8"),
])
def test_a_hostile_file_is_one_sentence_and_nothing_is_kept(dialog, sound, name, content, words):
    at = sound(upload(dialog(), name, content))
    (error,) = at.error
    assert words in error.value.replace("\\", "") and not at.button
    assert own.kept(MINE) == [] and recipe_of(at).data.name != "own"


def test_the_name_of_a_file_is_no_markdown(dialog, sound):
    at = sound(upload(dialog(), "*a* [x](http://x).zip", b"MZ"))
    assert at.error[0].value.startswith(r"\*a\* \[x\]\(http\://x\)\.zip is not a zip file")


def test_choosing_no_feature_is_reported_and_cannot_be_used(dialog, sound):
    at = sound(upload(dialog(), "table.csv", csv_of(TABLE)))
    sound(field(at.multiselect, "Features").set_value([]).run())
    assert "at least one feature" in at.error[0].value and not at.button


def test_a_full_disk_is_reported_and_the_recipe_stays(dialog, sound, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    at = sound(upload(dialog(), "table.csv", csv_of(TABLE)))
    monkeypatch.setattr(own, "keep", full)
    before = recipe_of(at)
    sound(at.button(key="use_own_data").click().run())
    assert "No space left on device" in at.error[0].value and recipe_of(at) == before


def kept(owner: str = MINE, **choices) -> str:
    return own.keep(images.read_images(zipped(random_pictures()), "pets.zip", **choices), owner)


def test_ones_own_sets_are_listed_and_can_be_deleted_those_of_others_not(dialog, sound):
    mine, shared, theirs = kept(), kept("", size_px=16), kept(THEIRS, size_px=8)
    at = sound(dialog())
    assert [button.key for button in at.button] == [f"delete_own_data/{mine}"]
    sound(at.button[0].click().run())
    assert {one.id for one in own.kept(MINE)} == {shared} and {one.id for one in own.kept(THEIRS)} == {theirs, shared}


def shown_data(at: AppTest):
    return field(at.selectbox, "Data")


def test_kept_data_are_in_the_menu_and_the_fixes_make_the_network_fit(open_app, sound):
    found = kept("")
    at = sound(open_app("train", zoo.recipe("mlp")))
    assert shown_data(at).options[-1] == "pets"
    sound(shown_data(at).set_value(f"own/{found}").run())
    assert recipe_of(at).data == Chosen("own", {"id": found}) and "Resized to 32×32 in color" in shown(at)
    for _ in range(5):
        if not (fixes := [button for button in at.button if str(button.key).startswith("recipe_fix/")]):
            break
        sound(fixes[0].click().run())
    assert training.problems(recipe_of(at)) == [] and not at.button(key="start").disabled


def test_sets_of_the_same_title_are_told_apart(open_app):
    kept(""), kept("", size_px=16)
    assert shown_data(open_app("train", zoo.recipe("mlp"))).options[-2:] == ["pets", "pets (2)"]


@pytest.mark.parametrize("params", [{}, {"id": "a" * 32}, {"id": "../.."}])
@pytest.mark.parametrize("page", ["train", "build", "home"])
def test_a_recipe_whose_data_are_missing_opens_and_the_page_shows_it(open_app, sound, page, params):
    at = sound(open_app(page, zoo.recipe("mlp").with_(data=Chosen("own", params))))
    if page == "train":
        assert at.button(key="start").disabled and shown_data(at).value is None
        assert "hoose" in shown(at)


def test_a_run_whose_data_were_deleted_can_still_be_inspected(open_app, sound):
    found = kept("", size_px=28, color=False)
    recipe = zoo.recipe("mlp").with_(data=Chosen("own", {"id": found}), epochs=1, threads=1, device="cpu",
                                     network=network_for(2))
    run, status = training.train(recipe, training.RunStore())
    assert status.state == "finished"
    at = sound(open_app("inspect", run=run.id))
    assert "pets" in field(at.selectbox, "Run").options[0]
    own.delete(found)
    at = sound(open_app("inspect", run=run.id))
    assert "own data, deleted" in field(at.selectbox, "Run").options[0]
    assert any("not on this machine" in error.value for error in at.error)


def network_for(classes: int):
    from explorer.network.edit import set_param

    net = zoo.recipe("mlp").network
    return set_param(net, net.outputs[0], "out_features", classes)


def test_the_server_lets_through_what_the_dialog_and_the_reader_allow():
    config = tomllib.loads((Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxUploadSize"] == own_data.MAX_UPLOAD_MB == csv_file.MAX_BYTES // 10**6


def test_the_button_opens_the_dialog(open_app, sound):
    at = sound(open_app("train", zoo.recipe("mlp")))
    sound(at.button(key="own_data").click().run())
    assert at.file_uploader
