"""What reads like a sample that an authority gave is known again; what lawful senders write is not taken for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.clock import HandClock
from masstransit.facts.samples import SampleBook, Sampled, sample_of, tells_strangers_apart
from masstransit.storage import tables
from masstransit.storage.engine import Database
from tests.makers import NOON, a_knock, an_answer, an_sms

LEADS = "Anna, you qualify for debt relief this week: https://relief.example/a1 STOP to end"
LEADS_NOWHERE = (
    "Final notice: a warrant for your arrest is issued, call the sheriff's office at once to settle the case"
)
DAY = timedelta(days=1)


async def book(database: Database, **more: Any) -> SampleBook:
    """Of both samples, in force."""
    rows = []
    for n, text in enumerate((LEADS, LEADS_NOWHERE)):
        kept = sample_of(text)
        row = {"sid": "CS1", "seq": n, "cluster": kept.cluster, "alike": sorted(kept.alike)}
        rows.append(row | {"since": NOON - DAY, "until": None} | more)
    await database.write(lambda c: c.execute(insert(tables.samples), rows))
    return SampleBook(database, HandClock(NOON))


async def learned(facts: SampleBook, subject: Any) -> Sampled:
    (found,) = await facts.learn([subject])
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LEADS, Sampled(notice="CS1", same=True, domain="relief.example")),
        (LEADS.replace("/a1", "/zz"), Sampled(notice="CS1", same=True, domain="relief.example")),
        (LEADS.replace("Anna", "Robert"), Sampled(notice="CS1", domain="relief.example")),
        (LEADS_NOWHERE, Sampled(notice="CS1", same=True)),
        (LEADS_NOWHERE.upper(), Sampled(notice="CS1", same=True)),
        (LEADS_NOWHERE.replace("once", "once now"), Sampled(notice="CS1")),
    ],
)
async def test_the_text_itself_and_near_ones_are_known(sqlite_database: Database, text: str, found: Sampled) -> None:
    assert await learned(await book(sqlite_database), an_sms(text=text)) == found


@pytest.mark.parametrize(
    "text",
    [
        LEADS.replace("relief.example", "other.example"),  # the same words, and another's page
        "Read what the court said of them: https://relief.example/news",  # the same page, and other words
        "The sheriff's office warns: nobody calls to settle a case. If one does, call us at once",  # a warning of it
        "Final notice: your library book is due, bring it back this week to settle the fee",
        "Your order is ready, see https://shop.example/1",
        "Reply YES",
        "",
    ],
)
async def test_warnings_news_and_others_words_are_not_taken_for_it(sqlite_database: Database, text: str) -> None:
    assert await learned(await book(sqlite_database), an_sms(text=text)) == Sampled()


async def test_what_people_write_and_who_knocks_is_not_its_kind(sqlite_database: Database) -> None:
    facts = await book(sqlite_database)
    assert await learned(facts, an_answer(text=LEADS)) == Sampled()
    assert await learned(facts, a_knock()) == Sampled()


@pytest.mark.parametrize("more", [{"until": NOON}, {"since": NOON + DAY}])
async def test_samples_that_are_not_in_force_are_not_compared(sqlite_database: Database, more: dict[str, Any]) -> None:
    assert await learned(await book(sqlite_database, **more), an_sms(text=LEADS)) == Sampled()


def test_a_text_that_anybody_could_write_is_no_sample() -> None:
    assert tells_strangers_apart("x" * 40)
    assert not tells_strangers_apart("x" * 39)
    assert not tells_strangers_apart("Your code is 123456")
    assert not tells_strangers_apart("See https://bit.ly/1")  # everybody's
    assert tells_strangers_apart("See https://relief.example/1")
