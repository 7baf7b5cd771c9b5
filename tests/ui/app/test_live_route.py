"""The route by which a browser watches a run: any base path, any damage, and never a change of the run."""

from __future__ import annotations

import pytest

from explorer import zoo
from explorer.live import VERSION, Hub
from explorer.live.message import unpack_message
from explorer.training import RunStore, Session
from explorer.ui.app import live_route
from tests.ui.app.served import served

ENDPOINTS = ("numbers", "view")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("watched"))


@pytest.fixture(scope="module")
def run(store):
    run = store.create(zoo.recipe("playground").with_(epochs=1), owner="somebody else's key")
    Session(run).execute()
    return run


@pytest.fixture
def client(store, monkeypatch):
    """`client(path, method="GET", **query)` -> status_code, headers, content, text: what the server would send."""
    monkeypatch.setattr(live_route, "hub", Hub(lambda: store))
    return served


def ask(client, run_id: str, endpoint: str = "numbers", base: str = "", **more):
    return client(f"{base}/layerscope/live/{run_id}/{endpoint}", **{"version": str(VERSION), **more})


def refusal(answer) -> str | None:
    return answer.headers.get("x-live-line")


@pytest.mark.parametrize("base", ["", "/school", "/user/ada/proxy/8501"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_run_is_watched_below_any_base_path_by_whoever_knows_its_address(client, run, base, endpoint):
    answer = ask(client, run.id, endpoint, base)
    assert answer.status_code == 200 and len(answer.content) > 1_000
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["x-next-ms"]) > 0


def test_nothing_new_is_no_content(client, run):
    stamp = unpack_message(ask(client, run.id, "view").content)[1]["stamp"]
    answer = ask(client, run.id, "view", since=stamp)
    assert (answer.status_code, answer.content) == (204, b"") and int(answer.headers["x-next-ms"]) > 0


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(("run_id", "line"), [
    ("0" * 32, "gone"), ("nonsense", "refused"), ("..", "refused"), ("A" * 32, "refused"), ("é", "refused")])
def test_an_address_of_no_run_is_answered_with_one_sentence(client, endpoint, run_id, line):
    answer = ask(client, run_id, endpoint)
    assert (answer.status_code, refusal(answer)) == (200, line)
    assert answer.text.endswith(".") and "Traceback" not in answer.text
    assert ask(client, "%2e%2e%2fsecret", endpoint).status_code == 404  # no address of ours


@pytest.mark.parametrize("version", [None, "", "0", str(VERSION + 1), "x"])
def test_another_version_asks_to_reload_the_page(client, run, version):
    answer = client(f"/layerscope/live/{run.id}/numbers", **({} if version is None else {"version": version}))
    assert refusal(answer) == "outdated" and "Reload the page." in answer.text


@pytest.mark.parametrize("more", [{"since": "\x00" * 9}, {"since": "9" * 4_000}, {"language": "../../etc"},
                                  {"language": "zz_ZZ"}, {"since": "{}"}])
def test_nonsense_in_the_question_is_answered_with_everything(client, run, more):
    assert len(ask(client, run.id, **more).content) == len(ask(client, run.id).content)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed_by_this_route(client, run, method):
    before = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    assert client(f"/layerscope/live/{run.id}/numbers", method).status_code == 405
    ask(client, run.id)
    ask(client, run.id, "view")
    after = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    assert {path.name for path in after} >= {path.name for path in before}
    assert all(after[path] == content for path, content in before.items())


def test_damaged_numbers_are_told_in_one_sentence_and_a_damaged_view_is_none(client, store):
    run = store.create(zoo.recipe("playground").with_(epochs=1))
    run.metrics_path.write_bytes(b"no database" * 100)
    (run.folder / "live.safetensors").write_bytes(b"\xff" * 64)
    answer = ask(client, run.id)
    assert refusal(answer) == "refused" and answer.text == "This run's metrics file is damaged and cannot be read."
    assert ask(client, run.id, "view").status_code == 204


def test_a_damaged_recipe_is_told_in_its_own_sentence(client, store):
    run = store.create(zoo.recipe("playground"))
    (run.folder / "recipe.json").write_text("{", encoding="utf-8")
    answer = ask(client, run.id)
    assert refusal(answer) == "refused" and answer.text.endswith(".")


def test_an_unexpected_fault_goes_to_the_log_and_not_to_the_page(client, run, monkeypatch, caplog):
    def fail(*_arguments):
        raise RuntimeError("a secret path")

    monkeypatch.setattr(Hub, "numbers", fail)
    answer = ask(client, run.id)
    assert answer.status_code == 500 and "secret" not in answer.text and "a secret path" in caplog.text


def test_a_run_that_is_deleted_while_watched_is_gone(client, store):
    run = store.create(zoo.recipe("playground"))
    assert refusal(ask(client, run.id)) is None
    run.delete()
    answer = ask(client, run.id)
    assert refusal(answer) == "gone" and "its folder was deleted" in answer.text
