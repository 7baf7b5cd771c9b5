"""Watchers of runs without a browser, for more of them than a machine carries as pages.

Each is a page's two halves: a client of the live route, and a session at Streamlit's websocket that clicks Train's
Projector switch now and then and, as a page does, draws again by itself the fragments that ask for it.

As a script: `live_clients.py URL SECONDS EVERY RUN ...` prints a line once all have their page, watches and clicks for
so many seconds, each session every so many, and prints what it measured as JSON.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE_S = 300
SWITCH = "Projector"


@dataclass
class Measured:
    """What all of them met. clicks_s, asks_s: how long each took; by_status: answers of the route."""

    clicks_s: list[float] = field(default_factory=list)
    asks_s: list[float] = field(default_factory=list)
    by_status: dict[int, int] = field(default_factory=dict)
    bytes: int = 0
    fragments: int = 0
    lost_clicks: int = 0


class Connection:
    """One connection that is kept alive, for one request at a time."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        self._streams = self._streams or await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
                     "Accept: */*\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n".encode())
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await self._read_chunks(reader) if headers.get("transfer-encoding") == "chunked" else \
            await reader.readexactly(int(headers.get("content-length", 0)))
        return int(status.split()[1]), headers, body

    async def _read_chunks(self, reader: asyncio.StreamReader) -> bytes:
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return body


async def watch(url: str, run: str, what: str, measured: Measured) -> None:
    """Asks for a run's numbers or its view, as often as the server lets it, until the run is over."""
    connection, since, over = Connection(url), "", False
    while not over:
        started = time.perf_counter()
        status, headers, body = await connection.get(
            f"/layerscope/live/{run}/{what}?version=1&language=en&since={quote(since)}")
        measured.asks_s.append(time.perf_counter() - started)
        measured.by_status[status] = measured.by_status.get(status, 0) + 1
        measured.bytes += len(body)
        if status == 200:
            meta = read_meta(gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body)
            since, over = meta.get("cursor", meta.get("stamp")), meta.get("end", False)
        await asyncio.sleep(int(headers.get("x-next-ms", 1000)) / 1000)


def read_meta(body: bytes) -> dict:
    head = json.loads(body[8:8 + int.from_bytes(body[:8], "little")])
    return json.loads(head["__metadata__"]["meta"])


class Person:
    """A session at Streamlit's websocket, on Train with a run open."""

    def __init__(self, url: str, run: str, measured: Measured) -> None:
        self._url, self._query, self._measured = f"ws{url.removeprefix('http')}/_stcore/stream", f"run={run}", measured
        self._page, self._switch, self._is_on = "", "", False
        self._known: set[str] = set()
        self._timers: dict[str, asyncio.Task] = {}
        self._whole = False  # whether the script that runs draws the whole page
        self.drawn = asyncio.Event()

    async def visit(self) -> None:
        """Connects and opens the page; goes on listening until canceled."""
        async with websockets.connect(self._url, subprotocols=["streamlit"], max_size=None, compression=None,
                                      open_timeout=PATIENCE_S, ping_interval=None) as self._socket:
            try:
                await self._run_script()
                async for message in self._socket:
                    self._take(ForwardMsg.FromString(message))
            finally:
                self._forget_timers(list(self._timers))

    async def click(self) -> None:
        """Switches the projector's size and waits until the whole page was drawn."""
        self._is_on, started = not self._is_on, time.perf_counter()
        self.drawn.clear()
        await self._run_script()
        try:
            await asyncio.wait_for(self.drawn.wait(), 60)
            self._measured.clicks_s.append(time.perf_counter() - started)
        except TimeoutError:
            self._measured.lost_clicks += 1

    async def _run_script(self, fragment: str = "") -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash, asked.page_name = self._query, self._page, "train"
        asked.fragment_id, asked.is_auto_rerun = fragment, bool(fragment)
        asked.cached_message_hashes.extend(self._known)
        asked.context_info.timezone, asked.context_info.locale = "UTC", "en-US"
        if self._switch:
            asked.widget_states.widgets.add(id=self._switch, bool_value=self._is_on)
        await self._socket.send(message.SerializeToString())

    def _take(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable:
            self._known.add(message.hash)
        match message.WhichOneof("type"):
            case "new_session":
                self._page, self._whole = message.new_session.page_script_hash, \
                    not message.metadata.run.fragment_ids
                if self._whole:
                    self._forget_timers(list(self._timers))
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "delta" if message.delta.new_element.checkbox.label == SWITCH:
                self._switch = message.delta.new_element.checkbox.id
            case "auto_rerun":
                asked = message.auto_rerun
                self._forget_timers([asked.fragment_id])
                self._timers[asked.fragment_id] = asyncio.create_task(self._repeat(asked.fragment_id, asked.interval))
            case "stop_auto_rerun":
                self._forget_timers(message.stop_auto_rerun.fragment_ids)
            case "script_finished" if self._whole and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.drawn.set()

    async def _repeat(self, fragment: str, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            self._measured.fragments += 1
            await self._run_script(fragment)

    def _forget_timers(self, fragments: list[str]) -> None:
        for fragment in fragments:
            if timer := self._timers.pop(fragment, None):
                timer.cancel()


async def click_on(person: Person, every_s: float) -> None:
    """Clicks again and again, at a time of its own."""
    await asyncio.sleep(random.random() * every_s)
    while True:
        due = time.perf_counter() + every_s
        await person.click()
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


def failures(tasks: list[asyncio.Task]) -> list[str]:
    return [repr(task.exception()) for task in tasks if task.done() and not task.cancelled() and task.exception()]


async def crowd(url: str, seconds: float, every_s: float, runs: list[str]) -> dict:
    """One watcher a run, named as often as it is to be watched; returns what they measured in these seconds."""
    measured = Measured()
    people = [Person(url, run, measured) for run in runs]
    tasks = [asyncio.create_task(person.visit()) for person in people]
    everybody = asyncio.gather(*(person.drawn.wait() for person in people))
    await asyncio.wait([everybody, *tasks], timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    if not everybody.done():
        raise RuntimeError(f"not everybody got a page: {failures(tasks) or 'it took too long'}")
    tasks += [asyncio.create_task(watch(url, run, what, measured)) for run in runs for what in ("numbers", "view")]
    await asyncio.sleep(2)  # the whole curves were sent once
    print("ready", flush=True)
    measured.__init__()
    started, used = time.perf_counter(), time.process_time()
    tasks += [asyncio.create_task(click_on(person, every_s)) for person in people]
    await asyncio.sleep(seconds)
    took = time.perf_counter() - started
    result = vars(measured) | {"seconds": took, "processor_s": time.process_time() - used}
    broken = failures(tasks)
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
    return result | {"broken": broken}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(crowd(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]))))
