"""The gate before Streamlit: which requests pass, and what the others are answered."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit import config

from explorer.ui.app import server

OPTIONS = ("server.address", "server.enableCORS", "server.corsAllowedOrigins", "server.allowedHosts",
           "browser.serverAddress")


@pytest.fixture
def configure():
    """`configure(server_address="0.0.0.0")`; without it, a server for this machine alone and nothing else set."""
    before = {name: config.get_option(name) for name in OPTIONS}

    def set_options(**options):
        for name, value in options.items():
            config.set_option(name.replace("_", ".", 1), value)

    set_options(server_address="127.0.0.1", server_enableCORS=True, server_corsAllowedOrigins=[],
                server_allowedHosts=[], browser_serverAddress="localhost")
    yield set_options
    for name, value in before.items():
        config.set_option(name, value)


def ask(kind="http", path="/", extensions=("websocket.http.response",), **headers):
    """What the gate sends for a request, and what it let through to the app behind it."""
    sent, passed = [], []
    scope = {"type": kind, "method": "GET", "path": path, "extensions": {name: {} for name in extensions}, "headers": [
        (name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]}

    async def app(scope, receive, send):
        passed.append(scope)

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as thread:  # in this one a browser's tests may have left a loop that runs
        thread.submit(asyncio.run, server.Gate(app)(scope, None, send)).result()
    return sent, passed


@pytest.mark.parametrize(("origin", "host"), [
    ("http://localhost:8501", "localhost:8501"),
    ("http://LocalHost:8501", "localhost:8501"),
    ("http://127.0.0.1:8501", "localhost:8501"),
    ("http://localhost:8501", "[::1]:8501"),
    ("http://[::1]:8501", "[::1]:8501"),
    ("http://[0:0:0:0:0:0:0:1]:8501", "127.0.0.1:8501"),
    ("http://example.org", "example.org"),
    ("http://example.org:80", "example.org"),
    ("https://hub.example", "hub.example"),  # a proxy that speaks TLS with the browser
    ("https://hub.example", "hub.example:443"),
    ("http://192.168.1.5:8501", "192.168.1.5:8501"),
    ("http://bücher.example:8501", "bücher.example:8501"),
])
def test_a_page_of_our_own_is_answered(configure, origin, host):
    assert server.is_own_origin(origin, host)


@pytest.mark.parametrize(("origin", "host"), [
    ("https://evil.example", "localhost:8501"),
    ("http://evil.example:8501", "localhost:8501"),
    ("http://localhost:3000", "localhost:8501"),  # another program's page on this machine
    ("http://localhost", "localhost:8501"),
    ("https://localhost:8501", "localhost:443"),
    ("http://localhost.evil.example:8501", "localhost:8501"),
    ("http://127.0.0.1.evil.example:8501", "127.0.0.1:8501"),
    ("http://localhost:8501@evil.example", "localhost:8501"),
    ("http://evil.example@localhost:8501", "localhost:8501"),
    ("http://localhost:8501/", "localhost:8501"),
    ("http://localhost:8501#", "localhost:8501"),
    ("http://localhost:8501 http://evil.example", "localhost:8501"),
    ("http://local\thost:8501", "localhost:8501"),
    ("http://localhost:99999", "localhost:8501"),
    ("http://localhost:port", "localhost:8501"),
    ("http://[::1:8501", "[::1]:8501"),
    ("http://[::2]:8501", "[::1]:8501"),
    ("ftp://localhost:8501", "localhost:8501"),
    ("file://", "localhost:8501"),
    ("localhost:8501", "localhost:8501"),
    ("null", "localhost:8501"),
    ("null", "null"),
    ("", ""),
    ("http://", ""),
    ("http://localhost:8501", ""),
    ("http://192.168.1.6:8501", "192.168.1.5:8501"),
])
def test_a_page_of_another_site_is_refused(configure, origin, host):
    assert not server.is_own_origin(origin, host)
    configure(browser_serverAddress="hub.example", server_corsAllowedOrigins=["https://course.example"])
    assert not server.is_own_origin(origin, host)


@pytest.mark.parametrize("options", [
    {"server_corsAllowedOrigins": ["https://course.example"]},
    {"server_corsAllowedOrigins": ["http://other.example", " https://course.example:9000 "]},
    {"browser_serverAddress": "course.example"},
    {"browser_serverAddress": "https://course.example/lab"},
    {"server_enableCORS": False},
])
def test_a_site_that_an_option_of_streamlit_allows_is_answered(configure, options):
    request = {"origin": "https://course.example", "host": "127.0.0.1:8501"}
    assert ask(**request)[1] == []
    configure(**options)
    assert ask(**request)[0] == []


@pytest.mark.parametrize(("host", "known"), [
    ("localhost:8501", True), ("LOCALHOST", True), ("localhost.", True), ("lab.localhost:8501", True),
    ("127.0.0.1:8501", True), ("127.8.8.8", True), ("[::1]:8501", True),
    ("192.168.1.5:8501", True),  # digits need no DNS, so nobody can rebind them
    ("evil.example:8501", False), ("localhost.evil.example", False), ("localhost@evil.example", False),
    ("localhost/evil.example", False), ("[evil]", False), ("", False),
])  # fmt: skip
def test_a_server_for_this_machine_alone_is_not_reached_by_a_foreign_name(configure, host, known):
    assert server.is_own_host(host) is known


@pytest.mark.parametrize("options", [
    {"server_address": "0.0.0.0"}, {"server_address": None}, {"server_allowedHosts": ["lab.example"]},
    {"browser_serverAddress": "lab.example"},
])  # fmt: skip
def test_a_name_is_known_once_an_option_says_so(configure, options):
    assert not server.is_own_host("lab.example:8501")
    configure(**options)
    assert server.is_own_host("lab.example:8501")


def test_a_proxy_on_this_machine_may_serve_us_under_its_own_name(configure):
    hub = {"host": "hub.example", "origin": "https://hub.example"}
    assert ask(**hub)[1] == []
    assert ask(**hub, x_forwarded_for="10.0.0.7")[0] == []
    assert ask(host="hub.example", forwarded="for=10.0.0.7")[0] == []
    evil = hub | {"origin": "https://evil.example"}
    assert ask(**evil, x_forwarded_for="10.0.0.7", x_forwarded_host="evil.example")[1] == []


def test_a_foreign_request_is_answered_with_one_plain_sentence(configure):
    start, body = ask(origin="https://evil.example", host="localhost:8501")[0]
    assert (start["type"], start["status"]) == ("http.response.start", 403)
    assert (b"content-type", b"text/plain; charset=utf-8") in start["headers"]
    assert body["body"].decode() == str(server.FOREIGN_SITE)


def test_a_second_origin_does_not_hide_behind_a_good_one(configure):
    headers = [(b"host", b"localhost:8501"), (b"origin", b"http://localhost:8501"), (b"origin", b"null")]
    assert server.find_objection(server.Headers(raw=headers)) == server.FOREIGN_SITE


def test_a_foreign_websocket_is_refused_before_it_is_accepted(configure):
    foreign = {"kind": "websocket", "path": "/_stcore/stream", "origin": "null", "host": "localhost:8501"}
    start, _ = ask(**foreign)[0]
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    [close] = ask(**foreign, extensions=())[0]
    assert (close["type"], close["code"]) == ("websocket.close", 1008)


def test_streamlit_does_not_judge_a_websocket_again(configure):
    request = {"origin": "http://localhost:8501", "host": "localhost:8501"}
    [page] = ask(**request)[1]
    [socket] = ask(kind="websocket", **request)[1]
    assert dict(page["headers"])[b"origin"] == b"http://localhost:8501"
    assert dict(socket["headers"]) == {b"host": b"localhost:8501"}


@pytest.mark.parametrize("path", [
    "/_stcore/metrics", "/_stcore/metrics/", "//_stcore//metrics//", "/lab/x/_stcore/metrics", "/lab//_stcore/metrics",
])  # fmt: skip
def test_the_metrics_are_hidden(configure, path):
    start, _ = ask(path=path, host="localhost:8501")[0]
    assert start["status"] == 404


@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health", "/_stcore/metrics_of_mine", "/metrics"])
def test_all_other_paths_pass(configure, path):
    assert ask(path=path, host="localhost:8501")[0] == []
