"""Documents carried out on calls between phones of the loopback carrier."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import Any

import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from masstransit.carriage.recording import Asked
from masstransit.carriage.voice.asking import Where
from masstransit.carriage.voice.flow import MOST_DOCUMENTS
from masstransit.carriage.voice.legs import Watch
from masstransit.carriage.voice.line import Cadence
from masstransit.carriage.voice.live import Detection
from masstransit.channels.loopback import Behaviour
from masstransit.errors import Conflict
from masstransit.model.call import AnsweredBy
from masstransit.storage import recordings
from masstransit.storage.tables import notices
from tests.carriage.test_webhooks import Server
from tests.carriage.voice.house import ANN, BEN, CAT, VoiceHouse, until
from tests.makers import SENDER

MENU = '<Gather numDigits="1" timeout="1" action="/menu"><Say>Press a key.</Say></Gather><Say>Nothing.</Say>'
TO_BEN = f'<Dial callerId="{SENDER}">{BEN}</Dial>'


def says(server: Server, path: str, document: str) -> Where:
    """The server answers so; where that is."""
    server.answers[path] = (200, "text/xml", f"<Response>{document}</Response>".encode())
    return Where(url=f"{server.url}{path}")


def a_wav(seconds: float, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(rate)
        made.writeframes(b"\0\0" * int(seconds * rate))
    return file.getvalue()


# --- what is heard and pressed ------------------------------------------------------------------------------------


async def test_words_are_said_and_then_the_call_is_over(house: VoiceHouse) -> None:
    sid = await house.begin('<Say loop="2">Hello.</Say><Pause/>')
    call = await house.takes()
    row = await house.over(sid)
    assert call.shown.heard == ("Hello.", "Hello.")
    assert (row.status, row.response, row.released_by, call.shown.state) == ("completed", 200, "caller", "over")


@pytest.mark.parametrize(
    ("document", "wish"),
    [
        ("<Say>Hello.</Say>", {"record": Asked(source="call")}),
        ("<Record/><Say>Hello.</Say>", {}),
        (f'<Dial record="true" callerId="{SENDER}">+19995550123</Dial><Say>Hello.</Say>', {}),
    ],
)
async def test_what_can_not_be_recorded_on_a_silent_line_is_absent_and_an_alert_says_why(
    house: VoiceHouse, document: str, wish: dict[str, Any]
) -> None:
    sid = await house.begin(document, **wish)
    call = await house.takes()
    await house.over(sid)
    assert call.shown.heard[-1] == "Hello."
    assert (await house.alerts())[0][0] == 13237
    (row,) = await house.database.read(lambda c: recordings.of_call(c, house.account, sid))
    assert (row.state, row.erased_at is None) == ("refused", False)


async def test_a_sound_is_fetched_and_played_and_digits_are_sent(house: VoiceHouse, server: Server) -> None:
    server.answers["/a.wav"] = (200, "audio/wav", a_wav(0.1, rate=16_000))
    server.answers["/b.wav"] = (404, "", b"")
    first = says(server, "/first", '<Play>a.wav</Play><Play digits="1w2"/><Play>b.wav</Play><Say>Bye.</Say>')
    sid = await house.begin(first)
    call = await house.takes()
    await house.over(sid)
    assert call.shown.heard == (f"(sound: {server.url}/a.wav)", "(tones: 1w2)", "Bye.")
    assert [code for code, _ in await house.alerts()] == [11200]


async def test_a_key_cuts_a_prompt_short_and_is_told(house: VoiceHouse, server: Server) -> None:
    says(server, "/menu", "<Say>Thanks.</Say>")
    sid = await house.begin(says(server, "/first", MENU.replace("Press a key.", "Press a key. " * 100)))
    call = await house.takes()
    await until(lambda: call.shown.heard)
    call.press("7")
    await house.over(sid)
    assert call.shown.heard[-1] == "Thanks."
    told = server.params()
    assert (told["Digits"], told["CallSid"], told["CallStatus"], told["Direction"]) == (
        "7",
        sid,
        "in-progress",
        "outbound-api",
    )


@pytest.mark.parametrize(
    ("attributes", "pressed", "digits"),
    [
        ('timeout="1"', "12#", "12"),
        ('timeout="1"', "12", "12"),
        ('timeout="1" finishOnKey="*"', "1#*", "1#"),
        ('timeout="1" finishOnKey="" numDigits="2"', "*#9", "*#"),
        ('timeout="1" actionOnEmptyResult="true"', "", ""),
    ],
)
async def test_keys_are_complete_by_number_by_key_or_by_time(
    house: VoiceHouse, server: Server, attributes: str, pressed: str, digits: str
) -> None:
    says(server, "/menu", "<Hangup/>")
    sid = await house.begin(says(server, "/first", f'<Gather action="/menu" {attributes}><Say>Now.</Say></Gather>'))
    call = await house.takes()
    await until(lambda: call.shown.heard)
    if pressed:
        call.press(pressed)
    await house.over(sid)
    assert server.params()["Digits"] == digits


async def test_where_no_key_comes_the_document_goes_on(house: VoiceHouse, server: Server) -> None:
    sid = await house.begin(says(server, "/first", MENU))
    call = await house.takes()
    await house.over(sid)
    assert call.shown.heard == ("Press a key.", "Nothing.")


async def test_what_cannot_be_recorded_is_said_so_and_passed_over(house: VoiceHouse) -> None:
    sid = await house.begin("<Record/><Say>Bye.</Say>")
    call = await house.takes()
    await house.over(sid)
    assert call.shown.heard == ("Bye.",)
    assert [code for code, _ in await house.alerts()] == [13237]


# --- documents ----------------------------------------------------------------------------------------------------


async def test_every_request_is_signed_as_the_sdk_validates_it(house: VoiceHouse, server: Server) -> None:
    says(server, "/next", "<Hangup/>")
    sid = await house.begin(says(server, "/first", '<Redirect method="GET">next?a=1</Redirect>'))
    await house.takes()
    await house.over(sid)
    validator = RequestValidator(house.token)
    (_, first, headers, _), (method, second, more, _) = server.asked
    assert validator.validate(server.url + first, server.params(0), headers["x-twilio-signature"])
    assert (method, second.partition("?")[0]) == ("GET", "/next")
    assert validator.validate(server.url + second, {}, more["x-twilio-signature"])


@pytest.mark.parametrize(
    ("status", "kind", "body", "code"),
    [
        (500, "text/xml", b"<Response/>", 11200),
        (200, "text/xml", b"<Response>", 12100),
        (200, "image/png", b"png", 12300),
        (200, "text/xml", b"<Response>" + b" " * 66_000, 11750),
    ],
)
async def test_a_document_that_can_not_be_had_is_told_and_its_fallback_asked(
    house: VoiceHouse, server: Server, status: int, kind: str, body: bytes, code: int
) -> None:
    server.answers["/first"] = (status, kind, body)
    says(server, "/second", "<Say>Sorry.</Say>")
    sid = await house.begin(Where(url=f"{server.url}/first", fallback=f"{server.url}/second"))
    call = await house.takes()
    row = await house.over(sid)
    assert (call.shown.heard, row.status) == (("Sorry.",), "completed")
    assert [found for found, _ in await house.alerts()] == [code]
    assert (server.params()["ErrorCode"], server.params()["ErrorUrl"]) == (str(code), f"{server.url}/first")


async def test_without_a_fallback_the_call_is_over(house: VoiceHouse, server: Server) -> None:
    sid = await house.begin(Where(url=f"{server.url}/nowhere", fallback=f"{server.url}/nowhere"))
    await house.takes()
    assert (await house.over(sid)).status == "completed"


async def test_what_is_not_known_is_passed_over_with_a_warning(house: VoiceHouse) -> None:
    sid = await house.begin("<Dance/><Say>Hello.</Say>")
    call = await house.takes()
    await house.over(sid)
    assert call.shown.heard == ("Hello.",)
    assert [code for code, _ in await house.alerts()] == [12200]


async def test_documents_that_lead_in_a_circle_come_to_an_end(house: VoiceHouse, server: Server) -> None:
    sid = await house.begin(says(server, "/first", "<Redirect>/first</Redirect>"))
    await house.takes()
    await house.over(sid)
    assert len(server.asked) == MOST_DOCUMENTS
    assert [code for code, _ in await house.alerts()] == [12100]


# --- somebody else ------------------------------------------------------------------------------------------------


async def test_who_is_dialled_is_joined_and_the_action_hears_how_it_went(house: VoiceHouse, server: Server) -> None:
    says(server, "/after", "<Say>Bye.</Say>")
    sid = await house.begin(says(server, "/first", f'<Dial callerId="{SENDER}" action="/after">{BEN}</Dial>'))
    ann, ben = await house.takes(), await house.takes(BEN)
    await until(lambda: ann.others)
    ann.say("Hello Ben")
    ben.press("5")
    ben.drop()
    await house.over(sid)
    assert "Hello Ben" in ben.shown.heard
    assert ann.shown.heard[-1] == "Bye."
    (leg,) = await house.legs(sid)
    told = server.params()
    assert (told["DialCallStatus"], told["DialCallSid"], told["DialBridged"]) == ("completed", leg.sid, "true")
    assert (leg.status, leg.released_by, leg.sender, leg.channel) == ("completed", "callee", SENDER, "twiml")


async def test_whoever_hangs_up_first_nobody_is_left_on_the_line(house: VoiceHouse) -> None:
    sid = await house.begin(TO_BEN)
    ann, ben = await house.takes(), await house.takes(BEN)
    await until(lambda: ann.others)
    ann.drop()
    row = await house.over(sid)
    (leg,) = await house.legs(sid)
    assert (row.released_by, leg.released_by, ben.shown.state) == ("callee", "caller", "over")


async def test_the_first_who_answers_is_joined_and_the_others_stop_to_ring(house: VoiceHouse) -> None:
    sid = await house.begin(f'<Dial callerId="{SENDER}"><Number>{BEN}</Number><Number>{CAT}</Number></Dial>')
    ann, ben = await house.takes(), await house.rings(BEN)
    await house.takes(CAT)
    await until(lambda: ann.others)
    assert ben.shown.state == "over"
    ann.drop()
    await house.over(sid)
    assert sorted(leg.status for leg in await house.legs(sid)) == ["canceled", "completed"]


@pytest.mark.parametrize(
    ("behaviour", "word"),
    [
        (Behaviour.SWITCHED_OFF, "no-answer"),
        (Behaviour.UNKNOWN, "failed"),
        (Behaviour.BUSY, "failed"),
    ],
)
async def test_why_somebody_was_not_reached_is_told(
    house: VoiceHouse, server: Server, behaviour: Behaviour, word: str
) -> None:
    house.handsets.phones.phone(BEN).behaviour = behaviour
    says(server, "/after", "<Hangup/>")
    sid = await house.begin(says(server, "/first", f'<Dial callerId="{SENDER}" action="/after">{BEN}</Dial>'))
    await house.takes()
    await house.over(sid)
    assert (server.params()["DialCallStatus"], server.params()["DialCallDuration"]) == (word, "0")


async def test_who_declines_is_busy_and_who_lets_it_ring_does_not_answer(house: VoiceHouse, server: Server) -> None:
    says(server, "/after", f'<Dial callerId="{SENDER}" action="/end" timeout="1">{BEN}</Dial>')
    says(server, "/end", "<Hangup/>")
    sid = await house.begin(says(server, "/first", f'<Dial callerId="{SENDER}" action="/after">{BEN}</Dial>'))
    await house.takes()
    (await house.rings(BEN)).drop()
    await house.over(sid)
    assert [server.params(n)["DialCallStatus"] for n in (1, 2)] == ["busy", "no-answer"]


async def test_what_the_gate_refuses_is_not_dialled_and_said_in_an_alert(house: VoiceHouse, server: Server) -> None:
    house.wishes.of = {BEN: "refuse"}
    says(server, "/after", "<Hangup/>")
    sid = await house.begin(says(server, "/first", f'<Dial callerId="{SENDER}" action="/after">{BEN}</Dial>'))
    await house.takes()
    await house.over(sid)
    assert server.params()["DialCallStatus"] == "failed"
    assert house.handsets.calls(BEN) == []
    ((_, sentence),) = await house.alerts()
    assert BEN not in sentence
    assert "was not dialled" in sentence


async def test_a_star_ends_the_talk_and_the_document_goes_on(house: VoiceHouse) -> None:
    sid = await house.begin(f'<Dial hangupOnStar="true" callerId="{SENDER}">{BEN}</Dial><Say>Bye.</Say>')
    ann, ben = await house.takes(), await house.takes(BEN)
    await until(lambda: ann.others)
    ann.press("1*")
    await house.over(sid)
    assert ann.shown.heard[-1] == "Bye."
    assert ben.shown.state == "over"


async def test_a_talk_ends_with_its_time(house: VoiceHouse) -> None:
    sid = await house.begin(f'<Dial timeLimit="1" callerId="{SENDER}">{BEN}</Dial><Say>Bye.</Say>')
    ann, _ = await house.takes(), await house.takes(BEN)
    await house.over(sid)
    assert ann.shown.heard[-1] == "Bye."


@pytest.mark.parametrize(("answer", "joined"), [("<Say>Ann calls.</Say>", True), ("<Hangup/>", False)])
async def test_who_is_dialled_hears_something_alone_and_may_decline(
    house: VoiceHouse, server: Server, answer: str, joined: bool
) -> None:
    says(server, "/aside", answer)
    number = f'<Number url="/aside">{BEN}</Number>'
    sid = await house.begin(says(server, "/first", f'<Dial callerId="{SENDER}">{number}</Dial><Say>Bye.</Say>'))
    ann, ben = await house.takes(), await house.takes(BEN)
    if joined:
        await until(lambda: ann.others)
        assert ben.shown.heard == ("Ann calls.",)
        ben.drop()
    await house.over(sid)
    assert ann.shown.heard[-1] == "Bye."


async def test_who_waits_in_a_queue_hears_something_until_somebody_comes(house: VoiceHouse, server: Server) -> None:
    says(server, "/wait", "<Say>Please wait.</Say>")
    says(server, "/after", "<Say>Thank you.</Say>")
    waits = await house.begin(says(server, "/first", '<Enqueue waitUrl="/wait" action="/after">support</Enqueue>'))
    ann = await house.takes()
    await until(lambda: ann.shown.heard)
    comes = await house.begin("<Dial><Queue>support</Queue></Dial>", BEN)
    ben = await house.takes(BEN)
    await until(lambda: ben.others)
    ben.say("How can I help?")
    ben.drop()
    await house.over(comes)
    await house.over(waits)
    assert ann.shown.heard[0] == "Please wait."
    assert ann.shown.heard[-2:] == ("How can I help?", "Thank you.")
    assert server.params()["QueueResult"] == "bridged"


async def test_who_waits_can_leave(house: VoiceHouse, server: Server) -> None:
    says(server, "/wait", "<Leave/>")
    waits = await house.begin(says(server, "/first", '<Enqueue waitUrl="/wait">support</Enqueue><Say>Bye.</Say>'))
    ann = await house.takes()
    await house.over(waits)
    assert ann.shown.heard == ("Bye.",)


async def test_nobody_is_joined_with_who_hung_up_while_waiting(house: VoiceHouse) -> None:
    waits = await house.begin("<Enqueue>support</Enqueue>")
    ann = await house.takes()
    await asyncio.sleep(0.05)
    ann.drop()
    await house.over(waits)
    comes = await house.begin('<Dial timeout="1"><Queue>support</Queue></Dial><Say>Nobody.</Say>', BEN)
    ben = await house.takes(BEN)
    await house.over(comes)
    assert ben.shown.heard == ("Nobody.",)


async def test_a_conference_begins_and_ends_with_who_leads_it(house: VoiceHouse) -> None:
    guest = '<Dial><Conference startConferenceOnEnter="false">all</Conference></Dial><Say>Over.</Say>'
    host = '<Dial hangupOnStar="true"><Conference endConferenceOnExit="true">all</Conference></Dial>'
    first = await house.begin(guest)
    ann = await house.takes()
    second = await house.begin(host, BEN)
    ben = await house.takes(BEN)
    await until(lambda: ben.others)
    ben.say("Welcome")
    ann.say("Hello")
    ben.press("*")
    await house.over(second)
    await house.over(first)
    assert (ann.shown.heard, ben.shown.heard) == (("Welcome", "(tones: *)", "Over."), ("Hello",))


# --- hanging up ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        f"<Say>{'Long. ' * 500}</Say>",
        '<Say loop="0">Again.</Say>',
        '<Pause length="60"/>',
        '<Gather timeout="60"/>',
        f'<Gather timeout="60"><Say loop="0">{"Long. " * 500}</Say></Gather>',
        TO_BEN,
        "<Enqueue>support</Enqueue>",
        '<Enqueue waitUrl="/wait">support</Enqueue>',
        "<Dial><Queue>support</Queue></Dial>",
        "<Dial><Conference>all</Conference></Dial>",
        '<Dial><Conference startConferenceOnEnter="false">all</Conference></Dial>',
    ],
)
async def test_a_hang_up_ends_whatever_goes_on(house: VoiceHouse, server: Server, document: str) -> None:
    says(server, "/wait", '<Pause length="60"/>')
    sid = await house.begin(says(server, "/first", document))
    call = await house.takes()
    await asyncio.sleep(0.1)
    call.drop()
    row = await house.over(sid)
    assert (row.status, row.released_by) == ("completed", "callee")
    assert all(other.shown.state == "over" for other in house.handsets.calls(BEN))
    assert all(leg.ended_at is not None for leg in await house.legs(sid))


# --- the call as a whole ------------------------------------------------------------------------------------------


async def test_what_the_gate_refuses_never_rings(house: VoiceHouse) -> None:
    house.wishes.of = {ANN: "refuse"}
    decision = await house.decide("CA" + "9" * 32, "<Hangup/>", ANN)
    assert decision.findings
    await house.parts.legs.drained()
    assert house.handsets.calls(ANN) == []
    assert [row.status for row in await house.rows()] == ["refused"]


async def test_who_does_not_answer_in_time_is_no_answer(house: VoiceHouse) -> None:
    sid = await house.begin("<Hangup/>", rings=0.05)
    row = await house.over(sid)
    assert (row.status, row.response, row.answered_at) == ("no-answer", 408, None)


async def test_its_events_are_told_in_order(house: VoiceHouse) -> None:
    events = ("initiated", "ringing", "answered", "completed")
    sid = await house.begin("<Hangup/>", watch=Watch(url="http://127.0.0.1:9/", events=events))
    await house.takes()
    await house.over(sid)
    told = await house.events(sid)
    assert [each["CallStatus"] for each in told] == ["queued", "ringing", "in-progress", "completed"]
    assert told[-1]["CallDuration"] == "0"


async def test_only_events_that_were_asked_for_are_told(house: VoiceHouse) -> None:
    sid = await house.begin("<Hangup/>", watch=Watch(url="http://127.0.0.1:9/"))
    await house.takes()
    await house.over(sid)
    assert [each["CallStatus"] for each in await house.events(sid)] == ["completed"]


async def test_a_call_that_rings_is_taken_back(house: VoiceHouse) -> None:
    sid = await house.begin("<Hangup/>")
    call = await house.rings()
    house.live.end(house.account, sid, unanswered_only=True)
    row = await house.over(sid)
    assert (row.status, call.shown.state) == ("canceled", "over")
    with pytest.raises(Conflict):
        house.live.end(house.account, sid, unanswered_only=True)


async def test_a_call_that_goes_on_is_ended_but_not_taken_back(house: VoiceHouse) -> None:
    sid = await house.begin('<Pause length="60"/>')
    call = await house.takes()
    await asyncio.sleep(0.05)
    with pytest.raises(Conflict):
        house.live.end(house.account, sid, unanswered_only=True)
    house.live.end(house.account, sid, unanswered_only=False)
    row = await house.over(sid)
    assert (row.status, row.released_by, call.shown.state) == ("completed", "caller", "over")


async def test_another_document_takes_a_call_over_and_the_legs_of_the_first_end(
    house: VoiceHouse, server: Server
) -> None:
    sid = await house.begin(TO_BEN)
    ann, ben = await house.takes(), await house.takes(BEN)
    await until(lambda: ann.others)
    house.live.redirect(house.account, sid, says(server, "/other", "<Say>Something else.</Say>"))
    await house.over(sid)
    assert ann.shown.heard[-1] == "Something else."
    assert ben.shown.state == "over"


async def test_a_machine_is_told_as_one(house: VoiceHouse, server: Server) -> None:
    detect = Detection(cadence=Cadence(to_the_end=True))
    sid = await house.begin(says(server, "/first", "<Hangup/>"), detect=detect)
    (await house.rings()).take(AnsweredBy.MACHINE)
    row = await house.over(sid)
    assert (server.params()["AnsweredBy"], row.answered_by) == ("machine_end_beep", "machine")


async def test_who_answered_is_told_beside_the_document_where_that_is_asked_for(
    house: VoiceHouse, server: Server
) -> None:
    told = Watch(url="https://shop.example/amd", method="GET")
    sid = await house.begin("<Say>Hello.</Say><Pause length='60'/>", detect=Detection(beside=True, told=told))
    (await house.rings()).take(AnsweredBy.MACHINE)
    call = house.handsets.call(ANN, sid)
    await until(lambda: call.shown.heard)
    await house.parts.legs.drained()
    (row,) = await house.database.read(lambda c: c.execute(select(notices).where(notices.c.about == sid)).all())
    params = row.body["params"]
    assert (row.target, row.body["method"], params["AnsweredBy"]) == (told.url, "GET", "machine_start")
    assert params["MachineDetectionDuration"].isdecimal()
    call.drop()
    assert (await house.over(sid)).attrs["answered_by"] == "machine_start"


async def test_a_call_has_a_longest_time(house: VoiceHouse) -> None:
    sid = await house.begin('<Pause length="60"/>', longest=0.1)
    call = await house.takes()
    await house.over(sid)
    assert call.shown.state == "over"


async def test_at_the_end_every_call_is_ended_and_on_record(house: VoiceHouse) -> None:
    sids: list[Any] = [await house.begin('<Pause length="60"/>'), await house.begin("<Hangup/>", BEN)]
    await house.takes()
    await house.live.close()
    assert [(await house.row(sid)).ended_at is not None for sid in sids] == [True, True]
