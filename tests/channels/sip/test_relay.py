"""Carried calls whose sound goes through the house, in the switch: each side is told of ours, not of the other's."""

from __future__ import annotations

import pytest

from masstransit.channels.sip.talk import Accept, Carry, Described, Ended, HangUp, Invite, Side, Target
from tests.channels.sip.switchboard import CALLED, CALLER, House, Scene
from tests.stories.sip_by_hand import SDP, Hand, Heard

OFFER, ANSWER = SDP.replace("6000", "7002"), SDP.replace("6000", "7000")
THEIRS = SDP.replace("6000", "6100")
HELD = "a=sendonly\r\n"


class Relayed:
    """A call that goes on, or is on its way."""

    def __init__(self, scene: Scene, call: str, *, body: str = SDP, target: Target | None = None) -> None:
        self.call, self.far = call, scene.far
        self.house: House = scene.served()
        self.near: Hand = scene.hand()
        self.near.say(self.near.request("INVITE", self.near.uri(CALLED), sender=CALLER, body=body))
        asked: Invite = self.house.hear(Invite)
        assert (asked.relays, asked.body) == (True, body)
        self.house.say(
            Carry(
                n=asked.n, call=call, account="AC1", sender=CALLER, recipient=CALLED, shown=CALLER,
                targets=(target or Target(link="carrier", user=CALLED),), offer=OFFER, answer=ANSWER,
            )
        )  # fmt: skip
        self.asked = self.far.hear("INVITE")
        assert self.asked.body == OFFER

    def described(self, side: Side, what: str) -> Described:
        told: Described = self.house.hear(Described)
        assert (told.call, told.side, told.what) == (self.call, side, what)
        return told

    def answered(self) -> Relayed:
        self.far.respond(self.asked, 200, "OK", body=THEIRS)
        assert self.described("far", "answered").body == THEIRS
        self.taken = self.near.hear(200)
        assert self.taken.body == ANSWER
        self.near.ack(self.taken, CALLED, CALLER)
        self.ack = self.far.hear("ACK")
        return self

    def change(self, body: str) -> None:
        """The caller's phone changes the call."""
        to = self.taken.value("to")
        self.near.say(self.near.request("INVITE", self.near.uri(CALLED), sender=CALLER, to=to, body=body))

    def far_changes(self, body: str) -> None:
        """The called side's does."""
        there = self.asked.value("contact").partition("<")[2].partition(">")[0]
        lines = [
            f"INVITE {there} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.far.port};branch=z9hG4bKfar{len(body)}",
            f"From: {self.ack.value('to')}",
            f"To: {self.ack.value('from')}",
            f"Call-ID: {self.asked.value('call-id')}",
            "CSeq: 5 INVITE",
            f"Contact: <sip:hand@127.0.0.1:{self.far.port}>",
            "Content-Type: application/sdp",
        ]
        self.far.say("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]), self.asked.source)

    def hangs_up(self) -> Ended:
        self.near.bye(self.taken, CALLED, CALLER)
        self.near.hear(200)
        self.far.respond(self.far.hear("BYE"), 200, "OK")
        record: Ended = self.house.hear(Ended, call=self.call)
        return record


def test_each_side_is_told_of_our_sound_and_the_house_of_theirs(scene: Scene) -> None:
    record = Relayed(scene, "CA-r1").answered().hangs_up()
    assert (record.status, record.released_by) == (200, "caller")


def test_tones_before_the_answer_are_heard_through_the_house(scene: Scene) -> None:
    call = Relayed(scene, "CA-r2")
    call.far.respond(call.asked, 180, "Ringing")
    assert call.near.hear(180).body == ""
    call.far.respond(call.asked, 183, "Session Progress", body=THEIRS)
    assert call.described("far", "early").body == THEIRS
    early: Heard = call.near.hear(183)
    assert early.body == ANSWER
    call.answered().hangs_up()


def test_a_hold_is_between_a_phone_and_the_house(scene: Scene) -> None:
    call = Relayed(scene, "CA-r3").answered()
    call.change(SDP + HELD)
    assert call.described("near", "changed").body == SDP + HELD
    call.house.say(Accept("CA-r3", ANSWER + "a=recvonly\r\n", "near"))
    agreed = call.near.hear(200)
    assert agreed.body == ANSWER + "a=recvonly\r\n"
    call.near.ack(agreed, CALLED, CALLER)
    call.far_changes(THEIRS + HELD)
    assert call.described("far", "changed").body == THEIRS + HELD
    call.house.say(Accept("CA-r3", OFFER, "far"))
    assert call.far.hear(200).body == OFFER
    call.far.silent("OPTIONS", 200, within=0.2)
    call.near.silent("OPTIONS", 200, within=0.05)
    call.hangs_up()


def test_a_change_that_the_house_does_not_agree_to_leaves_the_call_as_it_was(scene: Scene) -> None:
    """Or that it says nothing to: nobody waits for ever."""
    call = Relayed(scene, "CA-r4").answered()
    call.change(THEIRS)
    call.described("near", "changed")
    call.house.say(Accept("CA-r4", "", "near"))
    call.near.ack(call.near.hear(488), CALLED, CALLER)
    call.change(THEIRS + HELD)
    call.near.ack(call.near.hear(488, within=2.0), CALLED, CALLER)
    call.hangs_up()


def test_a_change_without_an_offer_is_offered_ours_and_the_answer_comes_with_its_ack(scene: Scene) -> None:
    call = Relayed(scene, "CA-r5").answered()
    call.change("")
    assert call.described("near", "changed").body == ""
    call.house.say(Accept("CA-r5", ANSWER, "near"))
    offered = call.near.hear(200)
    assert offered.body == ANSWER
    _acknowledge(call.near, offered, THEIRS)
    assert call.described("near", "answered").body == THEIRS
    call.hangs_up()


def test_a_caller_without_an_offer_is_offered_ours_in_the_answer(scene: Scene) -> None:
    call = Relayed(scene, "CA-r6", body="")
    call.far.respond(call.asked, 183, "Session Progress", body=THEIRS)
    call.described("far", "early")
    assert call.near.hear(183).body == ""  # no offer in what need not arrive
    call.far.respond(call.asked, 200, "OK", body=THEIRS)
    call.described("far", "answered")
    call.taken = call.near.hear(200)
    assert call.taken.body == ANSWER
    _acknowledge(call.near, call.taken, SDP)
    assert call.described("near", "answered").body == SDP
    call.far.hear("ACK")
    call.hangs_up()


def test_the_house_can_end_a_call_that_it_carries(scene: Scene) -> None:
    call = Relayed(scene, "CA-r7").answered()
    call.house.say(HangUp("CA-r7"))
    for side in (call.near, call.far):
        side.respond(side.hear("BYE"), 200, "OK")
    record: Ended = call.house.hear(Ended, call="CA-r7")
    assert (record.status, record.released_by) == (200, "house")


@pytest.mark.parametrize("by_contact", [True, False])
def test_the_house_hears_where_a_phone_registered_from(scene: Scene, by_contact: bool) -> None:
    contact = Target(host="127.0.0.1", port=scene.far.port, user="ana")
    call = Relayed(scene, f"CA-r8-{by_contact}", target=contact if by_contact else None)
    call.far.respond(call.asked, 200, "OK", body=THEIRS)
    assert call.described("far", "answered").host == ("127.0.0.1" if by_contact else "")
    call.near.ack(call.near.hear(200), CALLED, CALLER)
    call.house.say(HangUp(call.call))


def _acknowledge(near: Hand, answered: Heard, body: str) -> None:
    """ACK, with the answer to what was offered."""
    to, cseq = answered.value("to"), int(answered.value("cseq").split()[0])
    branch = f"z9hG4bKack{cseq}{len(body)}"
    near.say(near.request("ACK", near.uri(CALLED), sender=CALLER, to=to, body=body, branch=branch, cseq=cseq))
