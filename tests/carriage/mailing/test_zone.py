"""What stands in a domain's zone is looked up record by record, at a name server that a test owns."""

from __future__ import annotations

import pytest

from masstransit.carriage.mailing.names import Names
from masstransit.carriage.mailing.zone import Asks, State, ZoneRecord, dmarc_of, look, proof_of, spf_of, state_of
from tests.channels.smtp.zone import LOST, zone

DOMAIN = "news.shop.example"
ASKS = Asks(spf="include:_spf.house.example", reports="dmarc@back.example")
PROOF = proof_of(DOMAIN, "7")
KEY = ZoneRecord(name=f"a._domainkey.{DOMAIN}", text="v=DKIM1; k=rsa; p=AAAA", use="dkim")
(SPF,) = spf_of(DOMAIN, ASKS)
DMARC = dmarc_of(DOMAIN, ASKS)


async def found(record: ZoneRecord, texts: dict[str, list[str]], asks: Asks = ASKS) -> ZoneRecord:
    with zone({(name, "TXT"): values for name, values in texts.items()}) as names:
        (read,) = await look(Names([("127.0.0.1", names.port)]), DOMAIN, [record], asks)
    return read


def test_what_is_told_names_our_servers_and_where_reports_are_taken() -> None:
    assert SPF.text == "v=spf1 include:_spf.house.example ~all"
    assert DMARC.text == "v=DMARC1; p=none; rua=mailto:dmarc@back.example"
    assert spf_of(DOMAIN, Asks()) == ()
    assert dmarc_of(DOMAIN, Asks()).text == "v=DMARC1; p=none"


@pytest.mark.parametrize(
    ("record", "texts", "state", "says"),
    [
        (PROOF, ["other", "masstransit-domain=7"], "published", ""),
        (PROOF, ["masstransit-domain=8"], "different", "something else"),
        (PROOF, [], "missing", ""),
        (KEY, ["v=DKIM1; k=rsa; t=s; p=AA AA"], "published", ""),
        (KEY, ["v=DKIM1; k=rsa; p=BBBB"], "different", "another key"),
        (KEY, [], "missing", ""),
        (SPF, ["v=spf1 mx +include:_SPF.house.example -all"], "published", ""),
        (SPF, ["v=spf1 mx -all"], "different", "add include:_spf.house.example"),
        (SPF, ["v=spf1 include:_spf.house.example -all", "v=spf1 -all"], "different", "several"),
        (SPF, ["v=spf10 include:_spf.house.example -all"], "missing", ""),
        (DMARC, ["v=DMARC1; p=reject; rua=mailto:dmarc@back.example"], "published", "p=reject"),
        (DMARC, ["v=DMARC1;p=none"], "published", "add rua=mailto:dmarc@back.example"),
        (DMARC, ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "different", "several"),
        (DMARC, ["hello"], "missing", ""),
    ],
)
async def test_a_record_is_read_for_what_it_proves(record: ZoneRecord, texts: list[str], state: str, says: str) -> None:
    read = await found(record, {record.name: texts} if texts else {"elsewhere.example": ["x"]})
    assert (read.state, says in read.said) == (state, True)
    assert says or not read.said


async def test_the_dmarc_record_of_a_domain_above_counts() -> None:
    read = await found(DMARC, {"_dmarc.shop.example": ["v=DMARC1; p=reject; sp=none"]})
    assert (read.state, read.said) == ("published", "that of shop.example counts: v=DMARC1; p=reject; sp=none")


async def test_what_can_not_be_looked_up_is_unknown() -> None:
    with zone({(KEY.name, LOST): [""], (PROOF.name, "TXT"): [PROOF.text]}) as names:
        read = await look(Names([("127.0.0.1", names.port)]), DOMAIN, [PROOF, KEY], ASKS)
    assert [each.state for each in read] == ["published", "unknown"]
    assert "could not be looked up" in read[1].said


def test_records_of_a_use_stand_as_the_worst_of_them() -> None:
    states: tuple[State, ...] = ("published", "missing", "published")
    keys = [ZoneRecord(name=f"{n}", text="", use="dkim", state=state) for n, state in enumerate(states)]
    assert (state_of(keys, "dkim"), state_of(keys[:1], "dkim"), state_of(keys, "spf")) == ("missing", "published", None)
