"""Where and when a person is, as far as the law of hours goes: their country, states, and every plausible time zone.

No rule prescribes a method (rulebook 7.7), so the better source is taken: what the customer declares of the person (a
zone, a postcode), then where the number's area code lies, then the whole country. Where sources of one rank disagree,
or an area lies in several zones, all of them are plausible and a message must be lawful in each.

Hours themselves are figures of a clause; here is only the arithmetic of local time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import msgspec
import phonenumbers
from phonenumbers import timezone
from sqlalchemy import Connection, Row

from masstransit.clock import Clock
from masstransit.errors import Unknown
from masstransit.facts.consent import About, Roots, people
from masstransit.facts.fact import Fact
from masstransit.model.address import E164
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

_SATURDAY = 5
_DAY = timedelta(days=1)
_E, _C, _M, _P = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_AZ, _AK, _HI, _AL = "America/Phoenix", "America/Anchorage", "Pacific/Honolulu", "America/Adak"

#: Time zones of each state (49 CFR part 71); Arizona keeps standard time, the Navajo Nation within it does not.
STATE_ZONES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("CT", "DC", "DE", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC"), (_E,)),
    **dict.fromkeys(("VA", "VT", "WV"), (_E,)),
    **dict.fromkeys(("AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI"), (_C,)),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), (_M,)),
    **dict.fromkeys(("CA", "WA"), (_P,)),
    **dict.fromkeys(("FL", "IN", "KY", "MI", "TN"), (_E, _C)),
    **dict.fromkeys(("KS", "ND", "NE", "SD", "TX"), (_C, _M)),
    **dict.fromkeys(("ID", "NV", "OR"), (_M, _P)),
    "AZ": (_AZ, _M),
    "AK": (_AK, _AL),
    "HI": (_HI,),
    "PR": ("America/Puerto_Rico",),
    "VI": ("America/St_Thomas",),
    "GU": ("Pacific/Guam",),
    "AS": ("Pacific/Pago_Pago",),
    "MP": ("Pacific/Saipan",),
}

#: First three digits of US postcodes, from each to the next (USPS Publication 65); "" is no state.
_ZIPS: tuple[tuple[int, str], ...] = (
    (0, ""), (5, "NY"), (6, "PR"), (8, "VI"), (9, "PR"), (10, "MA"), (28, "RI"), (30, "NH"), (39, "ME"), (50, "VT"),
    (55, "MA"), (56, "VT"), (60, "CT"), (63, "NY"), (64, "CT"), (70, "NJ"), (90, ""), (100, "NY"), (150, "PA"),
    (197, "DE"), (200, "DC"), (201, "VA"), (202, "DC"), (206, "MD"), (220, "VA"), (247, "WV"), (270, "NC"), (290, "SC"),
    (300, "GA"), (320, "FL"), (340, ""), (341, "FL"), (350, "AL"), (370, "TN"), (386, "MS"), (398, "GA"), (400, "KY"),
    (430, "OH"), (460, "IN"), (480, "MI"), (500, "IA"), (530, "WI"), (550, "MN"), (570, "SD"), (580, "ND"), (590, "MT"),
    (600, "IL"), (630, "MO"), (660, "KS"), (680, "NE"), (700, "LA"), (716, "AR"), (730, "OK"), (733, "TX"), (734, "OK"),
    (750, "TX"), (800, "CO"), (820, "WY"), (832, "ID"), (840, "UT"), (850, "AZ"), (870, "NM"), (885, "TX"), (889, "NV"),
    (900, "CA"), (962, ""), (967, "HI"), (969, "GU"), (970, "OR"), (980, "WA"), (995, "AK"),
)  # fmt: skip

#: Area codes that lie in more than one zone, which the numbering data give to the larger part alone.
_SPANNING: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("850", "448", "812", "930", "574", "270", "364", "606", "423", "931", "906"), (_E, _C)),
    **dict.fromkeys(("308", "701", "605", "620", "785", "432", "915"), (_C, _M)),
    **dict.fromkeys(("208", "986", "541", "458", "775"), (_M, _P)),
    "928": (_AZ, _M),
    "907": (_AK, _AL),
    "807": ("America/Toronto", "America/Winnipeg"),
    "709": ("America/St_Johns", "America/Goose_Bay"),
    **dict.fromkeys(("418", "581", "367"), ("America/Toronto", "America/Halifax", "America/Blanc-Sablon")),
    **dict.fromkeys(("250", "778", "236", "672"), ("America/Vancouver", "America/Edmonton", "America/Fort_Nelson")),
    **dict.fromkeys(("306", "639", "474"), ("America/Regina", "America/Edmonton")),
    "867": ("America/Whitehorse", "America/Yellowknife", "America/Rankin_Inlet", "America/Iqaluit"),
}
#: NANP codes that lie nowhere: toll-free, personal (5XX), and the like.
_NOWHERE = frozenset(
    ("800", "822", "833", "844", "855", "866", "877", "888", "500", "521", "522", "533", "544", "566", "577", "588")
)
_COUNTRY: Mapping[str, tuple[str, ...]] = {
    "US": (_E, _C, _M, _AZ, _P, _AK, _AL, _HI),
    "CA": ("America/St_Johns", "America/Halifax", "America/Toronto", "America/Winnipeg", "America/Regina",
           "America/Edmonton", "America/Vancouver", "America/Whitehorse"),
}  # fmt: skip
_PROVINCES: Mapping[str, tuple[str, ...]] = {  # first letter of Canadian postcodes
    "A": ("America/St_Johns", "America/Goose_Bay"),
    **dict.fromkeys("BCE", ("America/Halifax",)),
    **dict.fromkeys("GHJ", ("America/Toronto", "America/Halifax")),
    **dict.fromkeys("KLMN", ("America/Toronto",)),
    "P": ("America/Toronto", "America/Winnipeg"),
    "R": ("America/Winnipeg",),
    "S": ("America/Regina", "America/Edmonton"),
    "T": ("America/Edmonton",),
    "V": ("America/Vancouver", "America/Edmonton"),
    "X": ("America/Yellowknife", "America/Iqaluit", "America/Rankin_Inlet"),
    "Y": ("America/Whitehorse",),
}


class LocalTime(Fact, frozen=True, kw_only=True):
    """Every place where the person may be at `at`, the moment for which the message is meant.

    `states` is empty where no state is known: any of the country's may be the person's.
    """

    of_parties = True

    at: datetime
    country: str = ""  #: ISO 3166
    zones: tuple[str, ...] = ()  #: IANA
    states: tuple[str, ...] = ()  #: of the United States, two letters
    number_state: str = ""  #: the one that the area code belongs to, whatever was declared
    declared: bool = False  #: whether the customer said where the person is
    basis: str = ""  #: from what it was learned


class Place(msgspec.Struct, frozen=True):
    """Where a number belongs by its numbering plan."""

    country: str
    zones: tuple[str, ...]
    state: str
    basis: str


def place_of(number: E164) -> Place:
    """Where a number belongs. North American numbers alike in area code and exchange are alike in place."""
    if number.text.startswith("+1") and len(number.text) == 12:
        return _nanp_place(number.text[:8], number.region)
    return _place(number.text, number.region)


@lru_cache(maxsize=65_536)
def _nanp_place(prefix: str, region: str) -> Place:
    country = region or "US"
    area = prefix[2:5]
    if area in _NOWHERE:
        return Place(country, _COUNTRY.get(country, _COUNTRY["US"]), "", "non-geographic number")
    number = phonenumbers.parse(f"{prefix}0000")
    known = tuple(z for z in timezone.time_zones_for_geographical_number(number) if _is_zone(z))
    zones = _SPANNING.get(area, known)
    state = _states().get(area, "") if country == "US" else ""
    if not zones or len(known) > 8:
        zones = STATE_ZONES.get(state) or _COUNTRY.get(country, known)
        return Place(country, zones, state, "country")
    return Place(country, zones, state, "area code")


@lru_cache(maxsize=65_536)
def _place(text: str, region: str) -> Place:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return Place(region, (), "", "not a known number")
    zones = tuple(z for z in timezone.time_zones_for_number(number) if _is_zone(z))
    return Place(region, zones, "", "numbering plan")


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    """Area code -> state. The library's own data has every exchange of the world, which takes 100 MiB."""
    lines = (resources.files(__package__) / "area_codes.txt").read_text("utf-8").splitlines()
    return {code: line[:2] for line in lines if not line.startswith("#") for code in line.split()[1:]}


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    if not name or name.startswith("Etc/"):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def of_postcode(country: str, postcode: str) -> tuple[str, tuple[str, ...]]:
    """(state, zones) of a postcode of the United States or Canada; ("", ()) of any other."""
    if country == "CA":
        return "", _PROVINCES.get(postcode.strip()[:1].upper(), ())
    digits = postcode.strip()[:3]
    if country not in ("US", "PR", "VI", "GU", "AS", "MP") or not (
        digits.isascii() and digits.isdigit() and len(digits) == 3
    ):
        return "", ()
    state = next(state for start, state in reversed(_ZIPS) if int(digits) >= start)
    if state == "FL":
        return state, (_C, _E) if digits in ("324", "325") else (_E,)
    if state == "TX":
        return state, (_M, _C) if digits in ("798", "799", "885") else (_C,)
    return state, STATE_ZONES.get(state, ())


def by_plan(at: datetime, number: E164, zones: tuple[str, ...] = ()) -> LocalTime:
    """Where the owner of a number may be by its plan alone; in `zones` where those were declared."""
    place = place_of(number)
    return LocalTime(
        at=at,
        country=place.country,
        zones=zones or place.zones,
        states=(place.state,) if place.state else (),
        number_state=place.state,
        declared=bool(zones),
        basis=place.basis,
    )


def local_time(at: datetime, number: E164, *, country: str = "", postcode: str = "", zone: str = "") -> LocalTime:
    """Where the owner of a number may be, by its plan and by what was declared of them."""
    if not (country or postcode or zone):
        return by_plan(at, number)
    by_number = place_of(number)
    land = country or by_number.country
    state, zones = of_postcode(land, postcode) if postcode else ("", ())
    declared = tuple(dict.fromkeys(((zone,) if _is_zone(zone) else ()) + zones))
    if zone in zones:
        declared = (zone,)  # the two agree: the zone is the finer
    elif zones and not _is_zone(zone) and state and state == by_number.state:
        declared = tuple(z for z in zones if z in by_number.zones) or zones  # postcode and area code agree
    if not declared and country and country != by_number.country:
        declared = _COUNTRY.get(country, ())
    states = (state,) if state else () if declared else ((by_number.state,) if by_number.state else ())
    if declared and not state and by_number.state and set(declared) & set(by_number.zones):
        states = (by_number.state,)  # a zone alone does not move anybody out of their state
    return LocalTime(
        at=at,
        country=land,
        zones=declared or by_number.zones,
        states=states,
        number_state=by_number.state,
        declared=bool(declared),
        basis=_basis(zone, zones) if declared else by_number.basis,
    )


def _basis(zone: str, zones: Sequence[str]) -> str:
    said = (["declared zone"] if _is_zone(zone) else []) + (["declared postcode"] if zones else [])
    return " and ".join(said) or "declared country"


# --- hours ----------------------------------------------------------------------------------------------------------

Span = tuple[float, float]  # hours of the day: from (included) to (excluded); 21.5 is half past nine in the evening


class Hours(msgspec.Struct, frozen=True):
    """A week of hours. None: not at all on such a day."""

    weekday: Span
    saturday: Span | None
    sunday: Span | None
    holidays: bool = True  #: False: not at all on public holidays

    def on(self, day: date, closed: bool) -> Span | None:
        """The hours of one day; `closed` tells that it is a public holiday."""
        if closed and not self.holidays:
            return None
        return (self.weekday, self.saturday, self.sunday)[max(0, day.weekday() - 4)]

    def within(self, other: Hours) -> bool:
        """Whether these hours are all among others."""
        own, its = ((each.weekday, each.saturday, each.sunday) for each in (self, other))
        days = list(zip(own, its, strict=True))
        inside = all(a is None or (b is not None and b[0] <= a[0] and a[1] <= b[1]) for a, b in days)
        return inside and (other.holidays or not self.holidays)


class Rulebook(msgspec.Struct, frozen=True):
    """The hours that hold in one jurisdiction: a country, or a state of it (for its holidays)."""

    country: str
    state: str
    hours: Hours

    def is_open(self, local: datetime) -> bool:
        """Whether a local time is lawful here."""
        span = self.hours.on(local.date(), self._closed(local.date()))
        return span is not None and span[0] <= _hour(local) < span[1]

    def opens(self, day: date) -> float | None:
        """The hour at which a day begins here."""
        span = self.hours.on(day, self._closed(day))
        return None if span is None else span[0]

    def _closed(self, day: date) -> bool:
        return not self.hours.holidays and day in public_holidays(self.country, self.state, day.year)


def _hour(local: datetime) -> float:
    return local.hour + local.minute / 60 + local.second / 3600


@lru_cache(maxsize=512)
def public_holidays(country: str, state: str, year: int) -> frozenset[date]:
    """The public holidays of a year in a country, with the days on which they are observed; those of a state too, where
    it is not "". Raises `NotImplementedError` for a country or state that the calendars do not have."""
    return frozenset(holidays.country_holidays(country, subdiv=state or None, years=year))


def is_business_day(day: date, country: str = "US", state: str = "") -> bool:
    """Whether people work on a day: it is no weekend and no public holiday. Raises `NotImplementedError`."""
    return day.weekday() < _SATURDAY and day not in public_holidays(country, state, day.year)


def after_business_days(since: datetime, days: int, is_one: Callable[[date], bool] = is_business_day) -> datetime:
    """So many business days after `since`, as its own zone has days: at the same time of day; of what comes on a day
    off, at the end of the last of so many that follow it."""
    local, came_on_a_day_off = since, not is_one(since.date())
    for _ in range(days):
        local += _DAY  # of the calendar: the same time of day, whether or not clocks are put forward
        while not is_one(local.date()):
            local += _DAY
    return datetime.combine(local.date() + _DAY, time(), local.tzinfo) if came_on_a_day_off else local


def first_lawful(at: datetime, zones: Sequence[str], books: Sequence[Rulebook], *, days: int = 9) -> datetime | None:
    """The first instant from `at` on that is lawful in every zone under every rulebook; None within `days` days."""
    clocks = [ZoneInfo(zone) for zone in zones]

    def lawful(instant: datetime) -> bool:
        return all(book.is_open(instant.astimezone(clock)) for clock in clocks for book in books)

    if lawful(at):
        return at
    openings = {
        opening
        for clock in clocks
        for book in books
        for ahead in range(days)
        if (opening := _opening(at, clock, book, ahead)) is not None and opening > at
    }
    return next((opening for opening in sorted(openings) if lawful(opening)), None)


def _opening(at: datetime, clock: ZoneInfo, book: Rulebook, ahead: int) -> datetime | None:
    """When a day opens in a zone, as an instant; `ahead` days after the local today."""
    day = at.astimezone(clock).date() + timedelta(days=ahead)
    hour = book.opens(day)
    if hour is None:
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=clock)
    return (midnight + timedelta(hours=hour)).astimezone(at.tzinfo)  # wall-clock arithmetic: DST is minded


# --- learning -------------------------------------------------------------------------------------------------------


class LocalTimes:
    """Learns `LocalTime`: one query a batch for what customers declared, the rest from the numbers themselves."""

    def __init__(self, database: Database, keys: Keys, roots: Roots, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._roots = roots
        self._clock = clock

    async def learn(self, batch: Sequence[Subject]) -> list[LocalTime | Unknown]:
        about = people(batch, self._keys)

        def look(connection: Connection) -> dict[tuple[str, str], Row[str]]:
            rows = consents.contacts_of(connection, *self._roots.resolve(connection, about))
            return {(row.account, row.person): row for row in rows}

        found = await self._database.read(look)
        return [self._where(subject, one, found) for subject, one in zip(batch, about, strict=True)]

    def _where(
        self, subject: Subject, about: About | None, found: Mapping[tuple[str, str], Row[str]]
    ) -> LocalTime | Unknown:
        if about is None or not isinstance(subject, Communication) or not isinstance(subject.recipient, E164):
            return Unknown("where a recipient without a number is can't be told")
        row = found.get((self._roots.of(about.account), about.person))
        declared = {} if row is None else {"country": row.country, "postcode": row.postcode, "zone": row.zone}
        return local_time(self._meant_for(subject), subject.recipient, **declared)

    def _meant_for(self, subject: Communication) -> datetime:
        """When it is to reach the handset: as offered, or, when it is asked about again, now."""
        at = subject.at if subject.attempt == 0 else self._clock.now()
        return max(at, subject.send_at) if subject.send_at else at
