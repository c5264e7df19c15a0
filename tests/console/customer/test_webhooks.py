"""The webhook inspector: it shows what the SDK's own validator takes, and secrets only to who may see them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from twilio.request_validator import RequestValidator

from masstransit.carriage import notices as made_notices
from masstransit.console.customer.webhooks import PAGES
from masstransit.model.user import Right, Role
from masstransit.storage import accounts, alerts, notices, webhook_attempts
from masstransit.storage.statements import NOTICE_URL
from masstransit.storage.tables import alerts as alerts_table
from tests.console.customer.deeds import stranger, warned
from tests.console.house import Pages, text_of

URL = "https://user:secret@hooks.example/status?a=1"
SEEN = "https://hooks.example/status?a=1"
CHECK = "/account/webhooks/check"


async def under_way(pages: Pages, name: str = "NT" + "1" * 32, **body: Any) -> str:
    """A notice that is on its way; the path of its page."""
    told = {"kind": "status", "sid": "SM1", "status": "delivered", "from": "+14155550100", "to": "+12125550123"}
    row = made_notices.row(
        pages.clock.now(), account=pages.account, id=name, way="webhook", target=URL, body=told | body, about="SM1"
    )
    await pages.database.write(lambda c: notices.add(c, [row]))
    return f"/account/webhooks/{name}"


async def token(pages: Pages) -> str:
    return await pages.database.read(lambda c: accounts.token_of(c, pages.keys, pages.account)) or ""


def field(html: str, name: str) -> str:
    """What a page says under a name."""
    found = re.search(rf"<dt>{re.escape(name)}</dt><dd>(?:<code>)?([^<]*)", html)
    assert found is not None, name
    return found[1].replace("&amp;", "&")


async def test_the_request_is_shown_as_the_sdk_validates_it(pages: Pages) -> None:
    path, developer = await under_way(pages), await pages.signed_in(Role.DEVELOPER)
    assert path in (await developer.get("/account/webhooks")).text
    html = (await developer.get(path)).text
    params: Mapping[str, str] = dict(re.findall(r"<tr><td><code>(\w+)</code></td><td>([^<]*)</td></tr>", html))
    assert params["MessageStatus"] == "delivered"
    signature = field(html, "X-Twilio-Signature")
    assert RequestValidator(await token(pages)).validate(field(html, "URL"), params, signature)
    assert field(html, "I-Twilio-Idempotency-Token") == path.rpartition("/")[2]
    assert "secret" not in html


async def test_json_is_shown_with_the_hash_that_is_signed(pages: Pages) -> None:
    path = await under_way(pages, event={"kind": "warn"})
    html = (await (await pages.signed_in(Role.OWNER)).get(path)).text
    signature, url = field(html, "X-Twilio-Signature"), field(html, "URL")
    assert RequestValidator(await token(pages)).validate(url, '{"kind":"warn"}', signature)


async def test_a_statement_of_standing_is_under_way_too(pages: Pages) -> None:
    told = {"attrs": {NOTICE_URL: "https://hooks.example/standing"}}
    await pages.database.write(lambda c: accounts.change(c, pages.account, pages.clock.now(), told))
    step = await warned(pages)
    owner = await pages.signed_in(Role.OWNER)
    listed = await owner.get("/account/webhooks")
    assert "statement" in text_of(listed)
    path = listed.text.split('href="/account/webhooks/NT')[1].partition('"')[0]
    assert step in text_of(await owner.get(f"/account/webhooks/NT{path}"))


async def test_a_viewer_sees_the_request_without_its_signature(pages: Pages) -> None:
    path, viewer = await under_way(pages), await pages.signed_in(Role.VIEWER)
    page = await viewer.get(path)
    assert page.status_code == 200
    assert "<dt>X-Twilio-Signature</dt>" not in page.text
    assert CHECK not in (await viewer.get("/account/webhooks")).text
    assert (await viewer.get(CHECK)).status_code == 403
    assert (await viewer.post(CHECK, url=SEEN, algorithm="HMAC_SHA1")).status_code == 403
    assert {each.right for each in PAGES if each.path == CHECK} == {Right.KEEP_ACCOUNT}


async def test_a_notice_of_another_account_or_one_that_was_taken_is_not_there(pages: Pages) -> None:
    path = await under_way(pages)
    assert (await (await stranger(pages)).get(path)).status_code == 404
    answer = await (await pages.signed_in(Role.OWNER)).get("/account/webhooks/NT0")
    assert answer.status_code == 404
    assert "it was taken, or its time is over" in text_of(answer)


async def attempted(pages: Pages, count: int, **more: Any) -> None:
    rows = [
        {
            "account": pages.account, "attempt": f"WA{n:03}", "at": pages.clock.now() + timedelta(seconds=n),
            "notice": "NT1", "about": "SM1", "method": "POST", "url": f"https://hooks.example/{n}.", "status": 204,
            "error": "", "took": n, **more,
        }
        for n in range(count)
    ]  # fmt: skip
    await pages.database.write(lambda c: webhook_attempts.add(c, rows))


async def test_calls_are_turned_sheet_by_sheet_and_failed_ones_alone(pages: Pages) -> None:
    await attempted(pages, 52)
    owner = await pages.signed_in(Role.OWNER)
    first = (await owner.get("/account/webhooks")).text
    assert ("/51.<" in first, "/1.<" in first) == (True, False)
    older = first.split('href="?after=')[1].partition('"')[0].replace("&amp;", "&")
    assert "/1.<" in (await owner.get(f"/account/webhooks?after={older}")).text
    assert "Your servers took every one" in text_of(await owner.get("/account/webhooks?failed=1"))


async def test_the_debugger_has_the_accounts_own_alerts_by_level(pages: Pages) -> None:
    now = pages.clock.now()
    rows = [
        alerts.alert(pages.account, 11200, "HTTP status 503", now, about="SM1", level="error"),
        alerts.alert(pages.account, 12200, "an unknown verb", now, about="SM1"),
        alerts.alert("AC0", 11200, "somebody else's", now, about="SM2", level="error"),
    ]
    await pages.database.write(lambda c: c.execute(insert(alerts_table), rows))
    viewer = await pages.signed_in(Role.VIEWER)
    every, errors = (
        text_of(await viewer.get("/account/webhooks/alerts")),
        await viewer.get("/account/webhooks/alerts?level=error"),
    )
    assert "HTTP status 503" in every
    assert "an unknown verb" in every
    assert "somebody else" not in every
    assert "an unknown verb" not in errors.text
    assert (await viewer.get("/account/webhooks/alerts?level=loud")).status_code == 400


async def checked(pages: Pages, **fields: str) -> str:
    developer = await pages.signed_in(Role.DEVELOPER)
    answer = await developer.post(CHECK, **({"url": SEEN, "algorithm": "HMAC_SHA1"} | fields))
    assert answer.status_code == 200, text_of(answer)
    return text_of(answer)


@pytest.mark.parametrize(
    ("params", "written"), [("From=+1\r\nBody=a=b c", "lines"), ("From=%2B1&Body=a%3Db+c", "body")]
)
async def test_a_signature_is_computed_as_the_sdk_does(pages: Pages, params: str, written: str) -> None:
    right = RequestValidator(await token(pages)).compute_signature(SEEN, {"From": "+1", "Body": "a=b c"})
    said = await checked(pages, params=params, written=written)
    assert f"It has to be {right}" in said
    assert f"{SEEN}Bodya=b cFrom+1" in said
    assert "It is the same" in await checked(pages, params=params, written=written, given=right)


@pytest.mark.parametrize(
    ("signed", "says"),
    [
        ("http://hooks.example/status?a=1", "that of http://"),
        ("https://hooks.example:443/status?a=1", "with port 443"),
        ("https://hooks.example/status/?a=1", "the slash at the end"),
        ("https://hooks.example/status", "without its query"),
        ("https://other.example/", "None of the usual reasons"),
    ],
)
async def test_a_usual_mistake_is_named(pages: Pages, signed: str, says: str) -> None:
    given = RequestValidator(await token(pages)).compute_signature(signed, {"From": "+1"})
    said = await checked(pages, params="From=+1", given=given)
    assert "It is another" in said
    assert says in said


async def test_the_parameters_and_the_algorithm_are_mistaken_too(pages: Pages) -> None:
    bare = RequestValidator(await token(pages)).compute_signature(SEEN, {})
    assert "that of the URL alone" in await checked(pages, params="From=+1", given=bare)
    right = RequestValidator(await token(pages)).compute_signature(SEEN, {"From": "+1"})
    assert "made by HMAC_SHA1" in await checked(pages, params="From=+1", given=right, algorithm="HMAC_SHA256")


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"url": ""}, "URL: say it"), ({"params": "no equals"}, "not name=value"),
     ({"algorithm": "MD5"}, "one of HMAC_SHA1"), ({"params": "a=" + "x" * 32_000}, "at most 32000"),
     ({"url": "https://[::1/"}, "Invalid IPv6"), ({"url": "https://a.example:port/"}, "Port could not")],
)  # fmt: skip
async def test_what_can_not_be_computed_is_refused_with_the_remedy(
    pages: Pages, fields: dict[str, str], says: str
) -> None:
    developer = await pages.signed_in(Role.DEVELOPER)
    sent = {"url": SEEN, "algorithm": "HMAC_SHA1", "given": "x"} | fields
    answer = await developer.post(CHECK, **sent)
    assert answer.status_code == 400
    assert says in text_of(answer)
