"""What a customer is to be told: status callbacks, delivery reports for ESMEs, messages that people sent, and what is
stated of its standing (`statements`).

A notice is a row until the customer took it. Those for webhooks are drained by `webhooks.py`, those for SMPP here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.callbacks import CALL, FAX
from masstransit.carriage.channel import Inbound
from masstransit.carriage.fax.words import word_of
from masstransit.clock import Clock
from masstransit.errors import StorageUnavailable
from masstransit.model.communication import Communication, Kind
from masstransit.model.decision import Decision, Mode
from masstransit.model.sid import new_sid
from masstransit.storage import notices
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.notices")

_KEEP_FOR = timedelta(hours=72)  # an ESME that stays away longer than a long weekend has its log to read
_AT_ONCE = 200
_PAUSE = 5.0  # seconds between tries for an ESME that is not bound

#: What the SDKs' status callback says of a status; states that are not told are missing.
TOLD = frozenset({"queued", "scheduled", "sending", "sent", "delivered", "undelivered", "failed", "canceled"})
_FINAL = frozenset({"delivered", "undelivered", "failed", "canceled"})

BY_MAIL = "dsn"  #: the way of what a mail's sender is told by mail
_OUTCOMES = {"failed": "FAILURE", "undelivered": "FAILURE", "sent": "SUCCESS", "delivered": "SUCCESS"}


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery report or a person's message on its way to an ESME."""

    account: str
    sid: str
    mo: bool  #: a person's message; else a delivery report
    sender: str
    recipient: str
    text: str = ""
    state: str = ""  #: the SDKs' word
    error: int | None = None
    submitted_at: datetime
    done_at: datetime


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Where a customer's server fetches what came with a mail: signed, and for some days."""

    files: Sequence[tuple[str, str]] = ()  #: (URL, content type) of each, in their order
    source: str = ""  #: of the mail as it came; "": it is not kept


def row(at: datetime, **told: Any) -> dict[str, Any]:
    """A notice as its table has it, to be brought from now on: `account`, `id`, `way`, `target`, `body`, `about`."""
    return {**told, "attempts": 0, "ready_at": at, "expires_at": at + _KEEP_FOR, "claimed_by": None}


def of_call(
    at: datetime, *, account: str, url: str, method: str, params: Mapping[str, str], about: str
) -> dict[str, Any]:
    """A notice of something about calls: a customer's server is asked with these parameters."""
    parties = {name.lower(): params[name] for name in ("From", "To") if name in params}
    body = {"kind": CALL, "method": method, "params": params, **parties}
    return row(at, id=new_sid("NT"), account=account, way="webhook", target=url, body=body, about=about)


def wanted(mail: Communication, status: str) -> bool:
    """Whether a mail's sender wants to hear of a status by mail (RFC 3461 section 4.1)."""
    letter = mail.letter
    if letter is None or not letter.return_path or letter.notify == "NEVER":
        return False
    asked = letter.notify.split(",") if letter.notify else ["FAILURE"]
    return _OUTCOMES.get(status, "") in asked


class Receivers(Protocol):
    """The bound ESMEs, as the SMPP server has them."""

    def bound(self) -> Sequence[str]:
        """system_ids that have a receiver or transceiver here."""
        ...

    async def push(self, system_id: str, note: Note) -> bool:
        """True once the ESME took it (deliver_sm_resp with ESME_ROK)."""
        ...


class Notices:
    """Makes notices, and brings those for ESMEs to their binds."""

    def __init__(self, database: Database, clock: Clock, process: str) -> None:
        self._database = database
        self._clock = clock
        self._process = process
        self._work = asyncio.Event()
        self._listeners: list[Callable[[], None]] = [self._work.set]

    def listen(self, nudge: Callable[[], None]) -> None:
        """Have `nudge` called whenever there is something new (the webhook sender waits for it)."""
        self._listeners.append(nudge)

    def nudge(self) -> None:
        for listener in self._listeners:
            listener()

    def add(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Keep notices, in the transaction of what they tell."""
        notices.add(connection, rows)

    # --- making ---------------------------------------------------------------------------------------------------

    def of_status(
        self, communication: Communication, status: str, error: int | None, at: datetime, *, answered: bool = False
    ) -> list[dict[str, Any]]:
        """The notices that a change of status calls for: none, a callback, a delivery report, a mail to a mail's
        sender. `answered`: who handed it in learns it by the answer to that."""
        made: list[dict[str, Any]] = []
        if communication.kind is Kind.FAX:
            return self._of_fax(communication, status, error, at)
        if not answered and wanted(communication, status):
            body = {"kind": BY_MAIL, "status": status}
            made.append(self._row(communication, BY_MAIL, "", body, at))
        if communication.status_callback and status in TOLD:
            made.append(
                self._row(
                    communication,
                    "webhook",
                    communication.status_callback,
                    {
                        "kind": "status",
                        "sid": communication.id,
                        "status": status,
                        "error_code": error,
                        "from": communication.sender.text,
                        "to": communication.recipient.text,
                        "service": communication.service,
                    },
                    at,
                )
            )
        if communication.receipt and status in _FINAL:
            note = Note(
                account=communication.account,
                sid=communication.id,
                mo=False,
                sender=communication.sender.text,
                recipient=communication.recipient.text,
                state=status,
                error=error,
                submitted_at=communication.at,
                done_at=at,
            )
            made.append(self._row(communication, "smpp", communication.principal, msgspec.to_builtins(note), at))
        return made

    def _of_fax(self, fax: Communication, status: str, error: int | None, at: datetime) -> list[dict[str, Any]]:
        """That its pages are through is told once: when that is reported."""
        if not fax.status_callback or status not in TOLD - {"sent"}:
            return []
        body = {
            "kind": FAX,
            "sid": fax.id,
            "status": word_of(status, error),
            "error_code": error,
            "from": fax.sender.text,
            "to": fax.recipient.text,
            "pages": fax.pages,
        }
        return [self._row(fax, "webhook", fax.status_callback, body, at)]

    def of_message(
        self,
        inbound: Communication,
        *,
        webhook: dict[str, Any] | None,
        system_ids: Sequence[str],
        opt_out_type: str | None,
        at: datetime,
        media: Sequence[tuple[str, str]] = (),
    ) -> list[dict[str, Any]]:
        """The notices of a person's message: one for the number's webhook, one for each of the account's ESMEs."""
        made: list[dict[str, Any]] = []
        if webhook is not None:
            body = webhook | {
                "kind": "message",
                "sid": inbound.id,
                "from": inbound.sender.text,
                "to": inbound.recipient.text,
                "body": inbound.text,
                "service": inbound.service,
                "opt_out_type": opt_out_type,
                "media": [list(each) for each in media],  # (URL, content type)
            }
            made.append(self._row(inbound, "webhook", webhook["url"], body, at))
        note = Note(
            account=inbound.account,
            sid=inbound.id,
            mo=True,
            sender=inbound.sender.text,
            recipient=inbound.recipient.text,
            text=inbound.text,
            submitted_at=inbound.at,
            done_at=at,
        )
        made.extend(self._row(inbound, "smpp", system_id, msgspec.to_builtins(note), at) for system_id in system_ids)
        return made

    def of_mail(  # noqa: PLR0917 - the mail, as it came and as it was judged
        self,
        mail: Communication,
        inbound: Inbound,
        route: Row[Any],
        decision: Decision,
        opt_out_type: str | None,
        links: Links,
        at: datetime,
    ) -> list[dict[str, Any]]:
        """The notice of a mail, for the server that its route names; where it names none, the log has it."""
        if not route.url:
            return []
        body = {
            "kind": "mail",
            "method": route.method,
            "fallback": route.fallback_url or None,
            "sid": mail.id,
            "from": mail.sender.text,
            "to": mail.recipient.text,
            "letter": msgspec.to_builtins(mail.letter),
            "authentication": msgspec.to_builtins(mail.authentication),
            "body": mail.text,
            "html": inbound.html,
            "headers": inbound.headers,
            "files": [
                {"name": file.name, "content_type": file.content_type, "size": file.size, "url": url}
                for file, (url, _) in zip(mail.attachments, links.files, strict=True)
            ],
            "source": links.source,
            "flags": [finding.rule for finding in decision.findings if finding.mode is Mode.ENFORCED],
            "opt_out_type": opt_out_type,
        }
        return [self._row(mail, "webhook", route.url, body, at)]

    def _row(self, about: Communication, way: str, target: str, body: Any, at: datetime) -> dict[str, Any]:
        return row(at, account=about.account, id=new_sid("NT"), way=way, target=target, body=body, about=about.id)

    # --- bringing to ESMEs ----------------------------------------------------------------------------------------

    async def run(self, receivers: Receivers) -> None:
        """Bring notices to bound ESMEs until cancelled."""
        while True:
            try:
                brought = await self._round(receivers)
            except StorageUnavailable as lost:
                log.warning("notices wait: %s", lost)
                brought = 0
            if brought < _AT_ONCE:
                await self._rest()

    async def _rest(self) -> None:
        self._work.clear()
        try:
            async with asyncio.timeout(1.0):
                await self._work.wait()
        except TimeoutError:
            return  # look again: another process may have made one

    async def _round(self, receivers: Receivers) -> int:
        bound = tuple(receivers.bound())
        if not bound:
            return 0
        now = self._clock.now()
        rows = await self._database.write(
            lambda c: notices.claim(c, "smpp", self._process, now, _AT_ONCE, targets=bound)
        )
        if not rows:
            return 0
        taken = await asyncio.gather(
            *(receivers.push(row.target, msgspec.convert(row.body, Note)) for row in rows), return_exceptions=True
        )
        done = [(row.account, row.id) for row, took in zip(rows, taken, strict=True) if took is True]
        left = [(row.account, row.id) for row, took in zip(rows, taken, strict=True) if took is not True]
        again = self._clock.now() + timedelta(seconds=_PAUSE)

        def settle(connection: Connection) -> None:
            notices.drop(connection, done)
            notices.put_back(connection, left, again)

        await self._settle(settle)
        return len(done)

    async def _settle(self, settle: Callable[[Connection], None]) -> None:
        """However long the database takes: what was taken is not brought again."""
        while True:
            try:
                return await self._database.write(settle)
            except StorageUnavailable as lost:
                log.warning("what ESMEs took waits to be stored: %s", lost)
                await asyncio.sleep(1.0)
