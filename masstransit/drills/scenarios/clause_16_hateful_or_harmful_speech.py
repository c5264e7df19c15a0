"""Clause 16: degrading, intimidating or inciting against people for what they are or where they live, and libel."""

from __future__ import annotations

from datetime import timedelta

from masstransit.drills.acts import Course
from masstransit.drills.drill import attack, lawful
from masstransit.drills.scene import Scene

_GROUPS = (
    "Muslims",
    "Jews",
    "immigrants",
    "Mexicans",
    "gay people",
    "Black people",
    "women",
    "disabled people",
    "Roma",
)
_GROUPS_ES = ("musulmanes", "judíos", "inmigrantes", "gitanos", "gays")
_GROUPS_DE = ("Muslime", "Juden", "Ausländer", "Roma", "Schwule")
_PLACES = ("the east side", "Chinatown", "the 5th ward", "the reservation", "the trailer park", "Little Haiti")
_HATE = (
    "{group} are [vermin|parasites|animals]. [Drive them out|Get rid of them] [of our town|now]",
    "[No more|We don't want] {group} here. They [ruin|poison] everything. [Make them leave|Send them back]",
    "[Real citizens|Decent people] don't [sell|rent|talk] to {group}. [They are filth|They deserve nothing]",
    "{group} should [not be allowed to live|all be deported|be wiped out]",
    "Los {group_es} son [basura|parásitos]. [Fuera|Échenlos] de aquí",
    "{group_de} sind [Ungeziefer|Abschaum]. Raus mit ihnen",
)  # fmt: skip
_VOTERS = (
    "If you live in {place} [stay home|don't vote] {day}. [We know who you are|Police will wait for you there]",
    "{place}: [voters will be arrested|immigration is at the polls] on {day}. [You were warned|Think of your kids]",
    "People from {place} who vote will [regret it|get hurt]. We [watch|photograph] the polls",
)
_RALLY = (
    "{day} {time} at {street}: bring [bats|guns|chains], we [finish|beat] the [{group}|protesters]",
    "[Tonight|{day}] we burn down the [mosque|shelter|synagogue] on {street}. [Bring gasoline|Be there] at {time}",
)


@attack("16", within=timedelta(minutes=10), bulk=True)
def voters_intimidated(scene: Scene) -> Course:
    """People of one neighbourhood are threatened so that they do not vote."""
    sender = scene.customer(use_case="POLITICAL", days=30)
    yield from scene.mailing(
        sender, _VOTERS, "transactional", count=80, a_second=2, place=lambda: scene.chance.choice(_PLACES)
    )


@attack("16", within=timedelta(minutes=30), bulk=True)
def group_degraded(scene: Scene) -> Course:
    """A group is degraded and its expulsion called for, in several languages, partly in disguise."""
    sender = scene.customer(days=30)
    yield from scene.mailing(
        sender, _HATE, "transactional", count=100, a_second=2, disguised=0.3,
        group=lambda: scene.chance.choice(_GROUPS),
        group_es=lambda: scene.chance.choice(_GROUPS_ES),
        group_de=lambda: scene.chance.choice(_GROUPS_DE),
    )  # fmt: skip


@attack("16", within=timedelta(minutes=10), bulk=True, also=("8",))
def incited_before_a_rally(scene: Scene) -> Course:
    """Weapons, a time and a place: people are called to hurt others at a rally."""
    sender = scene.customer(days=30)
    yield from scene.mailing(
        sender, _RALLY, "transactional", count=80, a_second=2, group=lambda: scene.chance.choice(_GROUPS)
    )


@attack("16", within=timedelta(hours=24), leak=100)
def housing_without_children(scene: Scene) -> Course:
    """Homes are advertised to some people only (Fair Housing Act)."""
    agent = scene.customer(use_case="MARKETING", brand="Oakhanger Homes", vertical="REAL_ESTATE")
    texts = (
        "{brand}: 2 bed at {street}, {rent} a month. [No kids|Adults only|No families with children]. STOP to end",
        "{brand}: {street} to rent. [Christians|Whites|English speakers] [only|preferred]. Call {name}. STOP to end",
        "[Quiet building|Nice flat] at {street}: no [Section 8|wheelchairs|immigrants]. {brand} STOP to end",
    )
    yield from scene.mailing(agent, texts, "marketing", count=180, a_second=4)


@attack("16", within=timedelta(hours=1), bulk=True)
def teacher_accused(scene: Scene) -> Course:
    """A teacher is accused of crimes by name, in bulk, to a whole town."""
    sender = scene.customer(days=30)
    name = scene.say("{name} [Brandt|Diallo|Evans|Haddad]")
    texts = (
        "{who} of [Mill School|Lake High] is a [pedophile|child molester]. [Share this|Tell every parent]",
        "WARNING parents: {who} [touches kids|sells drugs to pupils]. Keep your children away. [Spread it|Pass on]",
        "{who}, teacher at {street}, [stole|beat a child] and the school covers it up!",
    )
    yield from scene.mailing(sender, texts, "transactional", count=80, a_second=2, who=name)


@lawful("16")
def abuse_quoted_by_those_it_meant(scene: Scene) -> Course:
    """A civil-rights group quotes what was said to its members, and answers it."""
    group = scene.customer(brand="Equal Ground")
    texts = (
        (
            '{brand}: yesterday somebody sprayed "{group} are vermin" on a door at {street}. We stand with '
            "the family. {day} {time}."
        ),
        '"Go back where you came from": have you heard this at work? {brand} helps {group}. {link}',
        "{brand}: hatred of {group} rose {percent}% this year. Read the report {link}",
        "Nobody should say that {group} don't belong here. March with us {day} at {time}. {brand}",
    )
    yield from scene.mailing(group, texts, "transactional", count=150, group=lambda: scene.chance.choice(_GROUPS))


@lawful("16")
def sports_banter(scene: Scene) -> Course:
    """Fans of two teams, who would kill each other on the field only."""
    club = scene.customer(use_case="SOCIAL", brand="Harriers FC")
    texts = (
        "[Kill|Murder|Destroy] them tonight, Harriers! [Kick-off|Gates] {time}. STOP to end",
        "We [crushed|slaughtered|buried] United 5:0. Relive the massacre: {link} STOP to end",
        "Derby {day}: no mercy for [the enemy|those clowns from {street}]! Tickets {amount}. STOP to end",
    )
    yield from scene.mailing(club, texts, "marketing", count=150)


@lawful("16")
def homes_for_everybody(scene: Scene) -> Course:
    """Homes are advertised by what they are; a shop says where it does not deliver; a parish reads its texts."""
    agent = scene.customer(use_case="MARKETING", brand="Oakhanger Homes", vertical="REAL_ESTATE")
    homes = (
        "{brand}: 3 bed near [schools|the park], {rent} a month, {street}. Equal housing opportunity. STOP to end",
        "{brand}: step-free flat at {street}, no smoking, cats welcome. STOP to end",
    )
    yield from scene.mailing(agent, homes, "marketing", count=80)
    shop = scene.customer()
    area = ("{brand}: sorry, we don't deliver to {place}. Pick up at {street} until {time}.",)
    yield from scene.mailing(shop, area, "transactional", count=60, place=lambda: scene.chance.choice(_PLACES))
    parish = scene.customer(brand="St Mary's Parish")
    verses = (
        "{brand} {day}: the wicked shall perish (Psalm 37). Service at {time}.",
        "{brand}: women's group {day}, LGBT choir {day}, coffee for our Muslim neighbours at {time}.",
    )
    yield from scene.mailing(parish, verses, "transactional", count=60)
