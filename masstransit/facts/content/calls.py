"""What the words of a text call for, as bits: a text is looked at more closely only for what its words speak of.

    calls = Calls(abuse=reader.triggers)
    calls.of(weighed)[0] & OFFERS  # whether the first text has a word of homes, jobs or loans

That a bit is set decides nothing. What is not set is not looked for: a list here has a word of each thing that is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from masstransit.facts.content.features import BUCKETS, WIDEST, runs_of, words_of
from masstransit.facts.content.lexicon import explicit, wares
from masstransit.facts.content.messages import names_of_wares
from masstransit.facts.content.model import Weighed

(
    CODES, WARNINGS, DEEDS, FORCE, VOTES, OFFERS, TURNS, COINS, WARES, STRONG, GROUP, ABUSING, EXPLICIT,
) = (1 << bit for bit in range(13))  # fmt: skip

_HURTS = (
    " beat beats hit hits hurt hurts raped rapes murdered murders kidnapped assaulted assaults harassed harasses killed"
)
_BY_WORD: Mapping[int, str] = {
    CODES: "code codes otp passcode pin tan passkey password verification codigo clave codice kod kodu kodunuz kode"
    " verificatiecode bestatigungscode код",
    WARNINGS: "never beware scam scams fraud phishing fake criminals scammers fraudsters won pretend pretends",
    DEEDS: "thief robber burglar rapist paedophile pedophile paedo pedo fraudster murderer molester abuser"
    " predator offender beater groomer scammer crook criminal dealer pusher terrorist conman con swindler"
    " blackmailer embezzler arsonist stalker pimp trafficker stole steals stealing molested"
    " molests groped gropes grooms groomed embezzled embezzles touches touched abused abuses"
    " drugged slept sleeps defrauded defrauds sold sells deals drugs bribes laundered pocketed pockets took takes"
    " sexually minors" + _HURTS,
    FORCE: "bring carry armed arm torch burn bomb firebomb storm bats guns knives" + _HURTS,
    VOTES: "vote votes voted voter voters voting polls polling ballot ballots election residents indoors home",
    OFFERS: "apartment apartments flat room house housing home homes rent rental renting tenant tenants tenancy"
    " lease studio condo unit bed bedroom beds br building hiring job jobs vacancy position applicants"
    " staff salary loan loans mortgage credit lending roommate sublet",
    TURNS: "no not except without never don keep excluded only preferred preferably wanted ideal plus strictly suits"
    " exclusively",
    COINS: "bitcoin bitcoins btc ethereum eth usdt crypto cryptocurrency cryptos stablecoin altcoin altcoins defi nft"
    " nfts token tokens coin coins memecoin staking airdrop solana dogecoin blockchain",
}  # fmt: skip
_PICTURES = frozenset((
    "nudes", "nude", "naked", "topless", "undress", "undresses", "nudify", "nudifier", "deepfake", "deepfakes",
    "fake", "fakes", "strip", "strips", "clothes", "leaked", "stolen", "hacked", "revenge", "hidden", "spy",
    "voyeur", "upskirt", "upskirts", "creepshot", "creepshots", "locker", "changing", "intimate", "tape", "tapes",
    "spycam", "deepnude", "secret", "secretly", "exposed", "nonconsensual",
))  # fmt: skip
_TOLD_APART = 5  # letters of a word that is no other word with a sign in it


class Calls:
    """Marks of words, by the buckets of `features`. `abuse` has the words of STRONG, GROUP and ABUSING; `without` are
    lists of `lexicon/` left out."""

    def __init__(self, abuse: Collection[frozenset[str]], without: frozenset[str] = frozenset()) -> None:
        called = {bit: frozenset(said.split()) for bit, said in _BY_WORD.items()}
        called[EXPLICIT] = explicit(without) | _PICTURES
        called |= dict(zip((STRONG, GROUP, ABUSING), abuse, strict=True))
        #: What is looked for by name: "m0l3sted" is to be read as one of these.
        self.words = {word for said in called.values() for word in said if len(word) >= _TOLD_APART and word.isalpha()}
        self._by_word = np.zeros(BUCKETS, dtype=np.uint16)
        self._by_run = np.zeros(BUCKETS, dtype=np.uint16)
        for bit, said in (*called.items(), (WARES, names_of_wares(without))):
            self._by_word[words_of(sorted(said))] |= bit
        within_words = sorted(ware for ware in wares(without) if len(ware) >= WIDEST)
        self._by_run[runs_of(within_words)] |= WARES

    def of(self, weighed: Weighed) -> list[int]:
        """What each of some texts calls for."""
        return weighed.topics(self._by_word, self._by_run)


def of_abuse(topics: int) -> bool:
    """A slur or an insult, or a group of people and something that may be said against it."""
    return bool(topics & STRONG) or (bool(topics & GROUP) and bool(topics & ABUSING))
