"""Additions to Streamlit's server: our own routes, a gate that refuses foreign requests, early imports."""

from __future__ import annotations

import importlib
import ipaddress
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketClose

from explorer.text import Text, text
from explorer.ui.app import inspect_route, live_route

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

FOREIGN_SITE = text("Layerscope does not answer other sites; to allow this one, list it in server.corsAllowedOrigins.")
FOREIGN_NAME = text("Layerscope does not answer under this address; to allow it, set browser.serverAddress to it.")
HIDDEN = text("This page does not exist.")

_DEFAULT_PORTS = {"http": 80, "https": 443}
_POLICY_VIOLATION = 1008


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Begin this import with the server: the first browser is still busy with Streamlit's own scripts meanwhile."""
    threading.Thread(target=_import_early, daemon=True, name="early-imports").start()
    yield


def _import_early() -> None:
    """Import what Streamlit needs for its first field. Nothing of ours: two threads must not meet in one package."""
    importlib.import_module("pandas")


class Gate:
    """The ASGI middleware around Streamlit that refuses other sites' requests and hides the metrics."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif objection := find_objection(headers := Headers(scope=scope)):
            log.warning(f"{objection} ({headers.get('host')!r}, {headers.get('origin')!r})")
            await _refuse(403, objection, scope, receive, send)
        elif is_metrics(scope["path"]):
            await _refuse(404, HIDDEN, scope, receive, send)
        else:
            await self.app(_without_origin(scope) if scope["type"] == "websocket" else scope, receive, send)


def find_objection(headers: Headers) -> Text | None:
    """Find the reason to refuse a request: another site's page sent it, or it came by a name that is not ours."""
    if not st.get_option("server.enableCORS"):
        return None
    host, origins = headers.get("host", ""), headers.getlist("origin")
    if not all(is_own_origin(origin, host) for origin in origins):
        return FOREIGN_SITE
    if not (is_own_host(host) or any(name.startswith(("x-forwarded-", "forwarded")) for name in headers)):
        return FOREIGN_NAME
    return None


def is_own_origin(origin: str, host: str) -> bool:
    """Decide whether a page from `origin` may talk to the server that it reached as `host`."""
    scheme = origin.partition("://")[0].lower()
    page, server = _address(origin), _address(f"{scheme}://{host}")
    if page is None:
        return False
    if page == server or page[0] in _configured_hosts():
        return True
    return server is not None and _is_loopback(page[0]) and _is_loopback(server[0]) and page[1] == server[1]


def is_own_host(host: str) -> bool:
    """Decide whether `host` can be a name of ours; of a server for this machine alone, only rebound DNS knows another.

    Digits cannot be rebound. Where `server.allowedHosts` is set, Streamlit itself decides.
    """
    if st.get_option("server.allowedHosts") or not _is_loopback(st.get_option("server.address") or ""):
        return True
    server = _address(f"http://{host}")
    return server is not None and (_is_digits(server[0]) or _is_loopback(server[0]) or server[0] in _configured_hosts())


def is_metrics(path: str) -> bool:
    """Recognize Streamlit's metrics below any base path, with slashes to spare."""
    return [part for part in path.split("/") if part][-2:] == ["_stcore", "metrics"]


def _address(url: str) -> tuple[str, int] | None:
    """Split `scheme://host:port` into host and port; None where it is anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    bare = url.lower() == f"{parts.scheme}://{parts.netloc}".lower() and "@" not in parts.netloc
    if not bare or not parts.hostname or parts.scheme not in _DEFAULT_PORTS:
        return None
    return parts.hostname.rstrip("."), port or _DEFAULT_PORTS[parts.scheme]


def _is_digits(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if _is_digits(host):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _configured_hosts() -> set[str | None]:
    """Collect the hosts that Streamlit's options name: this server's address and the sites it trusts, on any port."""
    address = st.get_option("browser.serverAddress")  # "localhost" until somebody sets it
    named = [*st.get_option("server.corsAllowedOrigins"), *([] if _is_loopback(address) else [address])]
    return {urlsplit(name if "://" in name else f"http://{name}").hostname for name in map(str.strip, named)}


def _without_origin(scope: Scope) -> Scope:
    """Leave the origin out, now that it is judged: Streamlit would ask a web service for this machine's address."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}


async def _refuse(status: int, sentence: Text, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        answer = WebSocketClose(_POLICY_VIOLATION, str(sentence))
    else:
        answer = PlainTextResponse(str(sentence), status)
    await answer(scope, receive, send)


routes: tuple[BaseRoute, ...] = (*live_route.routes, *inspect_route.routes)
middleware = (Middleware(Gate),)
