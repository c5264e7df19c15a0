"""Numbers, by the command line: what becomes of them, what stands in the way, and people's words on it."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import secrets
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit import app, chores, config
from masstransit.carriage import caller_ids as letters
from masstransit.carriage import inventory, reclamation
from masstransit.carriage.daily import Daily
from masstransit.carriage.overturning import Word
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands, left_out, progress
from masstransit.edition import clauses_of
from masstransit.errors import BadInput, NotFound
from masstransit.ledger import Ledger
from masstransit.model.address import E164, parse
from masstransit.office.papers import day
from masstransit.office.record import on_record, surveyed
from masstransit.policy.number_reclamation import NumberReclamation
from masstransit.storage import caller_ids, number_holds, number_usage, numbers, reclamations
from masstransit.storage.keys import Keys
from masstransit.storage.paging import Slice

_NEEDS = {
    "list": (),
    "show": ("what",),
    "lock": ("what", "for_", "by", "because"),
    "unlock": ("what", "by", "because"),
    "port-in": ("what", "account", "by", "because"),
    "ported": ("what", "by", "because"),
    "keep": ("what", "for_", "by"),
    "rule": ("what", "days", "by", "because"),
    "determine": ("what", "provider", "deadline", "by", "because"),
    "effort": ("what", "by", "because"),
    "answer": ("what", "by", "because"),
    "restore": ("what", "by", "because"),
    "letters": (),
    "confirm": ("what", "by", "because"),
    "refuse": ("what", "by", "because"),
}
_OF_A_NUMBER = (
    "number", "account", "state", "provider", "kept_for", "acquired_at", "released_at", "reserved_until",
)  # fmt: skip
_OPTIONS = {"for_": "--for"}
_AT_ONCE = 200  # letters of one list
_EPOCH = date(2000, 1, 1)


def commands(command: Commands) -> None:
    """Make the commands known."""
    command("daily", "Do what is due today: count use, notices and reclamations of numbers, ageing.", _daily)
    made = command("numbers", "Show numbers that providers want back or that are held; say a word on one.", _numbers)
    made.add_argument(
        "action",
        choices=tuple(_NEEDS),
        help="list: open cases and held numbers, or with --idle those that nobody uses; show: all of a number or a "
        "case; lock, unlock: a number that is on hold, in dispute, under port or in quarantine; port-in: one that "
        "comes from another provider; ported: its port, in or out, is done; keep: one that serves what keeps it; "
        "rule: a provider's usage rule; "
        "determine: a provider wants this number back; effort: what was done to prevent it; answer: what the provider "
        "says to a contest; restore: give back what was reclaimed; letters: letters of authorization "
        "that wait; confirm or refuse: you looked at one, and it proves that its customer may show the number, or not",
    )
    made.add_argument(
        "what",
        nargs="?",
        metavar="+1...|RC...|CV...|PROVIDER",
        help="the number, the case, the letter, or the provider",
    )
    made.add_argument("--account", metavar="AC...", help="to list: of one account only; to port-in: whose it is")
    made.add_argument("--idle", action="store_true", help="to list: numbers that carried nothing for the policy's days")
    made.add_argument(
        "--for",
        dest="for_",
        metavar="WHY",
        help="to lock or unlock: hold, dispute, port-out or quarantine; to keep: what it serves, or none",
    )
    made.add_argument("--provider", metavar="NAME", help="to determine: who wants it back")
    made.add_argument("--days", type=int, metavar="N", help="to set a rule: days without use")
    made.add_argument("--deadline", metavar="DATE", help="to determine: when the provider takes it")
    made.add_argument("--withdrawn", action="store_true", help="to answer: the provider lets the number be")
    made.add_argument("--document", type=Path, metavar="FILE", help="to confirm: the letter that you looked at")
    made.add_argument("--by", metavar="NAME", help="who says so")
    made.add_argument("--because", default="", metavar="TEXT", help="why, or in the provider's words")


def _daily(settings: config.Settings, _: argparse.Namespace) -> int:
    async def run() -> list[str]:
        terms = chores.reclaiming(clauses_of(settings)[0])
        database = await app.prepared(settings, serving=False)
        try:
            done = await Daily(database, Ledger(f"daily-{secrets.token_hex(4)}"), terms, SystemClock()).run(
                progress("numbers")
            )
        finally:
            await database.close()
        return done.lines()

    print("\n".join(asyncio.run(run())))
    return 0


def _numbers(settings: config.Settings, options: argparse.Namespace) -> int:
    if missing := _missing(options):
        print(f"masstransit: numbers {options.action} needs {missing}", file=sys.stderr)
        return 2
    if options.action == "list" and options.idle:
        terms, today = chores.reclaiming(clauses_of(settings)[0]), SystemClock().now().date()
        told = asyncio.run(surveyed(settings, lambda c: list(_idle(c, options.account, terms, today))))
        print("\n".join(told) or f"every number was used within {terms.idle_days} days")
    elif options.action == "list":
        told = asyncio.run(surveyed(settings, lambda c: list(_list(c, options.account))))
        print("\n".join(told) or "nothing is wanted back or locked")
    elif options.action == "letters":
        told = asyncio.run(surveyed(settings, lambda c: list(_letters(c))))
        print("\n".join(told) or "no letter waits")
    elif options.action == "show":
        shown = asyncio.run(surveyed(settings, lambda c: _show(c, options.what)))
        print(msgspec.json.format(msgspec.json.encode(shown)).decode())
    else:
        print(_say(settings, options))
    return 0


def _missing(options: argparse.Namespace) -> str:
    missing = left_out(options, _NEEDS[options.action])
    if "what" in missing:
        return "the number, the case, or the provider: masstransit numbers list shows them"
    return ", ".join(_OPTIONS.get(name, f"--{name}") for name in missing)


def _list(connection: Connection, account: str | None) -> Iterator[str]:
    for case in reclamations.all_open(connection, account):
        given = f"notices of {', '.join(map(str, case.notices))} days given" if case.notices else "no notice given yet"
        given += "; contested" if case.contested_at is not None and case.answered_at is None else ""
        yield f"{case.sid}  {_masked(case.number)} of {case.account}: {case.provider} by {case.deadline}; {given}"
    for held in number_holds.every(connection):
        yield f"{_masked(held.number)}  {held.state}, {held.kind} since {held.since:%Y-%m-%d}: {held.because}"
    for row in numbers.kept(connection):
        yield f"{_masked(row.number)}  {row.state}, kept: {row.kept_for}"


def _letters(connection: Connection) -> Iterator[str]:
    """The first that wait; whoever decides one sees its number whole (`show`)."""
    sheet = caller_ids.letters(connection, Slice(size=_AT_ONCE))
    for row in sheet.rows:
        whose = f"{row.letter['holder']}, signed on {row.letter['signed_on']}, {row.letter['reference']}"
        yield f"{row.sid}  {_masked(row.number)} for {row.account}: {whose}"
    if sheet.behind:
        yield f"... the first {_AT_ONCE}: more wait behind them"


def _idle(connection: Connection, account: str | None, terms: NumberReclamation, today: date) -> Iterator[str]:
    """Numbers to look at because they carried nothing for long: that alone takes none from anybody (R1)."""
    rows = numbers.had(connection, account)
    used = number_usage.last_used(connection, [row.number for row in rows])
    for row in rows:
        last = used[row.number].at_all if row.number in used else None
        if terms.is_idle(used=last, since=row.acquired_at.date(), today=today):
            seen = f"used last on {last:%Y-%m-%d}" if last else "never used"
            yield f"{_masked(row.number)} of {row.account}: {seen}, theirs since {row.acquired_at:%Y-%m-%d}"


def _masked(number: str) -> str:
    return parse(number).masked


def _show(connection: Connection, what: str) -> dict[str, Any]:
    """Everything about a number, or what goes to the provider of a case."""
    if what.startswith("RC"):
        return reclamation.shown_to_provider(connection, what)
    if what.startswith("CV"):
        return _letter(connection, what)
    number = _e164(what)
    row = numbers.look_up(connection, number)
    if row is None:
        raise NotFound(f"the inventory has no number {what}")
    held = number_holds.of(connection, number)
    return {
        **{name: getattr(row, name) for name in _OF_A_NUMBER},
        "held": [{name: getattr(each, name) for name in ("kind", "because", "by", "since")} for each in held],
        "use": [used._asdict() for used in number_usage.series(connection, number, _EPOCH)],
        "cases": [_case(case) for case in reclamations.of_number(connection, number)],
    }


def _letter(connection: Connection, sid: str) -> dict[str, Any]:
    row = caller_ids.letter(connection, sid)
    if row is None:
        raise NotFound(f"there is no letter {sid[:40]}")
    shown = ("sid", "account", "number", "letter", "filed_at", "outcome", "because", "decided_by", "decided_at")
    return {name: getattr(row, name) for name in shown}


def _case(case: Row[Any]) -> dict[str, Any]:
    shown = ("sid", "provider", "said", "opened", "deadline", "notices", "contest", "outcome", "because")
    return {name: getattr(case, name) for name in shown}


def _e164(text: str) -> str:
    return _address(text).text


def _address(text: str) -> E164:
    address = parse(text)
    if not isinstance(address, E164):
        raise BadInput(f"'{text}' is no number in E.164 form, such as +14155550100")
    return address


# --- words ------------------------------------------------------------------------------------------------------------


def _say(settings: config.Settings, options: argparse.Namespace) -> str:
    """A person's word; what follows from it."""
    word = Word(by=options.by, because=options.because.strip(), at=SystemClock().now())

    def keep(connection: Connection, ledger: Ledger, _: Keys) -> str:
        return _WORDS[options.action](connection, ledger, word, options)

    return asyncio.run(on_record(settings, None, keep))


def _lock(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    number, kind = _e164(options.what), _kind(options)
    inventory.hold(connection, ledger, number, kind, word)
    return f"{_masked(number)} is locked ({kind}): it is neither sold nor given up nor reclaimed, and does not age"


def _unlock(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    number, kind = _e164(options.what), _kind(options) if options.for_ else None
    ended = inventory.let_go(connection, ledger, number, kind, word)
    left = ", ".join(each.kind for each in number_holds.of(connection, number))
    return f"{_masked(number)} is not locked by {ended} any more" + (f", but by {left}" if left else "")


def _kind(options: argparse.Namespace) -> str:
    if options.for_ not in inventory.HOLDS:
        raise BadInput(f"--for {options.for_}: one of {', '.join(inventory.HOLDS)}")
    return str(options.for_)


def _port_in(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    address = _address(options.what)
    inventory.port_in(connection, ledger, address, options.account, word)
    return f"{address.masked} is on its way here for {options.account}, and sends when numbers ported says that it came"


def _ported(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    number = _e164(options.what)
    way = inventory.ported(connection, ledger, number, word)
    return f"{_masked(number)} " + ("is here, and its holder's" if way == "in" else "left: nobody here has it any more")


def _keep(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    number, serves = _e164(options.what), "" if options.for_ == "none" else options.for_[:128]
    inventory.serves(connection, ledger, number, serves, word)
    return f"{_masked(number)} " + (f"is never reclaimed: it serves {serves}" if serves else "may be reclaimed again")


def _rule(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    provider = reclamation.set_rule(connection, ledger, options.what, options.days, word)
    return f"numbers of {provider} are asked for after {options.days} days without use"


def _determine(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    number, deadline = _e164(options.what), day(options.deadline).date()
    provider = options.provider.lower()[:32]
    sid = reclamation.determine(connection, ledger, number, word, provider=provider, deadline=deadline)
    return f"on record as {sid}: its holder gets notices from the next daily job on"


def _effort(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    reclamation.effort(connection, ledger, options.what, word)
    return f"on record with {options.what}"


def _answer(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    reclamation.answer(connection, ledger, options.what, word, withdrawn=options.withdrawn)
    return f"{options.what} is ended: the number stays" if options.withdrawn else f"{options.what} goes on"


def _restore(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    number = reclamation.restore(connection, ledger, options.what, word)
    return f"{_masked(number)} is its holder's again, as it was"


def _confirm(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    row = letters.confirm(connection, ledger, options.what, word, digest=_digest(options.document))
    return f"{_masked(row.number)} is proven for {row.account} until {row.expires_at:%Y-%m-%d}: {row.sid}"


def _digest(document: Path | None) -> str:
    """Of the letter that somebody looked at; "": it was on paper. Raises `BadInput`."""
    if document is None:
        return ""
    try:
        return hashlib.sha256(document.read_bytes()).hexdigest()
    except OSError as wrong:
        raise BadInput(f"{document} can't be read: {wrong.strerror}") from wrong


def _refuse(connection: Connection, ledger: Ledger, word: Word, options: argparse.Namespace) -> str:
    claim = letters.refuse(connection, ledger, options.what, word)
    return f"{_masked(claim.number)} is not proven for {claim.account} by that letter"


_WORDS: dict[str, Callable[[Connection, Ledger, Word, argparse.Namespace], str]] = {
    "lock": _lock,
    "unlock": _unlock,
    "port-in": _port_in,
    "ported": _ported,
    "keep": _keep,
    "rule": _rule,
    "determine": _determine,
    "effort": _effort,
    "answer": _answer,
    "restore": _restore,
    "confirm": _confirm,
    "refuse": _refuse,
}
