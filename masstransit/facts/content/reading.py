"""Reads a batch of texts: normalise, weigh, look at structure where words call for it, and say what was found."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from masstransit.facts.content import messages, statements
from masstransit.facts.content.content import Content
from masstransit.facts.content.labels import LABELS, POSITIVE
from masstransit.facts.content.model import COLUMNS, Model, Weighed, model
from masstransit.facts.content.normal import Normal, Normaliser
from masstransit.facts.content.structure import LABELS as OF_STRUCTURE
from masstransit.facts.content.structure import Reader, Sentence, marks

HEAD, TAIL = 6000, 2000  #: characters that are read of a long text, from its beginning and its end
_WORDS = re.compile(r"[^\W\d_]+")
_ASKS_STRUCTURE = -3.0  # the sum from which a label of abuse is looked at again by structure
#: How much of a sum comes from structure; the rest is the bag of pieces of words.
_SHARE = 0.7
_COLUMN = {label: place for place, label in enumerate(COLUMNS)}
_CODES = frozenset(
    "code codes otp passcode pin tan passkey password verification codigo clave codice verificatiecode bestatigungscode kod kodu"
    " kodunuz kode код".split()
)
_CODES_UNSPACED = re.compile("验证码|校验码|認証コード|인증번호|رمز")
_WARNINGS = frozenset(
    "never beware scam scams fraud phishing fake criminals scammers fraudsters wont don't dont not".split()
)
_DIGIT = re.compile(r"\d")
_LETHAL = frozenset(
    "kill murder shoot hang stab burn behead exterminate lynch drown strangle gas execute slaughter bomb bullet gun knife die"
    " dead blood killed murdered shot hanged stabbed burned rape matar toten umbringen tuer oldurecegim bunuh".split()
)
_ABUSIVE = frozenset(("slurs", "lowly", "derogatory", "violence", "hating", "insults", "exclusion"))


class ContentModel:
    """The whole of what reads content. `without` are lists of `lexicon/` left out, to measure what hangs on them."""

    def __init__(self, weights: Model, without: Collection[str] = frozenset()) -> None:
        self._model = weights
        self._normaliser = Normaliser(weights.words)
        self._structure = Reader(weights.words, without)

    def read(self, texts: Sequence[str]) -> list[Content]:
        """What each text says. The same whether texts are read together or one by one."""
        cut = [_cut(text) for text in texts]
        plain = [self._normaliser.normal(text) for text in cut]
        weighed = self._model.weigh([normal.text for normal in plain], cut)
        sums = weighed.sums.tolist()
        return [self._content(cut[place], normal, sums[place], weighed, place) for place, normal in enumerate(plain)]

    def _content(self, written: str, plain: Normal, sums: list[float], weighed: Weighed, place: int) -> Content:
        text = plain.text
        said = set(_WORDS.findall(text))
        sentence = self._abuse(text, said, sums)
        codes = not said.isdisjoint(_CODES) or (not text.isascii() and _CODES_UNSPACED.search(text) is not None)
        handed, asked = codes and messages.hands_code(text), codes and messages.asks_code(text)
        warned = not said.isdisjoint(_WARNINGS) and messages.warns(text)
        _weigh_codes(sums, handed=handed, asked=asked, warned=warned)
        scores = [_logistic(value) for value in sums]
        voice, brand = ("", "")
        if max(scores[_COLUMN["phishing"]], scores[_COLUMN["scam"]], scores[_COLUMN["impersonation"]]) >= POSITIVE:
            voice, brand = messages.speaks_for(text)
            if voice and scores[_COLUMN["phishing"]] >= POSITIVE:
                scores[_COLUMN["impersonation"]] = max(scores[_COLUMN["impersonation"]], 0.6)
        labels = {label: round(score, 3) for label, score in zip(LABELS, scores, strict=False)}
        positive = [label for label in LABELS if labels[label] >= POSITIVE]
        told = sentence is not None and "hate" not in positive
        return Content(
            labels=labels,
            spans=self._spans(positive, weighed, place, sentence),
            ground=sentence.grounds[0] if sentence is not None and "hate" in positive and sentence.grounds else "",
            threat_to_life="threat" in positive and not said.isdisjoint(_LETHAL),
            quotation=told and sentence is not None and _quotes(sentence),
            counter_speech=told and sentence is not None and _speaks_against(sentence),
            shaft_kind=messages.sells(text) if "shaft" in positive else (),
            impersonates=voice,
            brand_claimed=brand,
            asks_code=asked,
            educates=warned,
            accuses=statements.accuses(written),
            excludes=statements.excludes(text),
            looks_like=_look(positive, scores[_COLUMN["business"]]),
            obfuscation=plain.undone,
        )

    def _abuse(self, text: str, said: set[str], sums: list[float]) -> Sentence | None:
        """Mixes what structure says of abuse into the sums, where a word or the sums call for it."""
        doubtful = any(sums[_COLUMN[label]] > _ASKS_STRUCTURE for label in OF_STRUCTURE)
        if not doubtful and said.isdisjoint(self._structure.triggers):
            return None
        sentence = self._structure.read(text)
        for label, value in zip(OF_STRUCTURE, self._model.structure.sums(marks(sentence)), strict=True):
            column = _COLUMN[label]
            sums[column] = _SHARE * float(value) + (1 - _SHARE) * sums[column]
        return sentence

    def _spans(
        self, positive: Sequence[str], weighed: Weighed, place: int, sentence: Sentence | None
    ) -> dict[str, tuple[str, ...]]:
        return {
            label: (label in OF_STRUCTURE and sentence is not None and _telling(sentence))
            or weighed.evidence(place, label)
            for label in positive
        }


@lru_cache(maxsize=1)
def content_model() -> ContentModel:
    """With the weights that are shipped."""
    return ContentModel(model())


def _cut(text: str) -> str:
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))


def _weigh_codes(sums: list[float], *, handed: bool, asked: bool, warned: bool) -> None:
    """The form of a text about codes is surer than its words: it hands one over, asks for one, or warns."""
    phishing, scam, otp = _COLUMN["phishing"], _COLUMN["scam"], _COLUMN["otp"]
    if asked:
        sums[phishing] = max(sums[phishing], 1.5)
        sums[otp] = min(sums[otp], -1.5)
    elif handed and sums[phishing] < 2.0:
        sums[otp] = max(sums[otp], 2.0)
    if warned and not asked:
        for column in (phishing, scam, _COLUMN["impersonation"]):
            sums[column] -= 3.0


def _telling(sentence: Sentence) -> tuple[str, ...]:
    """The words of abuse and those that it is about."""
    told = [word for word, sign in zip(sentence.said, sentence.signs, strict=True) if sign == "G" or sign in _ABUSIVE]
    return tuple(dict.fromkeys(told))[:6]


def _quotes(sentence: Sentence) -> bool:
    """Abusive words inside quotation marks."""
    return any(q and sign in _ABUSIVE for sign, q in zip(sentence.signs, sentence.quoted, strict=True))


def _speaks_against(sentence: Sentence) -> bool:
    """Abusive words, and words that speak against abuse or deny it."""
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
