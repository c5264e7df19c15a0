"""Webhooks: brings notices to customers' servers, signed, until they are taken or their time is over.

A status callback tells what became of a message; a message webhook brings what a person wrote, and its answer (TwiML)
can reply; a statement tells what was done to a sender, as JSON. How they are claimed and tried again is in `rounds`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import callbacks, twiml
from masstransit.carriage.rounds import Load, Rounds, waits
from masstransit.carriage.signers import Signers
from masstransit.carriage.statements import STATEMENT
from masstransit.carriage.webcalls import Heard, Unreachable, WebCalls
from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable
from masstransit.model.sid import new_sid
from masstransit.storage import alerts, notices, statements, webhook_attempts
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

log = logging.getLogger("masstransit.webhooks")

_HOPS = 4  # redirects in TwiML that are followed

OnReply = Callable[[Row[Any], Sequence[twiml.Reply]], Awaitable[None]]


class _Trouble(msgspec.Struct, frozen=True):
    """Why a notice was not taken, as an alert says it."""

    code: int
    sentence: str
    url: str
    again: bool = True


class _Errand(msgspec.Struct, frozen=True):
    """A notice that is being brought, and the calls that were made for it so far."""

    row: Row[Any]
    attempts: list[dict[str, Any]] = []


class Webhooks:
    """The sender. `run` works until cancelled; `nudge` tells it that there is something new."""

    def __init__(
        self,
        *,
        database: Database,
        keys: Keys,
        clock: Clock,
        process: str,
        calls: WebCalls,
        on_reply: OnReply,
        give_up_after: float = 86_400.0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._calls = calls
        self._on_reply = on_reply
        self._waits = waits(give_up_after)
        self._rounds = Rounds(database=database, clock=clock, process=process, way="webhook", bring=self._bring)
        self._signers = Signers(database, keys, clock)

    def nudge(self) -> None:
        """There may be something to do."""
        self._rounds.nudge()

    @property
    def busy(self) -> bool:
        """Whether a call is under way."""
        return self._rounds.busy

    async def run(self) -> None:
        """Bring notices until cancelled."""
        try:
            await self._rounds.run()
        finally:
            await self._calls.close()

    # --- one notice -----------------------------------------------------------------------------------------------

    async def _bring(self, load: Load) -> None:
        """Call, and settle what came of it."""
        (row,) = load
        errand = _Errand(row)
        try:
            troubles = await self._call(errand)
        except StorageUnavailable as lost:
            log.warning("notice %s is left to be claimed again: %s", row.id, lost)
            await self._settle(errand, [], again=True)
            return
        except Exception:
            log.exception("notice %s could not be brought", row.id)
            troubles = [_Trouble(11200, "This notice could not be brought", row.target)]
        await self._settle(errand, troubles, again=any(trouble.again for trouble in troubles))

    async def _settle(self, errand: _Errand, troubles: Sequence[_Trouble], *, again: bool) -> None:
        now, row = self._clock.now(), errand.row
        later = now + timedelta(seconds=self._wait(row.attempts)) if row.attempts <= len(self._waits) else None
        retried = again and later is not None and later < row.expires_at
        told = troubles if not retried or row.attempts == 1 else ()

        def settle(connection: Connection) -> None:
            webhook_attempts.add(connection, errand.attempts)
            if told:
                alerts.add(connection, [_alert(row, trouble, now, gone=not retried) for trouble in told])
            if retried and later is not None:
                notices.put_back(connection, [(row.account, row.id)], later)
            else:
                notices.drop(connection, [(row.account, row.id)])
            if not troubles and row.body.get("kind") == STATEMENT:
                statements.taken(connection, row.account, row.id, now)

        await self._rounds.settle(settle, f"notice {row.id}")

    def _wait(self, attempts: int) -> float:
        """Seconds until the next try, spread by a fifth so that customers' servers are not all called at once."""
        return self._waits[max(attempts, 1) - 1] * random.uniform(0.8, 1.2)

    async def _call(self, errand: _Errand) -> list[_Trouble]:
        """Call the notice's URL, and where that fails its fallback. Returns what went wrong; nothing: it was taken."""
        row = errand.row
        body: dict[str, Any] = row.body
        params = callbacks.params(row)
        heard = await self._ask(errand, row.target, str(body.get("method") or "POST"), params)
        if isinstance(heard, _Trouble):
            fallback = body.get("fallback")
            if not fallback:
                return [heard]
            more = {"ErrorCode": str(heard.code), "ErrorUrl": row.target}
            second = await self._ask(errand, fallback, "POST", params | more)
            if isinstance(second, _Trouble):
                return [heard, second]
            return [msgspec.structs.replace(heard, again=False), *await self._hear(errand, second, fallback, params)]
        return await self._hear(errand, heard, row.target, params)

    async def _ask(self, errand: _Errand, url: str, method: str, params: dict[str, str]) -> Heard | _Trouble:
        """One signed request; an answer that is none is trouble."""
        row, began = errand.row, self._clock.now()
        signer = await self._signers.of(row.account)
        made = callbacks.made(row, url, method, params)
        headers = {**made.headers, **made.signature(signer.token, row.account, signer.algorithm)}
        try:
            heard: Heard | _Trouble = await self._calls.call(made.method, made.url, headers, made.body)
        except Unreachable as lost:
            heard = _Trouble(11205 if "within" in str(lost) else 11200, str(lost), made.url)
        took = self._clock.now() - began
        errand.attempts.append(_attempt(row, url, made.method, heard, began, took))
        if isinstance(heard, Heard) and not 200 <= heard.status < 300:
            return _Trouble(11200, f"HTTP status {heard.status}", made.url)
        return heard

    async def _hear(self, errand: _Errand, heard: Heard, url: str, params: dict[str, str]) -> list[_Trouble]:
        """What the answer to a person's message says; the answer to a status callback says nothing."""
        row = errand.row
        if row.body.get("kind") != "message":
            return []
        replies: list[twiml.Reply] = []
        troubles: list[_Trouble] = []
        for _ in range(_HOPS):
            document = twiml.read(heard.body, heard.content_type)
            troubles += [_Trouble(c.code, c.sentence, url, again=False) for c in document.complaints]
            replies += [verb for verb in document.verbs if isinstance(verb, twiml.Reply)]
            onward = next((verb for verb in document.verbs if isinstance(verb, twiml.Redirect)), None)
            if onward is None:
                break
            url = urljoin(url, onward.url)
            asked = await self._ask(errand, url, onward.method, params)
            if isinstance(asked, _Trouble):
                troubles.append(msgspec.structs.replace(asked, again=False))
                break
            heard = asked
        if replies:
            base = url
            await self._on_reply(row, [_absolute(reply, base) for reply in replies])
        return troubles


def _attempt(  # noqa: PLR0917 - what was asked, and what came of it
    row: Row[Any], url: str, method: str, heard: Heard | _Trouble, at: datetime, took: timedelta
) -> dict[str, Any]:
    """A call as it is kept: nothing of what was said, nor of what the server answered but its status."""
    status = heard.status if isinstance(heard, Heard) else None
    failed = f"HTTP status {status}" if status is not None and not 200 <= status < 300 else ""
    return {
        "account": row.account,
        "attempt": new_sid("WA"),
        "at": at,
        "notice": row.id,
        "about": row.about,
        "method": method,
        "url": callbacks.as_seen(url)[:2048],
        "status": status,
        "error": failed or (heard.sentence[:256] if isinstance(heard, _Trouble) else ""),
        "took": took // timedelta(milliseconds=1),
    }


def _absolute(reply: twiml.Reply, base: str) -> twiml.Reply:
    if not reply.status_callback:
        return reply
    return msgspec.structs.replace(reply, status_callback=urljoin(base, reply.status_callback))


def _alert(row: Row[Any], trouble: _Trouble, now: datetime, *, gone: bool) -> dict[str, Any]:
    return alerts.alert(
        row.account,
        trouble.code,
        f"{trouble.sentence}{'' if not gone or not trouble.again else '; it is not tried again'}",
        now,
        about=row.about,
        level="error" if trouble.code < 12200 or trouble.code == 12300 else "warning",
        attrs={
            "request_url": callbacks.as_seen(trouble.url),
            "request_method": str(row.body.get("method") or "POST"),
            "attempts": row.attempts,
            "notice": row.id,
        },
    )
