"""What can be imported, with its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from masstransit.carriage import rows
from masstransit.carriage.importing import keeping
from masstransit.carriage.importing.keeping import Keep
from masstransit.carriage.rows import Row, Whose
from masstransit.storage import consents

_BATCH = 1_000  # rows in one transaction
_LIST_BATCH = 20_000  # of a list: the more at once, the fewer pages are written twice


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be imported."""

    what: str  #: in a few words
    must: tuple[str, ...]  #: columns that have to be there
    may: tuple[str, ...] = ()
    of_account: bool = True  #: False: the whole house's

    @property
    def columns(self) -> tuple[str, ...]:
        """All that it has."""
        return (*self.must, *self.may)


class OfRows(Kind, frozen=True, kw_only=True):
    """Something of which every row is a record."""

    read: Callable[[Mapping[str, str], Whose], Row]
    keep: Keep
    batch: int = _BATCH


class OfRegistry(Kind, frozen=True, kw_only=True):
    """A list that takes the place of its registry's last one as a whole, once the last row is in."""


_OF_A_NUMBER = (
    "type", "region", "sms", "mms", "voice", "fax", "verification", "friendly_name", "provider", "business",
)  # fmt: skip

KINDS: Mapping[str, Kind] = {
    "numbers": OfRows(
        what="numbers and short codes that the account has",
        must=("number",),
        may=_OF_A_NUMBER,
        read=rows.number,
        keep=keeping.keep_numbers,
    ),
    "sender-names": OfRows(
        what="which of the names that the account asked for it may use: registered, rejected or pending",
        must=("sender", "status"),
        read=rows.sender_name,
        keep=keeping.keep_names,
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
            "short_calls",
            "segments_a_day",
            "debt_collection",
            "recurring",
            "re_permission",
            "number_pool",
        ),
        read=rows.registration,
        keep=keeping.keep_registrations,
    ),
    "opt-outs": OfRows(
        what="people who said stop",
        must=("number",),
        may=("since", "scope", "said", "via"),
        read=rows.opt_out,
        keep=keeping.wishes(consents.opt_out),
    ),
    "consents": OfRows(
        what="what people agreed to",
        must=("number", "purpose", "kind", "given_at"),
        may=("medium", "language", "campaign", "source", "proof", "shown"),
        read=rows.consent,
        keep=keeping.wishes(consents.give),
    ),
    "reassigned": OfRows(
        what="answers of the Reassigned Numbers Database: yes, no or no-data",
        must=("number", "answer", "consent_date", "asked_at"),
        read=rows.reassigned,
        keep=keeping.wishes(consents.reassigned_put),
    ),
    "inventory": OfRows(
        what="numbers and short codes that customers can buy",
        must=("number",),
        may=_OF_A_NUMBER,
        read=rows.for_sale,
        keep=keeping.keep_inventory,
        of_account=False,
    ),
    "do-not-call": OfRegistry(
        what="a registry's whole file: it takes the place of that registry's last one",
        must=("number",),
        may=("area_code",),
        of_account=False,
    ),
    "do-not-originate": OfRows(
        what="numbers that only receive, and who says so; with listed=false, that they took it off their list",
        must=("number", "source"),
        may=("listed",),
        read=rows.only_receives,
        keep=keeping.keep_only_receive,
        of_account=False,
    ),
    "deactivations": OfRows(
        what="numbers that carriers shut down, and when: a carrier's file of a day",
        must=("number", "at"),
        read=rows.shut_down,
        keep=keeping.keep_shut_down,
        batch=_LIST_BATCH,
        of_account=False,
    ),
    "media-hashes": OfRows(
        what="hashes of known files (abuse, intimate, work, malware); with listed=false, that they are no more",
        must=("hash", "tier", "source"),
        may=("kind", "work", "holder", "listed"),
        read=rows.known_medium,
        keep=keeping.keep_hashes,
        batch=_LIST_BATCH,
        of_account=False,
    ),
    "domains": OfRows(
        what="domains that texts lead to: blocked ones and who says so, or since when they are registered",
        must=("domain",),
        may=("blocked", "source", "registered_at"),
        read=rows.domain,
        keep=keeping.keep_domains,
        of_account=False,
    ),
    "allocations": OfRows(
        what="blocks of the numbering plans: allocated or unallocated, as of a day",
        must=("prefix", "status", "as_of"),
        read=rows.block,
        keep=keeping.keep_blocks,
        batch=_LIST_BATCH,
        of_account=False,
    ),
}
