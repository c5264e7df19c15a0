"""The house's side of calls as it is joined, over a database, with a policy that says what a test wants."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from masstransit.carriage.identity.certificates import KnownCertificates
from masstransit.carriage.identity.service import Identity
from masstransit.carriage.identity.verifying import Verifier
from masstransit.channels.sip.admission import Admission
from masstransit.channels.sip.digest import Challenges
from masstransit.channels.sip.message import Header
from masstransit.channels.sip.places import Limits, Places
from masstransit.channels.sip.placing import Carrying, Placing, Voice
from masstransit.channels.sip.talk import Answer, Carry, Invite, Register, Take
from masstransit.channels.sip.ways import Trunk, Ways
from masstransit.clock import HandClock
from masstransit.model.communication import Knock
from masstransit.model.decision import Decision, Verdict
from masstransit.storage import sip_logins
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import sip_contacts
from tests.carriage.house import House
from tests.makers import ACCOUNT, NOON, SENDER
from tests.stories.sip_by_hand import Hand, Heard

REALM, LOGIN = "house.example", {"username": "ana", "password": "secret"}
PERSON = "+12125550123"
TRUNKS = (
    Trunk(name="world"),
    Trunk(name="america", prefixes=("+1", "+1212")),
    Trunk(name="help", prefixes=("+999",), emergency=True),
)


class Gatekeeper:
    """The gate at ADMISSION, which says what a test wants."""

    def __init__(self) -> None:
        self.knocks: list[Knock] = []
        self.verdict = Verdict.ALLOW

    async def admit(self, knock: Knock) -> Decision:
        self.knocks.append(knock)
        return Decision(
            id="DE1", subject=knock.id, account=knock.account, moment=knock.moment, attempt=0, at=knock.at,
            verdict=self.verdict, findings=(), facts={}, revision="r",
        )  # fmt: skip


class Entrance:
    """Admission and placing, and a login called `ana`."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        *,
        trunks: tuple[Trunk, ...] = TRUNKS,
        house: House | None = None,
        voice: Voice | None = None,
        carried: Carrying | None = None,
    ) -> None:
        self.house = house or House(database, keys)
        self.database, self.keys, self.clock = database, keys, self.house.clock
        self.gate, self.places = Gatekeeper(), Places()
        self.tick = 0.0
        self.admission = Admission(
            exchange=self.gate,
            database=database,
            keys=keys,
            clock=self.clock,
            challenges=Challenges(keys, REALM, ("MD5", "SHA-256")),
            limits=Limits(at_once=2, a_second=2.0),
        )
        identity = Identity(HandClock(NOON), None, Verifier(KnownCertificates(None, ())))
        self.ways = Ways(database=database, clock=self.clock, domain=REALM, trunks=trunks, identity=identity)
        self.placing = Placing(
            calls=self.house.calls,
            admission=self.admission,
            database=database,
            clock=self.clock,
            places=self.places,
            domain=REALM,
            ways=self.ways,
            identity=identity,
            voice=voice,
            carried=carried,
            tick=lambda: self.tick,
        )

    async def opened(self, **more: Any) -> None:
        """The account has its number and the login."""
        await self.house.owns()
        await self.login("ana", **more)

    async def login(self, name: str, **more: Any) -> None:
        kept = sip_logins.secret(name, REALM, "secret")
        await self.database.write(
            lambda c: sip_logins.put(c, self.keys, ACCOUNT, name, NOON, realm=REALM, kept=kept, **more)
        )

    async def registered(self, login: str = "ana", port: int = 5070) -> None:
        row = {
            "account": ACCOUNT, "login": login, "contact": f"sip:{login}@192.0.2.7:{port}", "host": "192.0.2.7",
            "port": port, "user": login, "registered_at": NOON, "expires_at": self.clock.now().replace(year=2099),
        }  # fmt: skip
        await self.database.write(lambda c: c.execute(insert(sip_contacts), [row]))

    async def challenged(self, kind: type[Invite] | type[Register], uri: str, *, password: str = "secret") -> Header:
        """The header that answers a challenge for such a request."""
        found = await self.admission.who(self.asked(kind, uri))
        assert isinstance(found, Answer)
        assert found.status == (407 if kind is Invite else 401)
        lines = "".join(f"{each.name}: {each.value}\r\n" for each in found.headers)
        heard = Heard(f"SIP/2.0 {found.status} X\r\n{lines}\r\n".encode(), ("", 0))
        hand = Hand()
        method = "INVITE" if kind is Invite else "REGISTER"
        told = hand.proof(heard, LOGIN | {"password": password}, method, uri, way="MD5")
        hand.close()
        name, _, value = told.partition(": ")
        return Header(name.lower(), value)

    @staticmethod
    def asked(
        kind: type[Any], uri: str, *headers: Header, link: str = "", sender: str = SENDER, source: str = "192.0.2.7",
        **more: Any,
    ) -> Any:  # fmt: skip
        caller = Header("from", f'"Ana" <sip:{sender}@there>;tag=a')
        return kind(
            n=1,
            source=source,
            port=40_000,
            link=link,
            uri=uri,
            headers=(caller, Header("to", f"<{uri}>"), *headers),
            **more,
        )

    async def calls(self, number: str, *headers: Header, sender: str = SENDER, **more: Any) -> Carry | Take | Answer:
        """The customer calls."""
        uri = f"sip:{number}@house"
        proof = await self.challenged(Invite, uri)
        return await self.placing.place(self.asked(Invite, uri, proof, *headers, sender=sender, **more))

    async def is_called(
        self, number: str = SENDER, *headers: Header, sender: str = PERSON, **more: Any
    ) -> Carry | Take | Answer:
        """Somebody outside calls."""
        return await self.placing.place(
            self.asked(Invite, f"sip:{number}@house", *headers, link="america", sender=sender, **more)
        )
