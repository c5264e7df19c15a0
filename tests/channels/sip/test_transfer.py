"""REFER in the switch alone: what its two sides hear, and what the house is asked and told."""

from __future__ import annotations

import pytest

from masstransit.channels.sip.message import Dialog, Header, Unreadable, referred
from masstransit.channels.sip.talk import Answer, Carry, Dial, Ended, HangUp, Invite, Refer, Target
from tests.channels.sip.switchboard import CALLED, CALLER, House, Scene
from tests.stories.sip_by_hand import SDP, Hand, Heard

NEW = "+12125550177"


class Talk:
    """A call that goes on: the customer's phone, and what it was answered."""

    def __init__(self, scene: Scene, house: House, call: str, *, inbound: bool = False, account: str = "AC1") -> None:
        self.near, self.house, self.call = scene.hand(), house, call
        self.near.say(self.near.request("INVITE", self.near.uri(CALLED), sender=CALLER, body=SDP))
        asked: Invite = house.hear(Invite)
        target = Target(link="carrier", user=CALLED)
        house.say(
            Carry(n=asked.n, call=call, account=account, inbound=inbound, sender=CALLER, recipient=CALLED, shown=CALLER,
                  targets=(target,))
        )  # fmt: skip
        self.invited = scene.far.hear("INVITE")
        scene.far.respond(self.invited, 200, "OK", body=SDP)
        self.answered = self.near.hear(200)
        self.near.ack(self.answered, CALLED, CALLER)
        self.acknowledged = scene.far.hear("ACK")

    def refer(self, to: str, *headers: str) -> None:
        said = self.near.request(
            "REFER", self.near.uri(CALLED), f"Refer-To: <{to}>", *headers, sender=CALLER, to=self.answered.value("to")
        )
        self.near.say(said)

    def hears(self, status: int, *, state: str = "terminated;reason=noresource") -> Heard:
        """A NOTIFY with a status."""
        told = self.near.hear("NOTIFY")
        self.near.respond(told, 200, "OK")
        assert told.body.startswith(f"SIP/2.0 {status} "), told.body
        assert told.value("event").startswith("refer")
        assert told.value("content-type") == "message/sipfrag;version=2.0"
        assert told.value("subscription-state").startswith(state)
        return told

    def hands_on(self, to: str = f"sip:{NEW}@house") -> Refer:
        """The customer hands the other side on; what the house is asked."""
        self.refer(to)
        self.near.hear(202)
        self.hears(100, state="active")
        asked: Refer = self.house.hear(Refer)
        return asked

    @property
    def dialog(self) -> str:
        """As Replaces names it, escaped."""
        to = self.answered.value("to").partition("tag=")[2]
        return f"{self.near.call_id}%3Bto-tag%3D{to}%3Bfrom-tag%3D{self.near.tag}"


def test_the_house_is_asked_and_the_side_that_asked_is_let_go_while_the_other_one_stays(scene: Scene) -> None:
    house = scene.served()
    talk = Talk(scene, house, "CA1")
    asked = talk.hands_on()
    assert (asked.call, asked.by, asked.source) == ("CA1", "near", "127.0.0.1")
    assert (asked.to, asked.replaces) == (f"sip:{NEW}@house", "")
    house.say(Answer(n=asked.n, status=180, phrase="Ringing"))
    talk.hears(180, state="active")
    house.say(Answer(n=asked.n, status=200, phrase="OK"))
    talk.hears(200)
    talk.near.respond(talk.near.hear("BYE"), 200, "OK")
    scene.far.silent("OPTIONS", within=0.3)
    house.say(HangUp("CA1"))  # whoever took its place has hung up
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")
    record: Ended = house.hear(Ended, call="CA1")
    assert (record.status, record.released_by) == (200, "caller")


def test_a_refusal_is_told_in_sips_words_and_the_call_goes_on(scene: Scene) -> None:
    house = scene.served()
    talk = Talk(scene, house, "CA2")
    asked = talk.hands_on()
    why = Header("reason", 'SIP;cause=403;text="clause 7: no"')
    house.say(Answer(n=asked.n, status=403, phrase="Forbidden", headers=(why,)))
    assert "Reason: SIP;cause=403" in talk.hears(403).body
    talk.near.silent("OPTIONS", within=0.2)
    again = talk.hands_on()  # and may be asked for again, by a subscription of its own (RFC 3515 section 2.4.6)
    house.say(Answer(n=again.n, status=486, phrase="Busy Here"))
    assert ";id=" in talk.hears(486).value("event")
    talk.near.bye(talk.answered, CALLED, CALLER)
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")
    assert house.hear(Ended, call="CA2").released_by == "caller"


@pytest.mark.parametrize(("status", "goes_on"), [(200, True), (486, False)])
def test_who_asked_may_hang_up_before_anything_came_of_it(scene: Scene, status: int, goes_on: bool) -> None:
    house = scene.served()
    talk = Talk(scene, house, f"CA3{status}")
    asked = talk.hands_on()
    talk.near.bye(talk.answered, CALLED, CALLER)
    talk.near.hear(200)
    scene.far.silent("OPTIONS", within=0.2)  # it is not hung up: it may be handed on
    house.say(Answer(n=asked.n, status=status, phrase="As It Is"))
    talk.hears(status)  # the subscription outlives the call
    if goes_on:
        scene.far.silent("OPTIONS", within=0.3)
        scene.far.hang_up(talk.invited, talk.acknowledged)
    else:
        scene.far.respond(scene.far.hear("BYE"), 200, "OK")
    record: Ended = house.hear(Ended, call=talk.call)
    assert record.released_by == ("callee" if goes_on else "caller")


def test_who_is_to_be_handed_on_may_hang_up_first(scene: Scene) -> None:
    house = scene.served()
    talk = Talk(scene, house, "CA4")
    asked = talk.hands_on()
    scene.far.hang_up(talk.invited, talk.acknowledged)
    talk.hears(487)
    assert talk.near.hear("BYE")
    assert house.hear(Ended, call="CA4").released_by == "callee"
    house.say(Answer(n=asked.n, status=200, phrase="OK"))  # too late
    scene.far.silent("OPTIONS", within=0.2)


def test_it_is_taken_while_a_change_waits_for_its_answer(scene: Scene) -> None:
    """sippy 2.5.0 ended the change and the call, or did not answer at all where the other side had asked."""
    house = scene.served()
    talk = Talk(scene, house, "CA14")
    change = SDP + "a=sendonly\r\n"
    to = talk.answered.value("to")
    talk.near.say(talk.near.request("INVITE", talk.near.uri(CALLED), sender=CALLER, to=to, body=change))
    changing = scene.far.hear("INVITE")
    asked = talk.hands_on()  # of the side that changes the call
    scene.far.respond(changing, 200, "OK", body=SDP)
    talk.near.ack(talk.near.hear(200), CALLED, CALLER)
    house.say(Answer(n=asked.n, status=486, phrase="Busy Here"))
    talk.hears(486)
    talk.near.silent("OPTIONS", within=0.2)


def test_who_does_not_want_to_be_told_is_not(scene: Scene) -> None:
    """RFC 4488."""
    house = scene.served()
    talk = Talk(scene, house, "CA5")
    talk.refer(f"sip:{NEW}@house", "Refer-Sub: false")
    assert talk.near.hear(202).value("refer-sub") == "false"
    asked: Refer = house.hear(Refer)
    house.say(Answer(n=asked.n, status=200, phrase="OK"))
    assert talk.near.hear(0).start.startswith("BYE ")
    scene.far.hang_up(talk.invited, talk.acknowledged)
    house.hear(Ended, call="CA5")


def test_two_calls_become_one(scene: Scene) -> None:
    """The customer talks to both, and then leaves them to each other (RFC 5589 section 7)."""
    house = scene.served()
    first = Talk(scene, house, "CA6")
    second = Talk(scene, house, "CA7")
    asked = first.hands_on(f"sip:{NEW}@house?Replaces={second.dialog}")
    assert (asked.call, asked.by, asked.replaces, asked.replaces_by) == ("CA6", "near", "CA7", "near")
    house.say(Answer(n=asked.n, status=200, phrase="OK"))
    first.hears(200)
    for talk in (first, second):
        talk.near.respond(talk.near.hear("BYE"), 200, "OK")
    scene.far.silent("OPTIONS", within=0.2)
    scene.far.hang_up(first.invited, first.acknowledged)
    assert house.hear(Ended, call="CA6").released_by == "callee"
    house.say(HangUp("CA7"))
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")
    assert house.hear(Ended, call="CA7").released_by == "caller"


def test_a_dialog_that_is_not_there_or_is_another_accounts_is_no_place_to_take(scene: Scene) -> None:
    house = scene.served()
    talk = Talk(scene, house, "CA8")
    strange = Talk(scene, house, "CA9", account="AC2")
    for named in (strange.dialog, talk.dialog, "nobody%3Bto-tag%3Da%3Bfrom-tag%3Db"):
        talk.refer(f"sip:{NEW}@house?Replaces={named}")
        talk.near.hear(202)
        talk.hears(100, state="active")
        talk.hears(481)


def test_a_carriers_side_hands_nobody_on(scene: Scene) -> None:
    house = scene.served()
    talk = Talk(scene, house, "CA10", inbound=True)
    talk.refer(f"sip:{NEW}@house")
    assert "customer's own side" in talk.near.hear(603).value("warning")
    talk.near.silent("OPTIONS", within=0.2)


@pytest.mark.parametrize(
    ("to", "status"),
    [("mailto:a@b", 416), ("sip:a@b;method=BYE", 403), ("sip:a@b?Replaces=x", 400)],
)
def test_what_cannot_be_read_is_refused_at_once(scene: Scene, to: str, status: int) -> None:
    talk = Talk(scene, scene.served(), f"CA11{status}")
    talk.refer(to)
    assert talk.near.hear(status)


def test_a_request_outside_all_calls_is_declined(scene: Scene) -> None:
    scene.served()
    hand = scene.hand()
    hand.say(hand.request("REFER", hand.uri(CALLED), f"Refer-To: <sip:{NEW}@house>", sender=CALLER))
    assert "inside its dialog" in hand.hear(603).value("warning")


def _led(scene: Scene, house: House, target: Target, person: Hand) -> None:
    """The house calls somebody, who answers and hands on whoever they talk to."""
    house.say(Dial(call="CA12", shown=CALLER, targets=(target,), body=SDP))
    asked = person.hear("INVITE")
    person.respond(asked, 200, "OK", body=SDP)
    _refers(person, asked, person.hear("ACK"))


def test_a_customers_phone_that_the_house_calls_may_hand_on_if_the_house_says_so(scene: Scene) -> None:
    house, person = scene.served(), scene.hand()
    _led(scene, house, Target(host="127.0.0.1", port=person.port, user="ana"), person)
    person.hear(202)
    asked: Refer = house.hear(Refer)
    assert (asked.call, asked.by, asked.to) == ("CA12", "far", f"sip:{NEW}@house")
    house.say(Answer(n=asked.n, status=200, phrase="OK"))
    house.say(HangUp("CA12"))
    while not person.hear("NOTIFY").body.startswith("SIP/2.0 200"):
        pass
    assert person.hear("BYE")


def test_a_person_behind_a_carrier_whom_the_house_calls_hands_nobody_on(scene: Scene) -> None:
    house = scene.served()
    _led(scene, house, Target(link="carrier", user=CALLED), scene.far)
    assert "customer's own side" in scene.far.hear(603).value("warning")
    house.say(HangUp("CA12"))


def _refers(hand: Hand, asked: Heard, acknowledged: Heard) -> None:
    """The called side sends REFER."""
    there = asked.value("contact").partition("<")[2].partition(">")[0]
    lines = [
        f"REFER {there} SIP/2.0",
        f"Via: SIP/2.0/UDP {hand.host}:{hand.port};branch=z9hG4bKrefer{hand.port}",
        f"From: {acknowledged.value('to')}",
        f"To: {acknowledged.value('from')}",
        f"Call-ID: {acknowledged.value('call-id')}",
        "CSeq: 5 REFER",
        f"Refer-To: <sip:{NEW}@house>",
        f"Contact: <sip:hand@{hand.host}:{hand.port}>",
    ]
    hand.say("\r\n".join([*lines, "Content-Length: 0", "", ""]), asked.source)


def test_a_house_that_is_gone_hands_nobody_on(scene: Scene) -> None:
    house = scene.served()
    talk = Talk(scene, house, "CA13")
    talk.hands_on()
    house.close()
    talk.hears(503)
    talk.refer(f"sip:{NEW}@house")
    talk.near.hear(202)
    talk.hears(100, state="active")
    talk.hears(503)


def test_where_somebody_is_to_be_handed_on_to_is_read() -> None:
    found = referred(['"Desk" <sip:+12125550177@house;method=INVITE?Replaces=a%40b%3Bto-tag%3Dx%3Bfrom-tag%3Dy&X=1>'])
    assert found.uri == "sip:+12125550177@house;method=INVITE"
    assert found.replaces == Dialog("a@b", "x", "y")
    assert referred(["<tel:+12125550177>"]).replaces is None
    for wrong in ([], ["<sip:a@b>", "<sip:c@d>"], ["nobody"], ["<sip:a@b?Replaces=a%3Bto-tag%3Dx>"]):
        with pytest.raises(Unreadable):
            referred(wrong)
