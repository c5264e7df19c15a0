"""The switch with calls that the house leads: what each side says is heard by the other, and none is left hanging."""

from __future__ import annotations

import pytest

from masstransit.channels.sip.talk import Accept, Change, Dial, HangUp, Invite, Progress, Ring, Take, Target
from tests.channels.sip.switchboard import CALLED, CALLER, House, Scene
from tests.stories.sip_by_hand import SDP, Hand, Heard

OURS = SDP.replace("6000", "7000")


def dials(house: House, call: str, *trunks: str) -> None:
    targets = tuple(Target(link=each, user=CALLED) for each in trunks or ("carrier",))
    house.say(Dial(call=call, shown=CALLER, name="Ana", targets=targets, body=OURS))


def talks(scene: Scene, house: House, call: str) -> Progress:
    """The house calls somebody, who takes it; what the house is told of that."""
    dials(house, call)
    scene.far.respond(scene.far.hear("INVITE"), 200, "OK", body=SDP)
    scene.far.hear("ACK")
    return told(house, call, "answered")


def told(house: House, call: str, what: str) -> Progress:
    while (heard := house.hear(Progress)).call != call or heard.what != what:
        pass
    assert isinstance(heard, Progress)
    return heard


def calls_in(scene: Scene, house: House, call: str) -> Hand:
    """Somebody calls, and the house leads the call."""
    near = scene.hand()
    near.say(near.request("INVITE", near.uri(CALLER), sender=CALLED, body=SDP))
    asked: Invite = house.hear(Invite)
    assert asked.body == SDP
    house.say(Take(n=asked.n, call=call))
    return near


def test_the_house_calls_somebody_with_its_own_sound_and_hangs_up(scene: Scene) -> None:
    house = scene.served()
    dials(house, "CA1")
    asked = scene.far.hear("INVITE")
    assert (asked.body, asked.value("from").split(";")[0]) == (OURS, f"Ana <sip:{CALLER}@127.0.0.1>")
    scene.far.respond(asked, 180, "Ringing")
    assert told(house, "CA1", "ringing").link == "carrier"
    scene.far.respond(asked, 200, "OK", body=SDP)
    scene.far.hear("ACK")
    assert told(house, "CA1", "answered").body == SDP
    house.say(HangUp("CA1"))
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")
    over = told(house, "CA1", "over")
    assert (over.by, over.status) == ("house", 200)
    assert [step.what for step in over.steps] == ["INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE"]
    assert {step.leg for step in over.steps} == {"carrier"}


def test_the_house_hears_where_a_phone_that_it_calls_registered_from(scene: Scene) -> None:
    house = scene.served()
    contact = Target(host="127.0.0.1", port=scene.far.port, user="ana")
    house.say(Dial(call="CA10", shown=CALLER, targets=(contact,), body=OURS))
    scene.far.respond(scene.far.hear("INVITE"), 200, "OK", body=SDP)
    scene.far.hear("ACK")
    assert told(house, "CA10", "answered").host == "127.0.0.1"
    house.say(HangUp("CA10"))
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")


def test_who_was_called_hangs_up_or_declines(scene: Scene) -> None:
    house = scene.served()
    dials(house, "CA2")
    scene.far.respond(scene.far.hear("INVITE"), 486, "Busy Here", "Reason: Q.850;cause=17")
    over = told(house, "CA2", "over")
    assert (over.by, over.status, over.cause) == ("callee", 486, 17)
    dials(house, "CA3")
    asked = scene.far.hear("INVITE")
    scene.far.respond(asked, 200, "OK", body=SDP)
    ack = scene.far.hear("ACK")
    scene.far.hang_up(asked, ack)
    over = told(house, "CA3", "over")
    assert (over.by, over.status) == ("callee", 200)


def test_a_place_that_can_not_take_it_is_followed_by_the_next(scene: Scene) -> None:
    house = scene.served()
    dials(house, "CA4", "nowhere", "carrier", "carrier")
    scene.far.respond(scene.far.hear("INVITE"), 503, "Service Unavailable")
    scene.far.hear("ACK")
    scene.far.respond(scene.far.hear("INVITE"), 404, "Not Found")
    over = told(house, "CA4", "over")
    assert (over.by, over.status) == ("network", 404)


def test_the_house_gives_a_call_up_while_it_rings(scene: Scene) -> None:
    house = scene.served()
    dials(house, "CA5")
    asked = scene.far.hear("INVITE")
    scene.far.respond(asked, 180, "Ringing")
    told(house, "CA5", "ringing")
    house.say(HangUp("CA5", 487))
    scene.far.respond(scene.far.hear("CANCEL"), 200, "OK")
    scene.far.respond(asked, 487, "Request Terminated")
    assert told(house, "CA5", "over").status == 487


def test_a_caller_is_let_ring_answered_and_changes_the_call(scene: Scene) -> None:
    house = scene.served()
    near = calls_in(scene, house, "CA6")
    house.say(Ring("CA6"))
    near.hear(180)
    house.say(Accept("CA6", OURS))
    answered = near.hear(200)
    assert answered.body == OURS
    near.ack(answered, CALLER, CALLED)
    held = SDP + "a=sendonly\r\n"
    near.say(near.request("INVITE", near.uri(CALLER), sender=CALLED, to=answered.value("to"), body=held))
    assert told(house, "CA6", "changed").body == held
    house.say(Accept("CA6", ""))
    near.ack(near.hear(488), CALLER, CALLED)
    near.say(near.request("INVITE", near.uri(CALLER), sender=CALLED, to=answered.value("to"), body=held))
    told(house, "CA6", "changed")
    house.say(Accept("CA6", OURS + "a=recvonly\r\n"))
    changed = near.hear(200)
    assert changed.body.endswith("a=recvonly\r\n")
    near.ack(changed, CALLER, CALLED)
    near.bye(answered, CALLER, CALLED)
    near.hear(200)
    assert told(house, "CA6", "over").by == "caller"


def test_a_caller_without_an_offer_is_offered_our_sound_and_answers_with_ack(scene: Scene) -> None:
    house = scene.served()
    near = scene.hand()
    near.say(near.request("INVITE", near.uri(CALLER), sender=CALLED))
    asked: Invite = house.hear(Invite)
    house.say(Take(n=asked.n, call="CA11"))
    house.say(Accept("CA11", OURS))
    answered = near.hear(200)
    assert answered.body == OURS
    acknowledge(near, answered)
    assert told(house, "CA11", "changed").body == SDP
    near.say(near.request("INVITE", near.uri(CALLER), sender=CALLED, to=answered.value("to")))
    assert told(house, "CA11", "changed").body == ""
    house.say(Accept("CA11", OURS))
    offered = near.hear(200)
    assert offered.body == OURS
    acknowledge(near, offered)
    assert told(house, "CA11", "changed").body == SDP
    near.bye(answered, CALLER, CALLED)
    near.hear(200)


def acknowledge(near: Hand, answered: Heard) -> None:
    """ACK, with the answer to what was offered."""
    to, cseq = answered.value("to"), int(answered.value("cseq").split()[0])
    near.say(near.request("ACK", near.uri(CALLER), sender=CALLED, to=to, body=SDP, branch=f"z9hG4bK{cseq}", cseq=cseq))


@pytest.mark.parametrize("status", [480, 486])
def test_a_caller_is_turned_away(scene: Scene, status: int) -> None:
    house = scene.served()
    near = calls_in(scene, house, f"CA7-{status}")
    house.say(HangUp(f"CA7-{status}", status))
    near.ack(near.hear(status), CALLER, CALLED)
    assert told(house, f"CA7-{status}", "over").status == status


def test_a_caller_gives_up_before_it_is_answered(scene: Scene) -> None:
    house = scene.served()
    near = calls_in(scene, house, "CA8")
    house.say(Ring("CA8"))
    near.hear(180)
    near.cancel(CALLER, CALLED)
    near.hear(487)
    over = told(house, "CA8", "over")
    assert (over.by, over.status) == ("caller", 487)


def test_when_the_house_is_lost_its_calls_end(scene: Scene) -> None:
    house = scene.served()
    talks(scene, house, "CA9")
    house.close()
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")


IMAGE = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image 7002 udptl t38\r\n"


def test_the_house_offers_to_go_on_by_packets_and_hears_what_the_other_side_says(scene: Scene) -> None:
    house = scene.served()
    talks(scene, house, "CA20")
    house.say(Change("CA20", IMAGE))
    asked = scene.far.hear("INVITE")
    assert "m=image 7002 udptl t38" in asked.body
    theirs = IMAGE.replace("7002", "6002")
    scene.far.respond(asked, 200, "OK", body=theirs)
    scene.far.hear("ACK")
    assert told(house, "CA20", "agreed").body == theirs
    house.say(Change("CA20", OURS))
    scene.far.respond(scene.far.hear("INVITE"), 488, "Not Acceptable Here")
    assert told(house, "CA20", "declined").status == 488
    house.say(HangUp("CA20"))
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")


def test_what_is_not_answered_yet_is_not_changed(scene: Scene) -> None:
    house = scene.served()
    dials(house, "CA21")
    asked = scene.far.hear("INVITE")
    house.say(Change("CA21", IMAGE))
    assert told(house, "CA21", "declined").status == 491
    scene.far.respond(asked, 486, "Busy Here")
    scene.far.hear("ACK")
