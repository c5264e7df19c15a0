"""Webhooks: brings notices to customers' servers, signed, until they are taken or their time is over.

A status callback tells what became of a message; a message webhook brings what a person wrote, and its answer (TwiML)
can reply; a statement tells what was done to a sender, as JSON. Notices are rows that several processes claim; one that
a process took and fell silent with is free again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import callbacks, twiml
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

_AT_ONCE = 100  # calls under way in one process
_FOR_ONE = 25  # of which for one account: a customer whose server is slow holds up no other
_HOPS = 4  # redirects in TwiML that are followed
_FIRST_WAITS = (5.0, 30.0, 120.0, 300.0, 900.0, 1800.0)  # seconds; then every hour

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
        self._process = process
        self._calls = calls
        self._on_reply = on_reply
        self._waits = waits(give_up_after)
        self._work = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
        self._signers = Signers(database, keys, clock)

    def nudge(self) -> None:
        """There may be something to do."""
        self._work.set()

    async def run(self) -> None:
        """Bring notices until cancelled."""
        try:
            while True:
                self._work.clear()
                try:
                    claimed = await self._claim()
                except StorageUnavailable as lost:
                    log.warning("webhooks wait: %s", lost)
                    claimed = 0
                if not claimed:
                    await self._rest()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await self._calls.close()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(1.0):
                await self._work.wait()
        except TimeoutError:
            return  # another process may have made a notice, or a retry is due

    async def _claim(self) -> int:
        """Take what there is room for, and begin to bring it. Returns how many were begun."""
        room = _AT_ONCE - len(self._running)
        if room <= 0:
            return 0
        now = self._clock.now()
        busy = Counter(self._running.values())

        def take(connection: Connection) -> list[Row[Any]]:
            rows = notices.claim(connection, "webhook", self._process, now, room)
            begun: list[Row[Any]] = []
            wait: list[Row[Any]] = []
            for row in rows:
                busy[row.account] += 1
                (begun if busy[row.account] <= _FOR_ONE else wait).append(row)
            notices.put_back(connection, [(r.account, r.id) for r in wait], now + timedelta(seconds=1))
            return begun

        rows = await self._database.write(take)
        for row in rows:
            task = asyncio.get_running_loop().create_task(self._bring(row))
            self._running[task] = row.account
            task.add_done_callback(self._finished)
        return len(rows)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._work.set()

    # --- one notice -----------------------------------------------------------------------------------------------

    async def _bring(self, row: Row[Any]) -> None:
        """Call, and settle what came of it. Nothing escapes: a broken notice must not stop the others."""
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

        while True:
            try:
                return await self._database.write(settle)
            except StorageUnavailable as lost:
                log.warning("notice %s stays claimed until storage is back: %s", row.id, lost)
                await self._clock.sleep(1.0)

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


def waits(give_up_after: float) -> tuple[float, ...]:
    """Seconds between tries, until `give_up_after` seconds are used up."""
    made: list[float] = []
    while sum(made) < give_up_after:
        made.append(_FIRST_WAITS[len(made)] if len(made) < len(_FIRST_WAITS) else 3600.0)
    return tuple(made)


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
