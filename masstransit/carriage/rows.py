"""What a row of an imported file says: a function a kind. Each raises `BadInput` for a row that can't be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

from masstransit.errors import BadInput
from masstransit.model.address import E164, AlphaSender, ShortCode, digits_of, e164, parse
from masstransit.model.call import SHORT_BY_DESIGN
from masstransit.model.communication import reachable
from masstransit.model.sid import new_sid
from masstransit.storage.keys import Keys

Row: TypeAlias = dict[str, Any]
Given: TypeAlias = Mapping[str, str]  #: a row as the file has it, by column

_LONGEST = 4_096  # characters of a value
_HASH = re.compile(r"[0-9a-f]{64}")
_HASH_KINDS = {"pdq": "pdq", "sha256": "sha256"}
_BLOCK = re.compile(r"\+?([1-9][0-9]{0,14})")
_BRAND_STATES = ("APPROVED", "PENDING", "FAILED", "SUSPENDED")
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")
_NATIONAL = 10  # digits of a North American number in its national form


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """For whom rows are read, and with what."""

    keys: Keys
    now: datetime
    account: str = ""  #: "": nobody's own, the whole house's
    registry: str = ""  #: the do-not-call list that the rows are of
    region: str = ""  #: ... and where it holds: "US", "US-TX"
    calling_code: str = ""  #: ... and how numbers of that country begin: "1"


def trimmed(row: Mapping[Any, Any]) -> dict[str, str]:
    """A row as `csv.DictReader` gives it, whole and without blanks around its values. Raises `BadInput`."""
    if None in row:
        raise BadInput("there are more values than columns, or a quote is not closed")
    if any(value is None for value in row.values()):
        raise BadInput("there are fewer values than columns")
    if any(len(value) > _LONGEST for value in row.values()):
        raise BadInput(f"a value is longer than {_LONGEST} characters")
    return {name: value.strip() for name, value in row.items()}


# --- an account's own -----------------------------------------------------------------------------------------------


def number(row: Given, whose: Whose) -> Row:
    """A number or short code that the account has."""
    read = for_sale(row, whose)
    sid = new_sid("SC" if read["type"] == "short-code" else "PN")
    return read | {"account": whose.account, "sid": sid, "state": "in-use", "acquired_at": whose.now}


def sender_name(row: Given, whose: Whose) -> Row:
    """What the operator says of a sender name that the account asked for."""
    address = parse(row["sender"])
    if not isinstance(address, AlphaSender):
        raise BadInput(f"'{row['sender']}' is not a sender name")
    status = _one_of("status", row["status"], ("registered", "rejected", "pending"))
    return {"account": whose.account, "sender": address.text, "status": status}


def registration(row: Given, whose: Whose) -> Row:
    """A brand with one of its campaigns."""
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
        "brand_status": _one_of("brand_status", row.get("brand_status") or "APPROVED", _BRAND_STATES),
        "sid": row["campaign"],
        "use_case": row["use_case"][:64],
        "status": _one_of("status", row.get("status") or "VERIFIED", ("VERIFIED", "FAILED", "SUSPENDED")),
        "vertical": row.get("vertical", "").upper()[:32],
        "numbers": [parse(text).text for text in row.get("numbers", "").split()],
        "attrs": {name: row[name] for name in texts if row.get(name)} | _declared(row),
    }


def _declared(row: Given) -> Row:
    """What a campaign declares beyond its use (`facts.identity.Campaign`)."""
    choices = {
        "unstated_purpose": ("transactional", "marketing"),
        "exempt_as": ("financial", "healthcare"),
        "short_calls": SHORT_BY_DESIGN,
    }
    told: Row = {name: _one_of(name, row[name], known) for name, known in choices.items() if row.get(name)}
    flags = [name for name in ("debt_collection", "recurring", "re_permission", "number_pool") if row.get(name)]
    told |= {name: _flag(row, name, default=False) for name in flags}
    if segments := row.get("segments_a_day"):
        if not segments.isascii() or not segments.isdigit() or len(segments) > 9:
            raise BadInput("'segments_a_day' is a number of at most nine digits")
        told["segments_a_day"] = int(segments)
    return told


def opt_out(row: Given, whose: Whose) -> Row:
    """A person who said stop."""
    return {
        **_person(row, whose),
        "since": _when("since", row["since"], whose) if row.get("since") else whose.now,
        "scope": _one_of("scope", row.get("scope") or "all", ("all", "marketing")),
        "said": (row.get("said") or "import")[:64],
        "via": row.get("via", "")[:32],
    }


def consent(row: Given, whose: Whose) -> Row:
    """What a person agreed to, and how."""
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
        "shown": row.get("shown", ""),
    }


def reassigned(row: Given, whose: Whose) -> Row:
    """What the Reassigned Numbers Database answered about a person's number."""
    asked, about = (_when(name, row[name], whose) for name in ("asked_at", "consent_date"))
    if about > asked:
        raise BadInput("'consent_date' is the date that was asked about, so that it lies before 'asked_at'")
    number = e164(row["number"])
    return {
        "account": whose.account,
        "person": whose.keys.person(number.text),
        "answer": _one_of("answer", row["answer"].lower().replace(" ", "-"), ("yes", "no", "no-data")),
        "consent_date": about,
        "asked_at": asked,
    }


# --- the whole house's ----------------------------------------------------------------------------------------------


def for_sale(row: Given, _: Whose) -> Row:
    """A number or short code of the inventory, whoever has it."""
    address = parse(row["number"])
    if isinstance(address, AlphaSender):
        raise BadInput(f"'{row['number']}' is not a number")
    region = row.get("region") or ("" if isinstance(address, ShortCode) else address.region)
    if not region:
        raise BadInput("the column 'region' says in which country this is")
    kind = row.get("type") or _kind_of(address)
    verification = row.get("verification", "")
    return {
        "number": address.text,
        "type": _one_of("type", kind, ("local", "mobile", "toll-free", "short-code")),
        "region": region.upper()[:8],
        "verification": verification and _one_of("verification", verification, ("pending", "verified", "rejected")),
        "friendly_name": row.get("friendly_name", "")[:64] or address.text,
        **{name: _flag(row, name, default=name == "sms") for name in ("sms", "mms", "voice", "fax")},
        "provider": row.get("provider", "").lower()[:32],
        "business": _flag(row, "business", default=True),
    }


def on_a_list(row: Given, whose: Whose) -> int:
    """A number on a do-not-call list. In North America the ten digits that its registries give are enough, in one
    column or with the area code apart."""
    text = row.get("area_code", "") + row["number"]
    digits = digits_of(text)
    if whose.calling_code == "1":
        digits = f"1{digits}" if len(digits) == _NATIONAL else digits
        fits = digits[0] == "1" and len(digits) == _NATIONAL + 1
    else:
        fits = digits.startswith(whose.calling_code)
    if not fits:
        raise BadInput(f"'{text[:32]}' is not a number of {whose.region.partition('-')[0]}")
    return int(digits)


def only_receives(row: Given, whose: Whose) -> Row:
    """A number that never originates (DNO), and who says so; or that it is on their list no longer."""
    address = parse(row["number"])
    if isinstance(address, AlphaSender):
        raise BadInput(f"'{row['number']}' is not a number")
    if not row["source"]:
        raise BadInput("'source' says who listed the number")
    listed = {"number": address.text, "source": row["source"][:128], "listed_at": whose.now}
    return listed | {"listed": _flag(row, "listed", default=True)}


def known_medium(row: Given, whose: Whose) -> Row:
    """The hash of a file that is known, and what of."""
    kind = _HASH_KINDS.get(row.get("kind") or "pdq")
    text = row["hash"].strip().lower()
    if row["tier"] == "malware" and kind == "pdq":
        raise BadInput("malware is known by its bytes: kind=sha256")
    if kind is None or not _HASH.fullmatch(text):
        raise BadInput("'hash' is 64 hex digits: a SHA-256 with kind=sha256, a PDQ hash with kind=pdq")
    if not row["source"]:
        raise BadInput("'source' says whose list it is")
    return {
        "kind": kind,
        "hash": text,
        "source": row["source"][:128],
        "tier": _one_of("tier", row["tier"], ("abuse", "intimate", "work", "malware")),
        "work": (row.get("work") or "")[:256],
        "holder": (row.get("holder") or "")[:256],
        "listed": _flag(row, "listed", default=True),
        "listed_at": whose.now,
    }


def shut_down(row: Given, whose: Whose) -> Row:
    """A number that a carrier shut down."""
    return {"person": whose.keys.person(e164(row["number"]).text), "at": _when("at", row["at"], whose)}


def block(row: Given, whose: Whose) -> Row:
    """A block of a numbering plan."""
    prefix = _BLOCK.fullmatch(row["prefix"])
    if prefix is None:
        raise BadInput("'prefix' is the beginning of numbers in E.164 form, such as +1212555")
    return {
        "prefix": f"+{prefix[1]}",
        "status": _one_of("status", row["status"], ("allocated", "unallocated")),
        "as_of": _when("as_of", row["as_of"], whose),
    }


def domain(row: Given, whose: Whose) -> Row:
    """A domain or host that texts lead to: whether it is blocked, by whose word, and since when it is registered."""
    name = row["domain"].lower().rstrip(".")
    if _DOMAIN.fullmatch(name) is None:
        raise BadInput(f"'{row['domain'][:64]}' is no domain: write it as shop.example.com, without https://")
    blocked = _flag(row, "blocked", default=True)
    if blocked and not row.get("source"):
        raise BadInput("'source' says who has it that the domain is bad")
    registered = row.get("registered_at")
    if not blocked and not registered:
        raise BadInput("a domain that is not blocked needs 'registered_at'")
    return {
        "domain": name,
        "blocked": blocked,
        "source": row.get("source", "")[:128],
        "registered_at": _when("registered_at", registered, whose) if registered else None,
        "listed_at": whose.now,
    }


def _kind_of(address: E164 | ShortCode) -> str:
    """What kind of number it is by its plan; in North America mobiles and landlines look alike, and are "local"."""
    if isinstance(address, ShortCode):
        return "short-code"
    return address.line if address.line in ("mobile", "toll-free") else "local"


# --- what they share ------------------------------------------------------------------------------------------------


def _person(row: Given, whose: Whose) -> Row:
    """Whom a row is about: by a number, or by a mailbox or a name in chats where it is about those."""
    read = reachable(row["number"])
    return {"account": whose.account, "person": whose.keys.person(read.text), "masked": read.masked}


def _one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise BadInput(f"'{name}' is one of {', '.join(allowed)}, not '{value[:40]}'")
    return value


def _flag(row: Given, name: str, *, default: bool) -> bool:
    value = row.get(name, "").lower()
    return default if not value else _one_of(name, value, ("true", "false")) == "true"


def _when(name: str, text: str, whose: Whose) -> datetime:
    try:
        read = datetime.fromisoformat(text)
        at = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise BadInput(f"'{name}' is a time such as 2026-05-24T17:44:46Z, not '{text[:40]}'") from wrong
    if at > whose.now:
        raise BadInput(f"'{name}' lies in the future")
    return at
