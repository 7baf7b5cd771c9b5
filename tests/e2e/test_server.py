"""The server as browsers and other programs meet it, at the root and below a path."""

from __future__ import annotations

import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from explorer.ui.app.server import FOREIGN_NAME, FOREIGN_SITE
from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.e2e
EVIL, TRUSTED = "https://evil.example", "https://course.example"
LOOKUP_S = 3  # Streamlit gives up after 1 s, twice


@pytest.fixture(scope="module")
def outside() -> Iterator[SimpleNamespace]:
    """A proxy for all that a server asks of the internet: `address`, and what was `asked` of it, in vain."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def listen() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(200).decode())
        threading.Thread(target=listen, daemon=True).start()
        yield SimpleNamespace(address=f"http://127.0.0.1:{listener.getsockname()[1]}", asked=asked)


@pytest.fixture(scope="module")
def start(serve, outside) -> Callable[..., str]:
    def start_server(script: str, *options: str) -> str:
        env = dict.fromkeys(("http_proxy", "https_proxy"), outside.address) | {"no_proxy": ""}
        return serve(ROOT / script, f"--server.corsAllowedOrigins={TRUSTED}", *options, env=env)
    return start_server


@pytest.fixture(scope="module", params=("", "lab/x"), ids=("root", "base_path"))
def url(request, start) -> str:
    return start("app.py", *([f"--server.baseUrlPath={request.param}"] if request.param else []))


def get(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def shake_hands(url: str, origin: str | None, **headers: str) -> tuple[int, str]:
    """Open the websocket of a Streamlit page; the status and the words of a refusal."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    try:
        with connect(address, origin=origin, additional_headers=headers, subprotocols=["streamlit"], proxy=None):
            return 101, ""
    except InvalidStatus as refused:
        return refused.response.status_code, refused.response.body.decode()


def test_the_first_visit_may_be_a_deep_link(url, visit):
    for path, heading in (("build", "^Build"), ("train", "^Train"), ("", "^Layerscope"), ("slow_motion", "^Slow")):
        page = visit(f"{url}/{path}")
        expect(page.get_by_role("heading", name=re.compile(heading))).to_be_visible()


def test_another_site_is_refused(url):
    assert get(f"{url}/", Origin=EVIL) == (403, str(FOREIGN_SITE))
    assert get(f"{url}/_stcore/health", Origin="null") == (403, str(FOREIGN_SITE))
    assert shake_hands(url, EVIL) == (403, str(FOREIGN_SITE))
    assert shake_hands(url, "null") == (403, str(FOREIGN_SITE))


def test_our_own_pages_and_the_sites_we_trust_are_answered(url):
    own = "http://{0.hostname}:{0.port}".format(urlsplit(url))
    for origin in (None, own, own.replace("127.0.0.1", "localhost"), own.replace("127.0.0.1", "[::1]"), TRUSTED):
        assert get(f"{url}/", **({"Origin": origin} if origin else {}))[0] == 200
        assert shake_hands(url, origin)[0] == 101


def test_a_rebound_name_is_refused_and_a_proxy_is_answered(url):
    assert get(f"{url}/", Host="evil.example") == (403, str(FOREIGN_NAME))
    assert get(f"{url}/", Host="hub.example", **{"X-Forwarded-For": "10.0.0.7"})[0] == 200


@pytest.mark.parametrize("path", ("_stcore/metrics", "_stcore/metrics/", "_stcore/%6Detrics", "_stcore//metrics",
                                  "/_stcore/metrics", "%5fstcore%2fmetrics"))
def test_the_metrics_are_hidden(url, path):
    status, words = get(f"{url}/{path}")
    assert status == 404
    assert "TYPE" not in words


def test_no_visit_makes_the_server_look_up_its_public_address(start, outside):
    """A plain Streamlit app does look it up, which shows that this test would notice."""
    guarded, plain = start("app.py"), start("tests/e2e/harness/waves.py")
    outside.asked.clear()
    for origin in (EVIL, "null", TRUSTED):
        shake_hands(guarded, origin)
    time.sleep(LOOKUP_S)
    assert outside.asked == []
    assert shake_hands(plain, EVIL)[0] == 403
    assert any("checkip" in request for request in outside.asked)
