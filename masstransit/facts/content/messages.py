"""What a business's text is about, where its form says so: codes, warnings of fraud, who it speaks for, what is sold.

Pure functions of plain texts (`normal.py`: lower case, accents off).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib import resources

from masstransit.facts.content import lexicon

_CODE_WORD = (
    r"(?:codes?|otp|one[- ]time (?:pass\w+|pin|code)|pass ?code|pass ?key|pin|tan|verification|security key|codigo"
    r"|clave|codice|verificatiecode|bestatigungscode|kod\w*|kode|код\w*)"
)
_DIGITS = r"(?<![\d.,/$£€:-])(?:[a-z]{1,3}-)?(?:\d{4,8}|\d{3}[ -]\d{3,4})(?![\d/]|[.,:]\d| ?(?:am|pm|usd|eur|gbp)\b)"
#: A code that is handed over: the word and the digits near each other, in either order.
_HANDED = re.compile(
    rf"\b{_CODE_WORD}\b[^.!?\n]{{0,45}}?{_DIGITS}|{_DIGITS}[^.!?\n]{{0,40}}?\b{_CODE_WORD}\b"
    r"|(?:验证码|校验码|認証コード|인증번호|رمز)\D{0,20}\d{4,8}|\d{4,8}\D{0,20}(?:验证码|인증번호|رمز)"
)
_OTHER_CODE = re.compile(
    r"\b(?:promo|discount|voucher|coupon|claim|zip|post(?:al)?|area|country|dress|source|gate|door|bar|qr|code red"
    r"|save|ticket|offer|order|booking|reference|tracking|winning|short) ?codes?\b|\bcode (?:save|of conduct)"
    r"|\bwith (?:the )?code [a-z]"
)
_ASKED = re.compile(
    r"\b(?:send|forward|tell|give|read|text|share|provide|whatsapp(?= (?:me|us|it|the|that|over|back|your|my)\b)"
    r"|dictate|enter|reply with|respond with|confirm)\b(?: (?:it|me|us|him|her|them|agent|officer|new|my|back|out|to"
    r"|the|your|that|this|a|with|over|please|pls|by|\d|digit|digits|6-digit|six|and|card|cvv|verification|login"
    r"|security|one-time|one|time|whatsapp|sms|otp|pin|confirmation|activation))* (?:code|otp|passcode|pin|password)\b"
)
_BACK = re.compile(r"\b(?:me|us|back|reply|respond|forward|whatsapp|agent|officer|team|support)\b")
_DENIED = re.compile(
    r"\b(?:never|not|don't|dont|won't|wont|nobody|no one|anyone|anybody|anything|avoid|without|nor|if someone"
    r"|if anyone|jamais|nunca|niemals|non)\b[^.!?:\n]{0,60}$"
)
_WARNING = re.compile(
    r"\b(?:never|won't|wont|will not|don't|dont|do not|does not|doesn't)\b[^.!?\n]{0,40}\b(?:ask|call|share|give|click"
    r"|send|request|pay|tell|demand|disclose|threaten|reply|respond|compart\w+|communiqu\w+)\b|\b(?:scams?|fraud"
    r"|phishing|fake|criminals|scammers|fraudsters)\b[^.!?\n]{0,60}\b(?:alert|warning|awareness|beware|pretend\w*"
    r"|going (?:a?round)|report|texts?|messages?|calls?)\b|\bbeware\b|\bforward (?:it|them|this|the text) to 7726\b"
    r"|\b(?:is|are|was|were|it's|its) (?:a |an |just a )?(?:scams?|frauds?|fake|phishing|a trick)\b(?! (?:alert"
    r"|warning|team|dep|prev|notice))|\blearn (?:how )?to spot\b"
)
_URGED = re.compile(
    r"\b(?:click|visit|log ?in|sign ?in|go to|open|tap|update|verify|confirm|claim|pay|call"
    r"|press)\b[^.!?\n]{0,50}(?:https?:|www\.|\w\.(?:com|net|org|info|top|xyz|io|me|cc|ly|link|site|online|club|vip"
    r"|shop|live|us|co)\b)"
)


def hands_code(text: str) -> bool:
    """Whether a one-time code is handed over."""
    return _HANDED.search(text) is not None and _OTHER_CODE.search(text) is None


def asks_code(text: str) -> bool:
    """Whether the reader is to tell somebody a code. "Never share your code" asks for nothing, nor does a form."""
    for match in _ASKED.finditer(text):
        if _DENIED.search(text, max(0, match.start() - 90), match.start()):
            continue
        if _BACK.search(match[0]) or re.match(
            r"(?:send|forward|tell|text|read|share|provide|whatsapp|dictate)", match[0]
        ):
            return True
    return False


def warns(text: str) -> bool:
    """Whether a text warns of fraud and asks for nothing that fraud asks for: no code, no link to follow."""
    return _WARNING.search(text) is not None and _URGED.search(text) is None and not asks_code(text)


#: Whose voice it is, by words; a brand's name (`lexicon/brands.txt`) says the same.
_VOICES = {
    "family": re.compile(
        r"\b(?:hi|hey|hello|hallo|hola|ciao|coucou|oi|hoi)? ?(?:mum|mom|mam|mama|maman|mamma|mae|dad|papa|pai|grandma"
        r"|nan)\b.{0,80}\b(?:phone|number|mobile|handy|movil|telefono|telephone|celular|telefoon|numero|nummer"
        r"|accident|whatsapp)\b"
    ),
    "tech support": re.compile(
        r"\b(?:tech(?:nical)? support|virus|infected|help ?desk|icloud|recovery phrase|your (?:computer|device"
        r"|mailbox))\b"
    ),
    "delivery": re.compile(
        r"\b(?:parcel|package|courier|delivery|redeliver\w*|shipment|customs|depot|colis|paquete|paket|pacco|pacote"
        r"|kargo\w*)\b"
    ),
    "government": re.compile(
        r"\b(?:tax|taxes|refund from|toll|benefits?|warrant|court|police|officer|licen[cs]e|irs|hmrc|dmv|dvla|gov|fine"
        r"|social security|customs and border|medicare|passport|amende|impots|multa|finanzamt|agencia tributaria)\b"
    ),
    "employer": re.compile(r"\b(?:your boss|ceo|payroll|hr department|human resources|gift cards? for)\b"),
    "bank": re.compile(
        r"\b(?:bank\w*|account|debit|credit card|atm|kyc|cards?|payee|transfer|cuenta|konto|compte|conta|conto"
        r"|rekening\w*|hesab\w*|rekening|nasabah|счет|карта)\b"
    ),
}  # fmt: skip


_PATH = re.compile(r"(?<=\.)([a-z]{2,24})/\S*")  # of a link, after its host: letters drawn at random are nobody's name


def speaks_for(text: str, without: Collection[str] = ()) -> tuple[str, str]:
    """Whom a text speaks for, and by which name: ("delivery", "usps"). "" where nothing tells."""
    if _VOICES["family"].search(text):
        return "family", ""
    said = "" if "brands" in without else _PATH.sub(r"\1", text)
    for word in dict.fromkeys(re.findall(r"[a-z][a-z'&-]+(?: [a-z]+)?", said)):
        for name in (word, word.split(" ")[0]):
            if kind := brands().get(name):
                return kind, name
    return next((kind for kind, pattern in _VOICES.items() if pattern.search(text)), ""), ""


@lru_cache(maxsize=1)
def brands() -> Mapping[str, str]:
    """name -> kind, for names that are much borrowed."""
    return dict(_listed("brands"))


def _listed(name: str) -> list[tuple[str, str]]:
    """A list with headings: "[kind]", then words, a line each."""
    found, kind = [], ""
    for line in (resources.files(f"{__package__}.lexicon") / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            found.append((line, kind))
    return found


_PART = re.compile(r"[^\W_]+")
#: What only sounds like gated goods: a nail gun, a wine glass, weed killer, to escort somebody.
_NO_WARES = re.compile(
    r"\b(?:(?:nail|glue|staple|grease|spray|paint|heat|massage|water|squirt|nerf|bubble|toy|foam|cap|price|radar|speed"
    r"|temp|caulk|caulking|lego|laser|tattoo|soldering|t-shirt|confetti)[ -]"
    r"(?:\w+ )?(?:guns?|pistols?|rifles?|blasters?)"
    r"|(?:top|big|young|hired) guns?|gun (?:violence|safety|control|metal)|shotgun (?:wedding|seat|house)"
    r"|(?:wine|beer|champagne|cocktail|whiske?y|gin|vodka|bourbon|scotch|liquor|rum)[ -](?:glass(?:es)?|mugs?|racks?"
    r"|fridges?|coolers?|openers?|cellars?|gardens?|batter(?:ed)?|bread|caramel|raisin|cakes?|balls?|glazed?|sauces?"
    r"|dress(?:es)?|shakers?|tables?|rings?|gold|pink|colou?red|barrels?|rummy|tape|eggs?|braised|flutes?|buckets?"
    r"|free)"
    r"|(?:root|ginger|butter|birch) beers?|cooking wine"
    r"|(?:water|baby|milk|glass|plastic|empty|feeding|sports|steel|recycled|refillable|spray|perfume) bottles"
    r"|bottles of (?:water|milk|juice|shampoo|oil|soda|perfume|lotion|medicine|pop)"
    r"|(?:high|good|holiday|team) spirits|spirits (?:are )?(?:high|up|bright)"
    r"|weed[ -](?:kill\w*|control|eaters?|whackers?|wackers?|barrier|free|pull\w*|block)"
    r"|(?:sea|milk|duck|tumble)[ -]?weed"
    r"|(?:cbd|thc|tobacco|nicotine|vape|smoke|gun|drug|weed)-free"
    r"|(?:free of|without|no|quit|stop|against) (?:nicotine|tobacco|cbd|thc|vaping|smoking|cigarettes?|vapes?)"
    r"|nicotine (?:patch\w*|gum|lozenges?|replacement|inhalers?)|cigar[ -](?:shaped|box)|tobacco (?:brown|road)"
    r"|vape (?:detectors?|sensors?|alarms?)"
    r"|sex (?:and the city|education|ed|pistols)|(?:same|opposite|either|both) sex(?:es)?|sex of (?:the|your)"
    r"|naked (?:juices?|cakes?|oats|eyes?|truth|bikes?)"
    r"|(?:rv|full|water|electric|electrical|power|sewer|site|washer|dryer|gas) hookups?|hookup (?:sites?|fees?|kits?)"
    r"|(?:son|bir|her|bu|o|iyi|iki|uc|bes|yedi|on|ayni|ertesi|tum|butun|kac|\d+) gun|vino (?:a|hoy|ayer)"  # "gün", came
    r"|(?:ford|police) escorts?|escort (?:your|the|them|him|her|kids|children))\b"
)


#: Words of the body, which name no goods where art, health or help are spoken of.
_OF_THE_BODY = frozenset(("naked", "nudes", "sex", "sexy"))
_ART_OR_CARE = re.compile(
    r"\b(?:museums?|exhibitions?|exhibits?|galler(?:y|ies)|drawings?|paintings?|painters?|sculptures?|statues?|artists?"
    r"|arts?|life class\w*|photograph\w*|renaissance|theat(?:er|re)s?|films?|plays?|ballet|opera|clinics?|cancer"
    r"|screenings?|health|hospitals?|nurses?|doctors?|survivors?|shelters?|support groups?|therap\w+|tests?|testing"
    r"|births?|babies|education|class(?:es)?|workshops?)\b"
)

#: Of drugs speak those who help people off them, too, and those who advise about the law.
_HELP_OR_LAW = re.compile(
    r"\b(?:rehab\w*|recover\w*|detox\w*|addict\w*|treatments?|overdos\w*|naloxone|narcan|strips?|withdrawal|sober"
    r"|sobriety|counsel\w*|support|helpline|lawyers?|attorneys?|lawsuits?|settlements?|charged|charges|possession"
    r"|defen[cs]e|awareness|prevent\w*|disposal|take ?back|study|trial|recall(?:ed)?|bad batch|never use alone)\b"
)
_LINKED = re.compile(r"\S*(?:://|/)\S*|\S+\.[a-z]{2,8}\b")
_SLUG = re.compile(r"(\.[a-z]{2,8}/)\w{1,3}(?![\w-])")  # the path of a link that is so short is drawn at random
_LONG = 5  # letters of a word that is looked at for others in it


#: Medicines that the law gives out on prescription only, offered to whoever wants them.
_UNPRESCRIBED = re.compile(
    r"\b(?:no|without(?: an?)?|sin|ohne|sans) (?:prescriptions?|rx|script|doctors?(?:'?s)?(?: (?:note|visit))?|receta"
    r"|rezept|ordonnance)\b"
)
_MEDICINES = re.compile(
    r"\b(?:viagra|cialis|levitra|sildenafil|tadalafil|ozempic|wegovy|semaglutide|tirzepatide|accutane|antibiotics?"
    r"|amoxicillin|steroids?|hgh|pills?|meds|medicines?|tablets?|pastillas|pillen)\b"
)
_OVER_THE_COUNTER = re.compile(
    r"\b(?:birth control|contracepti\w+|plan b|vitamins?|allerg\w+|flu|vaccin\w*|naloxone|narcan)\b"
)


def unprescribed(text: str) -> bool:
    """Whether a text offers medicines without the prescription that the law asks for (21 USC 353(b))."""
    return (
        _UNPRESCRIBED.search(text) is not None
        and _MEDICINES.search(text) is not None
        and _OVER_THE_COUNTER.search(text) is None
    )


def sells(text: str, without: Collection[str] = ()) -> tuple[str, ...]:
    """Kinds of gated goods that a text names, in its order; a nail gun and a wine glass are none."""
    left_out = frozenset(without)
    table = lexicon.wares(left_out)
    if "/" in text:
        text = _SLUG.sub(r"\1", text)
    if not _named(text, table):
        return _nearly(_LINKED.sub(" ", text), left_out)
    named = _named(_NO_WARES.sub(" . ", text), table)
    if _ART_OR_CARE.search(text) is not None:
        named = [word for word in named if word not in _OF_THE_BODY]
    kinds = dict.fromkeys(table[word] for word in named)
    if "drugs" in kinds and _HELP_OR_LAW.search(text) is not None:
        del kinds["drugs"]
    return tuple(kinds)


def _named(text: str, table: Mapping[str, str]) -> list[str]:
    said = _PART.findall(text)
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(said)]
    return [word for word in (*said, *pairs) if word in table]


def _nearly(text: str, without: frozenset[str]) -> tuple[str, ...]:
    """The kinds of wares that words are meant for, which are misspelt or run together with their neighbours."""
    table, swapped = lexicon.wares(without), _swapped(without)
    kinds = {table[ware]: None for ware in _run_together(without).findall(text)}
    return tuple(kinds | {swapped[word]: None for word in _PART.findall(text) if word in swapped})


@lru_cache(maxsize=64)
def _run_together(without: frozenset[str]) -> re.Pattern[str]:
    """What finds long names of wares within words, the longest first."""
    long = sorted((ware for ware in lexicon.wares(without) if len(ware) >= _LONG), key=len, reverse=True)
    by_start: dict[str, list[str]] = {}  # a word is tried on those only that begin as it does
    for ware in long:
        by_start.setdefault(ware[0], []).append(re.escape(ware[1:]))
    return re.compile("|".join(f"{start}(?:{'|'.join(ends)})" for start, ends in by_start.items()) or "(?!)")


@lru_cache(maxsize=64)
def _swapped(without: frozenset[str]) -> Mapping[str, str]:
    """Long names of wares with two neighbouring letters the wrong way round -> their kind."""
    return {
        swapped: kind
        for ware, kind in lexicon.wares(without).items()
        if len(ware) >= _LONG
        for swapped in lexicon.swaps(ware)
    }


def names_of_wares(without: frozenset[str] = frozenset()) -> frozenset[str]:
    """Words of which a text has one wherever `sells` finds something, but for names that are run together with others:
    of a name of several words the longest."""
    names = (max(_PART.findall(ware), key=len) for ware in lexicon.wares(without))
    return frozenset(names) | {word for word in _swapped(without) if _PART.fullmatch(word)}


_PROGRAMME = re.compile(
    r"\b(?:subscribed to|signed up for|enrolled in|opted in|you(?:'re| are) (?:in|subscribed|enrolled)|(?:alerts?"
    r"|reminders?|notices?|updates?) (?:are|is|were) (?:on|active|set up)|up to \d+ (?:msgs?|texts|messages)"
    r"|\d+ (?:msgs?|texts|messages) (?:a|per) (?:week|month|day)|\d+ ?msgs?/mo|ms?ge? ?freq\w*|reply (?:yes|y"
    r"|1) to (?:get|confirm)|to confirm that you want|set up for (?:alerts|codes|notices)|welcome to [\w' ]+ alerts)\b"
)
_BARGAIN = re.compile(
    r"[$€£%]|\b(?:free|win|won|prize|offers?|deals?|sale|save|discounts?|coupon|voucher|gift|bonus|exclusive|vip|cash"
    r"|points|shop now|buy|hot|sexy|dating|chat|ringtones?|per min|p/min)\b"
)


def tells_of_a_programme(text: str) -> bool:
    """Whether a text confirms a subscription or says how to end it (CTIA Messaging Principles 5.1.2), and offers
    nothing: a way out is no sign of advertising."""
    return _PROGRAMME.search(text) is not None and _BARGAIN.search(text) is None


_COINS = (
    r"(?:bitcoins?|btc|ethereum|eth|usdt|crypto(?:currenc(?:y|ies)|s|assets?)?|stablecoins?|altcoins?|solana|dogecoin"
    r"|defi|nfts?|(?:meme ?|shit ?|new |hot |next |ai )coins?|token ?(?:sale|presale|launch)?s?|airdrops?|staking"
    r"|blockchain)"
)
_CRYPTO = re.compile(rf"\b{_COINS}\b")
_INVITED = re.compile(
    r"\b(?:invest(?:ing|ment)?s?|buy(?! (?:of|at))|trade|trading|earn|returns?|profits?|yields?|apy|bonus|sign ?up"
    r"|join|deposit|stake|don'?t miss|opportunity|presale|airdrops?|double|triple|get in|grab|before (?:it|the price)"
    r"|10x|100x|to the moon|mining|start with|% (?:a|per) (?:day|week|month|year)|(?:up|gains?|growth) \d+ ?%)(?![a-z])"
)
_OWN_COINS = re.compile(
    r"\b(?:your (?:\w+ ){0,3}(?:purchase|order|deposit|withdrawal|transfer|payment|wallet|balance|sale|trade)|(?:was"
    r"|were|has been|have been|is) (?:sent|received|credited|confirmed|completed|bought|sold|charged)|you (?:bought"
    r"|sold|sent|received)|silver|gold (?:coins?|medal)|collector\w*|arcade|laundry|parking|bus tokens?)\b"
)


def invites_to_crypto(text: str) -> bool:
    """Whether a text invites to put money into crypto assets: to name a price, a payment or an order is no invitation,
    nor is a warning."""
    if _CRYPTO.search(text) is None or _INVITED.search(text) is None:
        return False
    return _OWN_COINS.search(text) is None and not warns(text)


_DESIRE = re.compile(
    r"\b(?:i|me|my|your|you|u|girls|moms|babes|singles|women|men|sluts)\b.*\b(?:want|wanna|lick|suck|feel|send|show"
    r"|see|watch|ride|touch|inside|wet|hard|hot|sexy|cam|chat|meet|videos?|pics?|tonight|free|fuck\w*|give|take"
    r"|hour)\b|\b(?:lick|suck|show|send|see|watch|hot|sexy|take|fuck\w*|buy|order|cheap|free)\b"
)
_CARE = re.compile(
    r"\b(?:clinic|cancer|screening|health|doctor|dr|hospital|exam|exhibition|museum|drawing|support|survivors?|nurse"
    r"|pharmacy|birds?|recipe|chicken)\b"
)


def explicit(text: str, without: Collection[str] = ()) -> float:
    """What words of sex add to a text's sum: much beside desire or an offer, little alone, nothing in care."""
    if _CARE.search(text) is not None:
        return 0.0
    said = len(lexicon.explicit(frozenset(without)).intersection(re.findall(r"[a-z-]+", text)))
    return min(said, 3) * (0.8 if _DESIRE.search(text) is not None else 0.2)


#: What those call it who sell it, and who they say is waiting.
_OF_THE_TRADE = re.compile(
    r"\b(?:in-?calls?|out-?calls?|gfe|full[- ]service massages?|happy endings?|sugar ?(?:babies|baby|daddy|daddies)"
    r"|hookups?|one night|webcams?|(?:my|live|nude|sex) cams?|strip ?clubs?|lap ?dances?|adult (?:chat|dating|films?"
    r"|toys?)|(?:hot|sexy|horny|naughty|lonely|wet|heisse|heiße|chicas?|femmes?|ragazze) (?:\w+ )?(?:girls?|moms?"
    r"|babes?|singles|ladies|women|men|guys|calientes|chaudes|calde|now|tonight)|girls? (?:waiting|nearby|near you"
    r"|in deiner nahe|available)|(?:hey|hi|hello) (?:babe|baby|sexy|handsome|hottie))\b"
)


def outright(text: str, without: Collection[str] = ()) -> bool:
    """Whether a text that reads as sexual has words that say so. An advertisement for prints may read so by its form
    alone, and then a person has to look."""
    return explicit(text, without) > 0 or _OF_THE_TRADE.search(text) is not None
