"""Signing in: passwords, second factors, sessions, and who is shut out."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import select

from masstransit.console.door import IDLE, LONGEST, SESSION
from masstransit.console.signing_in import unfit
from masstransit.model.user import DESK, Role
from masstransit.storage import users
from masstransit.storage.tables import acts, sessions
from masstransit.storage.tables import users as users_table
from tests.console.house import ORIGIN, PASSWORD, Browser, Pages, text_of

NEW = "a sentence that nobody guesses"


async def sign_in(browser: Browser, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return await browser.client.post("/signin", data={"login": login, "password": password, **more})


async def csrf_of(browser: Browser, path: str = "/security") -> None:
    """Read the token that this session's forms carry."""
    page = await browser.get(path)
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None, page.text
    browser.csrf = found[1]


async def with_authenticator(pages: Pages, role: Role = Role.OFFICER) -> tuple[Browser, str, str]:
    """Somebody who has just set an authenticator up: their browser, its secret and a recovery code."""
    await pages.user(role)
    browser = pages.browser()
    await sign_in(browser, role.value)
    await csrf_of(browser)
    shown = (await browser.post("/security/totp")).text
    secret, sealed = re.search(r'id="secret">(\w+)<', shown), re.search(r'name="sealed" value="(\w+)"', shown)
    assert secret is not None
    assert sealed is not None
    code = pyotp.TOTP(secret[1]).at(pages.clock.now())
    kept = await browser.post("/security/totp/prove", sealed=sealed[1], code=code)
    recovery = re.findall(r"<li>([0-9a-f]{6}-[0-9a-f]{6})</li>", kept.text)
    assert len(recovery) == 8
    return browser, secret[1], recovery[0]


async def test_a_customers_person_signs_in_by_password_and_signs_out(pages: Pages) -> None:
    await pages.user(Role.OWNER)
    browser = pages.browser()
    opened = await sign_in(browser, "Owner")
    assert (opened.status_code, opened.headers["location"]) == (303, "/account")
    await csrf_of(browser)
    assert (await browser.post("/signout")).headers["location"] == "/signin"
    assert (await browser.get("/security")).headers["location"].startswith("/signin")

    async def look() -> object:
        return await pages.database.read(lambda c: c.execute(select(sessions)).first())

    assert await look() is None


async def test_the_session_is_a_cookie_that_no_script_reads_and_of_which_only_a_hash_is_kept(pages: Pages) -> None:
    await pages.user(Role.OWNER)
    browser = pages.browser()
    opened = await sign_in(browser, "owner")
    cookie = next(each for each in opened.headers.get_list("set-cookie") if each.startswith(f"{SESSION}="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    kept = await pages.database.read(lambda c: c.execute(select(sessions)).one())
    assert kept.token_hash == pages.keys.token_hash(browser.client.cookies[SESSION])


@pytest.mark.parametrize(("login", "password"), [("owner", "wrong"), ("nobody", PASSWORD), ("owner", "")])
async def test_a_wrong_login_is_told_the_same_whatever_is_wrong(pages: Pages, login: str, password: str) -> None:
    await pages.user(Role.OWNER)
    answer = await sign_in(pages.browser(), login, password)
    assert answer.status_code == 401
    assert "That login and password don" in answer.text


async def test_a_login_that_is_guessed_at_is_shut_for_a_while(pages: Pages) -> None:
    await pages.user(Role.OWNER)
    for _ in range(5):
        assert (await sign_in(pages.browser(), "owner", "wrong")).status_code == 401
    assert (await sign_in(pages.browser(), "owner")).status_code == 429
    await pages.move(seconds=11)
    assert (await sign_in(pages.browser(), "owner")).status_code == 303


async def test_the_desks_people_set_a_second_factor_up_before_anything_else(pages: Pages) -> None:
    await pages.user(Role.OFFICER)
    browser = pages.browser()
    assert (await sign_in(browser, "officer")).headers["location"].startswith("/signin/second")
    assert (await browser.get("/desk")).headers["location"] == "/signin/second"
    assert (await browser.get("/signin/second")).headers["location"] == "/security"
    assert (await browser.get("/security")).status_code == 200


async def test_a_code_opens_once(pages: Pages) -> None:
    browser, secret, _ = await with_authenticator(pages)
    assert (await browser.get("/desk")).status_code == 200
    await pages.move(seconds=60)
    for status in (303, 401):
        again = pages.browser()
        await sign_in(again, "officer")
        await csrf_of(again, "/signin/second")
        opened = await again.post("/signin/second", code=pyotp.TOTP(secret).at(pages.clock.now()))
        assert opened.status_code == status
    assert (await again.get("/desk")).headers["location"] == "/signin/second"


async def test_a_recovery_code_opens_once_in_place_of_a_code(pages: Pages) -> None:
    _, _, recovery = await with_authenticator(pages)
    for status in (303, 401):
        again = pages.browser()
        await sign_in(again, "officer")
        await csrf_of(again, "/signin/second")
        assert (await again.post("/signin/second", code=recovery)).status_code == status


async def test_who_knows_the_password_alone_changes_no_second_factor(pages: Pages) -> None:
    await with_authenticator(pages)
    thief = pages.browser()
    await sign_in(thief, "officer")
    await csrf_of(thief, "/signin/second")
    assert (await thief.post("/security/totp")).status_code == 403
    assert (await thief.get("/security/password")).headers["location"] == "/signin/second"


async def test_a_code_that_does_not_fit_the_secret_keeps_nothing(pages: Pages) -> None:
    await pages.user(Role.OFFICER)
    browser = pages.browser()
    await sign_in(browser, "officer")
    await csrf_of(browser)
    shown = (await browser.post("/security/totp")).text
    sealed = re.search(r'name="sealed" value="(\w+)"', shown)
    assert sealed is not None
    assert (await browser.post("/security/totp/prove", sealed=sealed[1], code="000000")).status_code == 400
    kept = await pages.database.read(lambda c: users.find(c, "officer"))
    assert kept is not None
    assert kept.totp_sealed is None


@pytest.mark.parametrize("by", [IDLE, LONGEST])
async def test_a_session_ends_unused_and_in_any_case(pages: Pages, by: timedelta) -> None:
    browser = await pages.signed_in(Role.AUDITOR)
    if by == LONGEST:  # used all the while
        for _ in range(int(LONGEST / timedelta(minutes=30))):
            await pages.move(minutes=30)
            assert (await browser.get("/desk")).status_code == 200
        await pages.move(seconds=1)
    else:
        await pages.move(seconds=by.total_seconds())
        assert (await browser.get("/desk")).status_code == 200
        await pages.move(seconds=by.total_seconds() + 1)
    assert (await browser.get("/desk")).headers["location"] == "/signin?next=/desk"


async def test_a_password_that_somebody_else_knows_is_changed_first(pages: Pages) -> None:
    browser = await pages.signed_in(Role.OWNER)
    await pages.database.write(lambda c: c.execute(users_table.update().values(must_change=True)))
    assert (await browser.get("/account/users")).headers["location"] == "/security/password"
    assert (await browser.post("/security/password", old="not it", new=NEW)).status_code == 400
    assert (await browser.post("/security/password", old=PASSWORD, new="short")).status_code == 400
    assert (await browser.post("/security/password", old=PASSWORD, new=NEW)).headers["location"] == "/security"
    assert (await browser.get("/account/users")).status_code == 200
    assert (await sign_in(pages.browser(), "owner")).status_code == 401
    assert (await sign_in(pages.browser(), "owner", NEW)).status_code == 303


async def test_a_new_password_ends_the_other_sessions(pages: Pages) -> None:
    one, other = await pages.signed_in(Role.OWNER), await pages.signed_in(Role.OWNER)
    await one.post("/security/password", old=PASSWORD, new=NEW)
    assert (await one.get("/security")).status_code == 200
    assert (await other.get("/security")).status_code == 303


@pytest.mark.parametrize(
    ("new", "fits"),
    [("eleven char", False), ("twelve chars", True), ("x" * 257, False), ("aaaaaaaaaaaaaaaa", False),
     ("dana rides a horse", False), ("a horse rides far", True)],
)  # fmt: skip
def test_what_can_be_a_password(new: str, fits: bool) -> None:
    assert (unfit(new, "dana@example.com") == "") is fits


@pytest.mark.parametrize(
    ("to", "went"),
    [("/desk/review", "/desk/review"), ("//evil.example", "/account"), ("https://evil.example", "/account"),
     ("/\\evil.example", "/account"), ("javascript:alert(1)", "/account")],
)  # fmt: skip
async def test_nobody_is_sent_elsewhere_by_a_link_to_the_sign_in(pages: Pages, to: str, went: str) -> None:
    await pages.user(Role.OWNER)
    assert (await sign_in(pages.browser(), "owner", next=to)).headers["location"] == went


async def test_a_form_of_another_site_is_refused(pages: Pages) -> None:
    browser = await pages.signed_in(Role.OWNER)
    foreign = {"origin": "https://evil.example"}
    assert (await browser.client.post("/signout", data={"csrf": browser.csrf}, headers=foreign)).status_code == 403
    assert (await browser.client.post("/signout", data={"csrf": "another"})).status_code == 403
    assert (await browser.client.post("/signout", data={})).status_code == 403
    own = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    assert (await browser.client.post("/signout", data={"csrf": browser.csrf}, headers=own)).status_code == 303


async def test_guessed_logins_are_heard_by_the_gate_and_turned_away_even_with_the_right_password(pages: Pages) -> None:
    """Clause 2: stuffing from one place. The figure is the clause's; here it is only seen that the door asks."""
    await pages.user(Role.OWNER)
    answers = [(await sign_in(pages.browser(), f"guess{n}", "wrong")).status_code for n in range(12)]
    assert set(answers) == {401}
    assert (await sign_in(pages.browser(), "owner")).status_code == 429


async def test_whoever_is_shut_out_is_out_at_once(pages: Pages) -> None:
    officer, admin = await pages.signed_in(Role.OFFICER), await pages.signed_in(Role.ADMIN)
    user = await pages.user(Role.OFFICER)
    assert (await officer.get("/desk")).status_code == 200
    assert (await admin.post(f"/desk/users/{user}/disable")).status_code == 303
    assert (await officer.get("/desk")).headers["location"].startswith("/signin")
    assert (await sign_in(pages.browser(), "officer")).status_code == 401
    assert (await admin.post(f"/desk/users/{user}/enable")).status_code == 303
    assert (await sign_in(pages.browser(), "officer")).status_code == 303


async def test_somebody_new_begins_with_a_password_that_is_shown_once(pages: Pages) -> None:
    admin = await pages.signed_in(Role.ADMIN)
    made = await admin.post("/desk/users", login="Rita@Example.com", name="Rita", role="reviewer")
    begins = re.search(r"signs in with <code>([\w-]+)</code>", made.text)
    assert begins is not None
    assert begins[1] not in (await admin.get("/desk/users")).text
    assert (await sign_in(pages.browser(), "rita@example.com", begins[1])).status_code == 303
    assert (await admin.post("/desk/users", login="rita@example.com", name="R", role="reviewer")).status_code == 409
    assert (await admin.post("/desk/users", login="x@example.com", name="R", role="owner")).status_code == 400


async def test_nobody_changes_themselves_and_the_last_admin_stays(pages: Pages) -> None:
    admin, me = await pages.signed_in(Role.ADMIN), await pages.user(Role.ADMIN)
    assert (await admin.post(f"/desk/users/{me}/disable")).status_code == 409
    second = await pages.user(Role.ADMIN, "second")
    assert (await admin.post(f"/desk/users/{second}/role", role="auditor")).status_code == 303
    third = await pages.signed_in(Role.ADMIN, "third")
    assert (await third.post(f"/desk/users/{me}/disable")).status_code == 303
    assert (await admin.get("/desk")).status_code == 303


async def test_a_customers_owner_keeps_its_own_people_only(pages: Pages) -> None:
    owner, desk = await pages.signed_in(Role.OWNER), await pages.user(Role.OFFICER)
    viewer = await pages.user(Role.VIEWER)
    assert (await owner.post(f"/account/users/{desk}/disable")).status_code == 404
    assert (await owner.post(f"/account/users/{viewer}/role", role="developer")).status_code == 303
    assert (await owner.post(f"/account/users/{viewer}/role", role="admin")).status_code == 400
    assert (await owner.get("/desk/users")).status_code == 403


async def test_a_reset_takes_second_factors_and_sessions_away(pages: Pages) -> None:
    browser, _, _ = await with_authenticator(pages)
    admin = await pages.signed_in(Role.ADMIN)
    user = await pages.user(Role.OFFICER)
    assert "to begin with" in text_of(await admin.post(f"/desk/users/{user}/reset"))
    assert (await browser.get("/desk")).headers["location"].startswith("/signin")
    kept = await pages.database.read(lambda c: users.get(c, DESK, user))
    assert kept is not None
    assert (kept.totp_sealed, kept.recovery, kept.must_change) == (None, [], True)


async def test_acts_are_kept_with_their_names_and_stand_in_the_ledger(pages: Pages) -> None:
    admin = await pages.signed_in(Role.ADMIN)
    user = await pages.user(Role.OFFICER)
    await admin.post(f"/desk/users/{user}/role", role="auditor")
    kept = await pages.database.read(lambda c: c.execute(select(acts)).one())
    assert (kept.name, kept.what, kept.about, kept.told) == ("Admin", "user-role", user, {"role": "auditor"})
    seen = text_of(await admin.get("/desk/acts"))
    assert "user-role" in seen
