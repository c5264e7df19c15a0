"""Reads a batch of texts: normalise, weigh, look at structure where words call for it, and say what was found."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from masstransit.facts.content import harms, messages, statements
from masstransit.facts.content.content import Content
from masstransit.facts.content.features import BUCKETS, words_of
from masstransit.facts.content.labels import LABELS, POSITIVE
from masstransit.facts.content.lexicon import explicit, words
from masstransit.facts.content.model import COLUMN, Model, Weighed, model
from masstransit.facts.content.normal import Normal, Normaliser
from masstransit.facts.content.structure import LABELS as OF_STRUCTURE
from masstransit.facts.content.structure import Reader, Sentence, marks, protects

HEAD, TAIL = 6000, 2000  #: characters that are read of a long text, from its beginning and its end
_WORDS = re.compile(r"[^\W\d_]+")
_ASKS_STRUCTURE = -0.5  # the sum from which a label of abuse is looked at again by structure
#: How much of a sum comes from structure, by label; the rest is the bag of pieces of words.
_SHARE = np.array([{"hate": 0.55, "threat": 0.2, "harassment": 0.7}[label] for label in OF_STRUCTURE])
_OF_STRUCTURE = [COLUMN[label] for label in OF_STRUCTURE]
_OF_FRAUD = [COLUMN[label] for label in ("phishing", "scam", "impersonation")]

# What the words of a text call for, as bits: a text is looked at more closely only for what its words speak of.
_CODES, _WARNINGS, _DEEDS, _OFFERS, _STRONG, _GROUP, _ABUSING, _EXPLICIT = (1 << bit for bit in range(8))
_CALLS: Mapping[int, str] = {
    _CODES: "code codes otp passcode pin tan passkey password verification codigo clave codice kod kodu kodunuz kode"
    " verificatiecode bestatigungscode код",
    _WARNINGS: "never beware scam scams fraud phishing fake criminals scammers fraudsters won pretend pretends",
    _DEEDS: "thief robber burglar rapist paedophile pedophile paedo pedo fraudster murderer molester abuser"
    " predator offender beater groomer scammer crook criminal dealer pusher terrorist conman con swindler"
    " blackmailer embezzler arsonist stalker pimp trafficker stole steals stealing raped rapes molested"
    " molests groped gropes grooms groomed embezzled embezzles touches touched abused abuses beat beats"
    " hit hits hurt hurts kidnapped assaulted assaults harassed harasses drugged slept sleeps murdered"
    " murders defrauded defrauds sold sells deals drugs bribes laundered pocketed pockets took takes"
    " sexually minors killed vote votes voted voter voters voting polls polling ballot ballots election"
    " bring carry armed arm torch burn bomb firebomb storm bats guns knives residents indoors home",
    _OFFERS: "apartment apartments flat room house housing home homes rent rental renting tenant tenants tenancy"
    " lease studio condo unit bed bedroom beds br building hiring job jobs vacancy position applicants"
    " staff salary loan loans mortgage credit lending roommate sublet bitcoin bitcoins btc ethereum eth"
    " usdt crypto cryptocurrency cryptos stablecoin altcoin altcoins defi nft nfts token tokens coin coins"
    " memecoin staking airdrop solana dogecoin blockchain",
}
_TOLD_APART = 5  # letters of a word that is no other word with a sign in it
_UNSPACED = re.compile("验证码|校验码|認証コード|인증번호|رمز")  # words for a code where no space stands between words
_FIGURES = re.compile(r"\d{3}")
_PICTOGRAPHS = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55]+ ?")  # what is said is said without them
_PICTURES = frozenset((
    "nudes", "nude", "naked", "topless", "undress", "undresses", "nudify", "nudifier", "deepfake", "deepfakes",
    "fake", "fakes", "strip", "strips", "clothes", "leaked", "stolen", "hacked", "revenge", "hidden", "spy",
    "voyeur", "upskirt", "upskirts", "creepshot", "creepshots", "locker", "changing", "intimate", "tape", "tapes",
    "spycam", "deepnude", "secret", "secretly", "exposed", "nonconsensual",
))  # fmt: skip
_LETHAL = words("killing") | words("weapons")
_ABUSIVE = frozenset(("slurs", "lowly", "derogatory", "violence", "hating", "insults", "exclusion"))


class ContentModel:
    """The whole of what reads content. `without` are lists of `lexicon/` left out, to measure what hangs on them."""

    def __init__(self, weights: Model, without: Collection[str] = frozenset()) -> None:
        self._model = weights
        self._structure = Reader(weights.words, without)
        self._without = frozenset(without)
        self._by_word = np.zeros(BUCKETS, dtype=np.uint8)
        called = {bit: frozenset(said.split()) for bit, said in _CALLS.items()}
        called[_EXPLICIT] = explicit(frozenset(without)) | _PICTURES
        called |= dict(zip((_STRONG, _GROUP, _ABUSING), self._structure.triggers, strict=True))
        # what a text is looked at for is known by name, so that "m0l3sted" is read too
        told = {word for said in called.values() for word in said if len(word) >= _TOLD_APART and word.isalpha()}
        self._normaliser = Normaliser(weights.words | told)
        for bit, said in called.items():
            self._by_word[words_of(sorted(said))] |= bit

    def read(self, texts: Sequence[str]) -> list[Content]:
        """What each text says. The same whether texts are read together or one by one."""
        return self.judge([self.normal(text) for text in texts])

    def normal(self, text: str) -> Normal:
        """A text as a person reads it, of a long one its beginning and its end."""
        return self._normaliser.normal(_cut(text))

    def judge(self, plain: Sequence[Normal]) -> list[Content]:
        """What texts say that were made plain by `normal`."""
        weighed = self._model.weigh([normal.text for normal in plain], [normal.written for normal in plain])
        sums, topics = weighed.sums, weighed.topics(self._by_word)
        sums[[place for place, normal in enumerate(plain) if _WORDS.search(normal.text) is None]] = _SILENT
        doubtful: list[bool] = np.any(sums[:, _OF_STRUCTURE] > _ASKS_STRUCTURE, axis=1).tolist()
        closer = [
            self._closer(normal, sums[place], topics[place], doubtful=doubtful[place])
            if topics[place] & ~_ABUSING or doubtful[place] or not normal.text.isascii()
            else _NOTHING
            for place, normal in enumerate(plain)
        ]
        scores = np.round(1.0 / (1.0 + np.exp(-np.clip(sums, -30.0, 30.0))), 3)
        positive: list[bool] = np.any(scores[:, : len(LABELS)] >= POSITIVE, axis=1).tolist()
        return [
            self._positive(plain[place], closer[place], row, weighed, place)
            if positive[place]
            else _quiet(plain[place], closer[place], row)
            for place, row in enumerate(scores.tolist())
        ]

    @staticmethod
    def accused(normal: Normal) -> str:
        """The person of whom a text says that they did a crime; see `statements.accused`."""
        return statements.accused(normal.written, undisguised(normal) or _evened(normal))

    def _closer(self, normal: Normal, sums: NDArray[np.float64], topics: int, *, doubtful: bool) -> Closer:
        """What is seen on a closer look; mixes it into the sums."""
        text = normal.text if normal.text.isascii() else _PICTOGRAPHS.sub("", normal.text)
        codes = topics & _CODES or (not text.isascii() and _UNSPACED.search(text) is not None)
        handed, asked = bool(codes and messages.hands_code(text)), bool(codes and messages.asks_code(text))
        warned = bool(topics & _WARNINGS) and messages.warns(text)
        _weigh_codes(text, sums, handed=handed, asked=asked, warned=warned)
        if topics & _EXPLICIT:
            sums[COLUMN["sexual"]] += messages.explicit(text, self._without)
        return Closer(
            sentence=self._abuse(text, sums) if doubtful or _of_abuse(topics) else None,
            asks_code=asked,
            educates=warned,
            accuses=bool(topics & _DEEDS) and bool(self.accused(normal)),
            excludes=bool(topics & _OFFERS) and statements.excludes(text),
            incites=bool(topics & _DEEDS) and harms.calls_to_violence(text),
            keeps_from_voting=bool(topics & _DEEDS) and harms.keeps_from_voting(text),
            private_pictures=bool(topics & _EXPLICIT) and harms.offers_private_pictures(text),
            crypto=bool(topics & _OFFERS) and messages.invites_to_crypto(text),
        )

    def _abuse(self, text: str, sums: NDArray[np.float64]) -> Sentence:
        """Mixes what structure says of abuse into the sums."""
        sentence = self._structure.read(text)
        told = self._model.structure.sums(marks(sentence))
        sums[_OF_STRUCTURE] = _SHARE * told + (1 - _SHARE) * sums[_OF_STRUCTURE]
        if protects(sentence):
            sums[_OF_STRUCTURE] -= 3.0
        return sentence

    def _wares(self, text: str, scores: Sequence[float]) -> tuple[str, ...]:
        """Gated goods: by name where a text reads as if it dealt in such; drugs in any advertising, because whoever
        advertises those by name deals in them."""
        advertises, deals = scores[COLUMN["spam"]] >= POSITIVE, scores[COLUMN["shaft"]] >= _WITH_WARES
        named = messages.sells(text, self._without) if deals or advertises else ()
        wares = dict.fromkeys(kind for kind in named if deals or kind == "drugs")
        if advertises and messages.unprescribed(text):
            wares["drugs"] = None
        return tuple(wares)

    def _positive(self, plain: Normal, seen: Closer, scores: list[float], weighed: Weighed, place: int) -> Content:
        """A text with at least one label."""
        text = plain.text
        speaks = max(scores[COLUMN["phishing"]], scores[COLUMN["impersonation"]]) >= POSITIVE
        voice, brand = messages.speaks_for(text, self._without) if speaks else ("", "")
        wares = self._wares(text, scores)
        if voice and scores[COLUMN["phishing"]] >= POSITIVE:
            scores[COLUMN["impersonation"]] = max(scores[COLUMN["impersonation"]], 0.6)
        if scores[COLUMN["spam"]] >= _DOUBTFUL and max(scores[i] for i in _OF_FRAUD[:2]) >= POSITIVE:
            scores[COLUMN["spam"]] = max(scores[COLUMN["spam"]], 0.55)
        if wares:
            scores[COLUMN["shaft"]] = max(scores[COLUMN["shaft"]], 0.6)
        if scores[COLUMN["spam"]] >= POSITIVE and messages.tells_of_a_programme(text):
            scores[COLUMN["spam"]] = _NO_OFFER
        positive = [label for label, score in zip(LABELS, scores, strict=False) if score >= POSITIVE]
        hateful, sentence = "hate" in positive, seen.sentence
        return Content(
            labels=dict(zip(LABELS, scores, strict=False)),
            spans=_spans(positive, weighed, place, sentence),
            ground=sentence.grounds[0] if hateful and sentence is not None and sentence.grounds else "",
            threat_to_life="threat" in positive and not _LETHAL.isdisjoint(_WORDS.findall(text)),
            quotation=not hateful and _quotes(sentence),
            counter_speech=not hateful and _speaks_against(sentence),
            shaft_kind=wares if "shaft" in positive else (),
            impersonates=voice,
            brand_claimed=brand,
            **_said(seen),
            looks_like=_look(positive, scores[COLUMN["business"]]),
            obfuscation=plain.undone,
        )


class Closer(msgspec.Struct, frozen=True):
    """What was seen of a text on a closer look."""

    sentence: Sentence | None = None
    asks_code: bool = False
    educates: bool = False
    accuses: bool = False
    excludes: bool = False
    incites: bool = False
    keeps_from_voting: bool = False
    private_pictures: bool = False
    crypto: bool = False


#: What is told of a text as it was seen.
_SAID = ("asks_code", "educates", "accuses", "excludes", "incites", "keeps_from_voting", "private_pictures", "crypto")


def _said(seen: Closer) -> dict[str, Any]:
    return {} if seen is _NOTHING else {name: getattr(seen, name) for name in _SAID}


def undisguised(normal: Normal) -> str:
    """A text made plain, where it was written so that words are not seen at once, by tricks or pictures; else ""."""
    if normal.undone or not normal.written.isascii():
        return _PICTOGRAPHS.sub("", normal.text)
    return ""


def _evened(normal: Normal) -> str:
    """A text in small letters, where "cApItALs" stand so that names are not seen at once; else ""."""
    return normal.text if len(_MIXED_CASE.findall(normal.written)) >= _SOME else ""


def _of_abuse(topics: int) -> bool:
    """A slur or an insult, or a group of people and something that may be said against it."""
    return bool(topics & _STRONG) or (bool(topics & _GROUP) and bool(topics & _ABUSING))


_MIXED_CASE = re.compile(r"[a-z][A-Z]")
_SOME = 3  # words with capitals inside them
_NOTHING = Closer()
_SILENT = -8.0  # the sum of a text without words, for every label
_DOUBTFUL = 0.23  # the score for "spam" from which a text that is a scam or phishing counts as that too
_NO_OFFER = 0.4  # the score for "spam" of a text that only tells of a subscription
_WITH_WARES = 0.4  # the score for "shaft" from which gated goods by name decide


@lru_cache(maxsize=1)
def content_model() -> ContentModel:
    """With the weights that are shipped."""
    return ContentModel(model())


def _cut(text: str) -> str:
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def _quiet(plain: Normal, seen: Closer, scores: list[float]) -> Content:
    """A text without any label, as most are."""
    return Content(
        labels=dict(zip(LABELS, scores, strict=False)),
        quotation=_quotes(seen.sentence),
        counter_speech=_speaks_against(seen.sentence),
        **_said(seen),
        looks_like=_look((), scores[COLUMN["business"]]),
        obfuscation=plain.undone,
    )


def _spans(
    positive: Sequence[str], weighed: Weighed, place: int, sentence: Sentence | None
) -> dict[str, tuple[str, ...]]:
    """Words for each positive label: those of abuse by structure, others by weight."""
    told = _telling(sentence) if sentence is not None else ()
    return {
        label: told if told and label in OF_STRUCTURE else words
        for label, words in weighed.evidence(place, positive).items()
    }


def _weigh_codes(text: str, sums: NDArray[np.float64], *, handed: bool, asked: bool, warned: bool) -> None:
    """The form of a text about codes is surer than its words: it hands one over, asks for one, or warns."""
    phishing, otp = COLUMN["phishing"], COLUMN["otp"]
    if asked:
        sums[phishing] = max(sums[phishing], 1.5)
        sums[otp] = min(sums[otp], -1.5)
    elif handed and sums[phishing] < 2.0:
        sums[otp] = max(sums[otp], 2.0)
    elif sums[otp] > 0 and _FIGURES.search(text) is None:
        sums[otp] = -0.5  # speaks of codes and has none
    if warned and not asked:
        sums[_OF_FRAUD] -= 3.0


def _telling(sentence: Sentence) -> tuple[str, ...]:
    """The words of abuse and those that it is about."""
    told = [word for word, sign in zip(sentence.said, sentence.signs, strict=True) if sign == "G" or sign in _ABUSIVE]
    return tuple(dict.fromkeys(told))[:6]


def _quotes(sentence: Sentence | None) -> bool:
    """Abusive words inside quotation marks."""
    return sentence is not None and any(
        q and sign in _ABUSIVE for sign, q in zip(sentence.signs, sentence.quoted, strict=True)
    )


def _speaks_against(sentence: Sentence | None) -> bool:
    """Abusive words, and words that speak against abuse or deny it."""
    if sentence is None:
        return False
    signs = set(sentence.signs)
    return bool(signs & _ABUSIVE) and bool(signs & {"against", "negations"}) and bool(signs & {"G", "slurs"})


def _look(positive: Sequence[str], business: float) -> str:
    if "otp" in positive:
        return "otp"
    if "spam" in positive:
        return "marketing"
    if business >= POSITIVE:
        return "transactional"
    return "conversation" if business < 0.2 else ""
