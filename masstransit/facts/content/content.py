"""The fact itself. What it means stands in the package's docstring."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from masstransit.facts.content.labels import LABELS, LEAST, POSITIVE
from masstransit.facts.fact import Fact


def _none() -> Mapping[str, float]:
    return dict.fromkeys(LABELS, 0.0)


class Content(Fact, frozen=True, kw_only=True):
    """What a text says. Evidence has no digits: they are shown as "#", because a number is nobody's business."""

    of_words = True

    labels: Mapping[str, float] = msgspec.field(
        default_factory=_none
    )  #: label -> score from 0 to 1, every one of `LABELS`
    spans: Mapping[str, tuple[str, ...]] = {}  #: label -> words that show it, for positive labels only

    ground: str = ""  #: of hate: race, religion, gender, orientation, disability, origin, age, location
    threat_to_life: bool = False  #: of a threat: it is to kill or maim somebody (16.3 asks for an hour's answer)
    quotation: bool = False  #: abusive words are there, but quoted or reported
    counter_speech: bool = False  #: abusive words are there, and the text speaks against them

    shaft_kind: tuple[str, ...] = ()  #: sex, hate, alcohol, firearms, tobacco, cannabis, drugs, gambling, lending
    impersonates: str = ""  #: bank, government, delivery, tech support, family, employer; "" for nobody
    brand_claimed: str = ""  #: the name it speaks for, where a well-known one is named (lower case)
    asks_code: bool = False  #: asks the reader to tell or send back a one-time code
    educates: bool = False  #: warns of fraud ("we will never ask for your PIN") and asks for nothing itself

    accuses: bool = False  #: says of a named person that they committed a crime
    excludes: bool = False  #: an offer of housing, work or credit that turns a protected group away (16.5)
    incites: bool = False  #: calls others to hurt people or burn what is theirs, with weapons or at a time (16.3)
    keeps_from_voting: bool = False  #: presses people not to vote, by threats or by who waits for them (18 USC 594)
    private_pictures: bool = False  #: offers intimate pictures of people who did not agree, or to make them (17.1)
    outright: bool = False  #: is sexual by words that say so, and not by its form alone
    crypto: bool = False  #: invites to put money into crypto assets

    looks_like: str = ""  #: marketing, transactional, otp, conversation: the purpose by its look; "" where unclear
    obfuscation: tuple[str, ...] = ()  #: what was undone: homoglyphs, mixed-scripts, zero-width, leet, spaced, defanged

    @property
    def speaks(self) -> bool:
        acts = self.asks_code or self.accuses or self.excludes or self.incites or self.keeps_from_voting
        return acts or self.private_pictures or self.crypto or max(self.labels.values()) >= LEAST

    def positive(self, label: str, threshold: float = POSITIVE) -> bool:
        """Whether a label holds. Clauses that act by themselves may ask for more than `POSITIVE`."""
        return self.labels[label] >= threshold
