"""What a document for a call can say. Times are seconds; URLs are as the document has them, and can be relative."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from masstransit.carriage.twiml import Complaint, Redirect
from masstransit.model.communication import Voice

ENDLESS = 0  #: `loop="0"`: until the call is over, or a key is pressed


class Say(msgspec.Struct, frozen=True, kw_only=True):
    """Words that are spoken."""

    text: str
    voice: str = ""
    language: str = ""
    loop: int = 1


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """A sound that is fetched, or digits that are sent as tones."""

    url: str = ""
    loop: int = 1
    digits: str = ""  #: 0-9 * # and w, half a second of silence


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Silence."""

    length: int = 1


Prompt: TypeAlias = Say | Play | Pause


class Gather(msgspec.Struct, frozen=True, kw_only=True):
    """Keys that are waited for, while prompts are heard."""

    prompts: tuple[Prompt, ...] = ()
    digits: int | None = None  #: it is complete with so many; None: only the key or the time ends it
    timeout: int = 5  #: from the last prompt, and from each key
    finish_on: str = "#"  #: "": no key does
    action: str = ""  #: "": the document's own URL
    method: str = "POST"
    on_empty: bool = False  #: go on to `action` with no digits too


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Where the events of a recording are told."""

    url: str
    method: str = "POST"
    events: tuple[str, ...] = ("completed",)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller says is to be recorded."""

    action: str = ""
    method: str = "POST"
    longest: int = 3600
    timeout: int = 5  #: of silence that ends it
    finish_on: str = "1234567890*#"
    beep: bool = True
    told: Told | None = None


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be called."""

    number: str
    digits: str = ""  #: sent as tones when it is answered
    url: str = ""  #: a document that the called person hears before the two are joined
    method: str = "POST"
    status_callback: str = ""
    status_method: str = "POST"
    events: tuple[str, ...] = ("completed",)


class Sip(msgspec.Struct, frozen=True, kw_only=True):
    """A SIP URI to be called."""

    uri: str
    url: str = ""
    method: str = "POST"
    status_callback: str = ""
    status_method: str = "POST"
    events: tuple[str, ...] = ("completed",)


class Conference(msgspec.Struct, frozen=True, kw_only=True):
    """A room in which many talk."""

    name: str
    muted: bool = False
    begins: bool = True  #: it begins with this participant
    ends: bool = False  #: it is over when this participant leaves
    most: int = 250
    beep: str = "false"  #: what the others hear of their coming and going: true | false | onEnter | onExit
    label: str = ""  #: by which they are spoken of
    coach: str = ""  #: CA...: of the participant by whom alone they are heard
    record: bool = False  #: the whole conference, if no one asked for that before
    told: Told | None = None  #: of what is recorded
    status_callback: str = ""  #: of the conference, if no one named one before
    status_method: str = "POST"
    events: tuple[str, ...] = ("start", "end")


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Who waits longest in a queue."""

    name: str
    url: str = ""  #: a document that who waited hears before the two are joined
    method: str = "POST"


class Dial(msgspec.Struct, frozen=True, kw_only=True):
    """Join the call with somebody: those `targets` that answer first, a conference, or who waits in a queue."""

    targets: tuple[Number | Sip, ...] = ()
    conference: Conference | None = None
    queue: Queue | None = None
    caller_id: str = ""
    timeout: int = 30
    time_limit: int = 14_400
    record: str = "do-not-record"
    told: Told | None = None  #: of what is recorded
    action: str = ""
    method: str = "POST"
    hangup_on_star: bool = False
    answer_on_bridge: bool = False


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """Don't take the call."""

    busy: bool = False


class Hangup(msgspec.Struct, frozen=True, kw_only=True):
    """The call is over."""


class Enqueue(msgspec.Struct, frozen=True, kw_only=True):
    """Wait in a queue until somebody comes for the caller."""

    name: str
    action: str = ""
    method: str = "POST"
    wait_url: str = ""  #: what is heard meanwhile, over and over
    wait_method: str = "POST"


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """Wait no longer: go on behind the `Enqueue`. Only the document at its `waitUrl` can say it."""


class Receive(msgspec.Struct, frozen=True, kw_only=True):
    """Take the fax that the call brings."""

    action: str = ""
    method: str = "POST"


Verb: TypeAlias = Say | Play | Pause | Gather | Record | Dial | Reject | Hangup | Redirect | Enqueue | Leave | Receive


class Document(msgspec.Struct, frozen=True):
    """The verbs in order, and what was passed over or wrong."""

    verbs: tuple[Verb, ...]
    complaints: tuple[Complaint, ...] = ()

    @property
    def speaks(self) -> Voice | None:
        """What the person who answers hears first: words that a machine speaks, or a sound that was recorded; None:
        neither, such as somebody else who is dialled."""
        for verb in self.verbs:
            for heard in verb.prompts if isinstance(verb, Gather) else (verb,):
                if isinstance(heard, Say):
                    return Voice.ARTIFICIAL
                if isinstance(heard, Play) and heard.url:
                    return Voice.PRERECORDED
                if not isinstance(heard, Pause | Play):
                    return None
        return None

    @property
    def words(self) -> str:
        """What a machine says of it, as far as no key and nobody else decides what is said."""
        heard = [each for verb in self.verbs for each in (verb.prompts if isinstance(verb, Gather) else (verb,))]
        return "\n".join(each.text for each in heard if isinstance(each, Say))
