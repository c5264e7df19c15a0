"""Where those are who take part in a call, as far as the law of recording goes, and what that law asks.

The law is data: `recording_laws.txt` has a line a place with its source. Which places somebody may be in is learned
from their number and from what was declared of them, by them or by the customer; where the two differ, either may be
true, and both count. Somebody of whom no place is known may be anywhere.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources

import msgspec
from sqlalchemy import Connection, Row

from masstransit.errors import Unknown
from masstransit.facts.consent import Roots
from masstransit.facts.fact import Fact
from masstransit.facts.law import of_postcode, place_of
from masstransit.model.address import E164
from masstransit.model.change import Change, Participant
from masstransit.model.subject import Subject
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys


class Regime(enum.IntEnum):
    """What a place asks for before a call is captured, the strictest last."""

    ONE = 0
    NOTICE = 1
    PRIVACY = 2
    ALL = 3


class Law(msgspec.Struct, frozen=True):
    """What holds in a place, and where it says so."""

    place: str
    regime: Regime
    source: str


@lru_cache(maxsize=1)
def laws() -> Sequence[Law]:
    """The lines of `recording_laws.txt`, one a place and regime. Raises `ValueError` for one that can't be read."""
    text = (resources.files(__package__) / "recording_laws.txt").read_text("utf-8")
    return tuple(law for line in text.splitlines() if line and not line.startswith("#") for law in _read(line))


def _read(line: str) -> list[Law]:
    words = line.split()
    at = next((i for i, word in enumerate(words) if word.upper() in Regime.__members__), 0)
    if at in (0, len(words) - 1):
        raise ValueError(f"recording_laws.txt: a line has places, a regime and a source, unlike {line!r}")
    return [Law(place, Regime[words[at].upper()], " ".join(words[at + 1 :])) for place in words[:at]]


def places_of(regime: Regime) -> tuple[str, ...]:
    """The places that ask for it, in the order of the file."""
    return tuple(law.place for law in laws() if law.regime is regime)


class Where(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where one participant may be."""

    leg: int
    places: tuple[str, ...] = ()  #: "US-CA", "DE"; () if anywhere
    basis: str = ""  #: from what it was learned, such as "area code"


class Whereabouts(Fact, frozen=True, kw_only=True):
    """Where each participant may be, in the order of the change."""

    of: tuple[Where, ...] = ()


def where_of(one: Participant, declared: Row[str] | None = None) -> Where:
    """Where somebody may be: by what is said of them for this call, by what the customer declared of their number
    before (`country`, `postcode`), and by the number itself."""
    said = [(_place(one.country or ("US" if one.state else ""), one.state), "declared for this call")]
    if isinstance(one.address, E164):
        plan = place_of(one.address)
        if declared is not None:
            land = declared.country or (plan.country if declared.postcode else "")
            said.append((_place(land, of_postcode(land, declared.postcode)[0]), "declared before"))
        said.append((_place(plan.country, plan.state), plan.basis))
    known = [(place, basis) for place, basis in said if place]
    places = tuple(dict.fromkeys(place for place, _ in known))
    return Where(one.leg, places, " and ".join(dict.fromkeys(basis for _, basis in known)))


def _place(country: str, state: str) -> str:
    """A place by the name that laws have it under; "" where the state decides and is not known."""
    if country == "US":
        return f"US-{state}" if state else ""
    return country


class Places:
    """Learns `Whereabouts`: one query a batch for what customers declared, the rest from the numbers themselves."""

    def __init__(self, database: Database, keys: Keys, roots: Roots) -> None:
        self._database = database
        self._keys = keys
        self._roots = roots

    async def learn(self, batch: Sequence[Subject]) -> list[Whereabouts | Unknown]:
        persons = {
            self._keys.person(one.address.text)
            for subject in batch
            if isinstance(subject, Change)
            for one in subject.participants
            if isinstance(one.address, E164)
        }

        def look(connection: Connection) -> dict[tuple[str, str], Row[str]]:
            self._roots.learn(connection, {subject.account for subject in batch})
            rows = consents.contacts_of(connection, {self._roots.of(s.account) for s in batch}, persons)
            return {(row.account, row.person): row for row in rows}

        found = await self._database.read(look) if persons else {}
        return [self._of(subject, found) for subject in batch]

    def _of(self, subject: Subject, found: Mapping[tuple[str, str], Row[str]]) -> Whereabouts | Unknown:
        if not isinstance(subject, Change):
            return Unknown("who takes part is known of a change only")
        return Whereabouts(of=tuple(self._where(subject, one, found) for one in subject.participants))

    def _where(self, subject: Change, one: Participant, found: Mapping[tuple[str, str], Row[str]]) -> Where:
        if not isinstance(one.address, E164):
            return where_of(one)
        return where_of(one, found.get((self._roots.of(subject.account), self._keys.person(one.address.text))))
