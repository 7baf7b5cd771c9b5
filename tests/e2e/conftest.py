"""A real browser against a real server: `serve(script)` starts an app, `open_page(url)` visits it.

Whatever the visited pages say on the console as an error, or throw, fails the test that opened them.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from explorer.training import RunStore

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 300
ARGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

# What a browser asks for in vain: Streamlit looks for two addresses below a page's own first.
PROBED = re.compile(r"/(home|build|train|inspect|slow_motion)/_stcore/(health|host-config)$")
PATIENCE_MS = 120_000  # no test is about speed: a busy machine is waited for
playwright_api.expect.set_options(timeout=PATIENCE_MS)


def find_chromium() -> str | None:
    """$EXPLORER_BROWSER, as start.py sets it, or a browser on the path; None leaves the choice to playwright's own."""
    names = (os.environ.get("EXPLORER_BROWSER", ""), "chromium", "chromium-browser", "google-chrome",
             "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright_api.Browser]:
    """One headless Chromium for all tests; skips where there is none."""
    with playwright_api.sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=find_chromium(), args=ARGS)
        except playwright_api.Error as error:
            pytest.skip(f"no Chromium to be started: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`serve(script, "--theme.base=dark", ...)` -> url; the same call answers with the same server."""
    running: dict[tuple[str, ...], tuple[subprocess.Popen, str]] = {}

    def start(script: str | Path, *options: str, env: dict[str, str] | None = None) -> str:
        call = (str(script), *options, *(f"{k}={v}" for k, v in sorted((env or {}).items())))
        if call not in running:
            running[call] = start_server(Path(script), options, tmp_path_factory.mktemp("served"), env or {})
        return running[call][1]

    yield start
    for process, _ in running.values():
        stop_server(process)


@pytest.fixture(scope="session")
def profile(browser: playwright_api.Browser) -> Iterator[playwright_api.BrowserContext]:
    """The browser profile that the tests share, so that what every page of the app loads is loaded once."""
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def open_tab(browser, profile) -> Iterator[Callable[..., playwright_api.Page]]:
    """`open_tab(1440, 900)` -> an empty page of a browser that never met the app; with options in a profile of its own.

    At the test's end all are closed, and the shared profile forgets whom it was used by.
    """
    tabs, contexts = [], []

    def opened(width: int, height: int, color_scheme: str = "light", **options: object) -> playwright_api.Page:
        contexts.extend([browser.new_context(**options)] if options else [])
        page = (contexts[-1] if options else profile).new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme)
        page.set_default_timeout(PATIENCE_MS)
        tabs.append(page)
        return page

    yield opened
    visited = {urlsplit(page.url).netloc for page in tabs if page.context is profile} - {""}
    for page in tabs:
        page.close()
    for context in contexts:
        context.close()
    forget(profile, visited)


def forget(profile: playwright_api.BrowserContext, hosts: set[str]) -> None:
    """Take away what the pages of these servers left in the browser: cookies and stored values, not the cache."""
    page = profile.new_page()
    for host in hosts:
        page.goto(f"http://{host}/_stcore/health")
        page.evaluate("localStorage.clear()")
    page.close()
    profile.clear_cookies()


@pytest.fixture
def open_page(open_tab) -> Iterator[Callable[..., playwright_api.Page]]:
    """`open_page(url, width=1440, height=900, ...)` -> a page with the app rendered."""
    said = []

    def visit(url: str, width: int = 1440, height: int = 900, **options: object) -> playwright_api.Page:
        page = open_tab(width, height, **options)
        page.on("console", lambda message: message.type == "error" and said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"page: {error}"))
        page.goto(url)
        wait_until_idle(page)
        return page

    yield visit
    assert not said, said


@pytest.fixture(scope="session")
def app(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The server of all tests here, with a folder of runs: `url`, `store`, and `folder` to serve from once more.

    Every test comes with a browser that is new to it, and so sees runs and drafts of its own.
    """
    folder = tmp_path_factory.mktemp("app")
    process, url = start_server(ROOT / "app.py", (), folder, {})
    yield SimpleNamespace(url=url, store=RunStore(folder / "runs"), folder=folder)
    stop_server(process)
    shutil.rmtree(folder / "runs", ignore_errors=True)  # a worker that a failed test left behind ends with it


@pytest.fixture
def visit(open_tab) -> Iterator[Callable[..., playwright_api.Page]]:
    """`visit(url)` -> the page, idle. An error or a warning on its console, or a request to another machine, fails."""
    said = []

    def listen(page: playwright_api.Page) -> None:
        page.on("console", lambda message: said.append(f"{message.type}: {message.text} {message.location['url']}")
                if message.type in ("error", "warning") and not PROBED.search(message.location["url"]) else None)
        page.on("pageerror", lambda error: said.append(f"page: {error}"))
        page.on("request", lambda request: said.append(f"asks for {request.url}")
                if urlsplit(request.url).hostname not in ("127.0.0.1", "localhost", None) else None)
        page.on("websocket", lambda socket: said.append(f"talks to {socket.url}")
                if urlsplit(socket.url).hostname not in ("127.0.0.1", "localhost") else None)

    def open_page(url: str, width: int = 1440, height: int = 900, **options: object) -> playwright_api.Page:
        page = open_tab(width, height, **options)
        listen(page)
        page.goto(url)
        wait_until_idle(page)
        return page

    yield open_page
    assert not said, "\n".join(said)


def wait_until_idle(page: playwright_api.Page) -> None:
    """Waits until the app's script has run and the page shows its result."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def start_server(script: Path, options: tuple[str, ...], folder: Path, env: dict[str, str]) -> tuple:
    """A Streamlit server of its own, on a free loopback port if none is given, its runs in a folder: (process, url)."""
    port, base = value_of(options, "--server.port") or free_port(), value_of(options, "--server.baseUrlPath")
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", "--server.headless=true",
        "--server.address=127.0.0.1", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none", *options,
    ]  # fmt: skip
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    at_once = {"EXPLORER_RUNS_AT_ONCE": "8"}  # a run that one test leaves behind must not hold up the next
    environment = {**os.environ, "PYTHONPATH": paths, "EXPLORER_RUNS": str(folder / "runs"), **at_once, **env}
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}/{base}".rstrip("/")
    if not is_healthy(process, url):
        stop_server(process)
        raise RuntimeError(f"{script} did not start:\n{log.read_text()}")
    return process, url


def value_of(options: tuple[str, ...], name: str) -> str:
    return next((option.partition("=")[2] for option in options if option.startswith(f"{name}=")), "")


def is_healthy(process: subprocess.Popen, url: str) -> bool:
    """Waits for the server's own word; False when it ended or took too long."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.1)
    return False


def stop_server(process: subprocess.Popen) -> None:
    """Ends the server and what it started."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGTERM)
    else:
        process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
