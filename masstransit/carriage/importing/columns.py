"""How a file that was not made for us is read: its own names of columns, what it leaves out, its dates and numbers.

--map given_at="Opt-in date"     a column under another name
--set purpose=marketing          what the file does not say because it holds for every line
--dates %d/%m/%Y                 how it writes dates, beside ISO 8601
--country US                     whose numbers are without their plus sign and country
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from masstransit.errors import BadInput
from masstransit.model.address import calling_code, international

_TIMES = frozenset({"given_at", "since", "consent_date", "asked_at", "at", "as_of", "registered_at"})
_NUMBERS = frozenset({"number"})


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read; the default is a file that was made for us."""

    mapped: Mapping[str, str] = {}  #: column -> its name in the file
    constants: Mapping[str, str] = {}  #: column -> its value in every line
    dates: tuple[str, ...] = ()  #: as `datetime.strptime` has them; one that fits two of them differently is bad
    country: str = ""  #: ISO 3166

    @property
    def foreign(self) -> bool:
        """Whether the file was made for somebody else, so that columns without a meaning here are passed over."""
        return bool(self.mapped or self.constants)

    def check(self, columns: Collection[str]) -> None:
        """Raises `BadInput` for what can't be meant, of something with these columns."""
        for name in (*self.mapped, *self.constants):
            if name not in columns:
                raise BadInput(f"there is no column '{name[:40]}': there are {', '.join(columns)}")
        if both := self.mapped.keys() & self.constants.keys():
            raise BadInput(f"'{min(both)}' is either a column of the file (--map) or the same in every line (--set)")
        if self.country and not calling_code(self.country):
            raise BadInput("--country is the ISO code of a country, such as US")
        for form in self.dates:
            if not _tells_a_day(form):
                raise BadInput(f"--dates {form} tells no day: it is written such as %d/%m/%Y or %m/%d/%y %H:%M")


class Columns:
    """The columns of one file as they are read."""

    def __init__(self, what: str, header: Sequence[str] | None, must: Sequence[str], may: Sequence[str], how: Reading):
        """`what` it is a file of. Raises `BadInput` for a header that can't be used."""
        self._how = how
        if header is None:
            raise BadInput(f"the file is empty; its first line names the columns: {', '.join(must)}")
        named = {name: how.mapped.get(name, name) for name in (*must, *may) if name not in how.constants}
        _check_sources(header, how)
        self._sources = {name: source for name, source in named.items() if source in header}
        for column in must:
            if column not in self._sources and column not in how.constants:
                raise BadInput(_missing(column, what, must, how), field=column)
        #: columns of the file that mean nothing here
        self.passed_over = tuple(name for name in header if name not in self._sources.values())
        if self.passed_over and not how.foreign:
            known, column = ", ".join((*must, *may)), self.passed_over[0][:40]
            raise BadInput(f"the column '{column}' is not known; {what} have {known}", field=column)

    def read(self, line: Mapping[str, str]) -> dict[str, str]:
        """A line's values by our names. Raises `BadInput`."""
        row = {name: line[source] for name, source in self._sources.items()} | dict(self._how.constants)
        if self._how.dates:
            row |= {name: self._day(name, row[name]) for name in _TIMES & row.keys()}
        if self._how.country:
            row |= {name: international(row[name], self._how.country) for name in _NUMBERS & row.keys()}
        return row

    def _day(self, name: str, text: str) -> str:
        """A date in ISO 8601. What fits no form is left as it is: it may be so already."""
        found = {read.isoformat() for form in self._how.dates if (read := _read(text, form))}
        if len(found) > 1:
            raise BadInput(
                f"'{name}' can be read as {' and as '.join(sorted(found))}: say --dates for one of them only"
            )
        return found.pop() if found else text


def _check_sources(header: Sequence[str], how: Reading) -> None:
    for name, source in how.mapped.items():
        if source not in header:
            there = ", ".join(column[:40] for column in header[:40])
            raise BadInput(f"--map {name}={source[:40]}: the file has no such column; it has {there}", field=name)
    for name in how.constants:
        if name in header:
            raise BadInput(f"--set {name}: the file has a column of that name, which would not count", field=name)
    if twice := [name for name in header if header.count(name) > 1 and name]:
        raise BadInput(f"the column '{twice[0][:40]}' is there twice: rename one of them")


def _missing(column: str, what: str, must: Sequence[str], how: Reading) -> str:
    remedy = f"name it by --map {column}=..., or say what it is in every line by --set {column}=..."
    return f"the column '{column}' is missing; {what} need {', '.join(must)}" + (f": {remedy}" if how.foreign else "")


def _read(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - without a zone it is UTC, as in every import
    except ValueError:
        return None


def _tells_a_day(form: str) -> bool:
    """Whether two days are told apart by it, and nothing of them is lost."""
    days = [datetime(2023, 3, 4), datetime(2024, 11, 25)]  # noqa: DTZ001 - what is tried is the form
    return all(_read(day.strftime(form), form) == day for day in days)
