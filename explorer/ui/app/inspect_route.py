"""The route by which a browser looks inside a run: questions about a step and an input, answered by probes.

It reads only, for whoever knows the run's address. What cannot be answered is one sentence, with its kind in a header,
as in `live_route`.
"""

from __future__ import annotations

import logging
import threading
from functools import cache, partial

from anyio import CapacityLimiter, create_task_group, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.document import DocumentError
from explorer.formatting import format_bytes
from explorer.spec import UnknownName
from explorer.text import Text, text
from explorer.training.records.checkpoints import DamagedFrame
from explorer.training.runs.missing import DELETED
from explorer.training.runs.store import RunDeleted, RunStore, UnknownRun
from explorer.ui.app.live_route import GONE, OTHER_VERSION, OUTDATED, REFUSED, answer_in_words
from explorer.ui.language import known_language, translator

NO_WEIGHTS = text("No weights have been kept yet.")
FAILED = text("This could not be computed. The server's log has the details.")

log = logging.getLogger(__name__)
LINE = "X-Inspect-Line"  # the kind of a sentence
PROBLEM, NOTE = "problem", "note"
_MOST_THREADS = 4
_LEFT = 499  # the status of an answer that nobody waits for, as nginx has it


async def look(request: Request) -> Response:
    """Answer one question."""
    from explorer.inspection.asked import MOST_BYTES
    from explorer.inspection.inspection_hub import PREPARE
    from explorer.inspection.prepare import MAX_FILE_BYTES, MOST_UPLOAD_BYTES

    is_upload = request.path_params["probe"] == PREPARE
    most_bytes = MOST_UPLOAD_BYTES if is_upload else MOST_BYTES
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            return _sentence(PROBLEM, _too_large(MAX_FILE_BYTES if is_upload else MOST_BYTES),
                             known_language(request.query_params.get("language", "en")))
    return await _answer_who_stays(request, bytes(body))


async def _answer_who_stays(request: Request, body: bytes) -> Response:
    """Answer off the event loop; the work ends where a browser has left, or asks something else meanwhile."""
    has_left = threading.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        has_left.set()

    async with create_task_group() as tasks:
        tasks.start_soon(watch)
        response = await to_thread.run_sync(_answer, request.path_params["run"], request.path_params["probe"], body,
                                            has_left, limiter=_threads())
        tasks.cancel_scope.cancel()
    return response


def _too_large(most_bytes: int) -> Text:
    return text("This input is too large to be sent: the limit is {limit}. Make it smaller first.",
                limit=format_bytes(most_bytes))


def _answer(run_id: str, probe: str, body: bytes, has_left: threading.Event) -> Response:
    """Answer a question; whatever is wrong becomes one sentence."""
    from explorer.inspection import VERSION, Asked
    from explorer.inspection.held_out import NO_SAMPLES
    from explorer.inspection.models import NoWeights
    from explorer.inspection.outcome import DAMAGED
    from explorer.probes import Canceled
    from explorer.spec import BadValue

    def report(share: float) -> None:
        if has_left.is_set():
            raise Canceled

    language = "en"
    try:
        asked = Asked.read(body)
        language = known_language(asked.language)
        if asked.version != VERSION:
            return _sentence(OUTDATED, OTHER_VERSION, language)
        answer = hub().answer(run_id, probe, asked, translator(language), report)
    except Canceled:
        return Response(status_code=_LEFT)
    except UnknownRun as error:
        return _sentence(GONE if RunStore.is_id(run_id) else REFUSED, error.sentence, language)
    except RunDeleted:
        return _sentence(GONE, DELETED, language)
    except (BadValue, UnknownName, DocumentError, *NO_SAMPLES) as error:
        return _sentence(PROBLEM, error.sentence, language)
    except DamagedFrame:
        return _sentence(PROBLEM, DAMAGED, language)
    except NoWeights:
        return _sentence(NOTE, NO_WEIGHTS, language)
    except Exception:
        log.exception("a question about a run could not be answered")
        return _sentence(PROBLEM, FAILED, language)
    if answer.sentence is not None:
        return _sentence(PROBLEM if answer.is_problem else NOTE, answer.sentence, language)
    return Response(answer.body, media_type="application/octet-stream",
                    headers={"Cache-Control": "no-store", "Content-Encoding": "identity"})


@cache
def hub():
    """Return the one Hub of this server; the first question imports torch."""
    from explorer.inspection import Hub

    return Hub()


@cache
def _threads() -> CapacityLimiter:
    return CapacityLimiter(_MOST_THREADS)


_sentence = partial(answer_in_words, LINE)


routes = tuple(Route(f"{base}/layerscope/inspect/{{run}}/{{probe}}", look, methods=["POST"])
               for base in ("", "/{base:path}"))
