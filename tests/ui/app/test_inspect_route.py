"""The route by which a browser looks inside a run: any base path, any bytes, and never a change of the run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from explorer import zoo
from explorer.inspection import VERSION, Hub
from explorer.inspection.asked import MOST_BYTES
from explorer.inspection.prepare import MOST_UPLOAD_BYTES
from explorer.live.message import pack_message, unpack_message
from explorer.training import RunStore, Session
from explorer.training.records.checkpoints import frame_path, frame_steps
from explorer.ui.app import inspect_route, live_route
from tests.ui.app.served import served


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("looked_at"))


@pytest.fixture(scope="module")
def run(store):
    run = store.create(zoo.recipe("playground").with_(epochs=1), owner="somebody else's key")
    Session(run).execute()
    return run


@pytest.fixture
def ask(store, monkeypatch):
    """`ask(path, body)` -> status_code, headers, content, text: what the server would send."""
    hub = Hub(lambda: store)
    monkeypatch.setattr(inspect_route, "hub", lambda: hub)

    def request(path: str, body: bytes | None = None, **meta) -> SimpleNamespace:
        return served(path, "POST", pack_message({}, {"version": VERSION, **meta}) if body is None else body)

    return request


def line(answer):
    return answer.headers.get("x-inspect-line")


@pytest.mark.parametrize("base", ["", "/class", "/a/b"])
def test_any_base_path_leads_to_the_answer(ask, run, base):
    answer = ask(f"{base}/layerscope/inspect/{run.id}/probabilities")
    assert answer.status_code == 200 and line(answer) is None
    assert unpack_message(answer.content)[1]["results"]["tuple"][0]["result"] == "Bars"


def test_sentences_come_in_the_language_of_the_page(ask, run, monkeypatch):
    monkeypatch.setattr(inspect_route, "known_language", lambda language: language)
    monkeypatch.setattr(live_route, "translator", lambda language: lambda words: f"{language}: {words}")
    assert ask(f"/layerscope/inspect/{run.id}/kernels", language="zz", inside="x").text.startswith("zz: ")


@pytest.mark.parametrize(("run_id", "probe", "meta", "expected"), [
    ("f" * 32, "probabilities", {}, "gone"), ("..", "probabilities", {}, "refused"),
    (None, "palm_reading", {}, "problem"), (None, "probabilities", {"version": 99}, "outdated"),
    (None, "probabilities", {"input": {"sample": 10**9}}, "problem"), (None, "next_token", {}, "note"),
    (None, "feature_maps", {"options": {"node": "x"}}, "problem"),
])
def test_what_cannot_be_answered_is_one_sentence(ask, run, run_id, probe, meta, expected):
    answer = ask(f"/layerscope/inspect/{run_id or run.id}/{probe}", **meta)
    assert answer.status_code == 200 and line(answer) == expected
    assert answer.text.endswith(".") and "Traceback" not in answer.text


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff" * 100])
def test_bytes_that_are_no_question_are_one_sentence(ask, run, body):
    answer = ask(f"/layerscope/inspect/{run.id}/probabilities", body)
    assert (line(answer), answer.text) == ("problem", "This question could not be read. Reload the page.")


def test_a_question_without_bounds_is_refused_before_it_is_read(ask, run):
    limits = (("probabilities", MOST_BYTES, "8.00 MB"), ("prepare", MOST_UPLOAD_BYTES, "30.0 MB"))
    for probe, most_bytes, limit in limits:
        answer = ask(f"/layerscope/inspect/{run.id}/{probe}", b"x" * (most_bytes + 1))
        assert line(answer) == "problem"
        assert answer.text == f"This input is too large to be sent: the limit is {limit}. Make it smaller first."


def test_a_damaged_step_and_a_run_without_weights_are_sentences(ask, store, run):
    path = frame_path(run.frames_folder, frame_steps(run.frames_folder)[1])
    kept = path.read_bytes()
    try:
        path.write_bytes(b"broken")
        answer = ask(f"/layerscope/inspect/{run.id}/probabilities", step=frame_steps(run.frames_folder)[1])
        assert line(answer) == "problem" and "damaged" in answer.text
    finally:
        path.write_bytes(kept)
    waiting = store.create(zoo.recipe("playground"))
    answer = ask(f"/layerscope/inspect/{waiting.id}/probabilities")
    assert (line(answer), answer.text) == ("note", "No weights have been kept yet.")


def test_whatever_else_goes_wrong_is_a_sentence_and_a_line_in_the_log(ask, run, monkeypatch, caplog):
    def breaks():
        raise RuntimeError("broken")

    monkeypatch.setattr(inspect_route, "hub", breaks)
    answer = ask(f"/layerscope/inspect/{run.id}/probabilities")
    assert line(answer) == "problem" and "The server's log has the details." in answer.text
    assert any(record.exc_info for record in caplog.records)


def test_the_work_for_a_browser_that_leaves_ends(store, run, monkeypatch):
    class Reported(Hub):
        shares: list[float] = []

        def answer(self, *question):
            *rest, report = question
            return super().answer(*rest, lambda share: (self.shares.append(share), report(share)))

    hub = Reported(lambda: store)
    monkeypatch.setattr(inspect_route, "hub", lambda: hub)
    question = pack_message({}, {"version": VERSION, "options": {"node": "linear1", "unit": [0], "steps": 1000}})
    answer = served(f"/layerscope/inspect/{run.id}/maximization", "POST", question, leaves_s=0.3)
    assert answer.status_code == 499
    assert 0 < max(hub.shares) < 1


def test_a_look_changes_nothing_of_the_run(ask, run):
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    for probe in ("probabilities", "feature_maps", "kernels"):
        assert ask(f"/layerscope/inspect/{run.id}/{probe}").status_code == 200
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")} == before
