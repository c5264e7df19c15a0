"""Calls to violence, voters who are kept away, private pictures; and what only has some of their words."""

from __future__ import annotations

import pytest

from masstransit.facts.content.harms import calls_to_violence, keeps_from_voting, offers_private_pictures


@pytest.mark.parametrize(
    "text",
    [
        "saturday 14:00 by the fountain, come armed, we smash the marchers",
        "they pray at noon. bring machetes, leave no muslims standing, attack the worshippers and the cops",
        "tonight at 9 we set fire to the asylum centre, everyone bring fuel",
        "let's storm the town hall tomorrow, grab your rifles",
        "who is in? friday after the parade we jump the gays, carry chains",
    ],
)
def test_others_are_called_to_hurt_people(text: str) -> None:
    assert calls_to_violence(text)


@pytest.mark.parametrize(
    "text",
    [
        "practice at 6pm, bring your bats and gloves",
        "we beat them at 3pm, what a match",
        "bring knives and aprons on friday at 7, we cook for the refugees",
        "police arrested two men who wanted to burn down the mosque on friday",
        "march against racism friday 17:00. stay peaceful, bring water",
        "fireworks tonight at 9, bring blankets",
        "bring matches and firewood to the camp at noon",
        "the church burned on monday, bring clothes for the families",
        "axe throwing for teams, saturday 15:00",
    ],
)
def test_sport_news_kitchens_and_camps_call_nobody_to_violence(text: str) -> None:
    assert not calls_to_violence(text)


@pytest.mark.parametrize(
    "text",
    [
        "anyone from hilltop who votes on tuesday will be beaten",
        "voters with parking fines get arrested at the polls",
        "border patrol is waiting outside polling places in koreatown. better not go",
        "stay away from the ballot box, we have your names",
        "when you vote, ice will be there and you will be deported",
        "people of the south side: remain indoors on tuesday. we know every one of you",
    ],
)
def test_people_are_pressed_not_to_vote(text: str) -> None:
    assert keeps_from_voting(text)


@pytest.mark.parametrize(
    "text",
    [
        "polls are open until 8 on tuesday. bring your id and vote",
        "don't vote for the mayor, you will regret it",
        "if you don't vote others decide for you",
        "vote by mail: stay home and be safe",
        "voter intimidation is a crime. if police wait at the polls to scare you call our hotline",
        "rumours that voters will be arrested are false",
        "immigration is on the ballot. vote tuesday",
        "police will direct traffic near the polls on tuesday",
        "tornado near elm street, stay indoors",
        "reply 1 to vote for the song of the week",
    ],
)
def test_campaigns_and_help_for_voters_press_nobody(text: str) -> None:
    assert not keeps_from_voting(text)


@pytest.mark.parametrize(
    "text",
    [
        "hacked intimate photos of students, 5 dollars, dm me",
        "download secretly filmed shower videos of my classmates",
        "spy cam footage from a gym, see it at cams.top/x",
        "our ai undresses any woman from one photo, get 3 for free",
        "swap naked pics of your ex's, join the telegram group",
    ],
)
def test_pictures_of_people_who_never_agreed_are_offered(text: str) -> None:
    assert offers_private_pictures(text)


@pytest.mark.parametrize(
    "text",
    [
        "leaked photos show the new phone, see them at news.com/x",
        "somebody shared your nudes without consent? we get them removed, see help.org/x",
        "the hidden camera show is back, watch it on sunday",
        "strip the paint, order our remover for $12",
        "see the naked portraits at the museum, $10",
        "deepfake awareness workshop: see how fake videos of anyone are made",
        "subscribe to my onlyfans, see my nudes",
        "stolen bike, see the photo at bikes.org/3",
    ],
)
def test_help_news_art_and_consent_offer_none(text: str) -> None:
    assert not offers_private_pictures(text)
