"""TwiML for calls, read."""

from __future__ import annotations

import pytest

from masstransit.carriage.twiml import LARGEST, Redirect
from masstransit.carriage.voice.reading import LONGEST_SAID, MOST_TARGETS, read
from masstransit.carriage.voice.verbs import (
    ENDLESS,
    Conference,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Number,
    Pause,
    Play,
    Queue,
    Record,
    Reject,
    Say,
    Sip,
    Told,
    Verb,
)

A_NUMBER = "+12125550123"


def one(document: str) -> tuple[tuple[Verb, ...], list[int]]:
    made = read(f"<Response>{document}</Response>".encode(), "text/xml")
    return made.verbs, [complaint.code for complaint in made.complaints]


@pytest.mark.parametrize(
    ("document", "verb"),
    [
        ("<Say>Hello  <emphasis>you</emphasis>.</Say>", Say(text="Hello you.")),
        (
            '<Say voice="alice" language="de-DE" loop="0">Hallo</Say>',
            Say(text="Hallo", voice="alice", language="de-DE", loop=ENDLESS),
        ),
        ('<Play loop="3">a.wav</Play>', Play(url="a.wav", loop=3)),
        ('<Play digits="1ww2#"/>', Play(digits="1ww2#")),
        ('<Pause length="7"/>', Pause(length=7)),
        ("<Gather/>", Gather()),
        (
            ('<Gather input="dtmf" numDigits="4" timeout="9" finishOnKey="" action="/a" method="get" '
            'actionOnEmptyResult="true"><Say>x</Say><Pause/><Play>y</Play></Gather>'),
            Gather(prompts=(Say(text="x"), Pause(), Play(url="y")), digits=4, timeout=9, finish_on="", action="/a",
                   method="GET", on_empty=True),
        ),
        (
            '<Record action="/r" maxLength="20" timeout="3" finishOnKey="#" playBeep="false" trim="do-not-trim"/>',
            Record(action="/r", longest=20, timeout=3, finish_on="#", beep=False),
        ),
        (
            ('<Record recordingStatusCallback="/e" recordingStatusCallbackMethod="GET" '
             'recordingStatusCallbackEvent="absent in-progress"/>'),
            Record(told=Told(url="/e", method="GET", events=("in-progress", "absent"))),
        ),
        (
            f'<Dial record="true" recordingStatusCallback="/e">{A_NUMBER}</Dial>',
            Dial(targets=(Number(number=A_NUMBER),), record="true", told=Told(url="/e")),
        ),
        (f"<Dial>{A_NUMBER}</Dial>", Dial(targets=(Number(number=A_NUMBER),))),
        (
            (f'<Dial callerId="{A_NUMBER}" timeout="9" timeLimit="60" record="record-from-answer" action="/d" '
            f'hangupOnStar="true" answerOnBridge="true"><Number sendDigits="w1" url="/n" statusCallback="/s" '
            f'statusCallbackEvent="answered ringing">{A_NUMBER}</Number><Sip>sip:a@example.com</Sip></Dial>'),
            Dial(
                targets=(
                    Number(
                        number=A_NUMBER, digits="w1", url="/n", status_callback="/s", events=("ringing", "answered")
                    ),
                    Sip(uri="sip:a@example.com"),
                ),
                caller_id=A_NUMBER, timeout=9, time_limit=60, record="record-from-answer", action="/d",
                hangup_on_star=True, answer_on_bridge=True,
            ),
        ),
        (
            ('<Dial><Conference muted="true" startConferenceOnEnter="false" endConferenceOnExit="true" '
            'maxParticipants="3">all</Conference></Dial>'),
            Dial(conference=Conference(name="all", muted=True, begins=False, ends=True, most=3)),
        ),
        (
            '<Dial><Conference record="record-from-start" recordingStatusCallback="/told">all</Conference></Dial>',
            Dial(conference=Conference(name="all", record=True, told=Told(url="/told"))),
        ),
        ('<Dial><Conference record="do-not-record">all</Conference></Dial>', Dial(conference=Conference(name="all"))),
        ('<Dial><Queue url="/q">support</Queue></Dial>', Dial(queue=Queue(name="support", url="/q"))),
        ('<Reject reason="busy"/>', Reject(busy=True)),
        ("<Hangup/>", Hangup()),
        ('<Redirect method="GET">/next</Redirect>', Redirect("/next", "GET")),
        ('<Enqueue waitUrl="/w" action="/a">support</Enqueue>', Enqueue(name="support", wait_url="/w", action="/a")),
        ("<Leave/>", Leave()),
    ],
)  # fmt: skip
def test_a_verb_is_read_with_all_that_it_says(document: str, verb: Verb) -> None:
    assert one(document) == ((verb,), [])


@pytest.mark.parametrize(
    ("document", "verbs"),
    [
        ("<Dance/>", ()),
        ('<Say colour="red">x</Say>', (Say(text="x"),)),
        ('<Say loop="-1">x</Say>', (Say(text="x"),)),
        ('<Pause length="0"/>', (Pause(),)),
        ('<Pause length="3601"/>', (Pause(),)),
        ("<Play/>", ()),
        ('<Play digits="abc"/>', ()),
        ("<Gather><Dial/></Gather>", (Gather(),)),
        ('<Gather input="speech"/>', (Gather(),)),
        ('<Gather input="dtmf speech"/>', (Gather(),)),
        ('<Gather finishOnKey="x"/>', (Gather(),)),
        ('<Gather timeout="soon"/>', (Gather(),)),
        ('<Record transcribe="true"/>', (Record(),)),
        ('<Record maxLength="0"/>', (Record(),)),
        ("<Dial><Client>ann</Client></Dial>", (Dial(),)),
        ('<Dial record="loudly"/>', (Dial(),)),
        ('<Dial timeLimit="14401"/>', (Dial(),)),
        ('<Dial><Sip username="a">sip:a@example.com</Sip></Dial>', (Dial(targets=(Sip(uri="sip:a@example.com"),)),)),
        (
            f'<Dial><Number statusCallbackEvent="sung">{A_NUMBER}</Number></Dial>',
            (Dial(targets=(Number(number=A_NUMBER),)),),
        ),
        ('<Reject reason="bored"/>', (Reject(),)),
        ("<Enqueue/>", ()),
    ],
)
def test_what_is_not_known_or_can_not_be_used_is_passed_over_with_a_warning(
    document: str, verbs: tuple[Verb, ...]
) -> None:
    found, codes = one(document)
    assert (found, set(codes)) == (verbs, {12200})


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"<Response>", "text/xml", 12100),
        (b"<Answer/>", "text/xml", 12100),
        (b"<!DOCTYPE a><Response/>", "text/xml", 12100),
        (b"png", "image/png", 12300),
        (b" " * (LARGEST + 1), "text/xml", 11750),
    ],
)
def test_what_can_not_be_read_is_one_complaint(body: bytes, kind: str, code: int) -> None:
    made = read(body, kind)
    assert (made.verbs, [complaint.code for complaint in made.complaints]) == ((), [code])


def test_nothing_says_nothing_and_plain_text_is_spoken() -> None:
    assert read(b"  ", "text/xml").verbs == ()
    assert read(b"Hello.", "text/plain").verbs == (Say(text="Hello."),)


def test_what_is_too_long_or_too_many_is_cut_with_a_warning() -> None:
    (said,), codes = one(f"<Say>{'a' * (LONGEST_SAID + 1)}</Say>")
    assert isinstance(said, Say)
    assert (len(said.text), codes) == (LONGEST_SAID, [12200])
    (dial,), codes = one(f"<Dial>{f'<Number>{A_NUMBER}</Number>' * (MOST_TARGETS + 1)}</Dial>")
    assert isinstance(dial, Dial)
    assert (len(dial.targets), codes) == (MOST_TARGETS, [12200])
