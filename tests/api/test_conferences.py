"""Conferences and participants by the SDK, on the loopback carrier's phones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import select
from twilio.base.exceptions import TwilioRestException

from masstransit.carriage.recording import Asked, State
from masstransit.carriage.voice.asking import Given
from masstransit.carriage.voice.live import Wish
from masstransit.channels.loopback.calls import PhoneCall
from masstransit.errors import NotFound
from masstransit.model.decision import Verdict
from masstransit.storage import conferences
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import notices
from tests.api.house import Door, finding
from tests.carriage.test_webhooks import Server
from tests.carriage.voice.house import until
from tests.makers import NOON, RECIPIENT, SENDER, a_call

ANN, BEN, CAT = RECIPIENT, "+13055550124", "+12145550125"
HOOK, EVENTS_OF_CALL = "https://shop.example/conference", "https://shop.example/call"


@pytest.fixture
async def door(sqlite_database: Database, keys: Keys) -> AsyncIterator[Door]:
    async with Door(sqlite_database, keys, allow_private=True) as made:
        for number in (BEN, CAT):
            made.handsets.phones.add(number)
        yield made


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    running = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    yield made
    running.close()
    await running.wait_closed()


async def answers(door: Door, number: str) -> PhoneCall:
    call = await until(lambda: next((c for c in door.handsets.calls(number) if c.shown.state == "ringing"), None))
    call.take()
    return call


def inside(door: Door, sid: str, room: str = "Daily") -> bool:
    try:
        return door.voice.conferences.seat(door.sid, room, sid).entered
    except NotFound:
        return False


async def joins(door: Door, number: str, attributes: str = "", then: str = "") -> tuple[str, PhoneCall]:
    """Somebody is in the conference; their call and phone."""
    sid = f"CA{len(door.voice.made) + 1:032x}"
    call = a_call(id=sid, account=door.sid, recipient=number, channel="rest", at=door.clock.now())
    document = f"<Dial><Conference {attributes}>Daily</Conference></Dial>{then}"
    await door.voice.call(call, Wish(source=Given(f"<Response>{document}</Response>")))
    phone = await answers(door, number)
    await until(lambda: inside(door, sid))
    return sid, phone


async def daily(door: Door) -> Any:
    """The conference, as the SDK has it."""
    await door.voice.conferences.drained()
    (found,) = await asyncio.to_thread(lambda: door.sdk().conferences.list(friendly_name="Daily"))
    return found


async def events(door: Door, about: str) -> list[dict[str, str]]:
    await door.voice.conferences.drained()
    rows = await door.database.read(lambda c: c.execute(select(notices).where(notices.c.about == about)).all())
    return sorted((row.body["params"] for row in rows), key=lambda told: int(told["SequenceNumber"]))


def says(server: Server, path: str, document: str) -> str:
    server.answers[path] = (200, "text/xml", f"<Response>{document}</Response>".encode())
    return f"{server.url}{path}"


async def test_conferences_are_listed_by_what_they_are(door: Door) -> None:
    day = timedelta(days=1)

    def row(number: int, name: str, status: str, **more: Any) -> dict[str, Any]:
        at = NOON - number * day
        made = {"account": door.sid, "sid": f"CF{number:032x}", "name": name, "status": status, "process": "p"}
        return {**made, "created_at": at, "updated_at": at, **more}

    ended = {"reason": "last-participant-left", "ended_by": "CA" + "1" * 32, "ended_at": NOON}
    rows = [row(1, "Daily", "completed", **ended), row(2, "Weekly", "in-progress"), row(3, "Daily", "init")]
    for each in rows:
        await door.database.write(partial(conferences.add, row=each))
    first, second, third = (each["sid"] for each in rows)
    before = NOON - 2 * day
    asked: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [first, second, third]),
        ({"friendly_name": "Daily"}, [first, third]),
        ({"status": "in-progress"}, [second]),
        ({"date_created": before.date()}, [second]),
        ({"date_created_before": before.date()}, [third, second]),
        ({"date_created_after": (NOON - day).date()}, [first]),
        ({"date_updated": before.date()}, [second]),
        ({"date_updated_before": before.date()}, [third, second]),
        ({"date_updated_after": (NOON - day).date()}, [first]),
    ]
    for filters, sids in asked:
        found = await asyncio.to_thread(door.sdk().conferences.list, page_size=1, **filters)
        assert sorted(each.sid for each in found) == sorted(sids), filters
    one = await asyncio.to_thread(door.sdk().conferences(first).fetch)
    assert (one.friendly_name, one.status, one.reason_conference_ended, one.call_sid_ending_conference) == (
        "Daily", "completed", "last-participant-left", "CA" + "1" * 32,
    )  # fmt: skip


async def test_everybody_hears_an_announcement_and_a_conference_is_ended(door: Door, server: Server) -> None:
    sid, ann = await joins(door, ANN, then="<Say>Bye.</Say>")
    _, ben = await joins(door, BEN)
    live = await daily(door)
    assert (live.status, live.reason_conference_ended) == ("in-progress", None)
    said = says(server, "/soon", "<Say>Five minutes left.</Say>")
    await asyncio.to_thread(lambda: door.sdk().conferences(live.sid).update(announce_url=said, announce_method="GET"))
    await until(lambda: ann.shown.heard == ben.shown.heard == ("Five minutes left.",))
    ann.say("Hello")
    assert ben.shown.heard[-1] == "Hello"
    over = await asyncio.to_thread(lambda: door.sdk().conferences(live.sid).update(status="completed"))
    assert (over.status, over.reason_conference_ended) == ("completed", "conference-ended-via-api")
    await door.voice.ended(door.sid, sid)
    assert ann.shown.heard[-1] == "Bye."
    with pytest.raises(TwilioRestException) as late:
        await asyncio.to_thread(lambda: door.sdk().conferences(live.sid).update(status="completed"))
    assert (late.value.status, late.value.code) == (400, 21220)
    assert await asyncio.to_thread(door.sdk().conferences(live.sid).participants.list) == []


async def test_participants_are_listed_by_how_they_take_part(door: Door) -> None:
    one, _ = await joins(door, ANN)
    two, _ = await joins(door, BEN, 'muted="true"')
    three, _ = await joins(door, CAT)
    door.voice.conferences.hold(door.voice.conferences.seat(door.sid, "Daily", three), None, on_hold=True)
    list_ = door.sdk().conferences((await daily(door)).sid).participants.list
    asked: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [three, two, one]),
        ({"muted": True}, [two]),
        ({"muted": False}, [three, one]),
        ({"hold": True}, [three]),
        ({"coaching": True}, []),
    ]
    for filters, sids in asked:
        found = await asyncio.to_thread(list_, page_size=1, **filters)
        assert [each.call_sid for each in found] == sids, filters


async def test_a_participant_is_muted_held_announced_to_and_put_out(door: Door, server: Server) -> None:
    sid, ann = await joins(door, ANN, then="<Say>Bye.</Say>")
    _, ben = await joins(door, BEN)
    ours = door.sdk().conferences((await daily(door)).sid).participants(sid)
    muted = await asyncio.to_thread(lambda: ours.update(muted=True))
    assert (muted.muted, muted.hold, muted.status) == (True, False, "connected")
    await until(lambda: not ann.others)
    await asyncio.to_thread(lambda: ours.update(muted=False))
    await until(lambda: ann.others == {ben})
    music = says(server, "/music", "<Say>Please wait.</Say><Pause length='30'/>")
    held = await asyncio.to_thread(lambda: ours.update(hold=True, hold_url=music, hold_method="GET"))
    assert held.hold is True
    await until(lambda: ann.shown.heard == ("Please wait.",))
    ben.say("Nobody hears this")
    assert not ben.others
    await asyncio.to_thread(lambda: ours.update(hold=False))
    await until(lambda: ann.others == {ben})
    said = says(server, "/you", "<Say>You alone.</Say>")
    await asyncio.to_thread(lambda: ours.update(announce_url=said, announce_method="POST"))
    await until(lambda: ann.shown.heard[-1] == "You alone.")
    assert ben.shown.heard == ()
    await asyncio.to_thread(lambda: ours.update(beep_on_exit=True, end_conference_on_exit=True))
    assert (await asyncio.to_thread(ours.fetch)).end_conference_on_exit is True
    assert await asyncio.to_thread(ours.delete)
    await door.voice.ended(door.sid, sid)
    assert ann.shown.heard[-1] == "Bye."
    await until(lambda: ben.shown.state == "over")
    over = await daily(door)
    assert over.reason_conference_ended == "participant-with-end-conference-on-exit-kicked"
    with pytest.raises(TwilioRestException) as gone:
        await asyncio.to_thread(ours.fetch)
    assert gone.value.status == 404


async def test_who_coaches_is_heard_by_one_alone_where_the_gate_allows_it(door: Door) -> None:
    agent, _ = await joins(door, CAT)
    sid, ann = await joins(door, ANN)
    ours = door.sdk().conferences((await daily(door)).sid).participants(sid)
    coached = await asyncio.to_thread(lambda: ours.update(coaching=True, call_sid_to_coach=agent))
    assert (coached.coaching, coached.call_sid_to_coach) == (True, agent)
    with pytest.raises(TwilioRestException) as missing:
        await asyncio.to_thread(lambda: ours.update(coaching=True, call_sid_to_coach="CA" + "9" * 32))
    assert missing.value.status == 404
    _, florida = await joins(door, BEN)
    assert ann not in florida.others  # who coaches is out of it until they have agreed
    assert ann.others == set()
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(lambda: ours.update(coaching=True, call_sid_to_coach=agent))
    assert (refused.value.status, refused.value.code) == (400, 13237)


async def test_somebody_is_called_into_a_conference(door: Door) -> None:
    _, ann = await joins(door, ANN)
    live = await daily(door)
    made = await asyncio.to_thread(
        lambda: door.sdk().conferences("Daily").participants.create(
            from_=SENDER, to=BEN, label="customer", muted=True, beep="onEnter", start_conference_on_enter=True,
            end_conference_on_exit=True, max_participants=3, conference_status_callback=HOOK,
            conference_status_callback_event=["join", "leave", "end"], conference_status_callback_method="GET",
            status_callback=EVENTS_OF_CALL, status_callback_event=["answered"], status_callback_method="GET",
            timeout=20, time_limit=600,
        )
    )  # fmt: skip
    assert (made.status, made.label, made.muted, made.conference_sid) == ("queued", "customer", True, live.sid)
    call, wish = door.voice.made[-1]
    assert (call.recipient.text, call.sender.text, call.channel) == (BEN, SENDER, "rest")
    assert (wish.rings, wish.longest) == (20, 600)
    assert wish.watch is not None
    assert (wish.watch.url, wish.watch.events, wish.watch.method) == (EVENTS_OF_CALL, ("answered",), "GET")
    ben = await answers(door, BEN)
    await until(lambda: inside(door, made.call_sid))
    await until(lambda: ann.shown.heard != ())  # the tone
    by_label = await asyncio.to_thread(door.sdk().conferences(live.sid).participants("customer").fetch)
    assert (by_label.call_sid, by_label.muted, by_label.end_conference_on_exit) == (made.call_sid, True, True)
    ben.drop()
    await until(lambda: ann.shown.state == "over")
    told = await events(door, live.sid)
    assert [each["StatusCallbackEvent"] for each in told] == [
        "participant-join", "participant-leave", "participant-leave", "conference-end",
    ]  # fmt: skip
    assert (told[0]["CallSid"], told[0]["ParticipantLabel"], told[0]["Muted"]) == (made.call_sid, "customer", "true")
    assert told[-1]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert told[-1]["CallSidEndingConference"] == made.call_sid


async def test_who_is_called_in_can_have_the_conference_recorded(door: Door) -> None:
    made = await asyncio.to_thread(
        lambda: door.sdk().conferences("Daily").participants.create(
            from_=SENDER, to=BEN, conference_record="record-from-start", conference_trim="do-not-trim",
            conference_recording_status_callback=HOOK, conference_recording_status_callback_method="GET",
            conference_recording_status_callback_event=["in-progress", "completed"],
        )
    )  # fmt: skip
    source = door.voice.made[-1][1].source
    assert isinstance(source, Given)
    noun = fromstring(source.twiml).find("Dial/Conference")
    assert noun is not None
    assert {name: noun.get(name) for name in noun.keys() if "ecord" in name} == {  # noqa: SIM118 - of an element
        "record": "record-from-start", "recordingStatusCallback": HOOK, "recordingStatusCallbackMethod": "GET",
        "recordingStatusCallbackEvent": "in-progress completed",
    }  # fmt: skip
    await answers(door, BEN)
    await until(lambda: inside(door, made.call_sid))
    for field, value in (("ConferenceTrim", "trim-silence"), ("ConferenceRecord", "always")):
        path = f"/2010-04-01/Accounts/{door.sid}/Conferences/Daily/Participants.json"
        refused = await door.ask("POST", path, data={"From": SENDER, "To": BEN, field: value})
        assert (refused.status_code, refused.json()["details"]["field"]) == (400, field)


async def test_recordings_of_a_conference_are_listed_paused_and_ended(door: Door) -> None:
    await joins(door, ANN)
    live, client = await daily(door), door.sdk()
    ruled = await door.recordings.ask(live.sid, Asked(source="conference", papers={1: "form 7"}))
    assert ruled.state is State.CAPTURING, ruled.missing
    mine = client.conferences(live.sid).recordings
    (shown,) = await asyncio.to_thread(mine.list)
    assert (shown.sid, shown.conference_sid, shown.call_sid) == (ruled.sid, live.sid, None)
    assert (shown.source, shown.status, shown.channels) == ("Conference", "in-progress", 1)
    paused = await asyncio.to_thread(mine("Twilio.CURRENT").update, status="paused")
    assert (paused.sid, paused.status) == (ruled.sid, "paused")
    assert [each.sid for each in await asyncio.to_thread(lambda: client.recordings.list(conference_sid=live.sid))] == [
        ruled.sid
    ]
    assert await asyncio.to_thread(lambda: client.recordings.list(call_sid=live.sid[:33] + "x")) == []
    stopped = await asyncio.to_thread(mine(ruled.sid).update, status="stopped")
    assert stopped.status == "absent"  # the phones of these tests have no sound
    both = await door.ask(
        "GET", f"/2010-04-01/Accounts/{door.sid}/Recordings.json?CallSid=CA1&ConferenceSid={live.sid}"
    )
    assert both.status_code == 400
    other = await door.account()
    for path in (f"{live.sid}/Recordings.json", f"{live.sid}/Recordings/{ruled.sid}.json"):
        theirs = await door.ask("GET", f"/2010-04-01/Accounts/{other[0]}/Conferences/{path}", auth=other)
        assert theirs.status_code == 404


async def test_a_coach_is_called_in_by_a_caller_id(door: Door) -> None:
    sid, _ = await joins(door, CAT)
    create = door.sdk().conferences("Daily").participants.create
    made = await asyncio.to_thread(
        lambda: create(from_=BEN, caller_id=SENDER, to=ANN, coaching=True, call_sid_to_coach=sid)
    )
    assert (made.coaching, made.call_sid_to_coach) == (True, sid)
    assert door.voice.made[-1][0].sender.text == SENDER
    await answers(door, ANN)
    await until(lambda: inside(door, made.call_sid))
    seat = door.voice.conferences.seat(door.sid, "Daily", made.call_sid)
    await until(lambda: seat.coached is not None)
    with pytest.raises(TwilioRestException) as whom:
        await asyncio.to_thread(lambda: create(from_=SENDER, to=BEN, coaching=True))
    assert whom.value.status == 400


async def test_what_the_gate_stops_is_not_called_in(door: Door) -> None:
    await joins(door, ANN)
    door.exchange.rule = finding(Verdict.REFUSE)
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(lambda: door.sdk().conferences("Daily").participants.create(from_=SENDER, to=BEN))
    assert (refused.value.status, refused.value.code) == (400, 21216)
    assert door.handsets.calls(BEN) == []


@pytest.mark.parametrize("field", ["EarlyMedia", "Record", "RecordingChannels", "WaitUrl"])
async def test_what_does_not_act_is_refused_with_why(door: Door, field: str) -> None:
    path = f"/2010-04-01/Accounts/{door.sid}/Conferences/Daily/Participants.json"
    answer = await door.ask("POST", path, data={"From": SENDER, "To": BEN, field: "true"})
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, field)


async def test_another_account_sees_and_changes_nothing(door: Door) -> None:
    sid, _ = await joins(door, ANN)
    live, other = await daily(door), await door.account()
    path = f"/2010-04-01/Accounts/{other[0]}/Conferences"
    assert (await door.ask("GET", f"{path}.json", auth=other)).json()["conferences"] == []
    for method, end, form in (
        ("GET", f"/{live.sid}", {}),
        ("POST", f"/{live.sid}", {"Status": "completed"}),
        ("GET", f"/{live.sid}/Participants", {}),
        ("POST", f"/{live.sid}/Participants/{sid}", {"Muted": "true"}),
        ("DELETE", f"/{live.sid}/Participants/{sid}", {}),
    ):
        answer = await door.ask(method, f"{path}{end}.json", data=form or None, auth=other)
        assert answer.status_code == 404, (method, end)
    assert inside(door, sid)
