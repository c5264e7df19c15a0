"""The settings, and the file that documents them."""

from __future__ import annotations

import io
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from masstransit import app, config
from masstransit.channels.rest.trunk import RestTrunk
from masstransit.channels.smpp.trunk import SmppTrunk
from masstransit.clock import SystemClock
from masstransit.errors import ConfigError

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
NO_ENVIRONMENT: dict[str, str] = {}


def uncommented() -> dict[str, Any]:
    """The example with every setting switched on: lines that begin with # and no space."""
    return tomllib.loads(re.sub(r"^#(?=\S)", "", EXAMPLE.read_text(), flags=re.MULTILINE))


def keys_of(settings: type[msgspec.Struct]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(settings)}


def test_the_example_changes_nothing_until_it_is_edited() -> None:
    assert config.load(EXAMPLE, environment=NO_ENVIRONMENT) == config.load(environment=NO_ENVIRONMENT)


def test_the_example_loads_with_every_setting_switched_on(tmp_path: Path) -> None:
    file = tmp_path / "all.toml"
    file.write_text(re.sub(r"^#(?=\S)", "", EXAMPLE.read_text(), flags=re.MULTILINE))
    assert config.load(file, environment=NO_ENVIRONMENT).trunk[0].name == "carrier-a"


def test_the_example_documents_every_key() -> None:
    written = uncommented()
    assert set(written) == keys_of(config.Settings)
    assert set(written["smpp_server"]) == keys_of(config.SmppSettings)
    assert set(written["smtp_server"]) == keys_of(config.SmtpSettings)
    assert set(written["mail_in"]) == keys_of(config.MailInSettings)
    assert set(written["dns"]) == keys_of(config.DnsSettings)
    assert set(written["trunk"][3]) - {"kind"} == keys_of(config.SmtpTrunkSettings)
    assert set(written["webhooks"]) == keys_of(config.WebhookSettings)
    assert set(written["budget"]) == keys_of(config.BudgetSettings)
    assert set(written["appeals"]) == keys_of(config.AppealSettings)
    assert set(written["desk"]) == keys_of(config.DeskSettings)
    assert set(written["recipients"]) == keys_of(config.RecipientSettings)
    assert set(written["mail"]) == keys_of(config.MailSettings)
    assert set(written["sip_server"]) == keys_of(config.SipSettings)
    assert set(written["trunk"][2]) - {"kind"} == keys_of(config.SipTrunkSettings)
    assert set(written["identity"]) == keys_of(config.IdentitySettings)
    assert set(written["fax"]) == keys_of(config.FaxSettings)
    assert set(written["media"]) == keys_of(config.MediaSettings)
    assert set(written["video"]) == keys_of(config.VideoSettings)
    assert set(written["malware"]) == keys_of(config.MalwareSettings)
    assert set(written["trunk"][-1]) - {"kind"} == keys_of(config.Mm7TrunkSettings)
    assert set(written["trunk"][0]) - {"kind"} == keys_of(config.TrunkSettings)
    assert set(written["trunk"][1]) - {"kind"} == keys_of(config.RestTrunkSettings)


def test_the_example_shows_the_defaults() -> None:
    written = uncommented()
    own = config.Settings()
    nested = {
        "policy",
        "account",
        "trunk",
        "smpp_server",
        "webhooks",
        "budget",
        "appeals",
        "desk",
        "recipients",
        "mail",
        "identity",
        "sip_server",
        "smtp_server",
        "dns",
        "mail_in",
        "fax",
        "media",
        "video",
        "malware",
    }
    defaults = {k: getattr(own, k) for k in keys_of(config.Settings) - nested} | {"enforce": []}  # TOML has lists
    assert {k: v for k, v in written.items() if k not in nested} == defaults
    assert written["smpp_server"] == msgspec.structs.asdict(own.smpp_server)
    assert written["smtp_server"] == msgspec.structs.asdict(own.smtp_server)
    assert written["mail_in"] == msgspec.structs.asdict(own.mail_in) | {"in_front": []}
    assert written["dns"] == {"servers": list(own.dns.servers)}
    assert written["webhooks"] == msgspec.structs.asdict(own.webhooks)
    assert written["budget"] == msgspec.structs.asdict(own.budget)
    assert written["appeals"] == msgspec.structs.asdict(own.appeals)
    assert written["desk"] == msgspec.structs.asdict(own.desk)
    assert written["recipients"] == msgspec.structs.asdict(own.recipients)
    assert written["mail"] == msgspec.structs.asdict(own.mail)
    assert written["identity"] == msgspec.structs.asdict(own.identity)
    assert written["fax"] == msgspec.structs.asdict(own.fax)
    assert written["media"] == msgspec.structs.asdict(own.media)
    assert written["video"] == msgspec.structs.asdict(own.video) | {"hosts": [], "relays": []}
    assert written["malware"] == msgspec.structs.asdict(own.malware)


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('http = "127.0.0.1:1"\nsmpp = "127.0.0.1:2"\ncounters = "memory://"\n')
    environment = {"MASSTRANSIT_HTTP": "127.0.0.1:3", "MASSTRANSIT_SMPP": "127.0.0.1:4"}
    settings = config.load(file, environment=environment, smpp="127.0.0.1:5", data=None)
    assert (settings.http, settings.smpp, settings.data) == ("127.0.0.1:3", "127.0.0.1:5", "data")


@pytest.mark.parametrize(
    "told", ["window = 0", "tries = 0", "busy_tries = 0", "pause = -1.0", "days = -1", 'price = "x"']
)
def test_faxes_are_tried_at_least_once_and_cost_a_number(tmp_path: Path, told: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f"[fax]\n{told}\n")
    with pytest.raises(ConfigError, match=r"\[fax\]"):
        config.load(file, environment=NO_ENVIRONMENT)


def test_an_empty_variable_is_no_setting() -> None:
    assert config.load(environment={"MASSTRANSIT_HTTP": ""}).http == config.Settings().http


def test_the_database_is_a_file_in_the_data_folder_unless_it_is_named() -> None:
    assert config.load(environment={"MASSTRANSIT_DATA": "/srv/mt"}).database_url == "sqlite:////srv/mt/masstransit.db"
    named = config.load(environment={"MASSTRANSIT_DATABASE": "postgresql://mt@127.0.0.1:5432/mt"})
    assert named.database_url == "postgresql://mt@127.0.0.1:5432/mt"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("htpp = '127.0.0.1:80'", "htpp"),
        ("fresh_for = 'soon'", "fresh_for"),
        ("http = '127.0.0.1'", "HOST:PORT"),
        ("http = '127.0.0.1:99999'", "HOST:PORT"),
        ("[[trunk]]\nname = 'a'\nhost = 'h'\nport = 1\ncolour = 'red'", "colour"),
        ("[[trunk]]\nname = 'a'\nhost = 'h'", "port"),
        ("[[trunk]]\nname='a'\nhost='h'\nport=1\n[[trunk]]\nname='a'\nhost='i'\nport=1", "same name"),
        ("[[trunk]]\nname='a'\nhost='h'\nport=1\nprice='cheap'", "price = 'cheap' of trunk a"),
        ("[[trunk]]\nname='a'\nhost='h'\nport=1\nprice='0.00000001'", "price"),
        ("http = ", "not TOML"),
        ("[budget]\nshare = 1.5", "share = 1.5: a share"),
        ("[budget]\nof = { '10.1' = -1 }", "of.'10.1'"),
        ("[budget]\nconfidence = 0.5", "confidence"),
        ("[budget]\nleast = 0", "days and least"),
        ("[recipients]\naccount = 'AC00000000000000000000000000000001'", "name both"),
        ("[recipients]\nsender = '+14155550100'", "name both"),
        ("[recipients]\naccount = 'AC1'\nsender = '+14155550100'", "32 hex digits"),
        ("[recipients]\ncodes_an_hour = 0", "codes_an_hour"),
        ("[mail]\nrelay = 'mail.example:25'", "name both"),
        ("[mail]\nsender = 'notices@house.example'", "name both"),
        ("[mail]\nrelay = 'mail.example'\nsender = 'notices@house.example'", "HOST:PORT"),
        ("[mail]\nrelay = 'mail.example:0'\nsender = 'notices@house.example'", "such as 587"),
        ("[mail]\nrelay = 'mail.example:25'\nsender = 'notices'", "sender: 'notices' is not"),
        ("[mail]\nrelay = 'mail.example:25'\nsender = 'n@h.example'\nuser = 'house'", "user and password"),
        (
            "[mail]\nrelay = 'mail.example:25'\nsender = 'n@h.example'\nuser = 'u'\npassword = 'p'\nstarttls = false",
            "in the clear",
        ),
        ("[mail]\nrelay = 'mail.example:25'\nsender = 'n@h.example'\ntimeout = 0", "more than nothing"),
        ("[identity]\nkey = 'identity.key'", "certificate, x5u, spc"),
        ("[identity]\nkey = 'k'\ncertificate = 'c'\nspc = '1'\nx5u = 'http://cert.example/a.pem'", "https"),
        ("[identity]\ntrust_anchors = 'anchors.pem'", "known_certificates"),
        ("[identity]\nfresh_for = 0", "fresh_for"),
        ("enforce = ['7']", "only where observe"),
        ("[[trunk]]\nkind = 'rest'\nname = 'a'\nurl = 'https://a.example'", "account_sid"),
        ("[[trunk]]\nkind = 'pigeon'\nname = 'a'", "pigeon"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=says):
        config.load(file, environment=NO_ENVIRONMENT)


@pytest.mark.parametrize(("told", "price"), [("", None), ("0.0075", Decimal("0.0075"))])
def test_a_trunk_has_the_price_that_is_set(told: str, price: Decimal | None) -> None:
    set_so = config.TrunkSettings(name="a", host="h", port=1, price=told)
    assert app._link(set_so, SystemClock()).price == price


def test_a_trunk_is_an_smpp_link_unless_it_says_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "trunks.toml"
    upstream = "kind = 'rest'\nname = 'b'\nurl = 'https://b.example'\naccount_sid = 'AC1'\nauth_token = 't'"
    file.write_text(f"[[trunk]]\nname = 'a'\nhost = 'h'\nport = 1\n[[trunk]]\n{upstream}\n")
    links = [
        app._link(each, SystemClock())
        for each in config.load(file, environment=NO_ENVIRONMENT).trunk
        if isinstance(each, config.TrunkSettings | config.RestTrunkSettings)
    ]
    assert [(type(link), link.name) for link in links] == [(SmppTrunk, "a"), (RestTrunk, "b")]


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        config.load(Path("nowhere.toml"), environment=NO_ENVIRONMENT)


@pytest.mark.parametrize(
    ("text", "read"),
    [("127.0.0.1:0", ("127.0.0.1", 0)), ("[::1]:8080", ("::1", 8080)), (":8080", ("127.0.0.1", 8080))],
)
def test_an_endpoint_is_a_host_and_a_port(text: str, read: tuple[str, int]) -> None:
    assert config.endpoint(text, "http") == read


def test_settings_that_are_written_are_read_again_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        "observe = true\nenforce = ['8.1']\n[policy.8]\nunanswered = 2\n[[trunk]]\nname = 'a'\nhost = 'h'\nport = 1\n"
        "[account.AC1]\nsection = '4 \"b\"'\n[budget.of]\n'8.3' = 0.02\n"
    )
    settings = config.load(file, environment=NO_ENVIRONMENT)
    monkeypatch.setattr("sys.stdin", io.StringIO(config.written(settings)))
    assert config.load(Path("-"), environment=NO_ENVIRONMENT) == settings


def test_calls_are_not_served_where_the_settings_say_a_dash() -> None:
    assert config.load(environment={"MASSTRANSIT_SIP": "-"}).sip == ""
    assert config.load(environment=NO_ENVIRONMENT).sip == "127.0.0.1:5060"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sip = '0.0.0.0:5060'", "shown"),
        ("[sip_server]\ncalls = 0", "more than nothing"),
        ("[sip_server]\ndigests = []", "one at least"),
        ("[sip_server]\nredirect = '127.0.0.1:5066'", "name both"),
        ("[sip_server]\nkamailio = ['192.0.2.1']", "name both"),
        ("[sip_server]\nredirect = '5066'\nkamailio = ['192.0.2.1']", "HOST:PORT"),
        ("[sip_server]\nredirect = '127.0.0.1:5066'\nkamailio = ['sip.example']", "no IP address"),
        ("[sip_server]\nsound = [20999, 20000]", "the first and the last"),
        ("[sip_server]\nsound = [0, 70000]", "the first and the last"),
        ("[sip_server]\nmedia = ['192.0.2.1/28']", "has host bits set"),
        ("[sip_server]\nmedia = ['pbx.example']", "an IP address or a network"),
        ("[[trunk]]\nkind = 'sip'\nname = 'a'\nhost = 'h'\nsources = ['h']", "no IP address"),
    ],
)
def test_settings_of_calls_that_can_not_be_meant(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "calls.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        config.load(file, environment=NO_ENVIRONMENT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hosts = ['0.0.0.0']", "no IP address that a packet can be sent to"),
        ("hosts = ['video.example']", "no IP address"),
        ("hosts = ['192.0.2.1', '192.0.2.2']\nshown = '203.0.113.1'", "stands for one address"),
        ("most = 1", "2 to 16"),
        ("most = 17", "2 to 16"),
        ("relays = ['turn:turn.example']", "name both"),
        ("relays = ['stun:turn.example']\nrelay_secret = 'x'", "no turn:HOST:PORT"),
        ("janus = '127.0.0.1:8188'", "ws://HOST:PORT"),
        ("janus = 'ws://127.0.0.1'", "say HOST:PORT"),
        ("janus = 'ws://127.0.0.1:8188'\njanus_most = 51", "2 to 50"),
        ("janus = 'ws://127.0.0.1:8188'\njanus_most = 8\nhosts = ['192.0.2.1']", "more than `most`"),
        ("janus_secret = 'x'", "name it at janus"),
    ],
)
def test_settings_of_video_that_can_not_be_meant(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "video.toml"
    file.write_text(f"[video]\n{text}")
    with pytest.raises(ConfigError, match=said):
        config.load(file, environment=NO_ENVIRONMENT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("workers = 0", "more than nothing"),
        ("seconds = 0", "more than nothing"),
        ("clamd = '127.0.0.1'", "HOST:PORT"),
        ("clamd = '127.0.0.1:0'", "say the port"),
    ],
)
def test_settings_of_the_look_for_malware_that_can_not_be_meant(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "malware.toml"
    file.write_text(f"[malware]\n{text}")
    with pytest.raises(ConfigError, match=said):
        config.load(file, environment=NO_ENVIRONMENT)
    file.write_text("[malware]\nclamd = '/run/clamav/clamd.ctl'")
    assert config.load(file, environment=NO_ENVIRONMENT).malware.clamd == "/run/clamav/clamd.ctl"


def test_a_trunks_calls_come_from_its_host_where_that_is_an_address() -> None:
    def trunk(host: str, *sources: str) -> config.SipTrunkSettings:
        return config.SipTrunkSettings(name="a", host=host, sources=sources)

    assert config.sources_of(trunk("192.0.2.1")) == ("192.0.2.1",)
    assert config.sources_of(trunk("sip.example")) == ()
    assert config.sources_of(trunk("sip.example", "192.0.2.2")) == ("192.0.2.2",)


def test_addresses_of_customers_sound_are_single_or_whole_networks() -> None:
    takes = config.networks(("192.0.2.0/28", "2001:db8::7"))
    assert [takes(host) for host in ("192.0.2.15", "192.0.2.16", "2001:db8::7", "2001:db8::8")] == [
        True, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("[dns]\nservers = ['resolver.example:53']", "is no IP address with a port"),
        ("[smtp_server]\nrecipients = 0", "more than nothing"),
        ("[smtp_server]\nspf = 'v=spf1 -all'", "no terms of SPF"),
        ("[[trunk]]\nkind = 'smtp'\nname = 'out'", "names nobody to ask for those of domains"),
        ("[[trunk]]\nkind = 'smtp'\nname = 'out'\nhost = 'relay.example'\nuser = 'me'", "name both, or neither"),
        (
            "[[trunk]]\nkind = 'smtp'\nname = 'out'\nhost = 'relay.example'\nuser = 'me'\npassword = 'x'",
            "a password crosses the network only with",
        ),
    ],
)
def test_mail_that_could_not_go_out_is_told_before_the_start(tmp_path: Path, told: str, said: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(told + "\n")
    with pytest.raises(ConfigError, match=said):
        config.load(file, environment=NO_ENVIRONMENT)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("listen = '127.0.0.1:2526'", "names nobody to ask whether mail is from whom it says"),
        ("listen = 'here'", "HOST:PORT"),
        ("listen = '127.0.0.1:2526'\nin_front = ['mx.example']\n[dns]\nservers = ['127.0.0.1:53']", "is no IP address"),
        ("listen = '127.0.0.1:2526'\na_minute = 0\n[dns]\nservers = ['127.0.0.1:53']", "more than nothing"),
    ],
)
def test_mail_that_could_not_come_in_is_told_before_the_start(tmp_path: Path, told: str, said: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f"[mail_in]\n{told}\n")
    with pytest.raises(ConfigError, match=said):
        config.load(file, environment=NO_ENVIRONMENT)


def test_mail_is_not_taken_where_that_is_said() -> None:
    assert config.load(environment={"MASSTRANSIT_SMTP": "-"}).smtp == ""
