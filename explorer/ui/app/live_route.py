"""The route by which a browser watches a run: read only, for whoever knows the run's address.

What cannot be answered is one sentence, with the reason in a header: a browser writes a status above 399 on its
console, and a run that was deleted is no error of the page. Streamlit puts no `server.baseUrlPath` before routes of
ours, and a proxy may strip it or not: so any path may lead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.document import DocumentError
from explorer.live import VERSION, Hub
from explorer.live.message import Message
from explorer.text import Text, text
from explorer.training.records.metrics import DamagedMetrics
from explorer.training.runs.missing import DELETED
from explorer.training.runs.store import RunDeleted, RunStore, UnknownRun
from explorer.ui.language import known_language, translator

OTHER_VERSION = text("Layerscope was updated while this page was open. Reload the page.")
DAMAGED = text("This run's metrics file is damaged and cannot be read.")
FAILED = text("This run could not be read. The server's log has the details.")

log = logging.getLogger(__name__)
hub = Hub()
_MOST_THREADS = 6
LINE = "X-Live-Line"  # why there will be no more answers
GONE, REFUSED, OUTDATED = "gone", "refused", "outdated"


async def numbers(request: Request) -> Response:
    """Answer with the run's numbers since the watcher's cursor."""
    return await _answer(request, lambda run, since, language: hub.numbers(run, since, translator(language)))


async def view(request: Request) -> Response:
    """Answer with the run's live view, where there is one newer than the watcher's."""
    return await _answer(request, lambda run, since, language: hub.view(run, since, language, translator(language)))


async def _answer(request: Request, make: Callable[[str, str, str], Message]) -> Response:
    """Make the message off the event loop; whatever is wrong becomes a status and one sentence."""
    asked = request.query_params
    language = known_language(asked.get("language", "en"))
    if asked.get("version") != str(VERSION):
        return _refuse(OUTDATED, OTHER_VERSION, language)
    try:
        message = await to_thread.run_sync(make, request.path_params["run"], asked.get("since", ""), language,
                                           limiter=_threads())
    except UnknownRun as error:
        return _refuse(GONE if RunStore.is_id(request.path_params["run"]) else REFUSED, error.sentence, language)
    except RunDeleted:
        return _refuse(GONE, DELETED, language)
    except DamagedMetrics:
        return _refuse(REFUSED, DAMAGED, language)
    except DocumentError as error:
        return _refuse(REFUSED, error.sentence, language)
    except Exception:  # a watcher asks again, ever more seldom
        log.exception("a run could not be read for those who watch it")
        return PlainTextResponse(translator(language)(FAILED), 500, {"Cache-Control": "no-store"})
    headers = {"X-Next-Ms": str(message.next_ms), "Cache-Control": "no-store",
               "Content-Encoding": "identity"}  # else Streamlit would compress a few hundred bytes of floats
    if message.body is None:
        return Response(status_code=204, headers=headers)
    return Response(message.body, media_type="application/octet-stream", headers=headers)


@cache
def _threads() -> CapacityLimiter:
    """Return the limit of our own: many who wait for one long run must not take the threads that pages need."""
    return CapacityLimiter(_MOST_THREADS)


def answer_in_words(header: str, line: str, sentence: Text, language: str) -> Response:
    """Answer with one sentence in the language of who asks, its kind in a header of the route's own."""
    return PlainTextResponse(translator(language)(sentence), headers={header: line, "Cache-Control": "no-store"})


_refuse = partial(answer_in_words, LINE)


routes = tuple(Route(f"{base}/layerscope/live/{{run}}/{endpoint.__name__}", endpoint, methods=["GET"])
               for base in ("", "/{base:path}") for endpoint in (numbers, view))
