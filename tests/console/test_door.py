"""Every page asks for a right: who has it is let in, and nobody else."""

from __future__ import annotations

import pytest

from masstransit.console.pages import PAGES
from masstransit.model.user import Right, Role, may
from tests.console.house import Pages, text_of

LOOKED_AT = [
    page for page in PAGES if page.method == "GET" and "{" not in page.path and not page.path.endswith("/live")
]
OPEN = {"/signin", "/signin/passkey", "/signin/passkey/begin", "/"}


def test_only_the_sign_in_and_recipients_pages_are_open_to_everybody() -> None:
    opened = {page.path for page in PAGES if page.right is None}
    assert {path for path in opened if not path.startswith("/me")} <= OPEN


def test_every_form_that_changes_something_asks_for_more_than_looking() -> None:
    own = ("/signin", "/signout", "/security", "/me")
    proving = ("/desk/ledger/prove", "/desk/ledger/prove/stop")  # a long look, which changes nothing
    lax = [
        page.path
        for page in PAGES
        if page.method == "POST" and page.right in {None, Right.NONE, Right.WATCH, Right.READ_LOG}
        and not page.path.startswith(own) and page.path not in proving
    ]  # fmt: skip
    assert lax == []


async def test_each_page_opens_to_each_role_that_may_and_to_no_other(pages: Pages) -> None:
    for role in Role:
        browser = await pages.signed_in(role)
        for page in LOOKED_AT:
            if page.right is None or page.path == "/signin/second":
                continue
            answer = await browser.get(page.path)
            if page.right in role.rights:
                assert answer.status_code in {200, 303}, f"{role} {page.path}: {text_of(answer)}"
            else:
                assert answer.status_code == 403, f"{role} {page.path}"
                assert may(page.right) in text_of(answer)


async def test_forms_are_refused_to_roles_that_may_not(pages: Pages) -> None:
    for role in Role:
        browser = await pages.signed_in(role)
        for page in PAGES:
            if page.method != "POST" or page.right is None or page.right in role.rights:
                continue
            path = page.path.replace("{", "").replace("}", "")
            assert (await browser.post(path)).status_code == 403, f"{role} {path}"


async def test_who_is_not_signed_in_is_sent_to_the_sign_in_and_back(pages: Pages) -> None:
    browser = pages.browser()
    for page in LOOKED_AT:
        if page.right is not None:
            answer = await browser.get(page.path)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/signin?next={page.path}")


async def test_pages_are_hardened_and_not_kept_by_caches(pages: Pages) -> None:
    headers = (await pages.browser().get("/signin")).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("right", "said"), [(Right.KEEP_STAFF, "an admin"), (Right.TRY_POLICY, "an officer or an admin")]
)
def test_a_refusal_names_who_may(right: Right, said: str) -> None:
    assert may(right) == said


async def test_a_form_that_is_too_large_or_no_form_is_refused(pages: Pages) -> None:
    browser = await pages.signed_in(Role.ADMIN)
    large = await browser.client.post("/desk/users", content=b"a=" + b"x" * 70_000)
    many = await browser.client.post("/desk/users", content=b"&".join(b"a=1" for _ in range(200)))
    assert (large.status_code, many.status_code) == (400, 400)
