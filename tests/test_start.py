"""start.py's decisions: nothing here installs, downloads or starts anything."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "start.py"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A start.py of its own that believes to lie in an empty folder with the three lists."""
    spec = importlib.util.spec_from_file_location("start", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        (tmp_path / name).write_text(f"{name}==1\n")
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "UNDER_WAY", tmp_path / ".venv" / "layerscope-installing")
    return module


def finished(command: list[str], code: int = 0, out: str = "", err: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(command, code, out, err)


def make_ready(start: ModuleType, *purposes: str) -> None:
    start.venv_python().parent.mkdir(parents=True)
    start.venv_python().touch()
    for purpose in purposes:
        start.stamp_of(purpose).write_text(start.fingerprint(purpose))


def test_what_is_installed_already_is_not_installed_again(start: ModuleType) -> None:
    assert not start.is_ready("app")
    make_ready(start, "app")
    assert start.is_ready("app")
    assert not start.is_ready("test")
    start.prepare("app")


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt"])
def test_a_changed_list_is_installed_again(start: ModuleType, name: str) -> None:
    make_ready(start, "app", "test")
    (start.HERE / name).write_text("numpy==2\n")
    assert not start.is_ready("app")
    assert not start.is_ready("test")


def test_another_python_release_is_installed_again(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    make_ready(start, "app")
    monkeypatch.setattr(start.sys, "version_info", (3, 99, 0))
    assert not start.is_ready("app")


def test_an_interrupted_install_is_seen_and_made_anew(start: ModuleType) -> None:
    make_ready(start, "app")
    start.UNDER_WAY.touch()
    assert not start.is_ready("app")
    assert not start.is_usable()


def test_a_venv_that_lost_its_python_or_its_pip_is_not_sound(
        start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not start.is_usable()
    make_ready(start, "app")
    monkeypatch.setattr(start, "capture", lambda command: finished(command, 1, err="No module named pip"))
    assert not start.is_usable()
    monkeypatch.setattr(start, "capture", lambda command: finished(command, out="3 8\n"))
    assert not start.is_usable()
    monkeypatch.setattr(start, "capture", lambda command: finished(command, out="{} {}\n".format(*sys.version_info)))
    assert start.is_usable()


def install_with(
        start: ModuleType, monkeypatch: pytest.MonkeyPatch, dry_runs: list[int], installs: list[int]) -> list[str]:
    """Run `install` with these exit codes; returns which index was installed from, in order."""
    start.VENV.mkdir(exist_ok=True)
    taken = []

    def call(command: list[str], **_: object) -> int:
        assert start.UNDER_WAY.exists()
        taken.append("auto" if "--torch-backend=auto" in command else "PyPI")
        return installs.pop(0)

    monkeypatch.setattr(start, "capture", lambda command, **_: finished(command, dry_runs.pop(0), err="dns error"))
    monkeypatch.setattr(start.subprocess, "call", call)
    start.install(["requirements.txt"])
    return taken


@pytest.mark.parametrize(("dry_runs", "installs", "taken"), [
    ([0], [0], ["auto"]),
    ([2, 0], [0], ["PyPI"]),
    ([0, 0], [1, 0], ["auto", "PyPI"]),
], ids=["PyTorch's index answers", "it does not", "it breaks off"])
def test_pytorchs_own_index_goes_first_and_pypi_stands_in(
        start: ModuleType, monkeypatch: pytest.MonkeyPatch, dry_runs: list[int], installs: list[int],
        taken: list[str]) -> None:
    assert install_with(start, monkeypatch, dry_runs, installs) == taken
    assert not start.UNDER_WAY.exists()


def test_without_a_network_nothing_is_touched_and_one_sentence_says_so(
        start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(start.Stop, match=r"^The packages could not be downloaded: is this machine online\?"):
        install_with(start, monkeypatch, [2, 2], [])
    assert not start.UNDER_WAY.exists()


def test_an_install_that_broke_off_is_marked(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(start.Stop, match="the lines above show why"):
        install_with(start, monkeypatch, [0, 0], [1, 1])
    assert start.UNDER_WAY.exists()


def test_what_the_installer_says_is_passed_on_where_it_is_not_the_network(start: ModuleType) -> None:
    assert start.failure_sentence("x\nNo solution found") == "The installation failed:\nx\nNo solution found"


def test_a_port_in_use_is_passed_over_unless_it_was_asked_for(
        start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        monkeypatch.setattr(start, "FIRST_PORT", port)
        assert port < start.choose_port("127.0.0.1", None) < port + start.PORTS_TRIED
        with pytest.raises(start.Stop, match=f"Port {port} is in use"):
            start.choose_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused_in_words(start: ModuleType) -> None:
    with pytest.raises(start.Stop, match=r"203\.0\.113\.9 is not an address of this machine"):
        start.choose_port("203.0.113.9", 8600)


@pytest.mark.parametrize(("host", "alone", "url"), [
    ("127.0.0.1", True, "http://127.0.0.1:8501"), ("localhost", True, "http://localhost:8501"),
    ("::1", True, "http://[::1]:8501"), ("0.0.0.0", False, "http://127.0.0.1:8501"),
    ("192.168.1.5", False, "http://192.168.1.5:8501"), ("lab-pc", False, "http://lab-pc:8501")])
def test_an_address_that_others_can_reach_is_told_from_this_machine(
        start: ModuleType, host: str, alone: bool, url: str) -> None:
    assert start.is_loopback(host) is alone
    assert start.page_url(host, 8501) == url


def test_the_app_is_started_quietly_on_the_address_chosen(start: ModuleType) -> None:
    command = start.app_command("127.0.0.1", 8600)
    assert command[:5] == [str(start.venv_python()), "-m", "streamlit", "run", "app.py"]
    assert {"--server.address=127.0.0.1", "--server.port=8600", "--server.headless=true",
            "--server.fileWatcherType=none", "--browser.gatherUsageStats=false"} <= set(command)


def test_nothing_that_is_started_phones_home_or_imports_from_outside(start: ModuleType) -> None:
    calm = start.calm_environment({"PATH": "/bin", "PYTHONPATH": "/elsewhere", "PYTHONHOME": "/elsewhere"})
    assert calm["PATH"] == "/bin"
    assert not {"PYTHONPATH", "PYTHONHOME"} & set(calm)
    assert calm["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] == "false"


def test_the_number_of_runs_at_once_reaches_the_app(start: ModuleType) -> None:
    from explorer.training.work.queue import LIMIT_VARIABLE

    assert start.calm_environment({LIMIT_VARIABLE: "cuda=2"}, None)[LIMIT_VARIABLE] == "cuda=2"
    assert start.calm_environment({LIMIT_VARIABLE: "cuda=2"}, 3)[LIMIT_VARIABLE] == "3"
    assert start.read_options(["--runs-at-once", "4"]).runs_at_once == 4
    for typed in ("0", "-1", "many", "2.5", ""):
        with pytest.raises(SystemExit):
            start.read_options(["--runs-at-once", typed])


@pytest.mark.parametrize(("environ", "platform", "shown"), [
    ({}, "linux", False), ({"DISPLAY": ":0"}, "linux", True), ({"WAYLAND_DISPLAY": "w"}, "linux", True),
    ({}, "darwin", True), ({}, "win32", True), ({"CI": "1"}, "win32", False),
    ({"DISPLAY": ":0", "SSH_CONNECTION": "x"}, "linux", False)])
def test_a_browser_is_opened_only_where_somebody_would_see_it(
        start: ModuleType, environ: dict[str, str], platform: str, shown: bool) -> None:
    assert start.has_display(environ, platform) is shown


def test_the_tests_take_pytests_arguments_and_all_lifts_the_deselection(start: ModuleType) -> None:
    python = str(start.venv_python())
    assert start.test_command(["-k", "start"], 1) == [python, "-m", "pytest", "-k", "start"]
    assert start.test_command(["--all", "-x"], 1) == [python, "-m", "pytest", "-m", "", "-x"]


def test_the_whole_suite_is_spread_over_the_cores_and_a_choice_of_tests_is_not(start: ModuleType) -> None:
    for whole in ([], ["-q", "--all"], ["-x", "--durations=10"]):
        assert "-n 2 --dist loadfile" in " ".join(start.test_command(whole, 2))
    assert start.test_command([], 64)[4] == str(start.MOST_TEST_PROCESSES)
    for chosen in (["-k", "draft"], ["tests/ui"], ["tests/test_start.py::test_x"], ["-n", "3"], ["--pdb"]):
        assert "loadfile" not in start.test_command(chosen, 2)


@pytest.mark.parametrize(("arguments", "wanted"), [
    ([], True), (["-q"], True), (["tests"], True), (["tests/"], True), (["tests/e2e"], True),
    (["tests/test_start.py", "-q"], False), (["tests/test_start.py", "tests/e2e/test_build.py"], True)])
def test_a_browser_is_installed_only_for_tests_that_may_need_one(
        start: ModuleType, arguments: list[str], wanted: bool) -> None:
    assert start.wants_browser(arguments) is wanted


@pytest.mark.skipif(os.name == "nt", reason="programs are found by another rule on Windows")
def test_a_browser_on_the_machine_is_found_and_a_chosen_one_goes_first(start: ModuleType, tmp_path: Path) -> None:
    for name in ("chromium", "mine"):
        (tmp_path / name).touch(mode=0o755)
    assert start.find_browser({"PATH": str(tmp_path)}) == str(tmp_path / "chromium")
    chosen = {"PATH": str(tmp_path), "EXPLORER_BROWSER": str(tmp_path / "mine")}
    assert start.find_browser(chosen) == str(tmp_path / "mine")


def test_chrome_is_found_where_windows_keeps_it(start: ModuleType, tmp_path: Path) -> None:
    chrome = tmp_path / "Google" / "Chrome" / "Application" / "chrome.exe"
    chrome.parent.mkdir(parents=True)
    chrome.touch()
    assert start.find_browser({"PATH": "", "LocalAppData": str(tmp_path)}) == str(chrome)


def test_a_stop_is_one_line_and_no_traceback(start: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["--no-browser"]) == 1
    assert capsys.readouterr().err == "There is no app.py beside start.py: is this the whole Layerscope folder?\n"


def test_an_old_python_gets_a_sentence(
        start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(start.sys, "version_info", (3, 8, 1))
    assert start.main([]) == 1
    assert "needs Python 3.11 or newer; this is Python 3.8" in capsys.readouterr().err


def test_the_file_can_be_read_by_an_old_python() -> None:
    import ast

    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_two_starts_do_not_install_at_once(start: ModuleType) -> None:
    with start.alone(), open(SOURCE, "rb") as second:
        assert not start.lock(second)
    with open(SOURCE, "rb") as third:
        assert start.lock(third)


def test_a_signal_is_passed_on_as_shells_have_it(start: ModuleType) -> None:
    assert [start.exit_code(code) for code in (0, 5, -9)] == [0, 5, 137]
