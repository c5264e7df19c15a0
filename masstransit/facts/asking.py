"""What a text asks people to tell: numbers and words that only they should know.

    asked_in("Bank survey: reply with your SSN and PIN")  # -> national id, pin

A text asks where a verb of answering (or, in a survey, of entering) has a secret for its object, in reach and not
denied: "never share your PIN" asks for nothing, nor does "your PIN was changed". One-time codes are not meant:
`Content.asks_code` knows those.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate

from masstransit.facts.content.learner import normal_of
from masstransit.facts.content.reading import undisguised
from masstransit.facts.fact import Fact
from masstransit.facts.written import Written, legible
from masstransit.model.communication import Communication
from masstransit.model.subject import Subject

_READ = 1600  # characters

_TELL = (
    r"(?:reply|respond|answer|text|txt|send|give|tell|provide|state|share|supply|what(?:'s| is)|responda|env[ií]e"
    r"|mande|proporcione|indique|d[ií]ganos|envoyez|indiquez|donnez|envie|informe|schicken|senden|sende|nennen"
    r"|geben sie|antworten|teilen sie|invia|inviaci|comunichi|rispondi|stuur|geef|g[oö]nderin|yaz[ıi]n|kirim|balas"
    r"|отправьте|укажите)"
)
#: Verbs of entering: they ask for an answer only where a text is a survey, or wants to be answered.
_ENTER = r"(?:enter|confirm|verify|submit|type|update|write|need|require|confirme|confirmez)"
_ANSWERED = re.compile(
    r"\b(?:reply|respond|answer|text (?:us )?back|survey|questionnaire|encuesta|sondage|umfrage|fragebogen"
    r"|sondaggio|enqu[eê]te|pesquisa|anket|survei)\b",
    re.IGNORECASE,
)
_SECRETS = {
    "national id": r"(?:ssn|social ?security ?(?:number|no\.?|#)?|social insurance number|national insurance number"
    r"|aadhaar ?(?:number|no\.?)?|pan (?:card )?number|n[uú]mero de (?:seguro|seguridad) social|curp"
    r"|num[eé]ro de s[eé]curit[eé] sociale|cpf|passport number|driver'?s? licen[cs]e number"
    r"|national id(?:entity)?(?: number)?|(?:personal)?ausweis(?:nummer)?|sozialversicherungsnummer|steuer-?(?:id"
    r"|nummer)|n[uú]mero de (?:dni|pasaporte|c[eé]dula)"
    r"|codice fiscale|bsn|t\.?c\.? kimlik (?:no|numara\w*)|nomor ktp)",
    "pin": r"(?:(?:atm|card|debit|bank|upi|m-?pesa)? ?pin(?: (?:number|code))?"
    r"(?! ?(?:location|drop|here\b|on\b|in the))|clave|nip|geheimzahl)",
    "password": r"(?:pass ?word|pass ?code|contrase[nñ]a|mot de passe|senha|passwort|wachtwoord|şifre\w*|kata sandi"
    "|пароль)",
    "card": r"(?:(?:credit|debit|bank|atm)? ?card (?:number|no\.?|details|info\w*)|cvv2?|cvc|n[uú]mero de tarjeta"
    r"|num[eé]ro de carte|(?:kredit)?kartennummer|n[uú]mero do cart[aã]o|numero (?:della|di) carta|kart numara\w*)",
    "account": r"(?:(?:bank )?account (?:number|no\.?|details)|routing number|sort code|iban|online banking "
    r"(?:details|id|username))",
    "answer": r"(?:mother'?s maiden name|security (?:question|answer)s?)",
}
#: What may stand between the verb and the secret: whom to tell, whose it is, and what else is asked for.
_BETWEEN = (
    r"(?:[ ,:]+(?:uns|ihre?n?|deine?n?|und|bitte|mit|la|il|sua|tuo|je|uw|us|me|back|with|by|in|the|an?|your|ur|full"
    r"|both|all|of|last|first|four|4|digits?|copy|photo|picture|and|or|&|names?|address|dob|date|birth|e-?mail|phone"
    r"|number|current|old|new|complete|valid|card|bank|con|su|tu|el|la|de|los|votre|vos|le|par|sua?|seu|com|o))*[ ,:]+"
)
#: One of its stems is in every secret: most texts have none, and are not read further.
_STEMS = {
    "national id": (
        "ssn", "social", "insurance", "aadhaar", "pan ", "curp", "cpf", "passport", "licen", "identity", "national id",
        "dni", "pasaporte", "cédula", "cedula", "ausweis", "nummer", "steuer", "fiscale", "kimlik", "ktp", "bsn",
        "sécurité", "securité", "securite",
    ),
    "pin": ("pin", "clave", "nip", "geheimzahl"),
    "password": ("pass", "contrase", "senha", "wachtwoord", "şifre", "sandi", "пароль"),
    "card": ("card", "cvv", "cvc", "tarjeta", "carte", "kart", "cartão", "cartao", "carta"),
    "account": ("account", "routing", "sort code", "iban", "online banking"),
    "answer": ("maiden", "security"),
}  # fmt: skip
_NAMED = tuple((name, stem) for name, stems in _STEMS.items() for stem in stems)
#: In German, Turkish and the like the verb comes last: "bitte Ihre PIN und Kartennummer senden".
_VERB_LAST = r"(?:senden|schicken|nennen|mitteilen|zusenden|sturen|g[oö]nderin|yaz[ıi]n|kirim(?:kan)?)"
_ASKED = {
    name: re.compile(
        rf"\b(?:{_TELL}|(?P<enter>{_ENTER})){_BETWEEN}(?:{secret})(?![\w-])"
        rf"|(?P<last>\b(?:{secret})\b[^.!?\n]{{0,40}} {_VERB_LAST}\b)",
        re.IGNORECASE,
    )
    for name, secret in _SECRETS.items()
}
_DENIED = re.compile(
    r"\b(?:niemals|nie|nicht|niet|never|not|don'?t|do not|won'?t|will not|doesn'?t|nobody|no one|nunca|jam[aá]s|ne"
    r"|nunca|no)\b[^.!?\n]{0,40}$",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(?:last|final|[uú]ltimos) (?:four|4|three|3|cuatro|4)\b", re.IGNORECASE)


class Asked(Fact, frozen=True, kw_only=True):
    """The secrets that a text asks for."""

    of_words = True

    secrets: tuple[str, ...] = ()  #: national id, pin, password, card, account, answer
    words: tuple[str, ...] = ()  #: those that ask; digits are shown as "#"
    part_only: bool = False  #: of each it asks a part only ("the last four digits of your SSN")


_NOTHING = Asked()


def asked_in(text: str, plain: str = "") -> Asked:
    """The secrets that a text asks for, as it is written or, where it was disguised, made plain."""
    (found,) = asked_in_each([(text, plain)])
    return found


def asked_in_each(texts: Sequence[tuple[str, str]]) -> list[Asked]:
    """The same of several texts, as they are written and made plain ("" where that is the same). Few have any of the
    stems, which are looked for in all of them at once."""
    read = [side[:_READ] for sides in texts for side in sides]
    spoken_of = _named_in([side.casefold() for side in read])
    found = {place: _asked(read[place], names) for place, names in spoken_of.items()}
    sides = [found.get(place, _NOTHING) for place in range(len(read))]
    return [plain if written is _NOTHING else written for written, plain in zip(sides[::2], sides[1::2], strict=True)]


def _named_in(folded: Sequence[str]) -> Mapping[int, Collection[str]]:
    """The secrets that texts in lower case name, by the texts' places; those that name none are left out."""
    ends = list(accumulate(len(text) + 1 for text in folded))
    together = "\n".join(folded)
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for name, stem in _NAMED:
        at = together.find(stem)
        while at >= 0:
            place = bisect_right(ends, at)
            found[place][name] = None
            at = together.find(stem, ends[place] - 1)  # one is enough: on with the next text
    return found


def _asked(read: str, spoken_of: Collection[str]) -> Asked:
    found = {name: match for name in spoken_of if (match := _asking(_ASKED[name], read)) is not None}
    if not found:
        return _NOTHING
    return Asked(
        secrets=tuple(found),
        words=tuple(re.sub(r"\d", "#", match[0].strip())[:60] for match in found.values()),
        part_only=all(_PART.search(read[max(0, m.start()) : m.end()]) is not None for m in found.values()),
    )


def _asking(asked: re.Pattern[str], read: str) -> re.Match[str] | None:
    for match in asked.finditer(read):
        if match["last"] and _DENIED.search(match["last"]) is not None:
            continue
        if match["enter"] and _ANSWERED.search(read) is None:
            continue
        before = read[max(0, match.start() - 60) : match.start()]
        if _DENIED.search(before) is None:
            return match
    return None


class AskedReader:
    """Learns `Asked`."""

    def __init__(self, written: Written | None = None) -> None:
        self._written = written or Written()

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Asked]:
        await self._written.note(batch)
        return asked_in_each(
            [(legible(s), undisguised(normal_of(s))) if isinstance(s, Communication) else ("", "") for s in batch]
        )
