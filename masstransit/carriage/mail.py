"""Mail: tells a customer's contacts what is stated of its standing and its numbers (`statements`), as webhooks do.

A mail is on record in the transaction of what it tells: as a row of `notices`, which is worked off as theirs are
(`rounds`), and as a row of `mails`, which stays and says what came of it. What waits for one mailbox goes in one
letter.

Whom a relay refuses for good is passed over from then on, until the contact is saved again, and the next one who is
named is told in their place at once; so is the next where a mailbox only says "later" for twenty hours (rulebook R:
within 24 hours). What came of each mail about a number stands in its case.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage import contacts, letters
from masstransit.carriage.contacts import RECLAMATION
from masstransit.carriage.notices import row as notice
from masstransit.carriage.relay import NoRelay, NotNow, RefusedForGood, Relay
from masstransit.carriage.rounds import Bounds, Load, Rounds, waits
from masstransit.clock import Clock
from masstransit.ledger import Ledger
from masstransit.model.address import EmailAddress
from masstransit.model.sid import new_sid
from masstransit.storage import alerts, mails, notices, reclamations
from masstransit.storage import contacts as stored_contacts
from masstransit.storage.engine import Database

log = logging.getLogger("masstransit.mail")

WAY = "mail"
UNDELIVERED = 60610  #: the debugger's code of a mail that does not get to its contact
NO_RELAY = "the operator has named no mail relay"
NOBODY = "nobody is told by mail: the account names no contact"
_HOUSE = "mail"  # who says so in a case
_BOUNDS = Bounds(at_once=4, for_one=2, in_load=50, rest=5.0)
_FIRST_WAITS = (60.0, 300.0, 900.0, 1800.0)  # seconds: RFC 5321 section 4.5.4.1 asks for patience
_TELL_ANOTHER_AFTER = timedelta(hours=20)  # tries are an hour apart: so somebody is told within 24 hours


#: A row of `mails`, and the statement that it tells.
Told: TypeAlias = tuple[Row[Any], dict[str, Any]]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail tells, as its notice carries it."""

    use: str
    contact: str  #: CT...
    name: str
    instead_of: str = ""  #: masked
    event: dict[str, Any]  #: the statement as its customer is told it


# --- making -----------------------------------------------------------------------------------------------------------


def queue(  # noqa: PLR0917 - what is told to whom
    connection: Connection, account: str, use: str, event: dict[str, Any], about: str, at: datetime
) -> None:
    """Have a statement told to whom the account names for this use, in the transaction that keeps it."""
    chosen = contacts.told(connection, account, use)
    if not chosen and use == RECLAMATION:
        reclamations.log(connection, about, "mail", NOBODY, by=_HOUSE, at=at)
    for contact in chosen:
        entry = Entry(use=use, contact=contact.contact, name=contact.name, event=event)
        _add(connection, account, contact.address, entry, about, at)


def _add(  # noqa: PLR0917 - one mail
    connection: Connection, account: str, address: str, entry: Entry, about: str | None, at: datetime
) -> str:
    """One mail to one contact; its name."""
    sid = new_sid("ML")
    body = msgspec.to_builtins(entry)
    notices.add(connection, [notice(at, account=account, id=sid, way=WAY, target=address, body=body, about=about)])
    row = {"account": account, "mail": sid, "statement": entry.event["sid"], "about": about, "use": entry.use}
    whom = {"contact": entry.contact, "address": address, "instead_of": entry.instead_of}
    mails.add(connection, [row | whom | {"state": mails.WAITS, "answer": "", "alternate": None, "at": at}])
    return sid


# --- what came of one -------------------------------------------------------------------------------------------------


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The end of mails."""

    state: str  #: taken | refused | late | unsent
    answer: str  #: the relay's, or ours
    at: datetime
    of_letter: bool = False  #: what was refused is what it said, not its address

    @property
    def lost(self) -> bool:
        """Whether they did not get to their contact, who had an address."""
        return self.state in _LOST


_LOST = frozenset({mails.REFUSED, mails.LATE})
_IN_WORDS = {
    mails.TAKEN: "the relay took it",
    mails.REFUSED: "refused for good",
    mails.LATE: "given up",
    mails.UNSENT: "not sent",
}


def ended(connection: Connection, ledger: Ledger, told: Sequence[Told], outcome: Outcome) -> None:
    """Note the end of mails to one mailbox. Where they did not get there their customer reads so, and who is named
    next is told instead."""
    for mail, _ in told:
        values = {"state": outcome.state, "answer": outcome.answer[:256], "settled_at": outcome.at}
        mails.change(connection, mail.account, mail.mail, **values)
        said = {"statement": mail.statement, "to": _masked(mail), "state": outcome.state, "answer": outcome.answer}
        ledger.record(connection, mail.account, "mail", mail.mail, said, outcome.at)
        _in_case(connection, mail, f"{_IN_WORDS[outcome.state]}: {outcome.answer}", outcome.at)
    if not told or not outcome.lost:
        return
    first = told[0][0]
    if outcome.state == mails.REFUSED and not outcome.of_letter:
        stored_contacts.refused(connection, first.account, first.address, outcome.at, outcome.answer)
    text = (
        f"Mail to your contact {_masked(first)} does not get there ({outcome.answer}). Put it right: /account/contacts"
    )
    alerts.add(connection, [alerts.alert(first.account, UNDELIVERED, text, outcome.at, about=first.about)])
    for mail, event in told:
        _tell_another(connection, mail, event, outcome.at)


def _masked(mail: Row[Any]) -> str:
    return EmailAddress(mail.address).masked


def _in_case(connection: Connection, mail: Row[Any], said: str, at: datetime) -> None:
    if mail.use == RECLAMATION:
        to = f"to {_masked(mail)}" + (f" instead of {mail.instead_of}" if mail.instead_of else "")
        reclamations.log(connection, mail.about, "mail", f"{to}: {said}", by=_HOUSE, at=at)


def _tell_another(connection: Connection, mail: Row[Any], event: dict[str, Any], at: datetime) -> None:
    """Tell the next one in place of whom a mail does not reach, once; who was told already hears that the other was
    not."""
    if mail.alternate is not None:
        return
    sent = mails.of_statement(connection, mail.account, mail.statement)
    lost = {each.address for each in sent if each.state in _LOST} | {mail.address}
    heard = {each.address for each in sent if each.instead_of == _masked(mail)}
    named = contacts.named_for(connection, mail.account, mail.use)
    left = [row for row in named if row.refused_at is None and row.address not in lost | heard]
    if not left:
        _in_case(connection, mail, "nobody else is named who could be told by mail", at)
        return
    told = {each.address for each in sent}
    chosen = next((row for row in left if row.address not in told), left[0])
    entry = Entry(use=mail.use, contact=chosen.contact, name=chosen.name, instead_of=_masked(mail), event=event)
    alternate = _add(connection, mail.account, chosen.address, entry, mail.about, at)
    mails.change(connection, mail.account, mail.mail, alternate=alternate)


# --- sending ----------------------------------------------------------------------------------------------------------


class Mail:
    """The sender. `run` works until cancelled; `nudge` tells it that there is something new."""

    def __init__(
        self,
        *,
        database: Database,
        ledger: Ledger,
        clock: Clock,
        process: str,
        relay: Relay | None,
        base_url: str,
        give_up_after: float = 432_000.0,
    ) -> None:
        """Without a `relay` what is to be sent is noted as not sent."""
        self.base_url = base_url  #: of the pages to which letters lead
        self._ledger = ledger
        self._clock = clock
        self._relay = relay
        self._waits = waits(give_up_after, _FIRST_WAITS)
        self._keep_for = timedelta(seconds=give_up_after)
        self._rounds = Rounds(
            database=database,
            clock=clock,
            process=process,
            way=WAY,
            bring=self._bring,
            together=lambda row: (row.target, row.body["instead_of"]),
            bounds=_BOUNDS,
        )

    @property
    def busy(self) -> bool:
        """Whether a letter is under way."""
        return self._rounds.busy

    def nudge(self) -> None:
        """There may be something to do."""
        self._rounds.nudge()

    async def run(self) -> None:
        """Send mail until cancelled."""
        await self._rounds.run()

    async def _bring(self, load: Load) -> None:
        """Hand one letter over, and settle what came of it."""
        name = load[0].id
        try:
            answer = await self._sent(load)
        except NoRelay as none:
            settle = self._ended(load, mails.UNSENT, str(none))
        except RefusedForGood as refused:
            log.warning("mail %s was refused for good: %s", name, refused)
            settle = self._ended(load, mails.REFUSED, str(refused), of_letter=refused.of_letter)
        except NotNow as later:
            log.warning("mail %s waits: %s", name, later)
            settle = self._later(load, str(later), of_mailbox=later.of_mailbox)
        except Exception:
            log.exception("mail %s could not be written", name)
            settle = self._later(load, "it could not be written", of_mailbox=False)
        else:
            settle = self._ended(load, mails.TAKEN, answer)
        await self._rounds.settle(settle, f"mail {name}")

    async def _sent(self, load: Load) -> str:
        """The relay's answer. Raises `NoRelay`, `RefusedForGood` and `NotNow`."""
        if self._relay is None:
            raise NoRelay(NO_RELAY)
        first = load[0]
        letter = letters.Letter(
            sender=self._relay.sender,
            address=first.target,
            name=first.body["name"],
            account=first.account,
            events=[row.body["event"] for row in load],
            instead_of=first.body["instead_of"],
            base_url=self.base_url,
            at=self._clock.now(),
        )
        return await self._relay.take(letters.mail(letter), first.target)

    def _ended(self, load: Load, state: str, answer: str, *, of_letter: bool = False) -> Callable[[Connection], None]:
        outcome = Outcome(state=state, answer=answer, at=self._clock.now(), of_letter=of_letter)

        def settle(connection: Connection) -> None:
            told = [(mail, row.body["event"]) for row, mail in _mails(connection, load)]
            ended(connection, self._ledger, told, outcome)
            notices.drop(connection, [(row.account, row.id) for row in load])

        return settle

    def _later(self, load: Load, answer: str, *, of_mailbox: bool) -> Callable[[Connection], None]:
        """It is tried again until its time is over; where it is the mailbox's trouble, somebody else is told too."""
        now = self._clock.now()

        def settle(connection: Connection) -> None:
            over: list[Told] = []
            for row, mail in _mails(connection, load):
                again = now + timedelta(seconds=self._wait(row.attempts))
                if again >= mail.at + self._keep_for:
                    over.append((mail, row.body["event"]))
                    notices.drop(connection, [(row.account, row.id)])
                    continue
                mails.change(connection, mail.account, mail.mail, answer=answer[:256])
                if of_mailbox and now - mail.at >= _TELL_ANOTHER_AFTER:
                    _tell_another(connection, mail, row.body["event"], now)
                notices.put_back(connection, [(row.account, row.id)], again)
            ended(connection, self._ledger, over, Outcome(state=mails.LATE, answer=answer, at=now))

        return settle

    def _wait(self, attempts: int) -> float:
        """Seconds until the next try, spread by a fifth so that a relay is not asked for everything at once."""
        return self._waits[min(max(attempts, 1), len(self._waits)) - 1] * random.uniform(0.8, 1.2)


def _mails(connection: Connection, load: Load) -> Sequence[tuple[Row[Any], Row[Any]]]:
    """Each notice with its mail, in the order of what they are about: so all loads lock cases in the same order."""
    found = ((row, mails.find(connection, row.account, row.id)) for row in load)
    pairs = [(row, mail) for row, mail in found if mail is not None]
    return sorted(pairs, key=lambda pair: str(pair[1].about))
