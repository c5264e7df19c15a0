"""Every table, in one place to read; the queries stand in one file a noun.

Conventions: every key begins with the account, so that tables can be distributed by account; `person` is a recipient's
number as HMAC (`Keys.person`), kept where numbers are only compared; instants are microseconds since 1970 UTC; `attrs`
holds what an SDK's resource has and no rule reads.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970: exact, sortable, the same on every engine."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """A JSON document as text, written and read by msgspec."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str, length: int = 64) -> Column[str]:
    return Column(name, String(length), primary_key=True)


def _ref(name: str, length: int = 64) -> Column[str]:
    return Column(name, String(length), nullable=True)


def _named(name: str, default: str = "", length: int = 64) -> Column[str]:
    return Column(name, String(length), nullable=False, default=default)


def _when(name: str, *, null: bool = True) -> Column[datetime]:
    return Column(name, Instant, nullable=null)


def _flag(name: str, *, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=default)


def _attrs() -> Column[Any]:
    return Column("attrs", Json, nullable=False, default=dict)


# --- the house itself ---------------------------------------------------------------------------------------------

installation = Table("installation", metadata, _key("name"), Column("value", Text, nullable=False))

processes = Table(  # who is serving; a queue row claimed by a process that fell silent is free again
    "processes", metadata, _key("process"), _when("started_at", null=False), _when("seen_at", null=False)
)

# --- accounts and their credentials ---------------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    _key("account"),
    _ref("parent"),  # the owner of a subaccount
    _named("friendly_name", length=256),
    _named("status", "active"),  # active | suspended | closed
    _named("type", "Full"),  # Full | Trial
    _named("token_hash", length=128),  # SHA-256; the token itself is sealed, because webhooks are signed with it
    Column("token_sealed", LargeBinary, nullable=False),
    _ref("secondary_hash", 128),  # while tokens are changed: the next one, which opens too and signs nothing
    Column("secondary_sealed", LargeBinary, nullable=True),
    _when("secondary_at"),
    _flag("test"),  # test credentials: nothing is sent
    _flag("stores_content", default=True),  # False: bodies live only until the outcome (clause 11)
    _flag("proven"),  # has standing enough to be told thresholds (rulebook 3.3)
    Column("rate", Float, nullable=True),  # messages a second; None: the clause's figure
    Column("queue_quota", Integer, nullable=True),
    _named("brand", length=256),  # the name that people know the sender by
    _when("created_at", null=False),
    _when("updated_at", null=False),
    _attrs(),
    Index(None, "parent"),
)

keys = Table(
    "keys",
    metadata,
    _key("account"),
    _key("sid"),  # SK...
    _named("friendly_name", length=256),
    _named("secret_hash", length=128),
    _named("scope", "standard"),
    _when("created_at", null=False),
    _when("updated_at", null=False),
    Index(None, "sid", unique=True),
)

binds = Table(  # what an ESME logs in with
    "binds",
    metadata,
    _key("account"),
    _key("system_id", 16),
    _named("password_hash", length=256),  # scrypt: eight characters deserve it
    _flag("enabled", default=True),
    Column("rate", Float, nullable=True),
    Column("window", Integer, nullable=True),
    Column("sessions", Integer, nullable=True),
    _ref("end_user"),
    _flag("reasons", default=True),  # refusals say why in a TLV; a client that breaks on it (smpplib) goes without
    _when("created_at", null=False),
    Index(None, "system_id", unique=True),
)

sip_logins = Table(  # what a user agent or a customer's exchange calls with
    "sip_logins",
    metadata,
    _key("account"),
    _key("login", 64),
    Column("ha1_sealed", LargeBinary, nullable=False),  # H(login:realm:password) by MD5 and SHA-256, encrypted
    _named("realm", length=255),
    _flag("enabled", default=True),
    _ref("source", 45),  # the IP address that is let in without a password: a trunk
    _ref("number", 16),  # whose calls ring here, and which it calls from where it names none
    _ref("end_user"),
    Column("at_once", Integer, nullable=True),  # calls that the account may have at once
    Column("a_second", Float, nullable=True),  # calls that it may begin in a second
    _when("created_at", null=False),
    Index(None, "login", unique=True),
    Index(None, "source", unique=True),
)

sip_contacts = Table(  # where a login is registered just now
    "sip_contacts",
    metadata,
    _key("account"),
    _key("login", 64),
    _key("contact", 255),  # its URI, as it was registered
    _named("host", length=45),  # where it is reached: the address that it registered from
    Column("port", Integer, nullable=False),
    _named("user", length=128),
    _when("registered_at", null=False),
    _when("expires_at", null=False),
)

# --- people at the pages --------------------------------------------------------------------------------------------

users = Table(
    "users",
    metadata,
    _key("account"),  # "": the desk's own
    _key("user"),  # US...
    _named("login", length=254),  # an address or a name, in lower case
    _named("name", length=128),  # as acts are signed
    _named("role", length=16),
    _named("password_hash", length=256),  # scrypt
    Column("totp_sealed", LargeBinary, nullable=True),  # the secret of RFC 6238, once it is proven
    Column("totp_step", BigInteger, nullable=False, default=0),  # the last that opened: a code opens once
    Column("recovery", Json, nullable=False, default=list),  # hashes of codes for a lost second factor
    _flag("must_change"),  # somebody else knows the password
    Column("failed", Integer, nullable=False, default=0),  # times in a row
    _when("shut_until"),  # after too many
    _when("disabled_at"),
    _when("created_at", null=False),
    Index(None, "login", unique=True),
)

passkeys = Table(
    "passkeys",
    metadata,
    _key("account"),
    _key("user"),
    _key("passkey", 512),  # its credential id, in base64url
    _named("name", length=64),
    Column("public", LargeBinary, nullable=False),  # attested credential data (WebAuthn 6.5.1)
    _when("created_at", null=False),
    Index(None, "passkey", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    _key("account"),
    _key("token_hash"),
    _named("user"),
    _named("csrf"),  # the token that each form of this session carries
    _flag("proven"),  # by a second factor
    _when("started_at", null=False),
    _when("seen_at", null=False),
    Index(None, "token_hash", unique=True),
)

acts = Table(  # what people did at the pages; each stands in the ledger as well
    "acts",
    metadata,
    _key("account"),  # the account that it is about; "": the house
    _key("act"),  # AE...
    _when("at", null=False),
    _named("user"),
    _named("name", length=128),
    _named("what", length=48),
    _named("about", length=128),
    Column("told", Json, nullable=False, default=dict),
    Index(None, "at"),
    Index(None, "user", "what", "at"),
    Index(None, "about"),
)

# --- who at a customer is told -------------------------------------------------------------------------------------

account_contacts = Table(  # a customer's people who are told by mail, in an order
    "account_contacts",
    metadata,
    _key("account"),
    _key("contact"),  # CT...
    _named("name", length=128),
    _named("address", length=254),
    Column("uses", Json, nullable=False),  # what for: notices, reclamation
    Column("place", Integer, nullable=False),  # 1 is told first
    _when("refused_at"),  # when the relay refused it for good; NULL: it did not, since this is its address
    _named("refusal", length=256),  # the relay's words
    _when("created_at", null=False),
    _when("updated_at", null=False),
)

mails = Table(  # what went to whom by mail, and what came of it; `notices` is what is still under way
    "mails",
    metadata,
    _key("account"),
    _key("mail"),  # ML...
    _named("statement"),  # NT...
    _ref("about"),
    _named("use", length=16),
    _named("contact"),  # CT...
    _named("address", length=254),
    _named("instead_of", length=254),  # whom it did not reach, masked; "": it is the first
    _named("state", "waits", 16),  # waits | taken | refused | late | unsent
    _named("answer", length=256),  # the relay's last word
    _ref("alternate"),  # ML..., by which somebody else was told because this one did not get there
    _when("at", null=False),
    _when("settled_at"),
    Index(None, "account", "statement"),
    Index(None, "account", "about"),
)

# --- the agreement (A) and end users (B) --------------------------------------------------------------------------

policy_texts = Table(  # editions of the policy that may be accepted
    "policy_texts",
    metadata,
    _key("digest", 128),
    _named("dated"),
    _named("source"),  # plain | operator
    _when("current_from", null=False),
)

acceptances = Table(
    "acceptances",
    metadata,
    _key("account"),
    _key("digest", 128),
    _named("dated"),
    _named("person", length=256),
    _named("role", length=256),
    _flag("authorised"),  # the person may bind the customer
    _named("method"),  # click | signature | import | demo
    _named("source", length=64),  # IP
    _when("at", null=False),
)

guidelines = Table(  # what was sent in writing (A4, 6b)
    "guidelines",
    metadata,
    _key("account"),
    _key("document", 128),
    _key("version", 64),
    _named("recipient", length=256),
    _when("sent_at", null=False),
)

end_users = Table(
    "end_users",
    metadata,
    _key("account"),
    _key("end_user", 128),
    _named("status", "active"),  # active | stopped
    _named("reason", length=256),
    _when("terms_accepted_at"),
    _when("stopped_at"),
    _when("first_seen_at", null=False),
)

# --- senders ------------------------------------------------------------------------------------------------------

numbers = Table(  # the inventory: every number and short code, whoever has it
    "numbers",
    metadata,
    _key("number", 32),  # "+14155550100", or a short code's digits
    _ref("account"),
    _ref("sid"),  # PN...
    _named("type", "local"),  # local | mobile | toll-free | short-code
    _named("region", length=8),
    _named("state", "available"),  # available | in-use | released | aging | port-in | ported-out | hosted-pending
    _flag("sms", default=True),
    _flag("mms"),
    _flag("voice"),
    _flag("fax"),
    _ref("service"),  # MG...
    _ref("campaign"),  # QE...: the registration that covers it
    _named("verification", ""),  # toll-free: "" | pending | verified | rejected
    _named("friendly_name", length=256),
    _named("sms_url", length=2048),
    _named("sms_method", "POST", 8),
    _named("sms_fallback_url", length=2048),
    _ref("sms_application"),  # AP...: people's messages go where it says instead
    _named("voice_url", length=2048),  # who leads the calls of people
    _named("voice_method", "POST", 8),
    _named("voice_fallback_url", length=2048),
    _named("voice_fallback_method", "POST", 8),
    _ref("voice_application"),  # AP...: people's calls are led by what it says instead
    _named("status_callback", length=2048),
    _named("status_callback_method", "POST", 8),
    _named("receive_mode", "voice", 8),  # voice | fax: what takes the calls of people
    _when("acquired_at"),
    _when("released_at"),
    _when("updated_at"),
    _named("provider", length=32),  # whose number it is, by which usage rules are found
    _ref("reserved_by"),  # the account that alone may buy it until then
    _when("reserved_until"),
    _named("kept_for", length=128),  # R3: an alarm line, an opt-out route, a hotline ...: never reclaimed
    _flag("business", default=True),  # its holder is one, which says how long it may age
    _attrs(),
    Index(None, "account", "number"),
    Index(None, "sid"),
    Index(None, "service"),
    Index(None, "provider", "state"),
    Index(None, "reserved_by"),
)

number_holds = Table(  # why numbers are neither sold, nor given up, nor aged, nor reclaimed meanwhile
    "number_holds",
    metadata,
    _key("number", 32),
    _key("kind", 16),  # hold | dispute | port-out | quarantine
    _named("because", length=256),
    _named("by", length=128),
    _when("since", null=False),
    sqlite_with_rowid=False,
)

number_usage = Table(  # what came in and went out by number and day, counted once the day is over
    "number_usage",
    metadata,
    _key("number", 32),
    _key("day", 10),  # 2026-11-26, UTC
    Column("inbound", Integer, nullable=False),
    Column("outbound", Integer, nullable=False),
    sqlite_with_rowid=False,
)

usage_rules = Table(  # what providers ask of their numbers, by their own words
    "usage_rules",
    metadata,
    _key("provider", 32),
    Column("days", Integer, nullable=False),  # without use, after which a number is theirs again
    _named("said", length=512),  # the rule, as they wrote it
    _named("by", length=128),
    _when("since", null=False),
)

OPEN_CASE = text("closed_at IS NULL")
reclamations = Table(  # numbers that providers want back
    "reclamations",
    metadata,
    _key("sid"),  # RC...
    _named("number", length=32),
    _named("account"),
    _named("provider", length=32),
    _named("cause", length=16),  # rule | determination
    _named("said", length=512),  # by the provider: its rule, or its letter
    _named("opened", length=10),  # a day, as 2026-11-26
    _named("deadline", length=10),  # the day on which the provider takes it, or we give it back
    Column("notices", Json, nullable=False, default=list),  # days before the deadline of those that were given
    _ref("told", 10),  # the day of the last
    _named("contest", length=8000),  # the customer's words against it
    _when("contested_at"),
    _when("answered_at"),  # by the provider
    _named("outcome", length=16),  # kept | reclaimed | withdrawn | restored
    _named("because", length=512),
    _when("closed_at"),
    Column("before", Json, nullable=False, default=dict),  # the number as it was, so that it can be restored whole
    Index(None, "account", "opened"),
    Index("ix_reclamations_open", "number", unique=True, sqlite_where=OPEN_CASE, postgresql_where=OPEN_CASE),
)

reclamation_log = Table(  # notices, efforts to prevent it, answers: each with its day and who
    "reclamation_log",
    metadata,
    _key("sid"),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _when("at", null=False),
    _named("what", length=16),  # notice | mail | effort | contest | answer | reclaim | restore | keep
    _named("said", length=1024),
    _named("by", length=128),
)

alpha_senders = Table(
    "alpha_senders",
    metadata,
    _key("account"),
    _key("sender", 16),
    _key("service"),  # MG...
    _ref("sid"),
    _named("status", "registered"),  # pending | registered | rejected
    _when("created_at", null=False),
)

caller_ids = Table(  # numbers of others that accounts proved they may show when they call
    "caller_ids",
    metadata,
    _key("account"),
    _key("sid"),  # PN...
    _named("number", length=32),
    _named("person"),  # the same as HMAC, by which carriers' files of shut-down numbers are compared
    _named("friendly_name", length=64),
    _named("how", length=16),  # code | call | loa
    _when("proven_at", null=False),
    _when("expires_at", null=False),  # then it has to be proven anew
    _named("confirmed_by", length=128),  # who looked at the letter; "": the code did it
    _when("created_at", null=False),
    _when("updated_at", null=False),
    UniqueConstraint("account", "number"),
)

caller_id_claims = Table(  # what accounts say of such numbers, and what became of it
    "caller_id_claims",
    metadata,
    _key("account"),
    _key("sid"),  # CV...
    _named("number", length=32),
    _named("person"),
    _named("friendly_name", length=64),
    _named("how", length=16),  # code | call | loa
    _named("outcome", length=16),  # "": open | proven | refused | failed | declined | unsent | replaced
    _named("because", length=512),  # why a letter was refused
    _named("decided_by", length=128),
    _when("filed_at", null=False),
    _when("decided_at"),
    _named("hash"),  # HMAC of the code
    Column("tries", Integer, nullable=False, default=0),
    _ref("sent"),  # SM... or CA...: what the code went by
    _named("status_callback", length=2048),
    _named("status_method", "POST", 8),
    Column("letter", Json, nullable=False, default=dict),  # holder, reference, signed_on, digest of the document
    Index(None, "account", "filed_at"),
    Index(None, "account", "number", "filed_at"),
    Index(None, "person", "filed_at"),
    Index(None, "outcome", "how", "filed_at"),
    Index(None, "filed_at"),
)

never_originate = Table(  # DNO: numbers that only receive
    "never_originate", metadata, _key("number", 32), _named("source", length=128), _when("listed_at", null=False)
)

allocations = Table(  # blocks of the numbering plans, as their administrators tell it
    "allocations",
    metadata,
    _key("prefix", 16),  # the beginning of a number in E.164 form: +1212555
    _named("status", length=16),  # allocated | unallocated
    _when("as_of", null=False),
)

services = Table(
    "services",
    metadata,
    _key("account"),
    _key("sid"),  # MG...
    _named("friendly_name", length=256),
    _named("inbound_request_url", length=2048),
    _named("inbound_method", "POST", 8),
    _named("fallback_url", length=2048),
    _named("status_callback", length=2048),
    _flag("sticky_sender", default=True),
    _flag("smart_encoding", default=True),
    _flag("mms_converter", default=True),  # media go as links to whom no carrier brings MMS
    _flag("number_webhooks"),  # UseInboundWebhookOnNumber
    Column("validity_period", Integer, nullable=False, default=36000),
    _named("use_case", "notifications"),
    _when("created_at", null=False),
    _when("updated_at", null=False),
    _attrs(),
)

applications = Table(  # sets of webhooks that numbers and messages share
    "applications",
    metadata,
    _key("account"),
    _key("sid"),  # AP...
    _named("friendly_name", length=256),
    _named("sms_url", length=2048),
    _named("sms_method", "POST", 8),
    _named("sms_fallback_url", length=2048),
    _named("sms_status_callback", length=2048),  # the older name of the next
    _named("message_status_callback", length=2048),
    _named("voice_url", length=2048),
    _named("voice_method", "POST", 8),
    _named("voice_fallback_url", length=2048),
    _named("voice_fallback_method", "POST", 8),
    _named("status_callback", length=2048),  # of calls
    _named("status_callback_method", "POST", 8),
    _when("created_at", null=False),
    _when("updated_at", null=False),
)

contents = Table(  # templates of texts
    "contents",
    metadata,
    _key("account"),
    _key("sid"),  # HX...
    _named("friendly_name", length=256),
    _named("language", length=8),
    Column("types", Json, nullable=False),  # {"twilio/text": {"body": "Hi {{1}}"}}: one of them
    Column("variables", Json, nullable=False, default=dict),  # name -> the value for messages that give none
    _when("created_at", null=False),
    _when("updated_at", null=False),
)

sticky_senders = Table(
    "sticky_senders", metadata, _key("account"), _key("service"), _key("person", 64), _named("sender", length=32)
)

brands = Table(
    "brands",
    metadata,
    _key("account"),
    _key("sid"),  # BN...
    _named("name", length=256),
    _named("status", "APPROVED"),  # PENDING | APPROVED | FAILED | SUSPENDED
    _when("created_at", null=False),
    _when("updated_at", null=False),
    _attrs(),
)

campaigns = Table(
    "campaigns",
    metadata,
    _key("account"),
    _key("sid"),  # QE...
    _ref("brand"),
    _ref("service"),
    _named("use_case"),  # as registered: 2FA, MARKETING, MIXED, ...
    _named("status", "VERIFIED"),  # PENDING | IN_PROGRESS | VERIFIED | FAILED | SUSPENDED
    _flag("age_gated"),
    _flag("embedded_links"),
    _flag("embedded_phones"),
    _flag("direct_lending"),
    _when("created_at", null=False),
    _when("updated_at", null=False),
    _attrs(),  # description, message_flow, message_samples, help_message, opt_in_message, keywords ...
)

# --- people: consent and its withdrawal ---------------------------------------------------------------------------

contacts = Table(  # where a person is, as the customer declares it (for quiet hours)
    "contacts",
    metadata,
    _key("account"),
    _key("person", 64),
    _named("masked", length=320),
    _named("country", length=8),
    _named("postcode", length=16),
    _named("zone", length=64),  # IANA
    _when("updated_at", null=False),
)

consents = Table(
    "consents",
    metadata,
    _key("account"),
    _key("person", 64),
    _key("purpose", 16),  # marketing | transactional | otp | conversation
    _named("kind"),  # written | express | purchase | inquiry | conversation
    _when("given_at", null=False),
    _named("medium", length=64),  # web-form | keyword | paper | api | import | voice
    _named("language", length=16),
    _named("campaign"),
    _named("source", length=64),  # IP, where there was one
    _named("proof", length=2048),
    _named("shown", length=4096),  # the words that the person agreed to
    _named("masked", length=320),
    _when("withdrawn_at"),
)
SOURCED = text("source <> ''")
Index(  # the same person, instant and address at several brands
    "ix_consents_shared",
    consents.c.person,
    consents.c.given_at,
    sqlite_where=SOURCED,
    postgresql_where=SOURCED,
)

opt_outs = Table(  # brand-wide: keyed by the root account
    "opt_outs",
    metadata,
    _key("account"),
    _key("person", 64),
    _named("scope", "all"),  # marketing | all | everything
    _named("said", length=64),  # the keyword, or the kind of wording; never the whole text
    _named("via", length=320),  # the sender that was answered
    _named("channel", "sms"),
    _named("masked", length=320),
    _when("since", null=False),
    _when("confirmed_at"),  # when the one confirmation went out
    _when("restored_at"),  # a START ended it; the row stays as proof
)

persons = Table(  # addresses that are one person's to a brand
    "persons",
    metadata,
    _key("account"),
    _key("person", 64),
    _named("sid"),  # PN..., the same for all of theirs
    _named("masked", length=320),
    _when("joined_at", null=False),
    Index(None, "account", "sid"),
)

blocks = Table(  # 8.1: a person and one who may not write to them, over all numbers and channels
    "blocks",
    metadata,
    _key("account"),
    _key("end_user", 128),  # "" : the customer as a whole
    _key("person", 64),
    _named("reason", length=256),
    _when("since", null=False),
)

deactivated = Table(  # numbers that carriers shut down, as their files tell it day by day
    "deactivated", metadata, _key("person"), _when("at", null=False)
)

registries = Table(  # do-not-call lists; the numbers are in files (`number_file`)
    "registries",
    metadata,
    _key("registry", 32),  # "us-national", "us-tx", ...
    _named("region", length=8),
    _named("digest", length=16),  # of the file in force
    Column("numbers", BigInteger, nullable=False),
    _when("loaded_at", null=False),
)

reassigned = Table(  # answers of the Reassigned Numbers Database
    "reassigned",
    metadata,
    _key("account"),
    _key("person", 64),
    _named("answer"),  # yes | no | no-data
    _when("consent_date", null=False),
    _when("asked_at", null=False),
)

imports = Table(  # files that are being taken over, and how far: one that was killed goes on there
    "imports",
    metadata,
    _key("account"),
    _key("name"),  # of the file's content and how it is read
    _named("kind", length=32),
    _when("begun_at", null=False),
    Column("rows", BigInteger, nullable=False),  # that are done
    Column("good", BigInteger, nullable=False),  # ... and were taken
    Column("line", BigInteger, nullable=False),  # the last one of them
)

# --- recipients' own page -------------------------------------------------------------------------------------------

recipient_codes = Table(  # one-time codes, by which a person proves that a number is theirs
    "recipient_codes",
    metadata,
    _key("code"),  # OC...
    _named("visit"),  # hash of the visitor's token: nobody else's browser can use the code
    _named("person"),
    _named("masked", length=320),
    _named("client"),  # the visitor's address, as HMAC: it is only counted
    _named("hash"),  # HMAC of the code
    Column("tries", Integer, nullable=False, default=0),
    _when("asked_at", null=False),
    _when("sent_at"),  # NULL: nothing went out, because nobody here has to do with the number
    _when("used_at"),
    Index(None, "visit", "asked_at"),
    Index(None, "person", "asked_at"),
    Index(None, "client", "asked_at"),
    Index(None, "sent_at"),
)

recipient_sessions = Table(  # who proved it, for a while
    "recipient_sessions",
    metadata,
    _key("session"),  # hash of the token
    _named("person"),
    _named("masked", length=320),
    _when("since", null=False),
    _when("seen_at", null=False),
)

# --- reports and standing -----------------------------------------------------------------------------------------

authority_orders = Table(
    "authority_orders",
    metadata,
    _key("account"),
    _key("order"),
    _named("scope"),  # account | number | campaign | end_user
    _named("target", length=128),
    _named("authority", length=256),
    _named("reference", length=256),
    _flag("verified"),
    _flag("gag"),
    _when("since", null=False),
    _when("until"),
)

complaints = Table(
    "complaints",
    metadata,
    _key("account"),
    _key("complaint"),
    _named("kind"),  # spam-report | carrier-complaint
    _named("sender", length=320),
    _ref("person"),
    _ref("communication"),
    _ref("campaign"),
    _ref("end_user", 128),
    _named("source", length=64),
    _when("at", null=False),
    _when("unheard_since"),  # until the gate has heard it: what was killed in between is heard again
    _attrs(),  # receipt, said, reference, fine_usd, by
)
BY_PERSON = text("source = 'recipient'")
Index(  # what a person complained of, whoever it was about
    "ix_complaints_by_person",
    complaints.c.person,
    complaints.c.at,
    sqlite_where=BY_PERSON,
    postgresql_where=BY_PERSON,
)
UNHEARD = text("unheard_since IS NOT NULL")
Index("ix_complaints_unheard", complaints.c.unheard_since, sqlite_where=UNHEARD, postgresql_where=UNHEARD)

standing = Table(
    "standing",
    metadata,
    _key("account"),
    _key("step_id"),
    _named("scope"),  # number | campaign | end_user | account
    _named("target", length=128),
    _named("step"),  # warn | throttle | block | suspend
    _named("clause", length=8),
    _named("rule", length=16),
    _named("reason", length=256),
    _named("remedy", length=512),  # what would put it right, as its customer is told
    _named("silent", length=16),  # why its customer may not be told of it, and sees nothing of it; "": told
    _ref("decision"),
    Column("per_minute", Float),  # what a throttle leaves; null: what is usual
    _when("since", null=False),
    _when("acts_from"),  # null: it is proposed, and waits for a person
    _ref("confirmed_by", 256),  # a person; two, with a comma between, where the clause wants two
    _when("expires_at"),
    _when("undone_at"),
    _ref("undone_by", 128),
    _ref("undone_because", 512),
    Index(None, "account", "scope", "target"),
)

snoozes = Table(  # rules that bind nothing of one unit for a while, because a person said so
    "snoozes",
    metadata,
    _key("account"),
    _key("snooze"),  # SZ...
    _named("rule", length=16),
    _named("scope"),  # number | campaign | end_user | account
    _named("target", length=128),
    _when("since", null=False),
    _when("until", null=False),
    _named("by", length=128),
    _named("because", length=512),
    _when("ended_at"),  # when a person ended it before its time
    _ref("ended_by", 128),
    Index(None, "account", "until"),
)

appeals = Table(  # a customer's word against a step, or against a decision that held or refused something
    "appeals",
    metadata,
    _key("account"),
    _key("sid"),  # AL...
    _named("about"),  # ST... | DE...
    Column("text", Text, nullable=False),
    Column("evidence", Json, nullable=False, default=list),  # what the customer points to; nothing of it is fetched
    _named("filed_by"),  # AC... | SK... | US...
    _when("filed_at", null=False),
    _when("due_at", null=False),  # by when it is decided
    _ref("outcome", 16),  # upheld | overturned: the step or decision; NULL: it is open
    _ref("decided_by", 128),
    _ref("because", 512),
    _when("decided_at"),
    Index(None, "account", "filed_at"),
    Index(None, "account", "about"),
)
OPEN = text("outcome IS NULL")
Index(  # one open appeal a step, however many are filed at once
    "ix_appeals_open", appeals.c.account, appeals.c.about, unique=True, sqlite_where=OPEN, postgresql_where=OPEN
)

statements = Table(  # what a customer is told of steps and appeals, for good; `notices` is what is still under way
    "statements",
    metadata,
    _key("account"),
    _key("sid"),  # NT...
    _when("at", null=False),
    _named("what", length=24),  # proposed | warn | throttle | block | suspend | lifted | appeal-...
    _ref("step"),
    _ref("appeal"),
    _named("silent", length=16),  # why it is told to nobody, and its customer never sees it; "": told
    Column("said", Json, nullable=False),
    _when("taken_at"),  # when the customer's server took it; NULL: not yet, or it named none
    Index(None, "account", "at"),
    Index(None, "account", "step"),
)

safe_numbers = Table(  # of people whose one-time codes are never taken for pumped traffic
    "safe_numbers", metadata, _key("account"), _key("person"), _named("sid"), _when("added_at", null=False)
)

geo_permissions = Table("geo_permissions", metadata, _key("account"), _key("region", 8), _flag("enabled", default=True))

# --- what operators put on record for clauses 1, 5, 11, 12 and 15 -----------------------------------------------------

known_domains = Table(  # what is known of domains and hosts that texts lead to
    "known_domains",
    metadata,
    _key("domain", 253),
    _flag("blocked"),
    _named("source", length=128),  # who says so
    _when("registered_at"),  # when the domain was registered; NULL: not known
    _when("listed_at", null=False),
)

media_hashes = Table(  # files that are known, by their hashes
    "media_hashes",
    metadata,
    _key("kind", 8),  # sha256 | pdq
    _key("hash"),  # in hex
    _key("source", 128),  # who listed it
    _named("tier", length=16),  # abuse | intimate | work
    _named("work", length=256),
    _named("holder", length=256),
    _flag("listed", default=True),  # False: its source took it off
    _when("listed_at", null=False),
)

associate_agreements = Table(  # signed business associate agreements (45 CFR 164.504(e))
    "associate_agreements",
    metadata,
    _key("account"),
    _key("reference", 128),
    Column("scope", Json, nullable=False),  # the kinds that it covers: ["sms", "mms"]; ["any"]
    _when("signed_at", null=False),
    _when("ended_at"),
)

licences = Table(
    "licences",
    metadata,
    _key("account"),
    _key("trade", 32),  # gambling | cannabis | lending | firearms | financial-promotion | telephone-solicitation ...
    _key("place", 16),  # "GB", "US", "US-NJ"
    _named("number", length=128),
    _named("authority", length=256),
    _when("valid_from", null=False),
    _when("valid_until"),
)

incidents = Table(  # harm to the platform, with how serious it was (rulebook 1.1)
    "incidents",
    metadata,
    _key("incident"),
    _named("target", length=253),  # a number, a domain, or "platform"
    _named("what", length=256),
    Column("penalty", Float, nullable=False, default=0.0),  # US dollars
    Column("capacity", Float, nullable=False, default=0.0),  # share of capacity lost for a quarter of an hour
    Column("hours", Float, nullable=False, default=0.0),  # of staffed work
    _flag("route"),  # a carrier threatened the route
    _when("since", null=False),
    _when("until"),
)

rights_notices = Table(  # notices of those who hold a right in what an account sends (17 USC 512(c)(3))
    "rights_notices",
    metadata,
    _key("account"),
    _key("notice"),
    _named("kind", length=16),  # text | domain | hash
    _named("target", length=253),  # a domain, a hash, or the digest of a text: never the text
    _named("holder", length=256),
    _named("work", length=256),
    _flag("complete"),  # it has all that the law asks of it
    _when("since", null=False),
    _when("countered_at"),
    _flag("suit"),  # the holder went to court after the counter-notice
    _when("withdrawn_at"),
)

# --- cases --------------------------------------------------------------------------------------------------------

cases = Table(  # what the desk has to answer for within a time
    "cases",
    metadata,
    _key("account"),  # that it concerns; "": nobody's alone
    _key("sid"),  # CS...
    _named("kind", length=32),
    _named("about", length=1024),  # in a sentence
    _named("requester", length=256),  # who brought it
    _named("reference", length=256),  # by their own name for it
    _named("scope", length=16),  # number | campaign | end_user | account | message; "": no unit of the account
    _named("target", length=128),
    _named("silent", length=16),  # why its customer may not be told; "": it may
    Column("details", Json, nullable=False, default=dict),  # what a kind needs to know; never content
    Column("deadlines", Json, nullable=False, default=list),
    _named("due", length=32),  # the deadline that comes next
    _when("due_at", null=False),  # far away where nothing is due
    _flag("holds"),  # nothing of its account is erased
    _when("holds_until"),  # NULL: until somebody says so
    Column("entries", Integer, nullable=False, default=0),  # of its record
    _named("opened_by", length=128),
    _when("opened_at", null=False),
    _named("outcome", length=32),
    _named("because", length=512),
    _named("closed_by", length=128),
    _when("closed_at"),
    Index(None, "account", "opened_at"),
)
OPEN_FOR_THE_DESK = text("closed_at IS NULL")
Index(  # the open ones in the order in which they are due
    "ix_cases_open",
    cases.c.due_at,
    cases.c.sid,
    sqlite_where=OPEN_FOR_THE_DESK,
    postgresql_where=OPEN_FOR_THE_DESK,
)

case_events = Table(  # who said or did what in a case, and when; nothing is ever changed here
    "case_events",
    metadata,
    _key("account"),
    _key("sid"),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _when("at", null=False),
    _named("by", length=128),
    _named("what", length=32),
    _named("said", length=1024),
    Column("data", Json, nullable=False, default=dict),
)

samples = Table(  # of texts that an authority called illegal: what tells near ones, never the text
    "samples",
    metadata,
    _key("sid"),  # CS...: the case
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _named("cluster"),
    Column("alike", Json, nullable=False, default=list),  # pairs: what nearly the same texts share, and a domain
    _when("since", null=False),
    _when("until"),
)

# --- communications, decisions, the queue -------------------------------------------------------------------------

communications = Table(
    "communications",
    metadata,
    _key("account"),
    _key("sid"),
    _named("kind", "SMS", 16),
    _named("direction", "outbound", 16),  # outbound | inbound
    _named("channel", "rest", 16),
    _named("principal"),
    _named("sender", length=320),  # RFC 3696: an address of mail is this long at most
    _named("recipient", length=320),
    _ref("person"),
    Column("body", Text, nullable=True),  # NULL once redacted
    Column("shortened", Text, nullable=True),  # the body as it goes out, where its links are shortened
    Column("payload", LargeBinary, nullable=True),  # an 8-bit body
    _named("status", "queued", 24),  # the SDKs' words
    Column("error_code", Integer, nullable=True),
    _ref("error_message", 256),
    _ref("purpose", 16),
    _ref("campaign"),
    _ref("service"),
    _ref("end_user", 128),
    _ref("idempotency_key", 256),
    Column("segments", Integer, nullable=False, default=1),
    _when("created_at", null=False),
    _when("updated_at", null=False),
    _when("send_at"),
    _when("expires_at"),
    _when("sent_at"),
    _when("done_at"),
    _ref("trunk"),
    _ref("decision"),
    _ref("status_callback", 2048),
    _ref("exemption", 32),
    Column("max_price", String(32), nullable=True),
    Column("price", BigInteger, nullable=True),  # what its carriage cost, in millionths of a USD; NULL: not known
    _flag("discard"),  # its content is to go once it has ended; False again when it is gone
    _attrs(),
    UniqueConstraint("account", "idempotency_key"),
    Index(None, "account", "created_at"),
    Index(None, "account", "person", "created_at"),
)
Index(  # the few whose content is still to go, found without a look at the others
    "ix_communications_discard",
    communications.c.account,
    communications.c.sid,
    sqlite_where=text("discard = 1"),  # as each engine is asked
    postgresql_where=text("discard"),
)
DEAD = text("error_code IN (30005, 30006)")  # nobody has the number, or it is a landline
Index(  # by the error as well, which is why SQLite prefers it to the index of all messages
    "ix_communications_dead",
    *(communications.c[name] for name in ("account", "person", "error_code", "created_at", "done_at")),
    sqlite_where=DEAD,
    postgresql_where=DEAD,
)
Index(
    "ix_communications_died",
    *(communications.c[name] for name in ("account", "error_code", "created_at", "campaign", "end_user", "person")),
    sqlite_where=DEAD,
    postgresql_where=DEAD,
)
FILTERED = text("error_code = 30007")  # for what it says, by us or a carrier
Index(
    "ix_communications_filtered",
    *(communications.c[name] for name in ("account", "error_code", "created_at")),
    sqlite_where=FILTERED,
    postgresql_where=FILTERED,
)

media = Table(  # what was attached to messages: links, and files that were taken in
    "media",
    metadata,
    _key("account"),
    _key("message"),
    _key("sid"),  # ME...: of a file the same in every message that it goes with
    Column("place", Integer, nullable=False),  # 0: the first that was given
    Column("url", Text, nullable=True),  # NULL: a file of ours
    _named("content_type", length=128),  # of a link guessed from the URL's name
    _named("use", length=8),  # source: it is the message as it came, and no part of it
    _when("created_at", null=False),
    Index(None, "account", "sid"),
)

files = Table(  # what was taken in; the bytes lie in a folder
    "files",
    metadata,
    _key("account"),
    _key("sid"),  # ME...
    _named("name", length=255),
    _named("content_type", length=128),  # by what it contains
    Column("size", BigInteger, nullable=False),
    _named("digest"),  # SHA-256 of what is kept, in hex
    _named("source"),  # ... and of what came, which may be more than is kept
    Column("as_is", Boolean, nullable=False),
    Column("look", Json, nullable=False),  # `model.media.Look`
    Column("attached", Boolean, nullable=False, default=False),  # whether a message ever went with it
    _when("taken_at", null=False),
    _when("used_at", null=False),  # when it was last taken in
    _when("kept_until"),  # as evidence, though nothing else needs it
    _when("gone_at"),  # nobody can use it any more, and its bytes are being erased
    Index(None, "account", "source"),
    Index(None, "digest"),
    Index(None, "used_at"),
)

link_domains = Table(  # whose domain it is: one for all, like a number
    "link_domains",
    metadata,
    _key("domain", 253),
    _named("account"),  # a root account
    _when("created_at", null=False),
    Index(None, "account"),
)

short_links = Table(  # what https://DOMAIN/CODE leads to; found by no more than these two
    "short_links",
    metadata,
    _key("domain", 253),
    _key("code", 16),
    _named("account"),
    _named("message"),
    Column("target", Text, nullable=True),  # NULL: its message was redacted
    Column("clicks", Integer, nullable=False, default=0),
    _when("created_at", null=False),
    _when("expires_at", null=False),
    _when("clicked_at"),
    Index(None, "account", "created_at"),
    Index(None, "account", "message"),
)

calls = Table(  # what is known of calls: as they were offered, and the record when they are over (CDR)
    "calls",
    metadata,
    _key("account"),
    _key("sid"),  # CA...
    _named("direction", "outbound", 16),  # outbound | inbound
    _named("channel", "sip", 16),
    _named("principal"),
    _named("sender", length=400),  # a number, or a SIP URI
    _named("recipient", length=400),
    _ref("person"),
    _named("status", "queued", 24),  # the SDKs' words; "refused": not let out
    Column("error_code", Integer, nullable=True),
    _ref("error_message", 256),
    _ref("purpose", 16),
    _ref("campaign"),
    _ref("end_user", 128),
    _named("brief", length=16),  # short by design, as declared for its campaign
    _flag("internal"),  # between the customer's own lines
    _when("offered_at", null=False),
    _when("ringing_at"),
    _when("answered_at"),
    _when("ended_at"),  # NULL until its record is here
    Column("response", Integer, nullable=True),  # the far leg's final SIP status
    Column("cause", Integer, nullable=True),  # Q.850
    _ref("released_by", 16),  # caller | callee | house | network
    _ref("answered_by", 16),  # human | machine | fax | unknown
    Column("agent_after", Float, nullable=True),  # seconds from the answer until an agent spoke
    _named("trunk"),
    _ref("decision"),  # NULL: it was never offered here
    _ref("exemption", 32),
    _ref("parent"),  # CA...: the call of which it is a leg
    _named("process"),  # which carries it, where a document leads it
    _attrs(),  # where its events are told
    Column("steps", Json, nullable=False, default=list),  # its signalling, as `model.signalling.Step` has it
    _flag("removed"),  # its customer took it off its list; what it counts for stays
    Index(None, "account", "offered_at"),
    Index(None, "account", "person", "offered_at"),
    Index(None, "account", "parent"),
)
LIVE = text("ended_at IS NULL AND status <> 'refused'")
Index("ix_calls_live", calls.c.offered_at, sqlite_where=LIVE, postgresql_where=LIVE)  # the few that go on

scheduled_calls = Table(  # calls that were to be made later: those that wait, and those that were never made
    "scheduled_calls",
    metadata,
    _key("account"),
    _key("sid"),  # CA..., which it has in `calls` once it was offered
    _named("sender", length=400),  # a number, or a SIP URI
    _named("recipient", length=400),
    _named("status", "scheduled", 24),  # scheduled | canceled | failed; one that was made is in `calls` alone
    _when("due_at", null=False),
    _when("ready_at", null=False),  # when it is looked at: then, or later where its account had no call free
    _when("created_at", null=False),
    _when("updated_at", null=False),
    _when("ended_at"),  # when it was taken back, or was not made
    Column("plan", Json, nullable=False),  # as `carriage.voice.plans.Plan` has it; nothing of it stays behind the end
    _ref("claimed_by"),  # the process that makes it just now
    _when("claimed_at"),
    _flag("removed"),  # its customer took it off its list
    Index(None, "status", "ready_at"),
    Index(None, "account", "created_at"),
)

conferences = Table(  # rooms in which calls of one account met
    "conferences",
    metadata,
    _key("account"),
    _key("sid"),  # CF...
    _named("name", length=128),
    _named("status", "init", 16),  # init | in-progress | completed
    _when("created_at", null=False),
    _when("updated_at", null=False),
    _when("begun_at"),
    _when("ended_at"),
    _named("reason", length=64),  # why it ended, in the SDKs' words
    _named("ended_by"),  # CA...: whose leaving ended it
    _named("process"),  # which carries it
    Index(None, "account", "created_at"),
)

video_rooms = Table(  # rooms of one account in which people see and hear each other
    "video_rooms",
    metadata,
    _key("account"),
    _key("sid"),  # RM...
    _named("name", length=128),  # as the customer called it; its SID where it did not
    _named("status", "in-progress", 16),  # in-progress | completed
    Column("most", Integer, nullable=False),  # participants at once
    _ref("end_user", 128),  # for whom the customer has it
    Column("records", Boolean, nullable=False, default=False),  # recording is asked for when somebody comes in
    _named("basis", length=32),  # of recording, of the GDPR's article 6
    Column("callback", Json, nullable=False, default=dict),  # where its events are told; {}: nowhere
    _when("created_at", null=False),
    _when("updated_at", null=False),
    _when("ended_at"),
    _named("process"),  # which carries it
    Index(None, "account", "created_at"),
    Index(None, "account", "name"),
)

video_participants = Table(  # who was let into a room, and who was not
    "video_participants",
    metadata,
    _key("account"),
    _key("sid"),  # PA...
    _ref("room"),  # RM...
    Column("number", Integer, nullable=False),  # in the room, by which recordings know them
    _named("identity", length=128),
    _named("status", length=16),  # connected | disconnected | refused
    _named("country", length=2),  # where they said that they are
    _named("state", length=3),
    _when("joined_at", null=False),
    _when("updated_at", null=False),
    _when("left_at"),
    _named("gone", length=16),  # how they went: left | removed | ended | lost | again
    _named("reason", length=256),  # why, as they were told
    _ref("decision"),  # DE... about their coming in
    Index(None, "account", "room"),
)

# --- chat ----------------------------------------------------------------------------------------------------------

conversations = Table(  # where people of one account write to each other
    "conversations",
    metadata,
    _key("account"),
    _key("sid"),  # CH...
    _ref("unique_name", 256),
    _named("friendly_name", length=256),
    _named("state", "active", 16),  # active | inactive | closed
    _ref("messaging_service"),
    _named("created_by", length=128),
    Column("attributes", Text, nullable=False, default="{}"),
    Column("messages", Integer, nullable=False, default=0),  # posted so far: the index of the next one
    Column(
        "version", Integer, nullable=False, default=0
    ),  # grows with every change of who takes part and what was said
    _named("first_author", length=128),
    _flag("answered"),  # a second person wrote in it
    _named("last_author", length=128),
    Column("streak", Integer, nullable=False, default=0),  # messages of the last author since anybody else wrote
    _when("created_at", null=False),
    _when("updated_at", null=False),
    Index(None, "account", "unique_name", unique=True),
    Index(None, "account", "created_at"),
)

chat_participants = Table(  # who takes part in a conversation, and who did
    "chat_participants",
    metadata,
    _key("account"),
    _key("conversation"),
    _key("sid"),  # MB...
    _named("name", length=128),  # by which messages name their author: the identity, or the phone
    _ref("identity", 128),  # a person of the customer's; or else
    _ref("address", 32),  # a phone, E.164, which is written to
    _ref("proxy", 32),  # from this number of the customer's
    _ref("role"),
    Column("attributes", Text, nullable=False, default="{}"),
    _named("state", "in", 8),  # held: a person looks at the invitation | in | out
    _named("invited_by", length=128),  # an identity; "": the customer
    _named("gone", length=8),  # of one that is out: left | removed | refused
    _when("joined_at"),
    Column("read_index", Integer, nullable=True),
    _when("read_at"),
    Column("version", Integer, nullable=False, default=0),  # the conversation's, at the last change
    _when("created_at", null=False),
    _when("updated_at", null=False),
    Index(None, "account", "conversation", "name"),
    Index(None, "account", "identity"),
    Index(None, "address", "proxy"),
    Index(None, "account", "invited_by", "created_at"),
)

chat_messages = Table(  # the order of what was said; what it was stands in `communications`
    "chat_messages",
    metadata,
    _key("account"),
    _key("conversation"),
    Column("place", Integer, primary_key=True),  # 0, 1, 2 ... without a gap: the SDKs' index
    _named("sid"),  # IM...
    _named("author", length=128),
    _ref("participant"),
    _ref("edit"),  # IM...: what its author said in its place since; NULL: it stands as it was said
    Column("attributes", Text, nullable=False, default="{}"),
    Column("withheld", Json, nullable=False, default=list),  # participants who blocked the author
    Column("version", Integer, nullable=False, default=0),  # the conversation's, when it was changed; 0: it never was
    _when("removed_at"),
    _named("removed_by", length=128),
    _when("created_at", null=False),
    _when("updated_at", null=False),
    Index(None, "account", "sid", unique=True),
)

chat_receipts = Table(  # of those whom a message does not reach by the chat itself
    "chat_receipts",
    metadata,
    _key("account"),
    _key("message"),  # IM...
    _key("participant"),  # MB...
    _named("sid"),  # DY...
    _ref("text"),  # SM...: what went to a phone; its state is the receipt's
    _named("status", length=16),  # where nothing went out: undelivered
    Column("error", Integer, nullable=True),
    _when("created_at", null=False),
)

chat_users = Table(
    "chat_users",
    metadata,
    _key("account"),
    _key("identity", 128),
    _named("sid"),  # US...
    _named("friendly_name", length=256),
    _named("role"),
    Column("attributes", Text, nullable=False, default="{}"),
    _when("created_at", null=False),
    _when("updated_at", null=False),
    Index(None, "sid", unique=True),
)

chat_blocks = Table(  # who wants to hear nothing of whom
    "chat_blocks",
    metadata,
    _key("account"),
    _key("person", 128),
    _key("blocked", 128),
    _when("since", null=False),
    Index(None, "account", "blocked"),
)

chat_webhooks = Table(  # whom a customer wants to be told of what happens in its conversations
    "chat_webhooks",
    metadata,
    _key("account"),
    _key("conversation"),  # "": all of them
    _key("sid"),  # WH...
    _named("url", length=2048),
    _named("method", "POST", 8),
    Column("filters", Json, nullable=False, default=list),  # onMessageAdded ...
    _when("created_at", null=False),
    _when("updated_at", null=False),
)

recordings = Table(  # what was to be recorded or listened to, with what came of it; refused ones as well
    "recordings",
    metadata,
    _key("account"),
    _key("sid"),  # RE...
    _named("call"),  # CA..., CF... of what is done in a conference, or RM... of a video room
    _named("act", length=16),  # record | listen | transcribe ...
    _named("source", length=16),  # what asked for it: api | call | dial | record | voicemail | greeting | room
    Column("channels", Integer, nullable=False, default=1),  # of its sound as it is heard: 2 has who called apart
    _named("state", length=16),  # asked | announcing | consenting | capturing | paused | ended | refused | discarded
    _when("asked_at", null=False),
    _when("began_at"),  # no sample is from before it
    _when("ended_at"),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("digests", Json, nullable=False, default=dict),  # file of each leg -> SHA-256
    _ref("decision"),  # the last about it: DE...
    _named("basis", length=32),  # of the GDPR's article 6, as the customer named it
    Column("listener", Json, nullable=False, default=dict),  # where its events are told; {}: nowhere
    _when("deleted_at"),  # when its customer deleted it: its sound goes at once, or when no hold keeps it any more
    _when("erased_at"),  # when its sound was erased; NULL: it is kept
    Index(None, "account", "call"),
    Index(None, "account", "asked_at"),
    Index(None, "state"),
)

recording_events = Table(  # what each leg was told and answered, and what followed; nothing is ever changed here
    "recording_events",
    metadata,
    _key("account"),
    _key("sid"),  # RE...
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 ... in a recording
    _when("at", null=False),
    _named("what", length=16),  # told | unheard | agreed | declined | silent | began | paused | resumed | joined ...
    Column("leg", Integer, nullable=True),  # NULL: the whole call
    _ref("person"),
    Column("told", Json, nullable=False, default=dict),  # digest and language of the announcement, key, proof ...
)

mailboxes = Table(  # of numbers: what answers a call that nobody takes
    "mailboxes",
    metadata,
    _key("account"),
    _key("sid"),  # MB...
    _named("number", length=16),
    _named("name"),
    _named("language", "en", 8),  # of its prompts
    Column("rings", Integer, nullable=False),  # seconds at the number's own phones
    Column("longest", Integer, nullable=False),  # seconds of a message
    Column("keep_days", Integer, nullable=False),  # that a message is kept
    _named("greeting_url", length=2048),  # a WAV file of the customer's; "": see `greetings`, or the house's own
    _ref("pin_hash", 256),  # scrypt; NULL: it is heard from the number's own phone alone
    Column("wrong_pins", Integer, nullable=False, default=0),  # in a row
    _when("locked_until"),  # to PINs
    _named("notify_url", length=2048),
    _named("notify_method", "POST", 4),
    _named("transcription", length=16),  # on what ground messages may be written down: baa | consent; "": they may not
    _when("created_at", null=False),
    _when("updated_at", null=False),
    Index(None, "account", "number", unique=True),
)

greetings = Table(  # what owners of mailboxes recorded by phone
    "greetings",
    metadata,
    _key("account"),
    _key("mailbox"),  # MB...
    Column("pcm", LargeBinary, nullable=False),  # 16-bit mono at 8 kHz
    _when("recorded_at", null=False),
)

voicemails = Table(  # messages that people left; their sound is a recording
    "voicemails",
    metadata,
    _key("account"),
    _key("sid"),  # VM...
    _named("mailbox"),
    _named("call"),  # CA...
    _named("recording"),  # RE...
    _named("channel", length=16),
    _named("sender", length=400),
    _named("recipient", length=400),
    _ref("person"),
    _named("state", length=16),  # arriving | new | heard | kept | refused | nothing | deleted
    Column("seconds", Float, nullable=False, default=0.0),
    _ref("decision"),
    _when("left_at", null=False),
    _when("heard_at"),
    _when("gone_at"),  # when it became refused, nothing or deleted
    Index(None, "account", "mailbox", "left_at"),
    Index(None, "state"),
)

faxes = Table(  # what a fax has beside every communication: its pages, and how they went
    "faxes",
    metadata,
    _key("account"),
    _key("sid"),  # FX...: the communication's
    _named("media"),  # ME...: its pages; "" once they are gone
    _named("quality", "fine", 16),  # standard | fine | superfine
    Column("pages", Integer, nullable=False, default=0),
    Column("done", Integer, nullable=False, default=0),  # pages that went through
    Column("tries", Integer, nullable=False, default=0),
    _named("state", "waiting", 16),  # waiting | sending | over
    Column("seconds", Float, nullable=False, default=0.0),  # on the line, all tries together
    Column("rate", Integer, nullable=False, default=0),  # bit/s
    _flag("ecm"),  # with error correction
    _flag("packets"),  # by T.38
    _named("far", length=32),  # the other terminal's own number, as it says
    _named("words", length=256),  # how the last try ended
    _named("call"),  # CA...: the call that brought it
    _when("created_at", null=False),
    _when("updated_at", null=False),
    Index(None, "account", "created_at"),
    Index(None, "state"),
)

decisions = Table(
    "decisions",
    metadata,
    _key("account"),
    _key("id"),
    _named("subject", length=64),
    _named("moment", length=16),
    Column("attempt", Integer, nullable=False, default=0),
    _when("at", null=False),
    _named("verdict", length=8),
    _named("revision", length=64),
    _ref("stopped_by", 16),  # the rule that held or refused it; NULL: none did
    Column("record", Text, nullable=False),  # findings and facts, as JSON: what the ledger's digest covers
    Column("salt", LargeBinary, nullable=False),
    Index(None, "account", "subject", "at"),  # with the time, so that SQLite prefers it to the next
    Index(None, "account", "at"),
)
STOPPED = text("stopped_by IS NOT NULL")
Index(  # the few that were stopped, with the rule that did it
    "ix_decisions_stopped",
    *(decisions.c[name] for name in ("at", "stopped_by", "subject")),
    sqlite_where=STOPPED,
    postgresql_where=STOPPED,
)

overturns = Table(  # decisions that a person found wrong: a hold let go, a refusal taken back
    "overturns",
    metadata,
    _key("account"),
    _key("decision"),
    _named("subject"),
    _named("rule", length=16),  # that had held or refused it
    _named("way", length=16),  # released | overturned
    _named("by", length=128),
    _named("because", length=512),
    _when("decided_at", null=False),
    _when("at", null=False),
    Index(None, "account", "subject"),
    Index(None, "decided_at", "rule"),
    Index(None, "at"),
)

demotions = Table(  # rules in shadow because people overturned too much of what they stopped; the whole house's
    "demotions",
    metadata,
    _key("rule", 16),
    Column("since", Instant, primary_key=True),
    Column("stopped", Integer, nullable=False),  # by the rule, in the budget's days
    Column("overturned", Integer, nullable=False),  # of those, by people
    Column("budget", Float, nullable=False),  # the share that may be overturned
    _when("ended_at"),  # when the operator put the rule back
    _named("ended_by", length=128),
)
IN_FORCE = text("ended_at IS NULL")
Index("ix_demotions_in_force", demotions.c.rule, unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)

revisions = Table(  # which policy was in force from when on: a row where it became another
    "revisions",
    metadata,
    _key("revision"),
    Column("since", Instant, primary_key=True),
    _named("process"),  # that went over to it first
    Column("told", Json, nullable=False),  # clause -> mode, shadow and figures, as they are shown
    Index(None, "since"),
)

errands = Table(  # what the desk had done beside the traffic: figures tried on the past, attacks rehearsed
    "errands",
    metadata,
    _key("errand"),  # ER...
    _named("kind", length=16),  # replay | drill
    _when("at", null=False),
    _named("user"),
    _named("name", length=128),
    Column("asked", Json, nullable=False),
    _when("ended_at"),
    _named("failed", length=512),  # why nothing came of it
    Column("result", Json, nullable=True),
    Index(None, "kind", "at"),
)

tallies = Table(  # how many decisions, by hour: what pages and charts show without walking through the record
    "tallies",
    metadata,
    _key("account"),
    Column("hour", Instant, primary_key=True),
    _key("moment", 16),
    _key("verdict", 8),
    _key("rule", 16),  # the strictest finding's; "": nothing was found
    Column("count", BigInteger, nullable=False),
    Index(None, "hour"),
)

queue = Table(
    "queue",
    metadata,
    _key("account"),
    _key("sid"),
    _when("ready_at", null=False),
    _when("decided_at", null=False),
    Column("attempts", Integer, nullable=False, default=0),
    _ref("claimed_by"),
    _when("claimed_at"),
    Index(None, "claimed_by", "ready_at"),
)

holds = Table(
    "holds",
    metadata,
    _key("account"),
    _key("sid"),
    _when("since", null=False),
    _when("until", null=False),
    _named("clause", length=8),
    _named("rule", length=16),
    _named("reason", length=512),
    _ref("outcome", 16),  # released | refused | expired
    _ref("decided_by", 128),
    _ref("taken_by"),  # who has it open
    _when("taken_until"),
    Index(None, "outcome", "until"),
)

second_reviews = Table(  # of what one reviewer decided, looked at by another who doesn't know how
    "second_reviews",
    metadata,
    _key("account"),
    _key("sid"),
    _named("rule", length=16),
    _named("first", length=16),  # released | refused
    _named("first_by", length=128),
    _when("first_at", null=False),
    _ref("second", 16),
    _ref("second_by", 128),
    _when("second_at"),
    Index(None, "second", "first_at"),
)

carrier_ids = Table(  # by which name a carrier will report on a message, a row a segment
    "carrier_ids",
    metadata,
    _key("trunk"),
    _key("carrier_id", 80),
    _named("account"),
    _named("sid"),
    _when("at", null=False),
    Index(None, "account", "sid"),
)

notices = Table(  # what a customer is to be told: webhooks, deliver_sm and mail, until they took it
    "notices",
    metadata,
    _key("account"),
    _key("id"),
    _named("way", length=16),  # webhook | smpp | mail
    _named("target", length=2048),  # URL, system_id, or email address
    Column("body", Json, nullable=False),
    _ref("about"),
    Column("attempts", Integer, nullable=False, default=0),
    _when("ready_at", null=False),
    _when("expires_at", null=False),
    _ref("claimed_by"),
    Index(None, "way", "claimed_by", "ready_at"),
)

webhook_attempts = Table(  # the calls of some days to customers' servers, without what was said
    "webhook_attempts",
    metadata,
    _key("account"),
    _key("attempt"),  # WA...
    _when("at", null=False),
    _named("notice"),  # NT...
    _ref("about"),
    _named("method", length=8),
    _named("url", length=2048),  # as the customer configured it, without credentials and without our parameters
    Column("status", Integer, nullable=True),  # of the answer; NULL: there was none
    _named("error", length=256),  # why it was not taken; "": it was
    Column("took", Integer, nullable=False),  # milliseconds
    Index(None, "account", "at"),
    Index(None, "account", "about"),
)

alerts = Table(  # the debugger's log
    "alerts",
    metadata,
    _key("account"),
    _key("sid"),  # NO...
    _when("at", null=False),
    _named("level", "error", 16),
    Column("error_code", Integer, nullable=False),
    _ref("about"),
    Column("text", Text, nullable=False, default=""),
    _attrs(),
    Index(None, "account", "at"),
)

# --- mail ---------------------------------------------------------------------------------------------------------

mail_domains = Table(  # by which customers send mail: each proves by a TXT record that a domain is its own
    "mail_domains",
    metadata,
    _key("account"),
    _key("domain", 253),
    _named("sid"),  # MD...
    _named("token"),  # what the TXT record says
    _ref("campaign"),  # that its mail is on, and that tells what mail is for that does not say
    _named("postal", length=512),  # the sender's postal address, as its advertising bears it
    _when("proven_at"),
    _when("checked_at"),  # when it was looked up last
    _named("found", length=256),  # and what was wrong then
    Column("zone", Json, nullable=True),  # its records as they stood then: use, name, state, said
    _when("created_at", null=False),
    _when("updated_at", null=False),
    Index(None, "account", "sid"),
)

mail_keys = Table(  # by which mail of a domain is signed (DKIM, RFC 6376)
    "mail_keys",
    metadata,
    _key("account"),
    _key("domain", 253),
    _key("selector"),
    _named("algorithm", length=16),  # rsa | ed25519
    Column("private_sealed", LargeBinary, nullable=False),
    _named("public", length=1024),  # as the DNS record has it: base64
    _when("created_at", null=False),
)

mail_routes = Table(  # where mail goes that arrives for an address, or for whatever else a domain has
    "mail_routes",
    metadata,
    _key("account"),
    _key("address", 320),  # desk@shop.example; @shop.example: all that has no route of its own
    _named("sid"),  # MR...
    _named("domain", length=253),
    _named("url", length=2048),
    _named("method", "POST", 8),
    _named("fallback_url", length=2048),
    _when("created_at", null=False),
    Index(None, "address"),
    Index(None, "account", "sid"),
)

dmarc_reports = Table(  # what receivers tell of a domain's mail (RFC 9990)
    "dmarc_reports",
    metadata,
    _key("account"),
    _key("sid"),  # DR...
    _named("domain", length=253),
    _named("organisation", length=256),  # who reports
    _named("reference", length=256),  # the receiver's own name for it
    _named("policy", length=16),
    _when("begins_at", null=False),
    _when("ends_at", null=False),
    Column("mails", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),  # that neither SPF nor DKIM proved
    Column("truncated", BigInteger, nullable=False),  # mails in rows that were too many to be kept
    Column("tallies", Json, nullable=False),
    _when("arrived_at", null=False),
    UniqueConstraint("account", "domain", "organisation", "reference"),
    Index(None, "account", "arrived_at"),
)

mail_letters = Table(  # mail as it was handed in, until none of those whom it goes to waits for it
    "mail_letters",
    metadata,
    _key("account"),
    _key("letter"),  # LT...
    Column("source", LargeBinary, nullable=False),
    _when("created_at", null=False),
)

mail_envelopes = Table(  # which letter a communication is, and by what its sender wants to know it (RFC 3461)
    "mail_envelopes",
    metadata,
    _key("account"),
    _key("sid"),
    _named("letter"),
    _named("original", length=512),  # ORCPT, as it came
    _named("envelope", length=128),  # ENVID, as it came
    _when("created_at", null=False),
    Index(None, "account", "letter"),
)

mail_suppressions = Table(  # addresses that a brand's mail does not reach, or must not; keyed by the root account
    "mail_suppressions",
    metadata,
    _key("account"),
    _key("person"),
    _named("masked", length=320),
    _named("why", length=16),  # bounce | complaint | told
    _named("said", length=256),  # the other server's words
    _ref("about"),  # the communication that came back
    _when("since", null=False),
    _when("ended_at"),  # its customer said that the address works again
)

# --- the ledger ---------------------------------------------------------------------------------------------------

ledger = Table(
    "ledger",
    metadata,
    _key("chain"),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _when("at", null=False),
    _named("account"),
    _named("kind", length=24),  # decision | opt-out | consent | acceptance | standing | redaction | erasure ...
    _named("ref", length=64),
    Column("digest", LargeBinary, nullable=False),  # of salt and record; the record may be erased, this stays
    Column("hash", LargeBinary, nullable=False),  # of the hash before and this row
    Index(None, "account", "ref"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _when("at", null=False),
    Column("heads", Json, nullable=False),  # chain -> [seq, hash in hex]
    Column("root", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),  # Ed25519
)

records = Table(  # what the ledger covers and no other table keeps: opt-outs, acceptances, redactions as they were said
    "records",
    metadata,
    _key("account"),
    _key("id"),
    _named("kind", length=24),
    _when("at", null=False),
    Column("record", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
)
