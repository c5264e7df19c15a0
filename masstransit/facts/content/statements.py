"""What is said of somebody: accusations of a named person, offers that turn a protected group away."""

from __future__ import annotations

import re

from masstransit.facts.content.lexicon import GROUNDS, words

# --- accusations ----------------------------------------------------------------------------------------------------

_NAME = (
    r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Coach|Teacher|Principal|Pastor|Father|Reverend|Judge|Officer|Sheriff"
    r"|Councill?or|Councilman|Mayor|Senator|Nurse|Doctor)\.? [A-Z][\w'-]+|\b(?!(?:Our|The|This|That|These|Those|Your"
    r"|My|His|Her|Dear|Hi|Hello|If|When|Police|Warning|Alert|Attention|Please|Note|Beware|Parents|Stop|Did|Do|Is|Are"
    r"|Was|And|But|Everyone|Share|Tell|Breaking|News)\b)[A-Z][a-z'-]+ (?:[A-Z]\. )?[A-Z][a-z'-]+)"
)
_WHO_DOES = (
    r"(?:thief|robber|burglar|rapist|p(?:a)?edo(?:phile)?|fraudster|murderer|(?:child|sex|wife|serial) (?:molester"
    r"|abuser|predator|offender|beater|killer)|molester|predator|groomer|scammer|con ?(?:man|artist)|crook|criminal"
    r"|swindler|terrorist|blackmailer|embezzler|arsonist|stalker|pimp|trafficker|(?:drug )?dealer|drug pusher)"
)
_WEAK = (
    r"(?:child(?:ren)?|kids?|girls?|boys?|students?|pupils?|minors?|teens?|toddlers?|patients?|wife|wom[ae]n"
    r"|daughters?|sons?|bab(?:y|ies)|teenagers?|residents|elderly|seniors|pensioners)"
)
_SOME = r"(?:a |an |the |our |my |her |his |their |little |young |minor |under-?age |several |many |two |three |up )*"
#: What is done, as somebody does it: "was robbed" is said of a victim.
_DOES = (
    r"(?<!was )(?<!were )(?<!been )(?<!being )(?<!got )(?<!is )(?<!are )(?<!be )(?:rap(?:ed|es|ing)|molest(?:ed|s|ing)"
    r"|grop(?:ed|es|ing)|groom(?:ed|s|ing) (?:kids|children|girls|boys|minors)|murder(?:ed|s)|embezzl(?:ed|es)"
    r"|defraud(?:ed|s)|blackmail(?:ed|s)|extort(?:ed|s)|sexually \w+|(?:stole|steals|stealing)(?! (?:the show"
    r"|the scene|second|third|home|hearts?|(?:his|her|my|our) hearts?))"
    rf"|(?:touch|abus|beat|hit|hurt|kidnap|drugg?|harass|assault)(?:es|e|ed|s|ing|en)? {_SOME}{_WEAK}|(?:slept|sleeps"
    rf"|sleeping|had sex|has sex) with {_SOME}{_WEAK}"
    r"|(?:sell|sold|sells|selling|deals?|dealing|supplies|gives|gave) (?:hard |illegal )?(?:drugs?|meth|heroin|cocaine"
    r"|crack|fentanyl|weed|pills)|(?:takes|took|pays|paid|accept(?:s|ed)) bribes|launder(?:s|ed) money|(?:took|takes"
    r"|pockets|pocketed) (?:the |our |school |church |club |charity )*(?:money|funds|donations|savings)"
    rf"|killed {_SOME}{_WEAK}|beats his wife)"
)
_ARTICLES = (
    r"(?: (?:a|an|the|our|known|convicted|serial|lying|real|just|total|complete|dirty|sick|little|dangerous|such"
    r"|nothing but))*"
)
_NAMED = re.compile(
    rf"(?P<name>{_NAME})(?P<between>,?(?: [\w,'&/-]+){{0,10}}?)(?i:(?: (?:is|was|as|being)|'s|[,:]"
    rf"| -){_ARTICLES} {_WHO_DOES}\b"
    r"(?! (?:defen[cs]e|law|lawyers?|attorneys?|justice|court|charges|record|code|investigat\w+))"
    rf"| {_DOES}\b)"
)
_REPORTED = re.compile(
    r"\b(?:(?:was|were|been|got|police|officers) arrest\w*|arrested (?:for|on|in|after)|charged|convicted|sentenced"
    r"|accus\w+|alleg\w+|court|trial|acquitted|is it true|don't believe|rumou?rs?|gossip|movie|film|novel|series"
    r"|episode|season|premiere|tickets?)\b",
    re.IGNORECASE,
)
#: One of these begins a word in whatever accuses: most texts have none, and are not read further.
_HINT = re.compile(
    r"\b(?:thief|rob|burgl|rap|pa?edo|fraud|murder|child|sex|wife|serial|molest|pred|groom|scam|con ?m|con ?a|crook"
    r"|crimin|swindl|terror|black|embez|arson|stalk|pimp|traff|drug|deal|grop|extort|st[oe][al]|touch|abus|beat|hit"
    r"|hurt|kidn|haras|assau|sle|had sex|has sex|s[eo]l|suppl|g[ia]v|t[ao]k|took|pa[iy]|accept|laund|pocket|kill)"
)
#: Between a name and a deed these say that it is another's, or is asked, or denied.
_NOT_SAID = re.compile(
    r"\b(?:if|whether|not|never|nobody|didn't|isn't|wasn't|doesn't|you|your|victims?|against|suspect\w*|about|play(?:s"
    r"|ed|ing)?"
    r"|report\w*|hotline|help\w*|for|when|how|stop|prevent\w*)\b",
    re.IGNORECASE,
)


def accused(text: str, disguised: str = "") -> str:
    """The person of whom a text, as it was written, says that they did a crime; "" where it says so of nobody. A report
    of a trial says it of nobody, nor does a question, a denial, or a film.

    `disguised` is the plain text of one that was written to slip past a machine: a name is then any two words before
    the deed, and clauses count by it.
    """
    found = _accused(text.title() if text.isupper() else text)
    return found or (_accused(disguised.title()) if disguised else "")


def _accused(read: str) -> str:
    if _HINT.search(read.lower()) is None or _REPORTED.search(read) is not None:
        return ""
    named = next((m for m in _NAMED.finditer(read) if _NOT_SAID.search(m["between"]) is None), None)
    return "" if named is None else named["name"].casefold()


# --- offers ---------------------------------------------------------------------------------------------------------

_OFFER = re.compile(
    r"\b(?:apartments?|flats?|rooms?|house|housing|homes?|rent(?:s|al|ing)?|tenan(?:ts?|cy)|lease|leasing|studio|condo"
    r"|units?|(?:\d ?)?bed(?:room)?s?|\d ?br|sublet|building|property|landlord|hiring|jobs?|vacanc(?:y|ies)|positions?"
    r"|applicants?|staff|waitress|salary|wages?|loans?|mortgages?|credit|lending|roommate)\b"
)
_RETOLD = re.compile(
    r"\b(?:illegal|unlawful|against the law|discriminat\w+|fair housing (?:act|law|training)|complain\w*|refused"
    r"|denied|turned me|lawsuit|sued|fined|report (?:it|them|him|her)|told me|welcome all|everybody is welcome"
    r"|all (?:families|people) (?:are )?welcome|pool|gym|elevator|playground|55\+|62\+|55 and (?:over|older|better)"
    r"|senior (?:living|housing|community)|older persons|no (?:one|body) may)\b|\b(?:55|62) ?\+"
)
_SORTS = (
    r"(?:people|tenants|applicants|candidates|families|couples?|households?|home|persons|women|men|workers|staff"
    r"|speakers|need)"
)
_TURNED_AWAY = (
    re.compile(
        r"\b(?:no|not for|except|without|sorry,? no|never to|don't (?:rent|lend|hire|sell)(?: \w+)? to"
        r"|not suitable for) (?:(?:any|young|single|unmarried|small|more) )?(?P<who>[a-z-]+)"
        rf"(?: {_SORTS})?(?:(?:,| or| and|/| with)(?: no)? (?P<also>[a-z-]+))?\b"
    ),
    re.compile(
        rf"\b(?P<who>[a-z-]+)(?: {_SORTS})?,? (?:need not apply|not (?:welcome|wanted|accepted|allowed|considered)"
        rf"|keep away"
        r"|don't apply|excluded)\b"
    ),
    re.compile(
        rf"\b(?P<who>[a-z-]+)(?: {_SORTS})? (?:only|preferred|wanted|ideal|a plus)\b|\b(?:only|preferably|strictly"
        rf"|suits|exclusively)(?: (?:for|to))? (?P<also>[a-z-]+)(?: {_SORTS})?\b"
    ),
)
_FAMILY = frozenset((
    "kids", "kid", "children", "child", "childless", "families", "family", "babies", "baby", "infants", "toddlers",
    "pregnant", "adults", "wheelchair", "wheelchairs", "disabilities", "crutches", "hijabs", "turbans",
    "english-speaking", "native", "whites", "christian", "accents",
))  # fmt: skip
_SPEAKERS = re.compile(
    r"\b(?:native )?[a-z]+[ -]speak(?:ers|ing)(?: \w+)? (?:only|preferred)\b|\bno (?:foreign )?accents?\b"
)
_NEAR = 120  # characters between an offer and whom it turns away
_OWN_GROUP = frozenset(("family", "home", "single", "adult", "native"))  # "family only plan", "native app only"


def excludes(text: str) -> bool:
    """Whether an offer of housing, work or credit turns a protected group away or prefers another (plain text). Places
    are no group; homes for older persons are lawful (42 USC 3607(b)); who tells of such an offer makes none."""
    if _OFFER.search(text) is None or _RETOLD.search(text) is not None:
        return False
    turned = [match for pattern in _TURNED_AWAY for match in pattern.finditer(text) if _protected(match)]
    turned += _SPEAKERS.finditer(text)
    return any(_OFFER.search(text, max(0, m.start() - _NEAR), m.end() + _NEAR) is not None for m in turned)


def _protected(match: re.Match[str]) -> bool:
    said = {word for word in match.groupdict().values() if word}
    if said & _OWN_GROUP and " only" in match[0]:
        return False
    return bool(said & _FAMILY) or any(said & words(name) for name in GROUNDS if name != "location")
