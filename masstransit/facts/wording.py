"""What the words of an outgoing text do to the recipient's opt-out: whether it tells how to stop, whether it spoils the
keywords of stopping.

Pure: text in, answer out. "Reply CANCEL to cancel your visit" makes a keyword of law an answer to something else, so
that nobody can tell afterwards which of the two was meant (rulebook 7.5; 47 CFR 64.1200(a)(10) names the keywords).
"""

from __future__ import annotations

import re

from masstransit.facts.links import links_in

_READ = 1600  # characters: the longest text that is sent
_KEYWORD = (
    r"(?:stop ?all|stop|end|cancel|quit|unsubscribe|revoke|opt ?-?out|cancelar|alto|parar|baja|arr[eê]t|arr[eê]ter)"
)
_ASKED = (
    r"(?:reply(?:ing)?|respond|answer|text|txt|send|write|type|say|responda|responde|conteste|env[ií]e|escriba"
    r"|r[ée]pondez|envoyez|tapez|antworten sie|responda com)"
)
_QUOTES = "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb*"
_FOR = r"(?:to|if|and we|when|para|si|pour|um|falls|se)"

#: Whether there may be one at all, of a text in lower case: that is told much faster than ignoring case.
_STEMS = (
    "stop", "end", "cancel", "quit", "unsubscribe", "revoke", "opt", "alto", "parar", "baja", "arret", "arr\u00eat",
)  # fmt: skip
_SEEN = re.compile(rf"\b{_KEYWORD}\b[{_QUOTES}]? {_FOR}\b")

#: "Reply CANCEL to ...", and the second choice of "Reply YES to confirm or CANCEL to ...": keyword, then what for.
_PROMPT = re.compile(
    rf"(?:\b{_ASKED}\b(?: back| us)?(?: (?:with|the word|con|avec|com|mit))? ?|(?:\bor|\bo|\bou|\boder|,|/|;) ?)"
    rf"[{_QUOTES}]?\b(?P<keyword>{_KEYWORD})\b[{_QUOTES}]? {_FOR}\b(?! ?\+?\d)(?P<aim>[^.!?\n]{{0,80}})",
    re.IGNORECASE,
)
#: What a person stops who stops messages.
_MESSAGES = re.compile(
    r"\b(?:texts?|txts?|messages?|msgs?|sms|alerts?|notifications?|notices?|updates?|reminders?|promo\w*|marketing"
    r"|offers?|ads|advert\w*|emails?|newsletters?|services?|subscri\w+|list|program\w*|receiv\w+|hear(?:ing)?|contact\w*|unsub\w*"
    r"|opt\w*|consent\w*|mensajes?|avisos?|suscripci\w+|recibir|notificaci\w+|publicidad|recevoir|abonn\w+|alertes?"
    r"|nachrichten|abmeld\w*|mensagens|receber|baja)\b",
    re.IGNORECASE,
)
#: An aim that says no more than that: "STOP to end".
_BARE = re.compile(
    r"\s*(?:stop|end|quit|cancel|leave|opt[ -]?out|unsub\w*|terminar|cancelar|salir|parar|arr[eê]ter|finir|beenden"
    r"|sair)"
    r"\s*(?:$|[,;:)(/\-|]|at any ?time\b|anytime\b|all\b|these\b|them\b|en cualquier\b|[àa] tout\b|jederzeit\b"
    r"|(?:or|and|,)? ?(?:reply |text )?help\b|msg|data)",
    re.IGNORECASE,
)
_CONFIRM = re.compile(
    r"\b(?:confirm\w*|accept|keep|attend|appointment|reservation|booking|visit|order)\b", re.IGNORECASE
)


def spoiled_keyword(text: str) -> str:
    """The keyword of stopping that a text makes an answer to something else; "" where it spoils none."""
    folded = text[:_READ].casefold()
    if not [stem for stem in _STEMS if stem in folded] or _SEEN.search(folded) is None:
        return ""
    for match in _PROMPT.finditer(text[:_READ]):
        keyword, aim = match["keyword"], match["aim"]
        if _MESSAGES.search(aim):
            continue
        choice = match[0][0] in ",/;oO" and keyword.casefold() in ("cancel", "cancelar")
        if _BARE.match(aim) and not (choice and _CONFIRM.search(text[: match.start()])):
            continue
        return keyword.upper()
    return ""


_HOW_TO_STOP = re.compile(
    rf"\b{_ASKED}\b[^.!?\n]{{0,20}}[{_QUOTES}]?\b{_KEYWORD}\b"
    r"|\b(?:STOP|END|QUIT|ARRET|BAJA|PARAR) ?(?:[=:]|to|2|para|pour|um)"
    r"|\bopt(?:ing)?[ -]?out\b|\bunsub\w*|\bd[ée]s(?:abonn|inscri)\w+|\bdarse de baja\b|\babmelden\b|\babbestellen\b"
    r"|\bdescadastr\w+|\bdisiscriv\w+|\bno more (?:texts?|messages?|msgs?)\b|\bstop (?:texts?|messages?|msgs?|sms)\b",
    re.IGNORECASE,
)
_NUMBER_OR_MAIL = re.compile(r"\+?\d[\d ()./-]{3,}\d|\b[^\s@]+@[^\s@]+\.\w{2,}")


_CODE = re.compile(r"(?<!\d)\d(?:[ -]?\d){3,7}(?![\w/])|\b(?=[A-Z]*\d)[A-Z0-9]{5,10}\b")


def hands_something_over(text: str) -> bool:
    """Whether a text that is called a one-time code has one, or a link to log in by."""
    return _CODE.search(text[:_READ]) is not None or bool(links_in(text[:_READ]))


_BARGAIN = re.compile(
    r"\d ?(?:%|percent|per cent|por ?ciento|prozent|pour ?cent) ?"
    r"(?:off|discount|rabatt|de (?:descuento|rabais|r[ée]duction))"
    r"|\b(?:sale|deals?|bargains?|discounts?|savings|coupons?|vouchers?|promo(?:tion)?s?|gift ?cards?|clearance"
    r"|special offers?|limited offers?|half price|ofertas?|descuentos?|rebajas?|rabatte?|gutscheine?|soldes|promos?"
    r"|desconto|promo[çc][ãa]o)\b"
    r"|\bbuy (?:one|1|two|2)\b|\bget (?:one|1|two|2) free\b|\b(?:from|only|just|now) [$€£]\d",
    re.IGNORECASE,
)


def offers_a_bargain(text: str) -> bool:
    """Whether a text has the words of a bargain: so much off, a sale, a voucher, two for one."""
    return _BARGAIN.search(text[:_READ]) is not None


def tells_how_to_stop(text: str) -> bool:
    """Whether a text that can be answered says how to opt out."""
    return _HOW_TO_STOP.search(text[:_READ]) is not None


def tells_where_to_stop(text: str) -> bool:
    """Whether a text says how to opt out, or has a link to where that may be said."""
    return tells_how_to_stop(text) or bool(links_in(text[:_READ]))


def tells_another_way_to_stop(text: str) -> bool:
    """Whether a text that can't be answered says how to opt out all the same: by a link, a number or an address."""
    read = text[:_READ]
    said = _HOW_TO_STOP.search(read)
    return said is not None and (_NUMBER_OR_MAIL.search(read) is not None or bool(links_in(read)))


_KEY = r"(?:press|dial|push|hit|oprima|presione|pulse|marque|appuyez sur|tapez|dr[üu]cken sie)"
_NO_MORE = (
    r"(?:\bopt(?:ing)?[ -]?out|\bunsub\w*|\bstop\b|\bremove\w*|\btake (?:me|you|your number) off"
    r"|\bdo[ -]?not[ -]?call|\bno (?:more|longer|further)\b|\bnot (?:to )?(?:be )?(?:call|contact|receiv)\w*"
    r"|\bend these calls|\bno (?:quiere|desea|recibir)|\bdarse de baja|\bne plus\b|\bkeine\b)"
)
_KEY_TO_STOP = re.compile(
    rf"\b{_KEY}\b[^.!?\n]{{0,80}}{_NO_MORE}|{_NO_MORE}[^.!?\n]{{0,60}}\b{_KEY}\b"
    r"|\bsay [\"'“]?(?:stop|remove|opt out)\b",
    re.IGNORECASE,
)
_PHONE_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[ ().-]{0,2}\d){6,14}(?!\d)")


def tells_key_to_stop(text: str) -> bool:
    """Whether what a machine says in a call tells by which key, or word, one is called no more."""
    return _KEY_TO_STOP.search(text[:_READ]) is not None


def tells_a_number(text: str) -> bool:
    """Whether it says a number that can be called."""
    return _PHONE_NUMBER.search(text[:_READ]) is not None
