"""What an operator takes over from CSV files: a customer's first day, and lists that the whole house goes by.

Read line by line and kept a batch at a time, each in one transaction. Every row may be imported again and changes
nothing then, so an import that broke off is simply begun anew. Bad rows are passed over and told. A do-not-call list
has too many rows for that: it is read in pieces into a file of numbers, which takes the place of the last one whole.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeAlias

import msgspec
from sqlalchemy import Connection

from masstransit.carriage import rows
from masstransit.carriage.number_list import NumberList
from masstransit.carriage.rows import Row, Whose
from masstransit.errors import BadInput
from masstransit.ledger import Ledger
from masstransit.model.address import calling_code
from masstransit.storage import (
    campaigns,
    consents,
    do_not_call,
    known_domains,
    number_file,
    numbering,
    numbers,
    reachability,
    senders,
    services,
)
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.number_file import Numbers

_BATCH = 1_000  # rows in one transaction
_LIST_BATCH = 20_000  # of a list: the more at once, the fewer pages are written twice
_MOST_TOLD = 1_000  # bad rows that are told one by one
_REGISTRY = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_REGION = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?")

Keep: TypeAlias = Callable[[Connection, Ledger, Sequence[Row], Whose], Mapping[int, str]]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be imported."""

    what: str  #: in a few words
    must: tuple[str, ...]  #: columns that have to be there
    may: tuple[str, ...] = ()
    of_account: bool = True  #: False: the whole house's


class OfRows(Kind, frozen=True, kw_only=True):
    """Something of which every row is a record."""

    read: Callable[[Mapping[str, str], Whose], Row]
    keep: Keep  #: a batch, in one transaction; why some of its rows, by place, were not kept after all
    batch: int = _BATCH


class OfRegistry(Kind, frozen=True, kw_only=True):
    """A list that takes the place of its registry's last one as a whole, once the last row is in."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An import as it is asked for."""

    kind: str
    account: str = ""
    registry: str = ""
    region: str = ""
    dry_run: bool = False  #: read and report; keep nothing


class Imported(msgspec.Struct, frozen=True):
    """What became of a file."""

    good: int
    bad: list[tuple[int, str]]  #: (line, why), the first thousand
    passed_over: int = 0  #: how many rows were bad in all


class _Tally:
    """Counts rows, remembers the first bad ones, and says how far it is."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.good = self.passed_over = 0
        self._bad: list[tuple[int, str]] = []
        self._progress = progress

    def add(self, good: int, bad: Iterable[tuple[int, str]]) -> None:
        self.good += good
        for line, why in bad:
            self.bad(line, why)
        self._progress(self.good + self.passed_over)

    def bad(self, line: int, why: str) -> None:
        self.passed_over += 1
        if len(self._bad) < _MOST_TOLD:
            self._bad.append((line, why))

    def told(self) -> Imported:
        return Imported(self.good, sorted(self._bad), self.passed_over)


def check(asked: Asked) -> None:
    """Raises `BadInput` for an import that says too little, or what has no meaning for its kind."""
    kind = KINDS[asked.kind]
    if kind.of_account and not asked.account:
        raise BadInput(f"{asked.kind} are an account's own: say --account AC...")
    if asked.account and not kind.of_account:
        raise BadInput(f"{asked.kind} are no account's own, the whole house goes by them: leave --account out")
    of_registry = isinstance(kind, OfRegistry)
    if not of_registry and (asked.registry or asked.region):
        raise BadInput(f"{asked.kind} are of no registry: --registry and --region are for do-not-call")
    if of_registry and not _REGISTRY.fullmatch(asked.registry):
        raise BadInput("--registry is the list's name in small letters, such as us-national or us-tx")
    if of_registry and not _calling_code(asked.region):
        raise BadInput("--region is where the list holds: a country such as US, or a state of it such as US-TX")


def whose_rows(asked: Asked, keys: Keys, now: datetime) -> Whose:
    """For whom an import's rows are read."""
    return Whose(
        keys=keys,
        now=now,
        account=asked.account,
        registry=asked.registry,
        region=asked.region,
        calling_code=_calling_code(asked.region),
    )


def _calling_code(region: str) -> str:
    read = _REGION.fullmatch(region)
    return calling_code(read[1]) if read else ""


async def import_csv(
    asked: Asked,
    file: TextIO,
    whose: Whose,
    *,
    database: Database,
    ledger: Ledger,
    lists: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Take a file over; `progress` hears how many rows are done, and `lists` is the folder of number files. Raises
    `BadInput` for its header."""
    kind, tally = KINDS[asked.kind], _Tally(progress)
    if isinstance(kind, OfRows):
        await _import_rows(asked, kind, file, whose, tally, database=database, ledger=ledger)
    elif asked.dry_run:
        _read_list(file.buffer, whose, tally, lambda _: None)
    else:
        await _import_list(file.buffer, whose, tally, database=database, ledger=ledger, lists=lists)
    return tally.told()


async def _import_rows(
    asked: Asked, kind: OfRows, file: TextIO, whose: Whose, tally: _Tally, *, database: Database, ledger: Ledger
) -> None:
    reader = csv.DictReader(_lines(file), strict=True)
    _check_header(asked.kind, reader.fieldnames)
    found = _rows(reader)
    while batch := list(itertools.islice(found, kind.batch)):
        fit = list(_readable(kind, batch, whose, tally))
        left = {} if asked.dry_run else await _kept(kind, database, ledger, [row for _, row in fit], whose)
        tally.add(len(fit) - len(left), [(fit[place][0], why) for place, why in left.items()])


def _readable(
    kind: OfRows, batch: Sequence[tuple[int, Mapping[Any, Any]]], whose: Whose, tally: _Tally
) -> Iterable[tuple[int, Row]]:
    """The rows of a batch that can be read, each with its line."""
    for line, row in batch:
        try:
            yield line, kind.read(rows.trimmed(row), whose)
        except BadInput as wrong:
            tally.bad(line, str(wrong))


async def _kept(
    kind: OfRows, database: Database, ledger: Ledger, fit: Sequence[Row], whose: Whose
) -> Mapping[int, str]:
    return await database.write(lambda connection: kind.keep(connection, ledger, fit, whose))


# --- lists of a registry --------------------------------------------------------------------------------------------


async def _import_list(
    source: BinaryIO, whose: Whose, tally: _Tally, *, database: Database, ledger: Ledger, lists: Path
) -> None:
    """Put a list in the place of its registry's last one. Until the database names the new file, it means nothing.

    The file that it replaces stays until the next import: others read it for up to a second, and where the folder is a
    network's they would fall over its removal.
    """
    registry = whose.registry
    with number_file.draft(lists, registry) as draft:
        named = await database.read(do_not_call.registries_all)
        number_file.clear_out(lists, registry, [row.digest for row in named if row.registry == registry])
        _read_list(source, whose, tally, draft.add)
        written = draft.finish()
        put = await database.write(
            lambda c: do_not_call.put_in_force(c, ledger, registry, written, region=whose.region, loaded_at=whose.now)
        )
    if not put:
        raise BadInput(f"a later import of {registry} was finished meanwhile: its list stays")


def _read_list(source: BinaryIO, whose: Whose, tally: _Tally, keep: Callable[[Numbers], None]) -> None:
    """Read a list to its end. Raises `BadInput` where nothing could be read of it."""
    for read in NumberList(source, whose):
        keep(read.numbers)
        tally.add(len(read.numbers), read.bad)
    if not tally.good:
        raise BadInput("not one number of the file could be read: the list on record stays as it is")


# --- reading --------------------------------------------------------------------------------------------------------


def _lines(file: TextIO) -> Iterable[str]:
    """Without the byte order mark that spreadsheets write, and without NULs, which no database keeps."""
    for i, line in enumerate(file):
        yield (line.removeprefix("\ufeff") if i == 0 else line).replace("\x00", "")


def _check_header(name: str, found: Sequence[str] | None) -> None:
    kind = KINDS[name]
    if found is None:
        raise BadInput(f"the file is empty; its first line names the columns: {', '.join(kind.must)}")
    for column in kind.must:
        if column not in found:
            raise BadInput(f"the column '{column}' is missing; {name} need {', '.join(kind.must)}", field=column)
    for column in found:
        if column not in {*kind.must, *kind.may}:
            known = ", ".join((*kind.must, *kind.may))
            raise BadInput(f"the column '{column[:40]}' is not known; {name} have {known}", field=column[:40])


def _rows(reader: csv.DictReader[str]) -> Iterable[tuple[int, Mapping[Any, Any]]]:
    """Each row with its line; a row that can't be read is one that has too many values."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            yield reader.line_num, {None: str(wrong)}
            continue
        yield reader.line_num, row


# --- keeping --------------------------------------------------------------------------------------------------------


def _numbers(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    numbers.put(connection, batch, whose.now)
    states = {r.number: r for r in senders.numbers_of(connection, [row["number"] for row in batch])}
    left = {}
    for place, row in enumerate(batch):
        now = states[row["number"]]
        if now.account is not None and now.account != whose.account:
            left[place] = f"{row['number']} is another account's"
        elif now.state != "in-use":
            left[place] = f"{row['number']} was given up and is {now.state}: nobody gets it before it is available"
    return left


def _inventory(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    numbers.put(connection, batch, whose.now)
    return {}


def _names(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    return {
        place: f"the account asked for no sender name '{row['sender']}'"
        for place, row in enumerate(batch)
        if not services.decide_alpha(connection, whose.account, row["sender"], row["status"])
    }


def _registrations(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    wanted = {number for row in batch for number in row["numbers"]}
    owners = numbers.owners(connection, list(wanted))
    others = {number for number in wanted if owners.get(number) != whose.account}
    left = {
        place: f"import its numbers first: {', '.join(sorted(foreign))} are not this account's"
        for place, row in enumerate(batch)
        if (foreign := others.intersection(row["numbers"]))
    }
    campaigns.put(connection, [row for place, row in enumerate(batch) if place not in left], whose.now)
    return left


def _wishes(keep: Callable[..., None]) -> Keep:
    """Wishes are the root account's: they hold for the whole brand."""

    def kept(connection: Connection, ledger: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
        keep(connection, ledger, _of_root(connection, batch, whose), whose.now)
        return {}

    return kept


def _reassigned(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    consents.reassigned_put(connection, _of_root(connection, batch, whose))
    return {}


def _of_root(connection: Connection, batch: Sequence[Row], whose: Whose) -> list[Row]:
    root = consents.root_of(connection, whose.account)
    return [row | {"account": root} for row in batch]


def _only_receive(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    senders.never_originate_put(connection, batch)
    return {}


def _shut_down(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    reachability.shut_down_put(connection, batch)
    return {}


def _blocks(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    numbering.allocations_put(connection, batch, whose.now)
    return {}


def _domains(connection: Connection, _: Ledger, batch: Sequence[Row], whose: Whose) -> Mapping[int, str]:
    known_domains.list_domains(connection, batch)
    return {}


_OF_A_NUMBER = (
    "type", "region", "sms", "mms", "voice", "fax", "verification", "friendly_name", "provider", "business",
)  # fmt: skip

KINDS: Mapping[str, Kind] = {
    "numbers": OfRows(
        what="numbers and short codes that the account has",
        must=("number",),
        may=_OF_A_NUMBER,
        read=rows.number,
        keep=_numbers,
    ),
    "sender-names": OfRows(
        what="which of the names that the account asked for it may use: registered, rejected or pending",
        must=("sender", "status"),
        read=rows.sender_name,
        keep=_names,
    ),
    "registrations": OfRows(
        what="brands and campaigns as they are registered; import their numbers before",
        must=("brand", "brand_name", "campaign", "use_case"),
        may=(
            "status",
            "brand_status",
            "vertical",
            "numbers",
            "description",
            "message_flow",
            "help_message",
            "campaign_id",
            "opt_in_message",
            "unstated_purpose",
            "exempt_as",
            "segments_a_day",
            "debt_collection",
            "recurring",
            "re_permission",
            "number_pool",
        ),
        read=rows.registration,
        keep=_registrations,
    ),
    "opt-outs": OfRows(
        what="people who said stop",
        must=("number",),
        may=("since", "scope", "said", "via"),
        read=rows.opt_out,
        keep=_wishes(consents.opt_out),
    ),
    "consents": OfRows(
        what="what people agreed to",
        must=("number", "purpose", "kind", "given_at"),
        may=("medium", "language", "campaign", "source", "proof"),
        read=rows.consent,
        keep=_wishes(consents.give),
    ),
    "reassigned": OfRows(
        what="answers of the Reassigned Numbers Database: yes, no or no-data",
        must=("number", "answer", "consent_date", "asked_at"),
        read=rows.reassigned,
        keep=_reassigned,
    ),
    "inventory": OfRows(
        what="numbers and short codes that customers can buy",
        must=("number",),
        may=_OF_A_NUMBER,
        read=rows.for_sale,
        keep=_inventory,
        of_account=False,
    ),
    "do-not-call": OfRegistry(
        what="a registry's whole file: it takes the place of that registry's last one",
        must=("number",),
        may=("area_code",),
        of_account=False,
    ),
    "do-not-originate": OfRows(
        what="numbers that only receive, and who says so",
        must=("number", "source"),
        read=rows.only_receives,
        keep=_only_receive,
        of_account=False,
    ),
    "deactivations": OfRows(
        what="numbers that carriers shut down, and when: a carrier's file of a day",
        must=("number", "at"),
        read=rows.shut_down,
        keep=_shut_down,
        batch=_LIST_BATCH,
        of_account=False,
    ),
    "domains": OfRows(
        what="domains that texts lead to: blocked ones and who says so, or since when they are registered",
        must=("domain",),
        may=("blocked", "source", "registered_at"),
        read=rows.domain,
        keep=_domains,
        of_account=False,
    ),
    "allocations": OfRows(
        what="blocks of the numbering plans: allocated or unallocated, as of a day",
        must=("prefix", "status", "as_of"),
        read=rows.block,
        keep=_blocks,
        batch=_LIST_BATCH,
        of_account=False,
    ),
}
