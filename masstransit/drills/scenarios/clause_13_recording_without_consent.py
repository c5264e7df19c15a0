"""Drills for clause 13: calls and video rooms that are recorded or listened to before everybody was told and agreed who
has to be."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Capture, Card, Course, Join, Resume, Talk, Talker
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene
from masstransit.model.change import Act, Role

_AT_ONCE = timedelta(0)
_NEW_YORK, _TEXAS = "212", "214"  # where one of those who talk may agree alone
_CALIFORNIA, _FLORIDA, _ILLINOIS, _WASHINGTON = "310", "305", "312", "425"


def _talk(scene: Scene, *talkers: Talker, staff_in: str = "NY", **how: tuple[str, ...]) -> Talk:
    staff = Talker(role=Role.STAFF, state=staff_in)
    return scene.customer().talk(staff, *talkers, **how)


@attack("13", within=_AT_ONCE)
def recorded_in_secret(scene: Scene) -> Course:
    """Calls with people in states that ask for everybody's consent are recorded, and nobody says so."""
    for area in (_CALIFORNIA, _FLORIDA, _ILLINOIS, _WASHINGTON) * 3:
        talk = _talk(scene, Talker(number=scene.person_in(area)))
        yield talk
        yield Capture(talk=talk.id, announced=False)


@attack("13", within=_AT_ONCE)
def by_a_recorder_elsewhere(scene: Scene) -> Course:
    """Who is called is where one party is enough, and the desk that records sits in California."""
    for area in (_NEW_YORK, _TEXAS):
        talk = _talk(scene, Talker(number=scene.person_in(area)), staff_in="CA")
        yield talk
        yield Capture(talk=talk.id, announced=False)


@attack("13", within=_AT_ONCE)
def of_people_who_may_be_anywhere(scene: Scene) -> Course:
    """Nothing is known of where the other is: the number is withheld, or is one that any state has."""
    for number in ("", "+18005550199"):
        talk = _talk(scene, Talker(number=number))
        yield talk
        yield Capture(talk=talk.id, announced=False)


@attack("13", within=_AT_ONCE)
def before_the_prompt_has_ended(scene: Scene) -> Course:
    """The announcement is cut off, and recording is to begin all the same."""
    for area in (_CALIFORNIA, _WASHINGTON):
        talk = _talk(scene, Talker(number=scene.person_in(area), hears=False))
        yield talk
        yield Capture(talk=talk.id)


@attack("13", within=_AT_ONCE)
def of_who_only_stays_on_the_line(scene: Scene) -> Course:
    """People in California hear the announcement and press nothing, or press the key that says no."""
    for key in (None, "9"):
        talk = _talk(scene, Talker(number=scene.person_in(_CALIFORNIA), presses=key))
        yield talk
        yield Capture(talk=talk.id)


@attack("13", within=_AT_ONCE)
def somebody_from_california_comes_in(scene: Scene) -> Course:
    """A conference of New Yorkers is recorded, and in minute twelve somebody joins who is never told."""
    talk = _talk(scene, Talker(number=scene.person_in(_NEW_YORK)))
    yield talk
    yield Capture(talk=talk.id, announced=False, bystander=True)
    yield scene.wait(minutes=12)
    yield Join(talk=talk.id, talker=Talker(number=scene.person_in(_CALIFORNIA)), announced=False)


@attack("13", within=_AT_ONCE)
def a_supervisor_listens_in(scene: Scene) -> Course:
    """Somebody listens to a call with Washington, whispers, and breaks in, without a word to the other."""
    for act in (Act.LISTEN, Act.WHISPER, Act.BARGE):
        talk = _talk(scene, Talker(number=scene.person_in(_WASHINGTON)))
        yield talk
        yield Capture(talk=talk.id, what=act, announced=False)


@attack("13", within=_AT_ONCE)
def a_machine_takes_notes(scene: Scene) -> Course:
    """Somebody agreed to be recorded, and then a machine joins that writes down what is said."""
    talk = _talk(scene, Talker(number=scene.person_in(_CALIFORNIA)))
    yield talk
    yield Capture(talk=talk.id, bystander=True)
    yield Join(talk=talk.id, talker=Talker(role=Role.BOT), announced=False)


@attack("13", within=_AT_ONCE)
def while_a_card_is_read_out(scene: Scene) -> Course:
    """What was paused for a card is to go on before the card has been read out."""
    talk = _talk(scene, Talker(number=scene.person_in(_NEW_YORK)))
    yield talk
    yield Capture(talk=talk.id, bystander=True)
    yield Card(talk=talk.id)
    yield Resume(talk=talk.id)


@attack("13", within=_AT_ONCE)
def abroad_without_a_basis(scene: Scene) -> Course:
    """Britons agree to be recorded, and the customer names no lawful basis for it."""
    for _ in range(3):
        talk = _talk(scene, Talker(number=scene.briton()))
        yield talk
        yield Capture(talk=talk.id)


@attack("13", within=timedelta(hours=24), alarm=True)
def in_english_to_who_speaks_spanish(scene: Scene) -> Course:
    """People whose language is Spanish hear an announcement in English, and press a key."""
    for _ in range(3):
        talk = _talk(scene, Talker(number=scene.person_in(_CALIFORNIA), language="es"), languages=("en",))
        yield talk
        yield Capture(talk=talk.id)


@attack("13", within=_AT_ONCE)
def a_video_room_in_secret(scene: Scene) -> Course:
    """Video rooms are recorded without a word: with people in California, and with those who say nothing of where they
    are."""
    for state in ("CA", "", "WA", "FL"):
        talk = scene.customer().talk(Talker(state="NY"), Talker(state=state), video=True)
        yield talk
        yield Capture(talk=talk.id, announced=False)


@attack("13", within=_AT_ONCE)
def a_late_comer_to_a_video_room_declines(scene: Scene) -> Course:
    """A room of New Yorkers who agreed is recorded, and who comes in from California says no, or nothing."""
    for key in ("9", None):
        talk = scene.customer().talk(Talker(state="NY"), Talker(state="NY"), video=True)
        yield talk
        yield Capture(talk=talk.id, bystander=True)
        yield Join(talk=talk.id, talker=Talker(state="CA", presses=key))


@lawful("13")
def a_video_room_that_agrees(scene: Scene) -> Course:
    """Everybody in a room is asked and agrees, and so does who comes in later."""
    for late in ("CA", "TX", ""):
        talk = scene.customer().talk(Talker(state="NY"), Talker(state="WA"), video=True)
        yield talk
        yield Capture(talk=talk.id)
        yield Join(talk=talk.id, talker=Talker(state=late))


@lawful("13")
def told_and_agreed(scene: Scene) -> Course:
    """Everybody hears the announcement in their language to its end, and agrees by a key."""
    for area, language in ((_CALIFORNIA, "es"), (_FLORIDA, "en"), (_WASHINGTON, ""), (_NEW_YORK, "")) * 2:
        talk = _talk(scene, Talker(number=scene.person_in(area), language=language))
        yield talk
        yield Capture(talk=talk.id)


@lawful("13")
def where_one_party_is_enough(scene: Scene) -> Course:
    """Calls between New York and Texas are recorded for training, and listened to."""
    for act in (Act.RECORD, Act.LISTEN, Act.TRANSCRIBE):
        talk = _talk(scene, Talker(number=scene.person_in(_TEXAS)))
        yield talk
        yield Capture(talk=talk.id, what=act, announced=False)


@lawful("13")
def a_message_is_left(scene: Scene) -> Course:
    """People in California leave messages with a machine that says that it records them."""
    for _ in range(3):
        talk = scene.customer().talk(Talker(number=scene.person_in(_CALIFORNIA)), message=True)
        yield talk
        yield Capture(talk=talk.id, announced=False)


@lawful("13")
def agreed_on_paper(scene: Scene) -> Course:
    """A bank's customers in Illinois agreed in their contract to be recorded."""
    for _ in range(3):
        talk = _talk(scene, Talker(number=scene.person_in(_ILLINOIS)))
        yield talk
        yield Capture(talk=talk.id, announced=False, papers={2: "contract, section 12"})


@lawful("13")
def a_joiner_is_told_and_a_card_is_left_out(scene: Scene) -> Course:
    """Somebody joins, is told before they are heard, and agrees; the recording pauses for a card and goes on."""
    talk = _talk(scene, Talker(number=scene.person_in(_CALIFORNIA)))
    yield talk
    yield Capture(talk=talk.id)
    yield scene.wait(minutes=5)
    yield Join(talk=talk.id, talker=Talker(number=scene.person_in(_FLORIDA)))
    yield Card(talk=talk.id)
    yield scene.wait(minutes=1)
    yield Card(talk=talk.id, read_out=False)
    yield Resume(talk=talk.id)
