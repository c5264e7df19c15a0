"""The switch alone: what it does when the house is silent or gone, and that no record is lost."""

from __future__ import annotations

import time

import pytest

from masstransit.channels.sip.steps import Steps
from masstransit.channels.sip.talk import Carry, Ended, HangUp, Invite, Kept, Links, Stands, Target
from tests.channels.sip.switchboard import CALLED, CALLER, House, Scene
from tests.stories.sip_by_hand import SDP, Hand


def _asks(hand: Hand, number: str = CALLED, *headers: str, body: str = SDP) -> None:
    hand.say(hand.request("INVITE", hand.uri(number), *headers, sender=CALLER, body=body))


def _let_go_on(house: House, call: str, trunk: str = "carrier") -> Invite:
    asked: Invite = house.hear(Invite)
    target = Target(link=trunk, user=CALLED)
    house.say(
        Carry(n=asked.n, call=call, account="AC1", sender=CALLER, recipient=CALLED, shown=CALLER, targets=(target,))
    )
    return asked


def _answered(scene: Scene, house: House, call: str) -> Hand:
    """A call that goes on."""
    near = scene.hand()
    _asks(near)
    _let_go_on(house, call)
    scene.far.respond(scene.far.hear("INVITE"), 200, "OK", body=SDP)
    near.ack(near.hear(200), CALLED, CALLER)
    scene.far.hear("ACK")
    other = scene.hand()  # what is answered to it, is answered behind the acknowledgement: one socket hears all
    other.say(other.request("OPTIONS", other.uri(CALLED), sender=CALLER))
    other.hear(200)
    return near


def test_without_the_house_a_call_is_refused_at_once_and_one_for_help_goes_out(scene: Scene) -> None:
    near = scene.hand()
    began = time.monotonic()
    _asks(near)
    refused = near.hear(503)
    assert refused.value("retry-after") == "5"
    assert time.monotonic() - began < 1.0
    near.ack(refused, CALLED, CALLER)
    place = '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:caller"/>'
    body = (
        "--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP + "\r\n--b\r\nContent-Type: application/pidf+xml\r\n"
        "Content-ID: <place@here>\r\n\r\n" + place + " Zürich\r\n--b--\r\n"
    )
    caller = scene.hand()
    asked = caller.request("INVITE", caller.uri("911"), "Geolocation: <cid:place@here>", sender=CALLER, body=body)
    length = len(body.encode())
    asked = asked.replace(
        "Content-Type: application/sdp\r\nContent-Length", "Content-Type: multipart/mixed;boundary=b\r\nContent-Length"
    )
    caller.say(asked.replace(f"Content-Length: {len(body)}", f"Content-Length: {length}"))
    heard = scene.far.hear("INVITE")
    assert heard.start.startswith("INVITE sip:911@")
    assert heard.value("geolocation") == "<cid:place@here>"
    assert heard.value("content-type") == "multipart/mixed;boundary=b"
    assert heard.body == body  # byte for byte: what is not ASCII too
    assert int(heard.value("content-length")) == length
    scene.far.respond(heard, 486, "Busy Here")
    caller.hear(486)
    record: Ended = scene.served().hear(Ended)
    assert (record.recipient, record.account, record.status, record.released_by) == ("911", "", 486, "callee")


def test_a_house_that_says_nothing_lets_nobody_in(scene: Scene) -> None:
    house = scene.served()
    near = scene.hand()
    _asks(near)
    asked: Invite = house.hear(Invite)
    assert near.hear(503, within=2)
    target = Target(link="carrier", user=CALLED)
    house.say(
        Carry(n=asked.n, call="CA9", account="AC1", sender=CALLER, recipient=CALLED, shown=CALLER, targets=(target,))
    )
    late: Ended = house.hear(Ended, call="CA9")  # it came too late, and its record says so
    assert (late.id, late.status, late.released_by) == ("CA9", 503, "house")
    with pytest.raises(AssertionError):
        scene.far.hear("INVITE", within=0.2)


def test_a_side_that_forgot_the_call_ends_it_for_the_other(scene: Scene) -> None:
    """Both sides are asked now and then (OPTIONS inside the call); 481 says that the call is not there any more."""
    house = scene.served()
    near = _answered(scene, house, "CA2")
    near.respond(near.hear("OPTIONS"), 200, "OK")
    while "tag" not in (asked := scene.far.hear("OPTIONS")).value("to"):
        pass
    scene.far.respond(asked, 481, "Call/Transaction Does Not Exist")
    assert near.hear("BYE")
    assert scene.far.hear("BYE")
    record: Ended = house.hear(Ended, call="CA2")
    assert (record.status, record.released_by) == (200, "network")


def test_a_record_tells_what_went_over_the_wire_and_nothing_of_what_it_said(scene: Scene) -> None:
    house = scene.served()
    _answered(scene, house, "CA10")
    stands: Stands = house.hear(Stands)
    assert (stands.call, stands.trunk, stands.answered_at is not None) == ("CA10", "carrier", True)
    house.say(HangUp("CA10"))  # a call that goes through is ended from the house too
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")
    record: Ended = house.hear(Ended, call="CA10")
    assert (record.status, record.released_by, record.cause) == (200, "house", None)
    went = [(step.leg, step.way, step.what) for step in record.steps if not step.what.startswith("100")]
    assert list(dict.fromkeys(went)) == [  # what is not answered in half a second is said again
        ("caller", "in", "INVITE"),
        ("carrier", "out", "INVITE"),
        ("carrier", "in", "200 INVITE"),
        ("caller", "out", "200 INVITE"),
        ("carrier", "out", "ACK"),
        ("caller", "in", "ACK"),
        ("caller", "out", "BYE"),
        ("carrier", "out", "BYE"),
    ]
    assert [step.at for step in record.steps] == sorted(step.at for step in record.steps)


def test_of_many_messages_the_first_and_the_last_are_kept() -> None:
    steps, head = Steps(), "SIP/2.0\r\nCall-ID: one\r\nCSeq: 1 "
    steps.sent(f"OPTIONS sip:a@b {head}OPTIONS\r\n\r\n")  # begins no call
    assert steps.of({"one": "caller"}, over=False) == ()
    steps.sent(f"INVITE sip:+14155550100@b {head}INVITE\r\n\r\nv=0")
    for _ in range(200):
        steps.sent(f"INFO sip:a@b {head}INFO\r\n\r\n")
    steps.sent("SIP/2.0 200 OK\r\nCall-ID: one\r\nCSeq: 2 BYE\r\n\r\n")
    kept = [step.what for step in steps.of({"one": "caller"})]
    assert (len(kept), kept[0], kept[-1]) == (96, "INVITE", "200 BYE")
    assert steps.of({"one": "caller"}) == ()


@pytest.mark.parametrize("transport", ["UDP", "tcp"])
def test_a_contacts_transport_keeps_no_bye_away(scene: Scene, transport: str) -> None:
    """sippy 2.5.0 took `transport=UDP` for one that it does not speak, and never sent the BYE."""
    house = scene.served()
    near = scene.hand()
    _asks(near)
    _let_go_on(house, f"CA-{transport}")
    asked = scene.far.hear("INVITE")
    contact = f"<sip:hand@127.0.0.1:{scene.far.port};transport={transport}>"
    lines = ["SIP/2.0 200 OK", *(f"Via: {via}" for via in asked.values("via")), f"From: {asked.value('from')}"]
    lines += [f"To: {asked.value('to')};tag=b", f"Call-ID: {asked.value('call-id')}", f"CSeq: {asked.value('cseq')}"]
    lines += [f"Contact: {contact}", "Content-Type: application/sdp", f"Content-Length: {len(SDP)}", "", SDP]
    scene.far.say("\r\n".join(lines), asked.source)
    answered = near.hear(200)
    near.ack(answered, CALLED, CALLER)
    near.bye(answered, CALLED, CALLER)
    assert near.hear(200)
    assert scene.far.hear("BYE")


def test_a_trunk_that_says_nothing_is_given_up_soon(scene: Scene) -> None:
    house = scene.served()
    near = scene.hand()
    _asks(near)
    _let_go_on(house, "CA4")
    near.ack(near.hear(408), CALLED, CALLER)
    scene.far.respond(scene.far.hear("INVITE"), 487, "Request Terminated")  # it wakes up after all
    record: Ended = house.hear(Ended, call="CA4")
    assert (record.status, record.released_by, record.trunk) == (408, "network", "carrier")


def test_a_dead_trunk_is_known(scene: Scene) -> None:
    """It never answered OPTIONS; then no call is sent there."""
    house = House(scene.switch.socket)
    scene.house = house
    while house.hear(Links).down != ("dead",):
        pass
    near = scene.hand()
    _asks(near)
    _let_go_on(house, "CA5", "dead")
    told = near.hear(480)
    assert "cause=34" in told.value("reason")
    near.ack(told, CALLED, CALLER)
    record: Ended = house.hear(Ended, call="CA5")
    assert (record.status, record.released_by) == (480, "network")


def test_a_record_is_brought_until_the_house_has_it(scene: Scene) -> None:
    house = scene.served()
    near = _answered(scene, house, "CA1")
    near.say(near.request("BYE", near.uri(CALLED), sender=CALLER, to=f"<{near.uri(CALLED)}>;tag=wrong"))
    assert near.hear(481)
    scene.switch.kill()  # in the middle of the call
    house.close()
    scene.switch.start()
    house = scene.served()
    record: Ended = house.hear(Ended, call="CA1")
    assert (record.id, record.status, record.released_by) == ("CA1", 200, "house")
    assert record.answered_at is not None
    assert 0 <= (record.ended_at - record.answered_at).total_seconds() < 5
    scene.switch.kill()  # before the house has said that it has the record
    house.close()
    scene.switch.start()
    house = scene.served()
    assert house.hear(Ended, call="CA1") == record
    house.say(Kept(record.id))
    house.hear(Links)
    assert scene.switch.leave() == 0
    house.close()
    scene.switch.start()
    house = scene.served()
    with pytest.raises(TimeoutError):
        house.hear(Ended, call="CA1", within=0.5)


def test_when_the_house_is_gone_both_sides_are_hung_up(scene: Scene) -> None:
    near = _answered(scene, scene.served(), "CA3")
    assert scene.switch.process.stdin is not None
    scene.switch.process.stdin.close()
    near.respond(near.hear("BYE"), 200, "OK")
    scene.far.respond(scene.far.hear("BYE"), 200, "OK")
    assert scene.switch.process.wait(8) == 0
