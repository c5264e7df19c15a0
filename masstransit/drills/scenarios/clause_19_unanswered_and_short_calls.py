"""Drills for clause 19: calls in masses that nobody answers or that end at once; faults, codes, alarms, storms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from masstransit.drills.acts import Course, Dial
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Customer, Scene
from masstransit.model.call import AnsweredBy, Party
from masstransit.model.communication import Purpose


@attack("19", within=timedelta(minutes=15), leak=100, also=("9",))
def press_and_hang(scene: Scene) -> Course:
    """A dialler hangs up as soon as somebody answers, and wants to be called back; a neighbour's calls go on."""
    dialler, neighbour = scene.customer(), scene.customer()

    def calls() -> Iterator[Dial]:
        for place in range(300):
            yield dialler.call(scene.person(), talks=scene.chance.uniform(0.3, 1.8))
            if place % 10 == 0:
                yield neighbour.call(
                    scene.person(), talks=scene.chance.uniform(30, 200), purpose=Purpose.TRANSACTIONAL, bystander=True
                )

    yield from scene.paced(calls(), a_second=5)


@attack("19", within=timedelta(hours=1), leak=300)
def spread_over_numbers(scene: Scene) -> Course:
    """A dialler drops its calls after some seconds, and spreads them over three hundred numbers; then a person's pace
    is left to it.

    A call is on record some ten seconds after it was placed, ten are placed a second, and sixty a minute go on.
    """
    dialler = scene.customer(numbers=300)
    yield from scene.paced(
        (
            dialler.call(scene.person(), sender=dialler.numbers[place % 300], talks=scene.chance.uniform(2.5, 5.5))
            for place in range(900)
        ),
        a_second=10,
    )


@attack("19", within=timedelta(minutes=15), leak=400)
def three_diallers_on_one_trunk(scene: Scene) -> Course:
    """Three diallers who hang up within seconds are all that uses a trunk, as if the trunk dropped their calls.

    A hundred answered calls of each have to be over before that tells anything.
    """
    diallers = [scene.customer() for _ in range(3)]
    yield from scene.paced(
        (diallers[place % 3].call(scene.person(), talks=scene.chance.uniform(2.5, 5.5)) for place in range(900)),
        a_second=6,
    )


@attack("19", within=timedelta(hours=1), leak=200)
def a_small_dialler(scene: Scene) -> Course:
    """A dialler hangs up on whoever answers, and at so few calls a minute that a person's pace would be none to it."""
    dialler = scene.customer()
    yield from scene.paced(
        (dialler.call(scene.person(), talks=scene.chance.uniform(2.5, 5.5)) for _ in range(300)), a_second=0.5
    )


@attack("19", within=timedelta(minutes=15), leak=400)
def random_numbers(scene: Scene) -> Course:
    """A dialler makes up its numbers: more than a fifth are nobody's, and few people answer.

    Two hundred attempts have to be over before that tells anything; some last a minute, and meanwhile it dials on.
    """
    dialler = scene.customer(numbers=5)

    def calls() -> Iterator[Dial]:
        for place in range(600):
            sender, luck = dialler.numbers[place % 5], scene.chance.random()
            if luck < 0.22:
                yield dialler.call(
                    scene.person(), sender=sender, rings=0.5, talks=None, status=404, ended_by=Party.NETWORK
                )
            elif luck < 0.5:
                yield dialler.call(scene.person(), sender=sender, talks=scene.chance.uniform(15, 60))
            else:
                yield dialler.call(scene.person(), sender=sender, rings=22, talks=None, ended_by=Party.NETWORK)

    yield from scene.paced(calls(), a_second=5)


@lawful("19")
def route_fault(scene: Scene) -> Course:
    """A carrier's trunk drops every call after three seconds for some minutes, whoever calls; then it works again."""
    callers = [scene.customer(numbers=2) for _ in range(3)]
    yield from _an_ordinary_hour(scene, callers)

    def calls(count: int, talks: float) -> Iterator[Dial]:
        for place in range(count):
            one = callers[place % len(callers)]
            by = scene.chance.choice((Party.NETWORK, Party.CALLER, Party.CALLEE))
            yield one.call(
                scene.person(), sender=one.numbers[place // 3 % 2], talks=talks, ended_by=by,
                purpose=Purpose.TRANSACTIONAL,
            )  # fmt: skip

    yield from scene.paced(calls(360, 3.0), a_second=1.4)
    yield scene.wait(minutes=16)
    yield from scene.paced(calls(60, 45.0), a_second=1.4)


@lawful("19")
def flash_calls_and_spoken_codes(scene: Scene) -> Course:
    """Log-ins are proved by a call that is itself the code, or reads it out: short by design, and declared as such."""
    flash = scene.customer(use_case="2FA", campaign={"attrs": {"short_calls": "flash"}})
    spoken = scene.customer(use_case="2FA", campaign={"attrs": {"short_calls": "otp"}})

    def calls() -> Iterator[Dial]:
        for _ in range(250):
            yield flash.call(scene.person(), rings=2, talks=None, purpose=Purpose.OTP)
            yield spoken.call(scene.person(), talks=scene.chance.uniform(4, 9), purpose=Purpose.OTP)

    yield from scene.paced(calls(), a_second=5)


@lawful("19")
def alarms_and_outage_notices(scene: Scene) -> Course:
    """Alarms are acknowledged with a key within seconds, and a utility's notice of a fault lasts five."""
    guard = scene.customer(use_case="ACCOUNT_NOTIFICATION", campaign={"attrs": {"short_calls": "alarm"}})
    utility = scene.customer(use_case="ACCOUNT_NOTIFICATION", campaign={"attrs": {"short_calls": "outage"}})

    def calls() -> Iterator[Dial]:
        for _ in range(250):
            yield guard.call(scene.person(), talks=scene.chance.uniform(2, 6), ended_by=Party.CALLEE)
            yield utility.call(scene.person(), talks=scene.chance.uniform(4, 7), ended_by=Party.CALLEE)

    yield from scene.paced(calls(), a_second=8)


@lawful("19")
def storm_night(scene: Scene) -> Course:
    """A storm takes the phones of a county: a school, a clinic and a shop call, and hardly anybody answers."""
    callers = [scene.customer() for _ in range(3)]
    yield from _an_ordinary_hour(scene, callers)

    def calls() -> Iterator[Dial]:
        for place in range(660):
            answers = scene.chance.random() < 0.15
            talks = scene.chance.uniform(20, 90) if answers else None
            yield callers[place % 3].call(
                scene.person(), rings=8 if answers else 25, talks=talks, purpose=Purpose.TRANSACTIONAL
            )

    yield from scene.paced(calls(), a_second=4)


@lawful("19")
def eager_machine_detection(scene: Scene) -> Course:
    """A clinic's reminders hang up on machines after three seconds, and speak with whoever answers: it is told to tune
    that, and goes on."""
    clinic = scene.customer()

    def calls() -> Iterator[Dial]:
        for place in range(400):
            machine = place % 2 == 0
            yield clinic.call(
                scene.person(),
                talks=3.0 if machine else scene.chance.uniform(20, 60),
                answered_by=AnsweredBy.MACHINE if machine else AnsweredBy.HUMAN,
                purpose=Purpose.TRANSACTIONAL,
            )

    yield from scene.paced(calls(), a_second=4)


@lawful("19")
def a_call_centre_that_talks(scene: Scene) -> Course:
    """An ordinary day of a call centre: half of the people answer, some hang up at once, most talk."""
    centre = scene.customer(numbers=4)

    def calls() -> Iterator[Dial]:
        for place in range(400):
            sender = centre.numbers[place % 4]
            if scene.chance.random() < 0.45:
                yield centre.call(scene.person(), sender=sender, rings=22, talks=None, purpose=Purpose.CONVERSATION)
                continue
            short = scene.chance.random() < 0.05
            yield centre.call(
                scene.person(), sender=sender, talks=3.0 if short else scene.chance.uniform(20, 180),
                ended_by=Party.CALLEE, purpose=Purpose.CONVERSATION,
            )  # fmt: skip

    yield from scene.paced(calls(), a_second=4)


def _an_ordinary_hour(scene: Scene, callers: Sequence[Customer]) -> Course:
    """Before it begins, these customers call some people as they do every day."""
    for _ in range(25):
        yield [
            one.call(scene.person(), talks=scene.chance.uniform(30, 90), purpose=Purpose.TRANSACTIONAL)
            for one in callers
        ]
        yield scene.wait(minutes=1.5)
    yield scene.wait(minutes=16)
