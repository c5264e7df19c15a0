"""Facts about interference with the platform: texts that call on others to harm it, and incidents on record.

To name the platform, to curse it or to advise against it is no call. A call asks others to do something to its lines,
its support or its servers; a trade offers or seeks its accounts and keys.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.counters import Counters, Distinct
from masstransit.errors import CountersUnavailable, Unknown
from masstransit.facts.accounts import Kept
from masstransit.facts.content.model import model
from masstransit.facts.content.normal import Normaliser
from masstransit.facts.fact import Fact
from masstransit.facts.traffic import Allowances
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import incidents
from masstransit.storage.engine import Database

_DAY = 86_400.0
_READ = 1600  # characters
_KEPT = timedelta(days=30)  # for which an incident that ended is still looked at
_EVERYBODY = "everybody"  # the tag under which all tenants are counted together

_NUMBER = re.compile(r"(?<![\w+])\+?\d[\d ().-]{7,18}\d(?!\w)")
_FLOOD = (
    r"(?:flood(?:ing)?|jam(?:ming)?(?: up)?|overload(?:ing)?|overwhelm(?:ing)?|swamp(?:ing)?|clog(?:ging)?(?: up)?"
    r"|tie up|tying up|block up|shut ?down|take ?down|bring ?down|crash(?:ing)?|ddos|dos|spam(?:ming)?|bombard(?:ing)?"
    r"|keep (?:re)?dialing|call(?:ing)? (?:non-?stop|all day|over and over|again and again))"
)
_AIM = (
    r"(?:lines?|phones?|phone lines?|hotline|help ?desk|support|switchboard|call cent(?:er|re)s?|servers?|api|network"
    r"|systems?|ops|number)"
)
_CALL = re.compile(
    rf"\b{_FLOOD}\b(?P<after>[^.!?\n]{{0,60}})"
    rf"|\b{_AIM}\b[^.!?\n]{{0,40}}\b(?:until|till) (?:they|it) (?:crash|break|go)"
    r"|\bkeep(?:ing)? (?:the|their|its|all|every) (?:phone )?(?:lines?|phones?|hot ?lines?|switchboard) (?:busy|engaged"
    r"|blocked|occupied|ringing|tied up|(?:all|the whole) (?:day|night|week)|for hours)\b",
    re.IGNORECASE,
)
_AIMED = re.compile(rf"^[^.!?\n]{{0,40}}\b{_AIM}\b", re.IGNORECASE)
#: Said of what happened, not asked of others: "somebody flooded their lines", "your line is jammed".
_TOLD = re.compile(
    r"\b(?:was|were|is|are|been|being|got|has|have|had|don'?t|do not|never|not|stop|avoid)\b[^.!?\n]{0,20}$",
    re.IGNORECASE,
)
_GOODS = r"(?:accounts?|api ?keys?|auth ?tokens?|logins?|credentials|sids?|sub-?accounts?|smpp ?binds?|binds)"
_TRADE = re.compile(
    r"\b(?:sell(?:ing)?|for sale|buy(?:ing)?|wtb|wts|renting|rent|trade|trading|aged|verified)\b[^.!?\n]{0,40}"
    rf"\b{_GOODS}\b|\b{_GOODS}\b[^.!?\n]{{0,30}}\b(?:for sale|4 sale)\b",
    re.IGNORECASE,
)
#: Money is offered to those who work there ...
_STAFF = re.compile(
    r"\b(?:work(?:s|ing)? (?:at|for|in)|staff|employees?|insiders?|somebody (?:at|in)|someone (?:at|in)|admins?"
    r"|moderators?|reviewers?)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[$€£₿]\s?\d|\b\d[\d,.]*\s?(?:usd|eur|gbp|usdt|btc|k)\b|\b(?:we |i |will |'ll )?(?:pay|reward|cash|bitcoin)\b",
    re.IGNORECASE,
)
#: ... to let something by that they should stop.
_LET_BY = re.compile(
    r"\b(?:switch(?:ing)?|turn(?:ing)?|shut(?:ting)?) off\b[^.!?\n]{0,30}\b(?:filters?|blocks?|checks?|rules?)\b"
    r"|\b(?:disabl|bypass|remov|lift|whitelist|white-list|unblock|approv|ignor)(?:e|es|ing|s)?\b[^.!?\n]{0,30}"
    r"\b(?:filters?|blocks?|limits?|senders?|traffic|campaigns?|messages?|texts?|accounts?|reports?)\b"
    r"|\blet(?:ting)?\b[^.!?\n]{0,30}\b(?:through|by|past)\b",
    re.IGNORECASE,
)


class Appeal(Fact, frozen=True, kw_only=True):
    """What a text asks others to do to the platform."""

    of_words = True

    calls: bool = False  #: to flood it
    trades: bool = False  #: in its accounts or keys
    bribes: bool = False  #: its staff, so that they let something by
    target: str = ""  #: "platform", or a number's last digits: what is to be flooded
    words: tuple[str, ...] = ()
    tenants_24h: int = 0  #: different customers whose texts called on others against this target, this one included


class Incident(Fact, frozen=True, kw_only=True):
    """Harm to the platform that the operator put on record."""

    incident: str
    target: str
    penalty: float = 0.0  #: US dollars
    capacity: float = 0.0  #: share of capacity that was lost for a quarter of an hour
    hours: float = 0.0  #: of staffed work
    route: bool = False  #: a carrier threatened the route
    since: datetime


class Incidents(Fact, frozen=True, kw_only=True):
    """Those that go on, or ended within 30 days."""

    recent: tuple[Incident, ...] = ()


_NO_APPEAL = Appeal()
_SIGNS = bytes.maketrans(
    string.ascii_uppercase.encode() + b"@4305$7+891!|i", b"abcdefghljklmnopqrstuvwxyz" + b"aaeossttbgllll"
)
_FOREIGN = re.compile("[^\x00-\x7f£€¥\u2010-\u2027]")  # beyond ASCII, signs of money and punctuation
_NO_LETTERS = bytes(code for code in range(128) if not (chr(code).isalnum() or chr(code) in "@$+!|"))


def appeal_in(text: str, names: Collection[str], targets: Collection[str] = ()) -> Appeal:
    """What a text asks others to do. It is against the platform where the text has one of its `names`, or one of the
    `targets` (numbers) that incidents name."""
    read = text[:_READ]
    found = _appeal(read, names, targets)
    if found is not _NO_APPEAL or not (targets or _may_name(read, names)):
        return found
    return _appeal(_plain(read, frozenset(names)), names, targets)


def appeals_in(texts: Sequence[str], names: Collection[str], targets: Collection[str] = ()) -> list[Appeal]:
    """The same of several texts. Where no incident goes on, few name the platform: it is looked for in all at once."""
    letters = _letters("\n".join(texts))
    named = bool(targets) or any(not name.isascii() or _letters(name) in letters for name in names)
    return [_NO_APPEAL if text.isascii() and not named else appeal_in(text, names, targets) for text in texts]


def _may_name(read: str, names: Collection[str]) -> bool:
    """Whether one of the names could be there in other signs: told much faster than by making the text plain."""
    if _FOREIGN.search(read) is not None:
        return True
    letters = _letters(read)
    return any(not name.isascii() or _letters(name) in letters for name in names)


def _letters(text: str) -> bytes:
    """Only the ASCII letters of a text, signs that stand for letters among them; "i" and "l" are one."""
    return text.encode("ascii", "ignore").translate(_SIGNS, delete=_NO_LETTERS)


def _plain(read: str, names: frozenset[str]) -> str:
    """The text without what was written to slip past a machine."""
    return _normaliser(names).normal(read).text


@lru_cache(maxsize=4)
def _normaliser(names: frozenset[str]) -> Normaliser:
    return Normaliser(model().words | names)


def _appeal(read: str, names: Collection[str], targets: Collection[str]) -> Appeal:
    folded = read.casefold()
    named = any(name in folded and re.search(rf"\b{re.escape(name)}\b", folded) for name in names)
    hit = _target_in(folded, targets) if targets else ""
    if not named and not hit:
        return _NO_APPEAL
    asked = [m for m in _CALL.finditer(read) if not _TOLD.search(read[: m.start()]) and _aims(m, names, targets)]
    offered = _TRADE.search(read) if named else None
    bribed = _LET_BY.search(read) if named and _STAFF.search(read) and _MONEY.search(read) else None
    if not asked and offered is None and bribed is None:
        return _NO_APPEAL
    return Appeal(
        calls=bool(asked),
        trades=offered is not None,
        bribes=bribed is not None,
        target=hit or "platform",
        words=tuple(found[0][:60] for found in [*asked, offered, bribed] if found is not None),
    )


def _aims(call: re.Match[str], names: Collection[str], targets: Collection[str]) -> bool:
    """Whether what is to be flooded is a line or a server, the platform by its name, or what an incident names."""
    after = call["after"]
    if after is None or _AIMED.search(after):
        return True
    folded = after.casefold()
    return any(name in folded for name in names) or bool(targets and _target_in(folded, targets))


def _target_in(folded: str, targets: Collection[str]) -> str:
    numbers = {"".join(c for c in found[0] if c.isdigit()) for found in _NUMBER.finditer(folded)}
    return next((t for t in targets if t.lstrip("+") in numbers or (not t.startswith("+") and t in folded)), "")


class IncidentBook(Kept[str, Incidents]):
    """Learns `Incidents`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock, fresh_for=5.0)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Incidents]:
        return [(await self.of([""]))[""]] * len(batch)

    async def targets(self) -> tuple[str, ...]:
        """The numbers and domains that are named in them."""
        book = (await self.of([""]))[""]
        return tuple(dict.fromkeys(i.target for i in book.recent if i.target != "platform"))

    def _look(self, connection: Connection, keys: Collection[str], now: datetime) -> Mapping[str, Incidents]:
        rows = incidents.incidents_since(connection, now - _KEPT)
        names = ("incident", "target", "penalty", "capacity", "hours", "route", "since")
        recent = tuple(Incident(**{name: getattr(row, name) for name in names}) for row in rows)
        return dict.fromkeys(keys, Incidents(recent=recent))


class Appeals:
    """Learns `Appeal`. `names` are those of the platform, as texts name it. Tenants are counted over all accounts, each
    by its root account, and only where there is something to count."""

    def __init__(
        self, counters: Counters, clock: Clock, allowed: Allowances, book: IncidentBook, names: Collection[str]
    ) -> None:
        self._counters = counters
        self._clock = clock
        self._allowed = allowed
        self._book = book
        self._names = tuple(name.casefold() for name in names)

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Appeal | Unknown]:
        targets = await self._book.targets()
        texts = [s.text if isinstance(s, Communication) else "" for s in batch]
        said = appeals_in(texts, self._names, targets)
        asking = [(s.account, appeal) for s, appeal in zip(batch, said, strict=True) if appeal is not _NO_APPEAL]
        if not asking:
            return said
        counted = iter(await self._counted(asking))
        return [appeal if appeal is _NO_APPEAL else next(counted) for appeal in said]

    async def _counted(self, asking: Sequence[tuple[str, Appeal]]) -> Sequence[Appeal | Unknown]:
        terms = await self._allowed.of(account for account, _ in asking)
        looks = [Distinct(_EVERYBODY, _against(appeal), _DAY, (terms[account].root,)) for account, appeal in asking]
        try:
            seen = await self._counters.ask(looks, self._clock.now())
        except CountersUnavailable as gone:
            return [Unknown(str(gone))] * len(asking)
        return [
            msgspec.structs.replace(appeal, tenants_24h=each.count)
            for (_, appeal), each in zip(asking, seen, strict=True)
        ]


def _against(appeal: Appeal) -> str:
    return f"against:{hashlib.blake2b(appeal.target.encode(), digest_size=9).hexdigest()}"
