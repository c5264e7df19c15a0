"""A customer's first day: numbers, registrations, opt-outs and consents from CSV files.

Read line by line and kept a batch at a time, each in one transaction. Every row may be imported again and changes
nothing then, so an import that broke off is simply begun anew. Bad rows are passed over and told.
"""

from __future__ import annotations

import csv
import itertools
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TextIO, TypeAlias

import msgspec
from sqlalchemy import Connection

from masstransit.clock import Clock
from masstransit.errors import BadInput
from masstransit.ledger import Ledger
from masstransit.model.address import AlphaSender, ShortCode, e164, parse
from masstransit.storage import campaigns, consents, numbers
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys

Kind: TypeAlias = Literal["numbers", "registrations", "opt-outs", "consents"]
Row: TypeAlias = dict[str, Any]

_BATCH = 1_000  # rows in one transaction
_MOST_TOLD = 1_000  # bad rows that are told one by one
_LONGEST = 4_096  # characters of a value

#: kind -> (columns that must be there, those that may)
COLUMNS: Mapping[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "numbers": (("number",), ("type", "region", "sms", "mms", "voice", "fax", "friendly_name")),
    "registrations": (
        ("brand", "brand_name", "campaign", "use_case"),
        (
            "status",
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
        ),
    ),
    "opt-outs": (("number",), ("since", "scope", "said", "via")),
    "consents": (
        ("number", "purpose", "kind", "given_at"),
        ("medium", "language", "campaign", "source", "proof"),
    ),
}


class Imported(msgspec.Struct, frozen=True):
    """What became of a file."""

    good: int
    bad: list[tuple[int, str]]  #: (line, why), the first thousand
    passed_over: int = 0  #: how many rows were bad in all


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """For whom rows are read, and with what."""

    account: str
    keys: Keys
    now: datetime


async def import_csv(
    kind: Kind,
    file: TextIO,
    account: str,
    *,
    database: Database,
    keys: Keys,
    clock: Clock,
    ledger: Ledger,
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Take a file over for an account; `progress` hears how many rows are done. Raises `BadInput` for its header."""
    reader = csv.DictReader(_lines(file), strict=True)
    _check_header(kind, reader.fieldnames)
    bad: list[tuple[int, str]] = []
    good = passed_over = 0
    whose = Import(account=account, keys=keys, now=clock.now())
    rows = _rows(reader)
    while batch := list(itertools.islice(rows, _BATCH)):
        fit: list[Row] = []
        for line, row in batch:
            try:
                fit.append(_READERS[kind](_trimmed(row), whose))
            except BadInput as wrong:
                passed_over += 1
                if len(bad) < _MOST_TOLD:
                    bad.append((line, str(wrong)))
        kept = fit
        await database.write(lambda c, kept=kept: _keep(kind, c, ledger, kept, whose))  # type: ignore[misc]
        good += len(fit)
        progress(good + passed_over)
    return Imported(good=good, bad=bad, passed_over=passed_over)


def _lines(file: TextIO) -> Iterable[str]:
    """Without the byte order mark that spreadsheets write, and without NULs, which no database keeps."""
    for i, line in enumerate(file):
        yield (line.removeprefix("\ufeff") if i == 0 else line).replace("\x00", "")


def _check_header(kind: Kind, found: Sequence[str] | None) -> None:
    must, may = COLUMNS[kind]
    if found is None:
        raise BadInput(f"the file is empty; its first line names the columns: {', '.join(must)}")
    for name in must:
        if name not in found:
            raise BadInput(f"the column '{name}' is missing; {kind} need {', '.join(must)}", field=name)
    for name in found:
        if name not in {*must, *may}:
            raise BadInput(f"the column '{name[:40]}' is not known; {kind} may have {', '.join(may)}", field=name[:40])


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


def _trimmed(row: Mapping[Any, Any]) -> dict[str, str]:
    if None in row:
        raise BadInput("there are more values than columns, or a quote is not closed")
    if any(value is None for value in row.values()):
        raise BadInput("there are fewer values than columns")
    if any(len(value) > _LONGEST for value in row.values()):
        raise BadInput(f"a value is longer than {_LONGEST} characters")
    return {name: value.strip() for name, value in row.items()}


# --- rows -----------------------------------------------------------------------------------------------------------


def _number(row: Mapping[str, str], whose: Import) -> Row:
    address = parse(row["number"])
    if isinstance(address, AlphaSender):
        raise BadInput(f"'{row['number']}' is not a number")
    short = isinstance(address, ShortCode)
    region = row.get("region") or ("" if isinstance(address, ShortCode) else address.region)
    if not region:
        raise BadInput("the column 'region' says in which country this is")
    kind = row.get("type") or ("short-code" if short else "local")
    return {
        "number": address.text,
        "account": whose.account,
        "sid": ("SC" if short else "PN") + secrets.token_hex(16),
        "type": _one_of("type", kind, ("local", "mobile", "toll-free", "short-code")),
        "region": region.upper()[:8],
        "state": "in-use",
        "acquired_at": whose.now,
        "friendly_name": row.get("friendly_name", "")[:64] or address.text,
        **{name: _flag(row, name, default=name == "sms") for name in ("sms", "mms", "voice", "fax")},
    }


def _registration(row: Mapping[str, str], whose: Import) -> Row:
    for name, prefix in (("brand", "BN"), ("campaign", "QE")):
        if not row[name].startswith(prefix) or len(row[name]) > 64:
            raise BadInput(f"'{name}' is a SID that begins with {prefix}")
    texts = ("description", "message_flow", "help_message", "campaign_id", "opt_in_message")
    if not row["brand_name"] or not row["use_case"]:
        raise BadInput("'brand_name' and 'use_case' are needed")
    return {
        "account": whose.account,
        "brand": row["brand"],
        "brand_name": row["brand_name"][:256],
        "sid": row["campaign"],
        "use_case": row["use_case"][:64],
        "status": _one_of("status", row.get("status") or "VERIFIED", ("VERIFIED", "FAILED", "SUSPENDED")),
        "numbers": [parse(text).text for text in row.get("numbers", "").split()],
        "attrs": {name: row[name] for name in texts if row.get(name)} | _declared(row),
    }


def _declared(row: Mapping[str, str]) -> Row:
    """What a campaign declares beyond its use (`facts.identity.Campaign`)."""
    choices = {"unstated_purpose": ("transactional", "marketing"), "exempt_as": ("financial", "healthcare")}
    told: Row = {name: _one_of(name, row[name], known) for name, known in choices.items() if row.get(name)}
    flags = [name for name in ("debt_collection", "recurring", "re_permission") if row.get(name)]
    told |= {name: _flag(row, name, default=False) for name in flags}
    if segments := row.get("segments_a_day"):
        if not segments.isascii() or not segments.isdigit() or len(segments) > 9:
            raise BadInput("'segments_a_day' is a number of at most nine digits")
        told["segments_a_day"] = int(segments)
    return told


def _opt_out(row: Mapping[str, str], whose: Import) -> Row:
    return {
        **_person(row, whose),
        "since": _when("since", row["since"], whose) if row.get("since") else whose.now,
        "scope": _one_of("scope", row.get("scope") or "all", ("all", "marketing")),
        "said": (row.get("said") or "import")[:64],
        "via": row.get("via", "")[:32],
    }


def _consent(row: Mapping[str, str], whose: Import) -> Row:
    kinds = ("written", "express", "purchase", "inquiry", "conversation")
    return {
        **_person(row, whose),
        "purpose": _one_of("purpose", row["purpose"], ("marketing", "transactional", "otp", "conversation")),
        "kind": _one_of("kind", row["kind"], kinds),
        "given_at": _when("given_at", row["given_at"], whose),
        "medium": (row.get("medium") or "import")[:64],
        "language": row.get("language", "")[:16],
        "campaign": row.get("campaign", "")[:64],
        "source": row.get("source", "")[:64],
        "proof": row.get("proof", "")[:2048],
    }


def _person(row: Mapping[str, str], whose: Import) -> Row:
    number = e164(row["number"])
    return {"account": whose.account, "person": whose.keys.person(number.text), "masked": number.masked}


def _one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise BadInput(f"'{name}' is one of {', '.join(allowed)}, not '{value[:40]}'")
    return value


def _flag(row: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = row.get(name, "").lower()
    return default if not value else _one_of(name, value, ("true", "false")) == "true"


def _when(name: str, text: str, whose: Import) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise BadInput(f"'{name}' is a time such as 2026-05-24T17:44:46Z, not '{text[:40]}'") from wrong
    at = read.replace(tzinfo=UTC) if read.tzinfo is None else read
    if at > whose.now:
        raise BadInput(f"'{name}' lies in the future")
    return at.astimezone(UTC)


_READERS: Mapping[Kind, Callable[[Mapping[str, str], Import], Row]] = {
    "numbers": _number,
    "registrations": _registration,
    "opt-outs": _opt_out,
    "consents": _consent,
}


def _keep(kind: Kind, connection: Connection, ledger: Ledger, rows: Sequence[Row], whose: Import) -> None:
    """One batch, in one transaction. Wishes are the root account's: they hold for the whole brand."""
    if kind == "numbers":
        numbers.put(connection, rows, whose.now)
    elif kind == "registrations":
        campaigns.put(connection, rows, whose.now)
    else:
        root = consents.roots(connection, [whose.account])[whose.account]
        owned = [row | {"account": root} for row in rows]
        keep = consents.opt_out if kind == "opt-outs" else consents.give
        keep(connection, ledger, owned, whose.now)
