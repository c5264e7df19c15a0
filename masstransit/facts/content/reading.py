"""Reads a batch of texts: normalise, weigh, look at structure where words call for it, and say what was found."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from masstransit.facts.content import calls, harms, messages, statements
from masstransit.facts.content.calls import Calls
from masstransit.facts.content.content import Content
from masstransit.facts.content.labels import LABELS, POSITIVE
from masstransit.facts.content.lexicon import words
from masstransit.facts.content.model import COLUMN, Model, model
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

_UNSPACED = re.compile("验证码|校验码|認証コード|인증번호|رمز")  # words for a code where no space stands between words
_FIGURES = re.compile(r"\d{3}")
_PICTOGRAPHS = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55]+ ?")  # what is said is said without them
_LETHAL = words("killing") | words("weapons")
_ABUSIVE = frozenset(("slurs", "lowly", "derogatory", "violence", "hating", "insults", "exclusion"))


class ContentModel:
    """The whole of what reads content. `without` are lists of `lexicon/` left out, to measure what hangs on them."""

    def __init__(self, weights: Model, without: Collection[str] = frozenset()) -> None:
        self._model = weights
        self._structure = Reader(weights.words, without)
        self._without = frozenset(without)
        self._calls = Calls(self._structure.triggers, self._without)
        self._normaliser = Normaliser(weights.words | self._calls.words)

    def read(self, texts: Sequence[str]) -> list[Content]:
        """What each text says. The same whether texts are read together or one by one."""
        return self.judge([self.normal(text) for text in texts])

    def normal(self, text: str) -> Normal:
        """A text as a person reads it, of a long one its beginning and its end."""
        return self._normaliser.normal(_cut(text))

    def judge(self, plain: Sequence[Normal]) -> list[Content]:
        """What texts say that were made plain by `normal`."""
        weighed = self._model.weigh([normal.text for normal in plain], [normal.written for normal in plain])
        sums, topics = weighed.sums, self._calls.of(weighed)
        sums[[place for place, normal in enumerate(plain) if _WORDS.search(normal.text) is None]] = _SILENT
        doubtful: list[bool] = np.any(sums[:, _OF_STRUCTURE] > _ASKS_STRUCTURE, axis=1).tolist()
        closer = [
            self._closer(normal, sums[place], topics[place], doubtful=doubtful[place])
            if topics[place] & _CALL_CLOSER or doubtful[place] or not normal.text.isascii()
            else _NOTHING
            for place, normal in enumerate(plain)
        ]
        scores: list[list[float]] = np.round(1.0 / (1.0 + np.exp(-np.clip(sums, -30.0, 30.0))), 3).tolist()
        named = [
            self._named(plain[place].text, row, topics[place]) if max(row[: len(LABELS)]) >= POSITIVE else _UNNAMED
            for place, row in enumerate(scores)
        ]
        labelled = [(place, of.positive) for place, of in enumerate(named) if of is not _UNNAMED]
        spoken = dict(zip([place for place, _ in labelled], weighed.evidence(labelled), strict=True))
        return [
            _labelled(plain[place], closer[place], row, named[place], spoken[place])
            if place in spoken
            else _quiet(plain[place], closer[place], row)
            for place, row in enumerate(scores)
        ]

    @staticmethod
    def accused(normal: Normal) -> str:
        """The person of whom a text says that they did a crime; see `statements.accused`."""
        return statements.accused(normal.written, undisguised(normal) or _evened(normal))

    def _closer(self, normal: Normal, sums: NDArray[np.float64], topics: int, *, doubtful: bool) -> Closer:
        """What is seen on a closer look; mixes it into the sums."""
        text = normal.text if normal.text.isascii() else _PICTOGRAPHS.sub("", normal.text)
        codes = topics & calls.CODES or (not text.isascii() and _UNSPACED.search(text) is not None)
        handed, asked = bool(codes and messages.hands_code(text)), bool(codes and messages.asks_code(text))
        warned = bool(topics & calls.WARNINGS) and messages.warns(text)
        _weigh_codes(text, sums, handed=handed, asked=asked, warned=warned)
        if topics & calls.EXPLICIT:
            sums[COLUMN["sexual"]] += messages.explicit(text, self._without)
        return Closer(
            sentence=self._abuse(text, sums) if doubtful or calls.of_abuse(topics) else None,
            asks_code=asked,
            educates=warned,
            accuses=bool(topics & calls.DEEDS) and bool(self.accused(normal)),
            excludes=bool(topics & calls.OFFERS and topics & calls.TURNS) and statements.excludes(text),
            incites=bool(topics & calls.FORCE) and harms.calls_to_violence(text),
            keeps_from_voting=bool(topics & calls.VOTES) and harms.keeps_from_voting(text),
            private_pictures=bool(topics & calls.EXPLICIT) and harms.offers_private_pictures(text),
            crypto=bool(topics & calls.COINS) and messages.invites_to_crypto(text),
        )

    def _abuse(self, text: str, sums: NDArray[np.float64]) -> Sentence:
        """Mixes what structure says of abuse into the sums."""
        sentence = self._structure.read(text)
        told = self._model.structure.sums(marks(sentence))
        sums[_OF_STRUCTURE] = _SHARE * told + (1 - _SHARE) * sums[_OF_STRUCTURE]
        if protects(sentence):
            sums[_OF_STRUCTURE] -= 3.0
        return sentence

    def _named(self, text: str, scores: list[float], topics: int) -> Named:
        """Who a text with a label speaks for and what goods it names, by words; settles its scores by them."""
        speaks = max(scores[COLUMN["phishing"]], scores[COLUMN["impersonation"]]) >= POSITIVE
        voice, brand = messages.speaks_for(text, self._without) if speaks else ("", "")
        wares = self._wares(text, scores, topics)
        if voice and scores[COLUMN["phishing"]] >= POSITIVE:
            scores[COLUMN["impersonation"]] = max(scores[COLUMN["impersonation"]], 0.6)
        if scores[COLUMN["spam"]] >= _DOUBTFUL and max(scores[i] for i in _OF_FRAUD[:2]) >= POSITIVE:
            scores[COLUMN["spam"]] = max(scores[COLUMN["spam"]], 0.55)
        if wares:
            scores[COLUMN["shaft"]] = max(scores[COLUMN["shaft"]], 0.6)
        if scores[COLUMN["spam"]] >= POSITIVE and messages.tells_of_a_programme(text):
            scores[COLUMN["spam"]] = _NO_OFFER
        positive = tuple(label for label, score in zip(LABELS, scores, strict=False) if score >= POSITIVE)
        outright = "sexual" in positive and messages.outright(text, self._without)
        return Named(positive, voice, brand, wares, outright)

    def _wares(self, text: str, scores: Sequence[float], topics: int) -> tuple[str, ...]:
        """Gated goods: by name where a text reads as if it dealt in such; drugs in any advertising, because whoever
        advertises those by name deals in them."""
        advertises, deals = scores[COLUMN["spam"]] >= POSITIVE, scores[COLUMN["shaft"]] >= _WITH_WARES
        named = messages.sells(text, self._without) if topics & calls.WARES and (deals or advertises) else ()
        wares = dict.fromkeys(kind for kind in named if deals or kind == "drugs")
        if advertises and messages.unprescribed(text):
            wares["drugs"] = None
        return tuple(wares)


class Named(msgspec.Struct, frozen=True):
    """Of a text with labels: which those are, and what its words name."""

    positive: tuple[str, ...] = ()
    voice: str = ""
    brand: str = ""
    wares: tuple[str, ...] = ()
    outright: bool = False


def _labelled(
    plain: Normal, seen: Closer, scores: Sequence[float], named: Named, spoken: Mapping[str, tuple[str, ...]]
) -> Content:
    """A text with at least one label; `spoken` are the words that speak for each."""
    positive, sentence = named.positive, seen.sentence
    hateful = "hate" in positive
    return Content(
        labels=dict(zip(LABELS, scores, strict=False)),
        spans=_spans(spoken, sentence),
        ground=sentence.grounds[0] if hateful and sentence is not None and sentence.grounds else "",
        threat_to_life="threat" in positive and not _LETHAL.isdisjoint(_WORDS.findall(plain.text)),
        quotation=not hateful and _quotes(sentence),
        counter_speech=not hateful and _speaks_against(sentence),
        shaft_kind=named.wares if "shaft" in positive else (),
        outright=named.outright,
        impersonates=named.voice,
        brand_claimed=named.brand,
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


_MIXED_CASE = re.compile(r"[a-z][A-Z]")
_SOME = 3  # words with capitals inside them
_NOTHING = Closer()
_UNNAMED = Named()
_CALL_CLOSER = ~(calls.ABUSING | calls.TURNS | calls.WARES)  # what a text is looked at for by itself
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


def _spans(spoken: Mapping[str, tuple[str, ...]], sentence: Sentence | None) -> dict[str, tuple[str, ...]]:
    """Words for each positive label: those of abuse by structure, others by weight."""
    told = _telling(sentence) if sentence is not None else ()
    return {label: told if told and label in OF_STRUCTURE else words for label, words in spoken.items()}


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
