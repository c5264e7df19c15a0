"""Settings: a TOML file and the environment, read once into frozen values. An unknown key is an error.

The environment wins over the file, and the command line over both. `config.example.toml` documents every key.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from masstransit import toml
from masstransit.errors import BadAddress, ConfigError
from masstransit.model.address import mailbox


class TrunkSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="smpp"
):
    """A carrier link: `[[trunk]]`."""

    name: str
    host: str
    port: int
    system_id: str = ""
    password: str = ""
    system_type: str = ""
    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all
    price: str = ""  #: what it takes for a segment, in USD, such as "0.0075"; "": not known
    rate: float = 0.0  #: messages a second; 0: as fast as the window allows
    window: int = 100  #: unanswered submit_sm at once
    tls: bool = False
    bind: Literal["transceiver", "separate"] = "transceiver"
    default_alphabet: Literal["gsm7", "latin1"] = "gsm7"  #: what data_coding 0 means there
    id_format: Literal["as-is", "hex", "decimal"] = "as-is"  #: how its reports write message ids


class RestTrunkSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="rest"
):
    """Another platform as a carrier, in the SDKs' dialect: `[[trunk]]` with `kind = "rest"`."""

    name: str
    url: str  #: of its API, such as https://api.provider.example
    account_sid: str
    auth_token: str
    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all
    price: str = ""  #: what it takes for a segment, in USD, such as "0.0075"; "": not known
    window: int = 50  #: requests at once
    answers: bool = True  #: it answers STOP and HELP itself, so that we don't
    mms: bool = False  #: it carries MMS too: it fetches the files from us, by signed links under `base_url`


class Mm7TrunkSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="mm7"
):
    """A carrier's MMS centre: `[[trunk]]` with `kind = "mm7"`."""

    name: str
    url: str  #: where it takes messages
    vasp: str  #: by which it knows us (VASPID)
    vas: str = ""  #: and our service (VASID)
    service_code: str = ""
    username: str = ""  #: with which we log in there
    password: str = ""
    delivers_as: str = ""  #: with which it logs in at BASE_URL/trunks/NAME/mm7, where it brings messages and reports
    delivers_with: str = ""
    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all
    price: str = ""  #: what it takes for a message, in USD, such as "0.02"; "": not known
    window: int = 10  #: requests at once
    largest: int = 600_000  #: bytes of a message: OMA MMS Conformance 1.3, class Megapixel; pictures are made to fit
    answers: bool = False  #: it answers STOP and HELP itself, so that we don't


class SipTrunkSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="sip"
):
    """A carrier's trunk for calls: `[[trunk]]` with `kind = "sip"`."""

    name: str
    host: str
    port: int = 5060
    username: str = ""  #: by which it lets our calls in, where it asks (digest)
    password: str = ""
    sources: tuple[str, ...] = ()  #: IP addresses that its calls come from; none: `host`, where that is one
    prefixes: tuple[str, ...] = ()  #: E.164 prefixes that it serves; none: all
    emergency: bool = False  #: it takes calls to emergency services


class SmtpTrunkSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="smtp"
):
    """The way out for mail: `[[trunk]]` with `kind = "smtp"`."""

    name: str
    host: str = ""  #: the next server, which brings it on; "": the servers of each recipient's domain (MX)
    port: int = 25
    starttls: Literal["opportunistic", "required", "off"] = "opportunistic"
    authority: str = ""  #: PEM file of who signed the next server's certificate; "": those that the system trusts
    user: str = ""  #: with which to log in there; "": without
    password: str = ""
    price: str = ""  #: what it takes for a mail, in USD, such as "0.0001"; "": not known
    allow_private: bool = False  #: without `host`: whether mail may go to private and loopback addresses
    window: int = 20  #: mails at once
    timeout: float = 60.0  #: seconds for each answer


class SmppSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The door for customers' ESMEs: `[smpp_server]`."""

    tls_listen: str = ""  #: HOST:PORT of a TLS listener beside the plain one
    tls_certificate: str = ""
    tls_key: str = ""
    window: int = 500  #: unanswered PDUs a session may have, where the bind says nothing
    sessions: int = 10  #: sessions a bind may have, likewise
    connections: int = 1000  #: in all
    bind_within: float = 10.0  #: seconds in which a new connection has to bind
    idle: float = 120.0  #: seconds without a PDU after which a session is closed


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The door for customers' mail: `[smtp_server]`."""

    name: str = ""  #: as which it greets and signs for what it took; "": `domain`
    tls_certificate: str = ""  #: PEM file; "": no STARTTLS, so that nobody can log in from another machine
    tls_key: str = ""
    bounces: str = ""  #: domain of our return paths, whose MX leads here; "": bounces go to the customers' own
    spf: str = ""  #: SPF terms that name your servers to customers' zones, such as "include:_spf.example.com"
    largest: int = 26_214_400  #: bytes of a mail
    recipients: int = 100  #: of a mail: RFC 5321 section 4.5.3.1.8 asks for no less
    connections: int = 500  #: in all
    idle: float = 300.0  #: seconds for each command, and for a mail whole (RFC 5321 section 4.5.3.2.7)


class MailInSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The door for other servers' mail (MX): `[mail_in]`. What names no source is a default."""

    listen: str = ""  #: HOST:PORT; "": none is taken
    in_front: tuple[str, ...] = ()  #: IP addresses of servers of your own that pass mail on (XFORWARD)
    tls_certificate: str = ""  #: PEM file; "": no STARTTLS
    tls_key: str = ""
    largest: int = 26_214_400  #: bytes of a mail
    connections: int = 500  #: in all
    a_client: int = 20  #: connections of one address
    a_minute: int = 600  #: mails of one address
    idle: float = 300.0  #: seconds for each command: RFC 5321 section 4.5.3.2.7


class DnsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is asked for names: `[dns]`. Nobody else is, whatever the system is set to."""

    servers: tuple[str, ...] = ()  #: IP:PORT of resolvers, the first asked first; none: no name is looked up


class SipSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The door for calls: `[sip_server]`. No authority sets these figures; they are defaults."""

    shown: str = (
        ""  #: the address by which others reach us, where `sip` is none that they could use (0.0.0.0, behind NAT)
    )
    realm: str = ""  #: of logins; "": `domain`. Under another one every login needs a new password
    digests: tuple[Literal["MD5", "SHA-256"], ...] = ("MD5",)  #: by which logins prove themselves, in this order
    calls: int = 50  #: that an account may have at once, where its login says nothing
    rate: float = 5.0  #: that it may begin in a second, likewise
    redirect: str = ""  #: HOST:PORT, UDP, at which a Kamailio in front asks; "": there is none
    kamailio: tuple[str, ...] = ()  #: IP addresses from which it asks; nobody else is answered there
    ring_for: float = 180.0  #: seconds until a call that nobody takes is given up (RFC 3261 section 16.6: Timer C)
    sound: tuple[int, int] = (0, 0)  #: UDP ports, from and to, for the sound of calls; 0: any free ones
    relay: bool = True  #: whether the sound of calls between two phones goes through here; calls for help never do
    media: tuple[str, ...] = ()  #: IP addresses and networks of customers' sound, where that is not their signalling's


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How customers are told: `[webhooks]`."""

    allow_private: bool = False  #: whether private and loopback addresses may be called
    timeout: float = 15.0  #: seconds
    give_up_after: float = 86_400.0  #: seconds


class BudgetSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of what a rule stops people may find wrong before it steps down into shadow: `[budget]`.

    No authority sets these figures; they are defaults.
    """

    share: float = 0.01  #: of what a rule held and refused that people may overturn
    days: float = 7.0  #: in which that is counted
    least: int = 20  #: overturned messages before which no rule steps down
    confidence: float = 0.95  #: that the share is above the budget: of a few, much may be chance
    of: Mapping[str, float] = {}  #: rule -> a share of its own


class AppealSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By when people decide customers' appeals: `[appeals]`. No authority sets these figures; they are defaults."""

    days: int = 5  #: business days
    country: str = "US"  #: whose public holidays are none of them
    state: str = ""  #: and those of a state or province of it; "": the whole country's alone
    zone: str = "America/New_York"  #: where days begin and end


class DeskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the desk works at its pages: `[desk]`. No authority sets these figures; they are defaults."""

    second_factor: bool = True  #: whether its people need one
    capacity: int = 500  #: held messages that it can look at; more is shown as too many
    exposures: int = 40  #: harmful texts that one reviewer may uncover in a day
    second_looks: float = 0.1  #: share of what one reviewer decides that another decides too


class RecipientSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recipients' page: `[recipients]`. Without an account of the operator's own no code can be sent."""

    account: str = ""  #: AC...: the operator's own, by which codes go out
    sender: str = ""  #: its number, short code or name, which people see
    codes_an_hour: int = 600  #: that go out to anybody; a default


class MailSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By which relay notices go out as mail: `[mail]`. Without a relay and a sender no mail is sent."""

    relay: str = ""  #: HOST:PORT of the operator's own mail server, which brings it on
    sender: str = ""  #: the mailbox that it comes from, to which bounces go: notices@example.com
    starttls: bool = True  #: TLS before anything is said, with a certificate that is checked; False: in the clear
    authority: str = ""  #: PEM file of who signed the relay's certificate; "": those that the system trusts
    user: str = ""  #: with which to log in; "": without
    password: str = ""
    timeout: float = 30.0  #: seconds for each answer of the relay
    give_up_after: float = 432_000.0  #: seconds; five days, RFC 5321 section 4.5.4.1


class MalwareSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what files are looked through for what harms: `[malware]`. The house's own rules always count."""

    rules: str = ""  #: folder of the operator's own: *.yar, *.yara with rules, *.sha256, *.hsb with digests
    clamd: str = ""  #: a clamd that is asked besides: HOST:PORT, or the path of its Unix socket
    workers: int = 1  #: processes that look, one file each at a time
    seconds: float = 10.0  #: that one file may take, unpacked; it is not scanned if it takes longer


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How calls are signed and verified: `[identity]`. Without a key none is signed, without anchors none verified."""

    key: str = ""  #: file of our private key, in PEM; for its owner alone (0600)
    certificate: str = ""  #: file of our certificate and those between it and its anchor, in PEM
    x5u: str = ""  #: where others find that file: an https URL
    spc: str = ""  #: our service provider code, which the certificate has (in North America: OCN)
    trust_anchors: str = ""  #: file of the authorities whose certificates we trust, in PEM
    known_certificates: str = ""  #: folder of others' certificates, by their URLs
    fresh_for: int = 60  #: seconds that a signature counts


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files that go with messages: `[media]`."""

    folder: str = ""  #: where they lie; "": media in the data folder. Processes with one database share it
    reader: str = ""  #: the program that reads what is written in pictures: tesseract; "": nothing is read
    languages: str = "eng"  #: that it reads, in its own names, joined by +


class VideoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Video rooms."""

    hosts: tuple[str, ...] = ()  #: IP addresses of this machine that participants' packets come to; none: no video
    shown: str = ""  #: the IP address that participants are told instead, behind NAT
    most: int = 8  #: participants of a room at once
    relays: tuple[str, ...] = ()  #: turn: and turns: URLs of TURN servers that participants may go by
    relay_secret: str = ""  #: by which their names and passwords are made
    janus: str = ""  #: ws:// or wss://HOST:PORT of a Janus that forwards larger rooms; "": there are none
    janus_secret: str = ""  #: its api_secret
    janus_key: str = ""  #: the admin_key of its VideoRoom
    janus_most: int = 50  #: participants of a room at once that it forwards


class FaxSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How faxes go: `[fax]`. Their calls go by the trunks for calls. What names no source is a default."""

    packets: Literal["taken", "offered", "refused"] = (
        "taken"  #: T.38, where the other side offers it; offered by us as well; not at all
    )
    window: int = 10  #: faxes that are sent at once
    tries: int = 2  #: of a line that nobody takes, or where no fax answers: 47 CFR 68.318(b)(1), (4)
    busy_tries: int = 15  #: of a busy line: 47 CFR 68.318(b)(1)
    pause: float = 300.0  #: seconds between two tries; it grows with them
    days: int = 0  #: that pages are kept at the most; 0: until their customer deletes them
    price: str = ""  #: of a page, in USD, such as "0.01"; "": not known


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    data: str = "data"  #: folder of the SQLite file, do-not-call lists, recordings and demo.json
    http: str = "127.0.0.1:8080"
    smpp: str = "127.0.0.1:2775"
    sip: str = "127.0.0.1:5060"  #: UDP; "-": calls are not served
    smtp: str = "127.0.0.1:2525"  #: customers' mail; "-": none is taken
    database: str = ""  #: "": sqlite in the data folder
    counters: str = "memory://"
    keys: str = ""  #: file of the number, sealing and signing keys; "": kept in the database
    domain: str = "masstransit.example"  #: products are reached as api.DOMAIN, messaging.DOMAIN ...
    base_url: str = ""  #: as customers see us; "": http://HTTP
    log_level: str = "INFO"
    recordings_days: int = 1830  #: that the sound of a recording is kept at the most; 0: until its customer deletes it
    fresh_for: float = 2.0  #: seconds a decision keeps in the queue before the gate is asked again
    policy: Mapping[str, Any] = {}  #: text, dated, and a table a clause: [policy.19]
    account: Mapping[str, Any] = {}  #: [account.AC...]: section, and [account.AC....policy.7]
    observe: bool = False  #: the whole house is judged, and nothing is stopped
    enforce: tuple[str, ...] = ()  #: clauses and rules that bind all the same, by number
    trunk: tuple[TrunkSettings | RestTrunkSettings | Mm7TrunkSettings | SipTrunkSettings | SmtpTrunkSettings, ...] = ()
    smpp_server: SmppSettings = SmppSettings()
    smtp_server: SmtpSettings = SmtpSettings()
    mail_in: MailInSettings = MailInSettings()
    dns: DnsSettings = DnsSettings()
    sip_server: SipSettings = SipSettings()
    video: VideoSettings = VideoSettings()
    webhooks: WebhookSettings = WebhookSettings()
    budget: BudgetSettings = BudgetSettings()
    appeals: AppealSettings = AppealSettings()
    desk: DeskSettings = DeskSettings()
    recipients: RecipientSettings = RecipientSettings()
    mail: MailSettings = MailSettings()
    identity: IdentitySettings = IdentitySettings()
    media: MediaSettings = MediaSettings()
    malware: MalwareSettings = MalwareSettings()
    fax: FaxSettings = FaxSettings()

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{Path(self.data) / 'masstransit.db'}"

    @property
    def lists(self) -> Path:
        """Folder of the files of do-not-call numbers."""
        return Path(self.data) / "lists"

    @property
    def recordings(self) -> Path:
        """Folder of the sound of recorded calls."""
        return Path(self.data) / "recordings"

    @property
    def faxes(self) -> Path:
        """Folder of the pages of faxes while they are on their way."""
        return Path(self.data) / "faxes"

    @property
    def files(self) -> Path:
        """Folder of the files that go with messages."""
        return Path(self.media.folder) if self.media.folder else Path(self.data) / "media"


_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_SPF_TERM = re.compile(r"\+?(?:include|a|mx|ip4|ip6|exists):[A-Za-z0-9._:/%{}-]{1,253}")  # RFC 7208 section 5
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_MOST_IN_A_ROOM = 16  # lines of a description: a pair and a screen for each, 64 in all
_MOST_IN_A_JANUS = 50  # two lines of each other's, and a client's answer to them has less octets than a frame may
_TURN = re.compile(r"turns?:([\w.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?")  # RFC 7065
_PRICE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")  # to the millionth, as prices are stored
ENVIRONMENT = {
    "MASSTRANSIT_DATA": "data",
    "MASSTRANSIT_HTTP": "http",
    "MASSTRANSIT_SMPP": "smpp",
    "MASSTRANSIT_SIP": "sip",
    "MASSTRANSIT_SMTP": "smtp",
    "MASSTRANSIT_DATABASE": "database",
    "MASSTRANSIT_COUNTERS": "counters",
}


def load(
    file: Path | None = None, *, environment: Mapping[str, str] | None = None, **overrides: str | None
) -> Settings:
    """Read settings: file ("-": standard input), then environment, then `overrides` that are not None. Raises
    `ConfigError`."""
    read: dict[str, Any] = {}
    if file is not None:
        try:
            read = tomllib.loads(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
        except UnicodeDecodeError as broken:
            raise ConfigError(f"{file} is not UTF-8: {broken.reason}") from broken
        except OSError as missing:
            raise ConfigError(f"{file} can't be read: {missing.strerror}") from missing
        except tomllib.TOMLDecodeError as broken:
            raise ConfigError(f"{file} is not TOML: {broken}") from broken
    environment = os.environ if environment is None else environment
    read |= {key: environment[name] for name, key in ENVIRONMENT.items() if environment.get(name)}
    read |= {key: value for key, value in overrides.items() if value is not None}
    _name_kinds(read.get("trunk"))
    for door in ("sip", "smtp"):
        if read.get(door) == "-":  # as the ready line says it; an empty variable of the environment says nothing
            read[door] = ""
    try:
        settings = msgspec.convert(read, Settings)
    except msgspec.ValidationError as wrong:
        raise ConfigError(f"{file or 'settings'}: {wrong}") from wrong
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    """What no type can say. Raises `ConfigError`."""
    for name in ("http", "smpp", "sip", "smtp"):
        if name not in {"sip", "smtp"} or getattr(settings, name):
            endpoint(getattr(settings, name), name)
    for trunk in settings.trunk:
        if not isinstance(trunk, SipTrunkSettings) and trunk.price and not _PRICE.fullmatch(trunk.price):
            raise ConfigError(f"price = '{trunk.price}' of trunk {trunk.name}: say USD a segment, such as \"0.0075\"")
    if settings.recordings_days < 0:
        raise ConfigError(f"recordings_days = {settings.recordings_days}: a number of days, or 0 for no end")
    if settings.enforce and not settings.observe:
        raise ConfigError("enforce: only where observe = true; else everything is enforced")
    _check_budget(settings.budget)
    if not 0 <= settings.desk.second_looks <= 1:
        raise ConfigError(f"[desk] second_looks = {settings.desk.second_looks:g}: a share from 0 to 1, such as 0.1")
    _check_recipients(settings.recipients)
    _check_mail(settings.mail)
    _check_smtp(settings)
    _check_mail_in(settings)
    _check_sip(settings)
    _check_video(settings.video)
    _check_identity(settings.identity)
    _check_malware(settings.malware)
    _check_fax(settings.fax)
    names = [trunk.name for trunk in settings.trunk]
    if len(set(names)) != len(names):
        raise ConfigError("two [[trunk]] tables have the same name; reports could not be told apart")


def written(settings: Settings) -> str:
    """Settings as TOML, as `load` reads them: for a command of ours that has to go by the same."""
    return toml.lines(settings)


def _name_kinds(trunks: Any) -> None:
    """A trunk that does not say its kind is an SMPP link."""
    for trunk in trunks if isinstance(trunks, list) else ():
        if isinstance(trunk, dict):
            trunk.setdefault("kind", "smpp")


def _check_budget(budget: BudgetSettings) -> None:
    for name, share in (("share", budget.share), *((f"of.'{rule}'", share) for rule, share in budget.of.items())):
        if not 0 <= share < 1:
            raise ConfigError(f"[budget] {name} = {share:g}: a share from 0 to below 1, such as 0.01")
    if not 0.5 < budget.confidence < 1:
        raise ConfigError(f"[budget] confidence = {budget.confidence:g}: above 0.5 and below 1, such as 0.95")
    if budget.days <= 0 or budget.least < 1:
        raise ConfigError("[budget] days and least: more than nothing")


def _check_fax(fax: FaxSettings) -> None:
    for name in ("window", "tries", "busy_tries"):
        if getattr(fax, name) < 1:
            raise ConfigError(f"[fax] {name} = {getattr(fax, name)}: a whole number from 1")
    if fax.pause < 0 or fax.days < 0:
        raise ConfigError("[fax] pause and days: not less than nothing")
    if fax.price and not _PRICE.fullmatch(fax.price):
        raise ConfigError(f"[fax] price = '{fax.price}': say USD a page, such as \"0.01\"")


def _check_recipients(told: RecipientSettings) -> None:
    if bool(told.account) != bool(told.sender):
        raise ConfigError("[recipients] account and sender: name both, by which codes go out, or neither")
    if told.account and not _ACCOUNT.fullmatch(told.account):
        raise ConfigError(f"[recipients] account = '{told.account}': say AC and 32 hex digits, as `account` prints it")
    if told.codes_an_hour < 1:
        raise ConfigError("[recipients] codes_an_hour: more than nothing")


def _check_mail(told: MailSettings) -> None:
    if bool(told.relay) != bool(told.sender):
        raise ConfigError("[mail] relay and sender: name both, and notices go out by mail, or neither")
    if not told.relay:
        return
    host, port = endpoint(told.relay, "[mail] relay")
    if port == 0:
        raise ConfigError(f"[mail] relay = '{told.relay}': say the port that the relay listens on, such as 587")
    try:
        mailbox(told.sender)
    except BadAddress as wrong:
        raise ConfigError(f"[mail] sender: {wrong}") from wrong
    if bool(told.user) != bool(told.password):
        raise ConfigError("[mail] user and password: name both, or neither")
    if told.user and not told.starttls and host not in _HERE:
        raise ConfigError("[mail] starttls = false: the password would cross the network in the clear")
    if told.timeout <= 0 or told.give_up_after <= 0:
        raise ConfigError("[mail] timeout and give_up_after: more than nothing")


def _check_smtp(settings: Settings) -> None:
    told = settings.smtp_server
    for server in settings.dns.servers:
        host, port = endpoint(server, "[dns] servers")
        if not is_ip(host) or not port:
            raise ConfigError(f"[dns] servers: '{server}' is no IP address with a port, such as 192.0.2.53:53")
    if told.largest < 1 or told.recipients < 1 or told.connections < 1 or told.idle <= 0:
        raise ConfigError("[smtp_server] largest, recipients, connections and idle: more than nothing")
    if not all(_SPF_TERM.fullmatch(term) for term in told.spf.split()):
        raise ConfigError(
            f"[smtp_server] spf: '{told.spf[:64]}' are no terms of SPF (RFC 7208) such as include:_spf.example.com"
        )
    for trunk in settings.trunk:
        if isinstance(trunk, SmtpTrunkSettings):
            _check_mail_trunk(trunk, settings)


def _check_mail_in(settings: Settings) -> None:
    told = settings.mail_in
    if not told.listen:
        return
    endpoint(told.listen, "[mail_in] listen")
    if not settings.dns.servers:
        raise ConfigError("[mail_in] listen: [dns] servers names nobody to ask whether mail is from whom it says")
    for address in told.in_front:
        if not is_ip(address):
            raise ConfigError(f"[mail_in] in_front: '{address}' is no IP address")
    if min(told.largest, told.connections, told.a_client, told.a_minute) < 1 or told.idle <= 0:
        raise ConfigError("[mail_in] largest, connections, a_client, a_minute and idle: more than nothing")


def _check_mail_trunk(trunk: SmtpTrunkSettings, settings: Settings) -> None:
    if bool(trunk.user) != bool(trunk.password):
        raise ConfigError(f"user and password of trunk {trunk.name}: name both, or neither")
    if trunk.user and trunk.starttls != "required" and trunk.host not in _HERE:
        raise ConfigError(f'trunk {trunk.name}: a password crosses the network only with starttls = "required"')
    if not trunk.host and not settings.dns.servers:
        raise ConfigError(f"trunk {trunk.name} has no host, and [dns] servers names nobody to ask for those of domains")
    if trunk.window < 1 or trunk.timeout <= 0:
        raise ConfigError(f"window and timeout of trunk {trunk.name}: more than nothing")


def _check_sip(settings: Settings) -> None:
    told = settings.sip_server
    if not told.digests:
        raise ConfigError("[sip_server] digests: one at least")
    if told.calls < 1 or told.rate <= 0 or told.ring_for <= 0:
        raise ConfigError("[sip_server] calls, rate and ring_for: more than nothing")
    _check_redirect(told)
    if not (told.sound == (0, 0) or 0 < told.sound[0] <= told.sound[1] <= 65_535):
        raise ConfigError("[sip_server] sound: two ports, the first and the last, such as [20000, 20999]")
    networks(told.media)
    if settings.sip and endpoint(settings.sip, "sip")[0] in {"0.0.0.0", "::"} and not told.shown:  # noqa: S104
        raise ConfigError(f"sip = '{settings.sip}' needs [sip_server] shown: the address by which others reach us")
    for trunk in settings.trunk:
        if isinstance(trunk, SipTrunkSettings):
            for source in trunk.sources:
                if not is_ip(source):
                    raise ConfigError(f"sources of trunk {trunk.name}: '{source}' is no IP address")


def _check_video(told: VideoSettings) -> None:
    for address in (*told.hosts, *((told.shown,) if told.shown else ())):
        if not is_ip(address) or address in {"0.0.0.0", "::"}:  # noqa: S104
            raise ConfigError(f"[video] hosts and shown: '{address}' is no IP address that a packet can be sent to")
    if told.shown and len(told.hosts) != 1:
        raise ConfigError("[video] shown stands for one address: name the one in hosts that it leads to")
    if not 2 <= told.most <= _MOST_IN_A_ROOM:
        raise ConfigError(f"[video] most = {told.most}: 2 to {_MOST_IN_A_ROOM} people in a room at once")
    _check_relays(told)
    _check_janus(told)


def _check_relays(told: VideoSettings) -> None:
    if bool(told.relays) != bool(told.relay_secret):
        raise ConfigError("[video] relays and relay_secret: name both, where there is a TURN server, or neither")
    for url in told.relays:
        if not _TURN.fullmatch(url):
            raise ConfigError(
                f"[video] relays: '{url}' is no turn:HOST:PORT or turns:HOST:PORT, with ?transport= or without"
            )


def _check_janus(told: VideoSettings) -> None:
    if not told.janus:
        if told.janus_secret or told.janus_key:
            raise ConfigError("[video] janus_secret and janus_key open a Janus: name it at janus")
        return
    scheme, _, address = told.janus.partition("://")
    if scheme not in {"ws", "wss"}:
        raise ConfigError(f"[video] janus = '{told.janus}': ws://HOST:PORT or wss://HOST:PORT, of its WebSocket API")
    endpoint(address.partition("/")[0], "[video] janus")
    if not 2 <= told.janus_most <= _MOST_IN_A_JANUS:
        raise ConfigError(f"[video] janus_most = {told.janus_most}: 2 to {_MOST_IN_A_JANUS} people in a room at once")
    if told.hosts and told.janus_most <= told.most:
        raise ConfigError("[video] janus_most: more than `most`, up to which the house forwards rooms itself")


def _check_redirect(told: SipSettings) -> None:
    if told.redirect:
        endpoint(told.redirect, "[sip_server] redirect")
    if bool(told.redirect) != bool(told.kamailio):
        raise ConfigError("[sip_server] redirect and kamailio: name both, where Kamailio is in front, or neither")
    for address in told.kamailio:
        if not is_ip(address):
            raise ConfigError(f"[sip_server] kamailio: '{address}' is no IP address")


def is_ip(text: str) -> bool:
    """Whether it is an address of IPv4 or IPv6, and no name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def networks(told: Sequence[str]) -> Callable[[str], bool]:
    """Whether an IP address is in one of these. Raises `ConfigError`."""
    try:
        held = [ipaddress.ip_network(each) for each in told]
    except ValueError as wrong:
        raise ConfigError(f"[sip_server] media: an IP address or a network, such as 192.0.2.0/28: {wrong}") from wrong
    return lambda host: any(ipaddress.ip_address(host) in each for each in held)


def sources_of(trunk: SipTrunkSettings) -> tuple[str, ...]:
    """The IP addresses that a trunk's calls come from."""
    return trunk.sources or ((trunk.host,) if is_ip(trunk.host) else ())


def _check_identity(told: IdentitySettings) -> None:
    ours = {"key": told.key, "certificate": told.certificate, "x5u": told.x5u, "spc": told.spc}
    missing = [name for name, value in ours.items() if not value]
    if missing and len(missing) < len(ours):
        raise ConfigError(f"[identity] {', '.join(missing)}: missing; to sign calls, name all of {', '.join(ours)}")
    if told.x5u and not told.x5u.startswith("https://"):
        raise ConfigError(f"[identity] x5u = '{told.x5u}': an https URL at which others find the certificate")
    if bool(told.trust_anchors) != bool(told.known_certificates):
        raise ConfigError("[identity] trust_anchors and known_certificates: name both to verify calls, or neither")
    if told.fresh_for < 1:
        raise ConfigError("[identity] fresh_for: more than nothing, in seconds")


def _check_malware(told: MalwareSettings) -> None:
    if told.workers < 1 or told.seconds <= 0:
        raise ConfigError("[malware] workers and seconds: more than nothing")
    if told.clamd and "/" not in told.clamd and endpoint(told.clamd, "[malware] clamd")[1] == 0:
        raise ConfigError(f"[malware] clamd = '{told.clamd}': say the port that it listens on, such as 3310")


def endpoint(text: str, name: str) -> tuple[str, int]:
    """HOST:PORT as a pair. Raises `ConfigError` naming the setting."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise ConfigError(f"{name} = '{text}': say HOST:PORT, such as 127.0.0.1:8080 (port 0: any free one)")
    return host.strip("[]") or "127.0.0.1", int(port)
