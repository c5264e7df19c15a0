"""Our own resources."""

from __future__ import annotations

from masstransit.model.decision import Verdict
from masstransit.storage.tables import opt_outs
from tests.api.house import Door, finding
from tests.makers import RECIPIENT, SENDER

FORM = {"To": RECIPIENT, "From": SENDER, "Body": "Hello"}


async def test_preflight_says_what_the_gate_would_and_sends_nothing(door: Door) -> None:
    door.exchange.rule = finding(Verdict.REFUSE, code=21610)
    answer = await door.ask("POST", "/policy/v1/Preflight", data=FORM)
    assert answer.status_code == 200
    assert (answer.json()["verdict"], answer.json()["kept"]) == ("REFUSE", False)
    assert answer.json()["findings"][0]["remedy"] == "ask first"
    assert door.exchange.offers == []
    assert (await door.ask("GET", "/policy/v1/Decisions")).json()["decisions"] == []


async def test_decisions_are_listed_and_fetched_without_evidence(door: Door) -> None:
    door.exchange.rule = finding(Verdict.REFUSE, code=21610, evidence={"threshold": 5})
    await door.ask("POST", f"{door.messages}.json", data=FORM)
    await door.ask("POST", f"{door.messages}.json", data=FORM)
    page = (await door.ask("GET", "/policy/v1/Decisions?PageSize=1&Verdict=REFUSE")).json()
    assert page["meta"]["key"] == "decisions"
    following = await door.ask("GET", page["meta"]["next_page_url"].removeprefix(door.url))
    assert following.json()["meta"]["next_page_url"] is None
    (shown,) = following.json()["decisions"]
    fetched = await door.ask("GET", shown["url"].removeprefix(door.url))
    assert fetched.json() == shown
    assert "threshold" not in fetched.text


async def test_opt_outs_are_read_by_number(door: Door) -> None:
    row = {"account": door.sid, "person": door.keys.person(RECIPIENT), "since": door.clock.now(), "masked": "+1212***"}
    await door.database.write(lambda c: c.execute(opt_outs.insert().values(row)))
    found = (await door.ask("GET", "/policy/v1/OptOuts", params={"PhoneNumber": RECIPIENT})).json()["opt_outs"]
    assert [each["in_force"] for each in found] == [True]
    none = await door.ask("GET", "/policy/v1/OptOuts", params={"PhoneNumber": SENDER})
    assert none.json()["opt_outs"] == []


async def test_the_agreement_is_accepted_by_its_digest_only(door: Door) -> None:
    shown = (await door.ask("GET", "/policy/v1/Agreement")).json()
    assert (shown["text"], shown["accepted"]) == ("Be kind.", False)
    form = {"Digest": "0" * 64, "Person": "Dana", "Role": "Director", "Authorised": "true"}
    assert (await door.ask("POST", "/policy/v1/Agreement", data=form)).json()["details"]["field"] == "Digest"
    refused = await door.ask("POST", "/policy/v1/Agreement", data=form | {"Authorised": "false"})
    assert refused.status_code == 400
    accepted = await door.ask("POST", "/policy/v1/Agreement", data=form | {"Digest": shown["digest"]})
    assert accepted.status_code == 201
    assert accepted.json()["accepted"]
    assert accepted.json()["acceptances"][0]["person"] == "Dana"


async def test_the_document_describes_every_resource_that_answers(door: Door) -> None:
    document = (await door.ask("GET", "/policy/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": f"{door.url}/policy"}]
    for path, methods in document["paths"].items():
        if "get" in methods and "{" not in path:
            assert (await door.ask("GET", f"/policy{path}")).status_code == 200


async def test_the_signing_algorithm_is_chosen(door: Door) -> None:
    assert (await door.ask("GET", "/policy/v1/Signing")).json()["algorithm"] == "HMAC_SHA1"
    await door.ask("POST", "/policy/v1/Signing", data={"Algorithm": "HMAC_SHA256"})
    assert (await door.ask("GET", "/policy/v1/Signing")).json()["algorithm"] == "HMAC_SHA256"
