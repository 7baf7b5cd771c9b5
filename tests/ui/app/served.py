"""A request to the server's own routes, without a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import quote, unquote, urlencode

from starlette.applications import Starlette

from explorer.ui.app import server

FOREVER = 3600.0


def served(path: str, method: str = "GET", body: bytes = b"", leaves_s: float = FOREVER,
           **query: str) -> SimpleNamespace:
    """`status_code`, `headers`, `content` and `text` of what the server would send to one who leaves after a while."""
    sent, arriving = [], [{"type": "http.request", "body": body, "more_body": False}]
    app = Starlette(routes=list(server.routes))
    scope = {"type": "http", "method": method, "path": unquote(path), "raw_path": quote(path).encode(),
             "query_string": urlencode(query).encode(), "headers": [], "root_path": "", "scheme": "https"}

    async def send(message):
        sent.append(message)

    async def receive():
        if not arriving:
            await asyncio.sleep(leaves_s)
        return arriving.pop() if arriving else {"type": "http.disconnect"}

    with ThreadPoolExecutor(1) as thread:  # in this one a browser's tests may have left a loop that runs
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    content = b"".join(message.get("body", b"") for message in sent)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return SimpleNamespace(status_code=sent[0]["status"], headers=headers, content=content,
                           text=content.decode("utf-8", "replace"))
