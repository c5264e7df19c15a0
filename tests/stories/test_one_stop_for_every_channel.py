"""A person says STOP to a text. Then the brand calls, faxes, mails and asks them into a chat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.stories.gallery import gallery
from tests.stories.house import House, eventually
from tests.stories.sipp import AT_ANY_HOUR, Carrier

pytestmark = pytest.mark.story

MAIL, NAME = "ada@reader.example", "ada"
OFFER = "Our sale: 20% off until Sunday. Reply STOP to end."
PAGE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class Brand:
    """The demo's customer, by every door that it has to one person."""

    def __init__(self, house: House, page: str) -> None:
        self.house, self.page, demo = house, page, house.demo
        self.number, self.phone = demo["numbers"][0], house.phone()
        self._auth = (demo["account_sid"], demo["auth_token"])
        self._account = f"/2010-04-01/Accounts/{demo['account_sid']}"
        made = self.ask("/policy/v1/Persons", Address=[self.phone["number"], MAIL, f"chat:{NAME}"])
        assert made.status_code == 201, made.text

    def ask(self, path: str, **form: Any) -> httpx.Response:
        return httpx.post(self.house.http + path, auth=self._auth, data=form, timeout=20)

    def text(self, purpose: str) -> httpx.Response:
        return self.ask(
            f"{self._account}/Messages.json", From=self.number, To=self.phone["number"], Body=OFFER, Purpose=purpose
        )

    def call(self, purpose: str) -> httpx.Response:
        document = "<Response><Say>Hello</Say></Response>"
        return self.ask(
            f"{self._account}/Calls.json", From=self.number, To=self.phone["number"], Twiml=document, Purpose=purpose,
            Voice="prerecorded",
        )  # fmt: skip

    def fax(self, purpose: str) -> httpx.Response:
        return self.ask("/fax/v1/Faxes", From=self.number, To=self.phone["number"], MediaUrl=self.page, Purpose=purpose)

    def mail(self, purpose: str) -> httpx.Response:
        return self.ask(
            "/policy/v1/Emails", From="shop@northwind.example", To=MAIL, Subject="News of your order", Text="See you.",
            Purpose=purpose,
        )  # fmt: skip

    def invite(self) -> httpx.Response:
        room = self.ask("/conversations/v1/Conversations", FriendlyName="Offers").json()["sid"]
        return self.ask(f"/conversations/v1/Conversations/{room}/Participants", Identity=NAME)

    def cites(self, refused: httpx.Response) -> set[str]:
        """By which rules it was refused."""
        assert refused.status_code in (400, 403), refused.text
        decision = refused.json()["details"]["decision"]
        told = httpx.get(f"{self.house.http}/policy/v1/Decisions/{decision}", auth=self._auth, timeout=20).json()
        return {each["rule"] for each in told["findings"] if each["verdict"] == "REFUSE"}


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brand]:
    folder, carrier = tmp_path_factory.mktemp("brand") / "house", Carrier()
    config = f"{AT_ANY_HOUR}[webhooks]\nallow_private = true\n{carrier.trunk}"
    doors = {"MASSTRANSIT_SIP": "127.0.0.1:0", "MASSTRANSIT_SMTP": "127.0.0.1:0"}
    with (
        gallery({"/page.pdf": ("application/pdf", PAGE)}) as url,
        House(folder, config=config, **doors) as house,
    ):
        yield Brand(house, f"{url}/page.pdf")
    carrier.close()


def test_a_stop_to_a_text_is_heard_on_every_channel_and_what_the_person_waits_for_still_comes(brand: Brand) -> None:
    assert brand.invite().status_code == 201
    brand.house.answer(brand.phone, brand.number, "STOP")
    eventually(lambda: brand.text("marketing").status_code == 400)
    for tell in (brand.text, brand.call):
        assert "7.4" in brand.cites(tell("marketing"))
    for tell in (brand.fax, brand.mail):
        assert {"7.4", "8.1.1"} <= brand.cites(tell("marketing"))
    assert {"7.4", "8.1.1"} <= brand.cites(brand.invite())
    for tell in (brand.fax, brand.mail):
        for purpose in ("transactional", "otp", "emergency"):
            assert tell(purpose).status_code == 201
    brand.house.answer(brand.phone, brand.number, "START")
    eventually(lambda: brand.text("marketing").status_code == 201)


def test_who_stops_everything_gets_nothing_by_any_way(brand: Brand) -> None:
    brand.house.answer(brand.phone, brand.number, "STOPALL")
    eventually(lambda: brand.text("transactional").status_code == 400)
    for tell in (brand.call, brand.fax, brand.mail):
        assert "7.4" in brand.cites(tell("transactional"))
    assert "7.4" in brand.cites(brand.invite())
    brand.house.answer(brand.phone, brand.number, "START")
    eventually(lambda: brand.mail("transactional").status_code == 201)
