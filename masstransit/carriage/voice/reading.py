"""TwiML for calls, read into `verbs`.

    <Response>
      <Gather numDigits="1" action="/menu"><Say>Press one to be connected.</Say></Gather>
      <Dial callerId="+14155550100"><Number>+12125550123</Number></Dial>
    </Response>

What is not known or has no usable value is passed over with a complaint; what comes behind it is carried out all the
same, as SDK users know it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from masstransit.carriage.recording_events import EVENTS as RECORDED
from masstransit.carriage.twiml import Complaint, Redirect, response
from masstransit.carriage.voice.verbs import (
    Conference,
    Dial,
    Document,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Number,
    Pause,
    Play,
    Prompt,
    Queue,
    Receive,
    Record,
    Reject,
    Say,
    Sip,
    Told,
    Verb,
)

T = TypeVar("T")
LONGEST_SAID = 4096  # characters of one Say, as the SDKs document it
LONGEST_CALL = 14_400  # seconds, as the SDKs document it
MOST_TARGETS = 10  # that one Dial calls at once, as the SDKs document it
EVENTS = ("initiated", "ringing", "answered", "completed")
_ENDS = ("completed",)
_MOST_LOOPS, _LONGEST_PAUSE, _LONGEST_NAME = 1000, 3600, 128
_METHODS = ("GET", "POST")
BEEPS = ("true", "false", "onEnter", "onExit")
_CONFERENCE = ("start", "end", "join", "leave", "mute", "hold", "announcement")
_START_END = ("start", "end")
_KEYS = re.compile(r"[0-9*#]*")
_TONES = re.compile(r"[0-9*#wW]*")
CONFERENCE_RECORDS = ("do-not-record", "record-from-start", "true", "false")
_RECORDS = (
    "do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual",
    "record-from-ringing-dual", "true", "false",
)  # fmt: skip


def read(body: bytes, content_type: str) -> Document:
    """Read an answer. It never fails: what can't be read is a complaint."""
    root = response(body, content_type)
    if root is None:
        return Document(())
    if isinstance(root, str):
        return Document((Say(text=root[:LONGEST_SAID]),))
    if isinstance(root, Complaint):
        return Document((), (root,))
    complaints: list[Complaint] = []
    made = [verb for element in root if (verb := _one(element, _VERBS, complaints)) is not None]
    return Document(tuple(made), tuple(complaints))


class _Read:
    """One element: attributes are taken by name; what nobody asked for is complained of in the end."""

    def __init__(self, element: Element, complaints: list[Complaint]) -> None:
        self.element = element
        self.tag = str(element.tag)[:40]
        self.complaints = complaints
        self.content = (element.text or "").strip()
        self._left = dict(element.attrib)

    def complain(self, sentence: str) -> None:
        self.complaints.append(Complaint(12200, f"{sentence}; it was passed over"))

    def text(self, name: str, default: str = "") -> str:
        return self._left.pop(name, default).strip()

    def method(self, name: str = "method") -> str:
        return self.one_of(name, _METHODS, "POST", upper=True)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str, *, upper: bool = False) -> str:
        value = self.text(name, default)
        value = value.upper() if upper else value
        return value if value in allowed else self._unusable(name, value, default)

    def flag(self, name: str, *, default: bool) -> bool:
        return self.one_of(name, ("true", "false"), str(default).lower()) == "true"

    def number(self, name: str, least: int, most: int, default: int) -> int:
        value = self.text(name, str(default))
        if re.fullmatch(r"[0-9]{1,6}", value) and least <= int(value) <= most:
            return int(value)
        return self._unusable(name, value, default)

    def keys(self, name: str, default: str = "", pattern: re.Pattern[str] = _KEYS) -> str:
        value = self.text(name, default)
        return value if pattern.fullmatch(value) else self._unusable(name, value, default)

    def events(
        self, name: str = "statusCallbackEvent", known: tuple[str, ...] = EVENTS, default: tuple[str, ...] = _ENDS
    ) -> tuple[str, ...]:
        told = self.text(name).split()
        for word in sorted(set(told) - set(known)):
            self._unusable(name, word, None)
        return tuple(word for word in known if word in told) or default

    def ignore(self, *names: str) -> None:
        """Attributes without an effect here that change nothing of what is heard."""
        for name in names:
            self._left.pop(name, None)

    def finish(self) -> None:
        for name in sorted(self._left):
            self.complain(f"The attribute '{name[:40]}' of <{self.tag}> is not known")

    def _unusable(self, name: str, value: str, default: T) -> T:
        self.complain(f"'{value[:40]}' is no value of '{name}' of <{self.tag}>")
        return default


def _one(
    element: Element, known: Mapping[str, Callable[[_Read], T]], complaints: list[Complaint], within: str = ""
) -> T | None:
    """One element as what it means; None: it is passed over."""
    reader = known.get(element.tag)
    at = _Read(element, complaints)
    if reader is None:
        where = f"a noun of <{within}>" if within else "a verb for calls"
        at.complain(f"<{at.tag}> is not {where}")
        return None
    made = reader(at)
    at.finish()
    return made


# --- what is heard ------------------------------------------------------------------------------------------------


def _say(at: _Read) -> Say | None:
    text = " ".join("".join(at.element.itertext()).split())  # what marks up speech (SSML) is read for its words
    voice, language = at.text("voice"), at.text("language")
    loop = at.number("loop", 0, _MOST_LOOPS, 1)
    if len(text) > LONGEST_SAID:
        at.complain(f"The end of a <Say> of more than {LONGEST_SAID} characters is not said")
    return Say(text=text[:LONGEST_SAID], voice=voice, language=language, loop=loop) if text else None


def _play(at: _Read) -> Play | None:
    digits = at.keys("digits", pattern=_TONES)
    loop = at.number("loop", 0, _MOST_LOOPS, 1)
    if not at.content and not digits:
        at.complain("A <Play> without a URL and without digits")
        return None
    return Play(url=at.content, loop=loop, digits=digits)


def _pause(at: _Read) -> Pause:
    return Pause(length=at.number("length", 1, _LONGEST_PAUSE, 1))


_PROMPTS: dict[str, Callable[[_Read], Prompt | None]] = {"Say": _say, "Play": _play, "Pause": _pause}


def _gather(at: _Read) -> Gather:
    prompts = (_one(each, _PROMPTS, at.complaints, "Gather") for each in at.element)
    told = at.text("input", "dtmf").split()
    if "dtmf" not in told:
        at.complain("Speech is not recognised here; the keys are listened to, and 'input'")
    elif "speech" in told:
        at.complain("Speech is not recognised here: 'speech' of 'input'")
    at.ignore("hints", "language", "speechTimeout", "speechModel", "profanityFilter", "partialResultCallback",
              "partialResultCallbackMethod", "enhanced", "bargeIn", "debug")  # fmt: skip
    if at.element.get("timeout") == "auto":
        at.ignore("timeout")
    return Gather(
        prompts=tuple(prompt for prompt in prompts if prompt is not None),
        digits=at.number("numDigits", 1, 1000, 0) or None if at.element.get("numDigits") else None,
        timeout=at.number("timeout", 1, 600, 5),
        finish_on=at.keys("finishOnKey", "#"),
        action=at.text("action"),
        method=at.method(),
        on_empty=at.flag("actionOnEmptyResult", default=False),
    )


def _record(at: _Read) -> Record:
    if at.text("transcribe", "false") == "true":
        at.complain("Recordings are not transcribed here: 'transcribe' of <Record>")
    at.ignore("transcribeCallback", "trim")
    return Record(
        action=at.text("action"),
        method=at.method(),
        longest=at.number("maxLength", 1, LONGEST_CALL, 3600),
        timeout=at.number("timeout", 1, 600, 5),
        finish_on=at.keys("finishOnKey", "1234567890*#"),
        beep=at.flag("playBeep", default=True),
        told=_told(at),
    )


def _told(at: _Read) -> Told | None:
    """Where the events of a recording are told."""
    url, method = at.text("recordingStatusCallback"), at.method("recordingStatusCallbackMethod")
    events = at.events("recordingStatusCallbackEvent", RECORDED)
    return Told(url=url, method=method, events=events) if url else None


# --- who is called ------------------------------------------------------------------------------------------------


def _called(at: _Read) -> dict[str, Any]:
    """What numbers and SIP URIs have in common."""
    return {
        "url": at.text("url"),
        "method": at.method(),
        "status_callback": at.text("statusCallback"),
        "status_method": at.method("statusCallbackMethod"),
        "events": at.events(),
    }


def _number(at: _Read) -> Number | None:
    made = Number(
        number=at.content,
        digits=at.keys("sendDigits", pattern=_TONES),
        **_called(at),
    )
    return made if at.content else None


def _sip(at: _Read) -> Sip | None:
    if at.text("username") or at.text("password"):
        at.complain("Credentials in a document: a trunk has its own, and 'username' and 'password' of <Sip> are none")
    made = Sip(
        uri=at.content,
        **_called(at),
    )
    return made if at.content else None


def _client(at: _Read) -> None:
    at.ignore(*at.element.attrib)
    at.complain("<Client> is not carried: there is no browser phone here")


def _conference(at: _Read) -> Conference | None:
    at.ignore("waitUrl", "waitMethod", "region", "eventCallbackUrl", "trim")
    made = Conference(
        name=at.content[:_LONGEST_NAME],
        muted=at.flag("muted", default=False),
        begins=at.flag("startConferenceOnEnter", default=True),
        ends=at.flag("endConferenceOnExit", default=False),
        most=at.number("maxParticipants", 2, 250, 250),
        beep=at.one_of("beep", BEEPS, "false"),
        label=at.text("participantLabel")[:_LONGEST_NAME],
        coach=at.text("coach"),
        record=at.one_of("record", CONFERENCE_RECORDS, "do-not-record") in {"record-from-start", "true"},
        told=_told(at),
        status_callback=at.text("statusCallback"),
        status_method=at.method("statusCallbackMethod"),
        events=at.events(known=_CONFERENCE, default=_START_END),
    )
    return made if at.content else None


def _queue(at: _Read) -> Queue | None:
    made = Queue(name=at.content[:_LONGEST_NAME], url=at.text("url"), method=at.method())
    return made if at.content else None


_Noun = Number | Sip | Conference | Queue
_NOUNS: dict[str, Callable[[_Read], _Noun | None]] = {
    "Number": _number,
    "Sip": _sip,
    "Client": _client,
    "Conference": _conference,
    "Queue": _queue,
}


def _dial(at: _Read) -> Dial:
    at.ignore("trim", "recordingTrack")
    nouns = [noun for each in at.element if (noun := _one(each, _NOUNS, at.complaints, "Dial")) is not None]
    targets = [noun for noun in nouns if isinstance(noun, Number | Sip)]
    if at.content and not nouns:
        targets = [Number(number=at.content)]
    if len(targets) > MOST_TARGETS:
        at.complain(f"A <Dial> calls {MOST_TARGETS} at once at the most: the rest")
    return Dial(
        targets=tuple(targets[:MOST_TARGETS]),
        conference=next((noun for noun in nouns if isinstance(noun, Conference)), None),
        queue=next((noun for noun in nouns if isinstance(noun, Queue)), None),
        caller_id=at.text("callerId"),
        timeout=at.number("timeout", 1, 600, 30),
        time_limit=at.number("timeLimit", 1, LONGEST_CALL, LONGEST_CALL),
        record=at.one_of("record", _RECORDS, "do-not-record"),
        told=_told(at),
        action=at.text("action"),
        method=at.method(),
        hangup_on_star=at.flag("hangupOnStar", default=False),
        answer_on_bridge=at.flag("answerOnBridge", default=False),
    )


# --- where the call goes ------------------------------------------------------------------------------------------


def _redirect(at: _Read) -> Redirect:
    return Redirect(at.content, at.method())


def _reject(at: _Read) -> Reject:
    return Reject(busy=at.one_of("reason", ("rejected", "busy"), "rejected") == "busy")


def _enqueue(at: _Read) -> Enqueue | None:
    at.ignore("workflowSid")
    made = Enqueue(
        name=at.content[:_LONGEST_NAME],
        action=at.text("action"),
        method=at.method(),
        wait_url=at.text("waitUrl"),
        wait_method=at.method("waitUrlMethod"),
    )
    if not made.name:
        at.complain("An <Enqueue> without the name of a queue")
    return made if made.name else None


def _receive(at: _Read) -> Receive:
    at.ignore("mediaType", "pageSize", "storeMedia")
    return Receive(action=at.text("action"), method=at.method())


_VERBS: dict[str, Callable[[_Read], Verb | None]] = {
    **_PROMPTS,
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Reject": _reject,
    "Hangup": lambda _: Hangup(),
    "Redirect": _redirect,
    "Enqueue": _enqueue,
    "Leave": lambda _: Leave(),
    "Receive": _receive,
}
