"""Messages to a watcher: whatever it has, after the next message it has everything there is, and once."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from safetensors.numpy import save
from torch import nn
from watcher import Watcher

import explorer
from explorer import charts, tasks, zoo
from explorer.live.feed import NUMBERS_MS, REST_MS, RunFeed
from explorer.live.hub import FORGOTTEN_S, MOST_ASKS_PER_S, Hub, Pace
from explorer.live.message import Message, unpack_message
from explorer.live.view import SLOW_VIEW_MS, VIEW_MS
from explorer.results import Field2D
from explorer.training import RunStore, Session
from explorer.training.records.metrics import EpochRow, StepRows, read_epochs, read_steps
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.runs.status import TRAINING
from explorer.training.runs.store import RunDeleted, UnknownRun

LAYERS = ["linear1", "linear2", "linear3"]


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture
def run(store):
    return store.create(zoo.recipe("mlp").with_(epochs=50, batch_size=32))


@pytest.fixture
def writer(run):
    opened = MetricsWriter(run.metrics_path)
    opened.set_facts(total_steps=5_000, batches_per_epoch=100, layers=LAYERS, guess_loss=2.3, guess_accuracy=0.1,
                     progress={"examples_per_s": 3_200.0, "memory_bytes": 10**8}, lr_changes=[])
    yield opened
    opened.close()


@pytest.fixture
def feed(run, monkeypatch):
    monkeypatch.setattr("explorer.live.feed._FRESH_S", -1.0)  # every ask is a look: nothing here waits
    return RunFeed(run)


def write(writer, first: int, last: int, loss=None) -> None:
    step = np.arange(first, last + 1)
    norms = np.stack([step * 1.0, step * 10.0, step * 100.0], 1).astype(np.float32)
    writer.add_steps(StepRows(step, np.full(len(step), 32), {
        "loss": 2.3 / step if loss is None else loss, "accuracy": 1 - 1 / step}, norms), 100)


def test_what_a_watcher_has_gathered_is_what_a_newcomer_gets_at_once(writer, feed):
    patient = Watcher()
    for last in (1, 2, 60, 61, 450, 1_999, 2_100, 4_999, 5_000):
        write(writer, 1, last)
        if last % 100 == 0:
            writer.add_epoch(EpochRow(last // 100, last, {"validation": {"loss": 0.5, "accuracy": 0.8}}))
        patient.take(feed.numbers(patient.since, str).body)
        newcomer = Watcher().take(feed.numbers("", str).body)
        for name, values in newcomer.arrays.items():
            assert np.array_equal(values, patient.arrays[name], equal_nan=True), (last, name)
        assert newcomer.meta["replace"] and patient.meta["step"] == last


def test_the_lines_are_the_rows_and_their_means(run, writer, feed):
    write(writer, 1, 1_000)
    writer.add_epoch(EpochRow(3, 300, {"validation": {"loss": 0.25, "accuracy": 0.9}}))
    got = Watcher().take(feed.numbers("", str).body)
    rows = read_steps(run.metrics_path)
    assert got.arrays["step"].tolist() == list(range(1, 1_001))
    assert got.line("raw", "loss") == pytest.approx(rows.loss) and "mean of 50 steps" in got.meta["charts"][0]["drawn"]
    assert got.line("means", "accuracy") == pytest.approx(rows.of("accuracy").reshape(20, 50).mean(1))
    assert got.arrays["means_step"].tolist() == [50 * place + 25.5 for place in range(20)]
    assert (got.arrays["epoch_step"].tolist(), got.line("validation", "loss").tolist()) == ([300], [0.25])
    assert np.isnan(got.line("test", "loss")).all()
    assert got.arrays["strip"] == pytest.approx(rows.gradient_norm[(got.arrays["strip_step"] - 1)])
    assert len(got.arrays["strip_step"]) <= 256 and got.meta["layers"] == LAYERS


def test_a_message_brings_only_what_is_new(writer, feed):
    watcher = Watcher()
    write(writer, 1, 1_500)
    watcher.take(feed.numbers("", str).body)
    write(writer, 1_501, 1_510)
    watcher.take(feed.numbers(watcher.since, str).body)
    watcher.take(feed.numbers(watcher.since, str).body)
    first, second, third = watcher.sent
    assert first > 3_000 and second < 60 and third == 0
    assert not watcher.meta["replace"]


@pytest.mark.parametrize("since", ["", "0", "nonsense", "-1.2.3.4", "abc.1.2.3", "9" * 5_000, "\x00", "é",
                                   "../../etc/passwd", "a.99999999999999999999.0.0.0", "ab-1-1-1-x.1.2.3.4"])
def test_any_nonsense_in_since_means_everything_anew(writer, feed, since):
    write(writer, 1, 100)
    got = Watcher().take(feed.numbers(since, str).body)
    assert got.meta["replace"] and len(got.arrays["step"]) == 100


def test_a_cursor_of_the_future_brings_nothing_and_the_next_one_is_right_again(writer, feed):
    write(writer, 1, 100)
    of, *_counts = Watcher().take(feed.numbers("", str).body).since.rsplit(".", 4)
    got = Watcher().take(feed.numbers(f"{of}.999999.999.999.1", str).body)
    assert got.arrays["step"].size == 0 and got.since.split(".")[1] == "100"


def test_a_resumed_run_and_a_thinning_that_changed_and_a_new_number_replace_everything(writer, feed):
    watcher = Watcher()

    def look() -> bool:
        watcher.take(feed.numbers(watcher.since, str).body)
        return watcher.meta["replace"]

    write(writer, 1, 400)
    assert look() and not look()
    writer.forget_after(200)
    assert look() and watcher.arrays["step"][-1] == 200
    write(writer, 201, 2_001)
    assert look() and np.diff(watcher.arrays["step"]).tolist() == [2] * 1_000
    step = np.arange(2_002, 2_010)
    writer.add_steps(StepRows(step, np.full(8, 32), {"loss": 1 / step, "odd one": step * 2.0},
                              np.ones((8, 3), np.float32)), 100)
    assert look() and [chart["name"] for chart in watcher.meta["charts"]] == ["loss", "accuracy", "odd one"]


def test_another_servers_cursor_replaces_everything(run, writer, feed):
    write(writer, 1, 100)
    before = Watcher().take(feed.numbers("", str).body)
    after = before.take(RunFeed(run).numbers(before.since, str).body)
    assert after.meta["replace"] and len(after.arrays["step"]) == 100


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e21, -1e300])
def test_what_is_no_number_or_a_huge_one_never_breaks_a_message(writer, feed, bad):
    losses = np.full(300, 1.5)
    losses[150] = bad
    write(writer, 1, 300, losses)
    got = Watcher().take(feed.numbers("", str).body)
    raw = got.line("raw", "loss")
    assert len(raw) == 300 and np.delete(raw, 150).tolist() == [1.5] * 299
    json.dumps(got.meta, allow_nan=False)


def test_the_schedule_is_sent_once_and_again_when_the_rate_was_changed(run, writer, feed):
    watcher = Watcher()
    write(writer, 1, 10)
    watcher.take(feed.numbers("", str).body)
    assert watcher.arrays["rate_step"][[0, -1]].tolist() == [0, 4_999]
    assert set(watcher.arrays["rate"].tolist()) == {np.float32(run.recipe.lr_at(0, 5_000, 100))}
    body = feed.numbers(watcher.since, str).body
    assert "rate" not in unpack_message(body)[0]
    writer.set_facts(lr_changes=[(10, 0.125)])
    write(writer, 11, 12)
    watcher.take(feed.numbers(watcher.since, str).body)
    assert watcher.arrays["rate"][-1] == 0.125 and watcher.meta["learning_rate"] == 0.125


def test_the_position_is_where_the_run_is(run, writer, feed):
    run.write_status(run.stored_status().__class__(state=TRAINING, pid=1, host="elsewhere"))
    run.beat()
    write(writer, 1, 250)
    meta = Watcher().take(feed.numbers("", str).body).meta
    assert (meta["state"], meta["is_live"], meta["end"]) == (TRAINING, True, False)
    assert (meta["step"], meta["total_steps"], meta["epoch"], meta["epochs"]) == (250, 5_000, 3, 50)
    assert meta["samples_per_s"] == 3_200 and meta["steps_per_s"] == 100 and meta["left_s"] == pytest.approx(47.5)
    assert [line["y"] for line in meta["charts"][0]["references"]] == [2.3]


def test_a_finished_run_ends_the_conversation_and_has_its_view(store):
    run = store.create(zoo.recipe("playground").with_(epochs=2))
    Session(run).execute()
    feed = RunFeed(run)
    got = Watcher().take(feed.numbers("", str).body)
    assert got.meta["end"] and got.meta["state"] == "finished" and got.meta["step"] == got.meta["total_steps"]
    assert got.line("validation", "loss").tolist() == pytest.approx(
        [row.value("validation", "loss") for row in read_epochs(run.metrics_path)])
    message = feed.view.message("", "en", str)
    arrays, meta = unpack_message(message.body)
    assert meta["results"]["tuple"][0]["result"] == Field2D.__name__ and meta["step"] == got.meta["step"]
    kinds = [item["result"] for item in meta["results"]["tuple"][1:]]
    assert kinds.count("LayerWeights") == 3 and kinds.count("ImageGrid") == 4
    assert all(values.size for values in arrays.values())
    assert feed.view.message(meta["stamp"], "en", str).body is None
    assert feed.view.message("nonsense", "en", str).body == message.body


def test_words_of_a_message_are_in_the_watchers_language(writer, feed):
    write(writer, 1, 10)
    meta = Watcher().take(feed.numbers("", lambda words: f"«{words}»").body).meta
    assert (meta["charts"][0]["title"], meta["charts"][0]["y_axis"]) == ("«Loss»", "«Cross-entropy (nats)»")


def test_a_run_that_was_deleted_or_never_was_raises_what_the_route_answers(store, run, feed):
    run.delete()
    with pytest.raises(RunDeleted):
        feed.numbers("", str)
    hub = Hub(lambda: store)
    for name in (run.id, "nonsense", "0" * 32):
        with pytest.raises(UnknownRun):
            hub.numbers(name, "", str)


def test_many_watchers_share_one_reader(store, run, writer, monkeypatch):
    write(writer, 1, 500)
    looks = []
    read = RunFeed._read
    monkeypatch.setattr(RunFeed, "_read", lambda feed: looks.append(feed) or read(feed))
    monkeypatch.setattr("explorer.live.feed._FRESH_S", 3_600.0)
    hub, got = Hub(lambda: store), []
    watchers = [threading.Thread(target=lambda: got.append(Watcher().take(hub.numbers(run.id, "", str).body)))
                for _ in range(30)]
    for each in watchers:
        each.start()
    for each in watchers:
        each.join()
    assert len(looks) == 1
    assert len(got) == 30 and all(len(each.arrays["step"]) == 500 for each in got)


def test_a_feed_nobody_asked_for_in_a_minute_is_forgotten(store, run):
    now = [0.0]
    hub = Hub(lambda: store, lambda: now[0])
    other = store.create(zoo.recipe("mlp"))
    hub.numbers(run.id, "", str)
    now[0] = FORGOTTEN_S - 1
    hub.numbers(other.id, "", str)
    assert len(hub._feeds) == 2
    now[0] = FORGOTTEN_S + 1
    hub.numbers(other.id, "", str)
    assert [key[1] for key in hub._feeds] == [other.id]


def test_the_more_watch_the_longer_each_is_asked_to_wait():
    now = [0.0]
    pace = Pace(lambda: now[0])

    def second(asks: int) -> int:
        for _ in range(asks):
            now[0] += 1.000001 / asks
            waited = pace.slow_down(Message(None, NUMBERS_MS)).next_ms
        return waited

    assert second(20) == NUMBERS_MS
    assert second(3 * MOST_ASKS_PER_S) == pytest.approx(3 * NUMBERS_MS, rel=0.05)
    assert second(MOST_ASKS_PER_S) == pytest.approx(3 * NUMBERS_MS, rel=0.05)  # so it is right, and stays
    assert second(10) < 1.1 * NUMBERS_MS
    assert REST_MS > NUMBERS_MS


def test_every_zoo_task_has_its_charts_in_the_message(store, monkeypatch):
    monkeypatch.setattr("explorer.live.feed._FRESH_S", -1.0)
    for name in ("playground", "linear_regression", "logistic_regression", "char_rnn"):
        recipe = zoo.recipe(name)
        run = store.create(recipe)
        got = Watcher().take(RunFeed(run).numbers("", str).body)
        expected = ["loss", *(metric.name for metric in tasks.of(recipe).metrics_of(recipe))]
        assert [chart["name"] for chart in got.meta["charts"]] == expected
        assert [chart["title"] for chart in got.meta["charts"]] == \
            [str(charts.metric(run, metric).title) for metric in expected]


def test_a_loop_of_ones_own_has_its_validation_at_its_steps(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    with explorer.record(nn.Linear(2, 1), "mine", quiet=True) as own:
        for epoch in range(3):
            for _ in range(50):
                own.log(loss=1.0, learning_rate=0.1 / (epoch + 1))
            own.log_epoch(validation={"loss": 0.5 - 0.1 * epoch})
    got = Watcher().take(Hub(lambda: RunStore(tmp_path)).numbers(own.id, "", str).body)
    assert got.arrays["epoch_step"].tolist() == [50, 100, 150]
    assert got.line("validation", "loss").tolist() == pytest.approx([0.5, 0.4, 0.3])
    assert got.line("means", "loss").tolist() == [1.0] * 150  # so short that each step is a bin
    assert got.arrays["rate"][[0, 149]].tolist() == pytest.approx([0.1, 0.1 / 3])
    assert [chart["name"] for chart in got.meta["charts"]] == ["loss"]


def test_a_look_at_which_nothing_is_new_draws_nothing_again(writer, feed, monkeypatch):
    write(writer, 1, 100)
    feed.numbers("", str)
    monkeypatch.setattr("explorer.live.feed.draw_lines", None)
    feed.numbers("", str)
    with pytest.raises(TypeError):
        write(writer, 101, 102) or feed.numbers("", str)


def test_of_very_many_epochs_some_are_drawn(run, writer, feed):
    watcher = Watcher()
    for last in (10, 1_000, 1_001, 2_500):
        for epoch in range(len(read_epochs(run.metrics_path)) + 1, last + 1):
            writer.add_epoch(EpochRow(epoch, epoch * 2, {"validation": {"loss": 1 / epoch}}))
        watcher.take(feed.numbers(watcher.since, str).body)
    assert watcher.arrays["epoch_step"].tolist() == list(range(2, 5_001, 8))
    assert watcher.line("validation", "loss") == pytest.approx(2 / watcher.arrays["epoch_step"])


@pytest.mark.parametrize("document", [{"tuple": [None]}, [1], {"tuple": []}, {"tuple": [{"text": {}}]}, {}, "x", None])
def test_a_view_of_an_unknown_form_is_as_none(run, feed, document):
    content = save({"a": np.zeros(1)}, {"meta": json.dumps({"results": document, "step": 1})})
    (run.folder / "live.safetensors").write_bytes(content)
    assert feed.view.message("", "en", str).body is None


def test_an_address_in_a_view_is_not_translated(store):
    run = store.create(zoo.recipe("playground").with_(epochs=1))
    Session(run).execute()
    meta = unpack_message(RunFeed(run).view.message("", "en", str.upper).body)[1]
    view, *others = meta["results"]["tuple"]
    assert view["fields"]["title"] == "DECISION BOUNDARY"
    assert [item["fields"]["title"] for item in others if item["result"] == "ImageGrid"][:2] == ["input", "tanh1"]


def test_a_view_that_does_not_change_is_asked_for_seldom(run, feed, monkeypatch):
    field = {"result": "Field2D", "fields": {}}
    content = save({"a": np.zeros(1)}, {"meta": json.dumps({"results": {"tuple": [field]}, "step": 1})})
    (run.folder / "live.safetensors").write_bytes(content)
    assert feed.view.message("", "en", str).next_ms == VIEW_MS
    monkeypatch.setattr("explorer.live.view._STILL_S", -1.0)
    assert feed.view.message("", "en", str).next_ms == SLOW_VIEW_MS
