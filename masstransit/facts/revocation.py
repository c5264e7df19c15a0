"""What a person means by a message to a sender: stop, start, help, or something else altogether.

Intent, not substring (47 CFR 64.1200(a)(10); rulebook 7.4, 7.5). A bare keyword is conclusive; other words count
where a reasonable reader would take them so; words that may mean either are `UNCLEAR`, which stops marketing and asks a
person to look. Pure: text in, `Intent` out. Nothing of the text is kept beyond a keyword or the kind of its wording.

The text is read in four steps: it is folded to plain lower-case words (compatibility forms, accents, zero-width
characters and emoji are gone), quoted instructions such as "Reply STOP to end" are cut out, whole keywords are
compared, and then each family of wordings is tried, the narrower before the wider.
"""

from __future__ import annotations

import enum
import re
import unicodedata

import msgspec

from masstransit.facts.mistaken import says_mistaken


class IntentKind(enum.Enum):
    """What the person wants."""

    STOP = "stop"  #: nothing more from this sender
    STOP_MARKETING = "stop-marketing"  #: no more advertising; the rest may go on
    STOP_PERSON = "stop-person"  #: to be left alone: on every number and channel (rulebook 8.1)
    START = "start"  #: messages again
    HELP = "help"  #: who is this, and how does one get out
    UNCLEAR = "unclear"  #: perhaps an opt-out: a person must read it (7.5)
    NONE = "none"  #: an ordinary message


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What was understood. `said` is a keyword or a kind of wording, never the text."""

    kind: IntentKind
    said: str = ""
    language: str = "en"  #: ISO 639-1, of the wording; answers are written in it
    sure: bool = True
    per_se: bool = False  #: a keyword that law or industry makes conclusive
    mistaken: bool = False  #: the person says that somebody else is meant: a wrong number


class Keywords(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign has registered beside the common keywords. They add to those and never replace them."""

    stop: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    help: tuple[str, ...] = ()


NOTHING = Intent(kind=IntentKind.NONE)

# --- keywords that stand alone --------------------------------------------------------------------------------------

#: 64.1200(a)(10) and CTIA Messaging Principles 5.1.3, with the carriers' own; French and Spanish ones as Canadian and
#: US carriers list them.
_PER_SE = {
    "en": "stop|end|unsubscribe|cancel|quit|stopall|stop all|revoke|opt out|optout|opt me out|remove|td"
    "|stop sms|stop text"
    "|unsub",
    "fr": "arret|arreter|arretez|desabonner|desabonnement|stop tout|stop sms svp",
    "es": "alto|parar|pare|detener|baja|cancelar|no mas|desuscribir|anular",
}

#: Whole messages that say the same; not keywords of law, but nobody could read them otherwise.
_PLAIN_STOP = {
    "en": "stop it|stop this|stop now|stop these|stop that|just stop|stop already|make it stop|no more"
    "|stop everything"
    "|can you stop|could you stop|will you stop|i said stop|remove me|take me off|get me off|delete me"
    "|unlist me|cease"
    "|i want out|end this|end these|cancel this|cancel these|cancel all|end all|quit it|delist|desist|optme out"
    "|stop alerts|unsubscribed me|i quit|stop service|stop messages|stop promotion",
    "es": "basta|ya basta|no mas mensajes|borrame|borrenme|quitame|quitenme|eliminame|eliminenme|sacame|saquenme|fin"
    "|no quiero|darme de baja|dar de baja|deme de baja|denme de baja|dame de baja|detenganse|detente|dejen ya",
    "fr": "retirez moi|enlevez moi|supprimez moi|assez|ca suffit|arrete|desinscrire|desinscription|resilier"
    "|desabonnez moi|desinscrivez moi|me desabonner|me desinscrire|plus de messages|plus de sms",
    "de": "stopp|abmelden|abbestellen|austragen|aufhoren|schluss|abmeldung|abbestellung|keine sms mehr"
    "|keine nachrichten mehr|hort auf|hor auf",
    "pt": "chega|sair|descadastrar|remover|me remova|me tire|parem|pare com isso|nao quero mais|cancele",
    "it": "fermati|cancellami|disiscrivimi|rimuovimi|basta cosi",
    "ru": "стоп|отписаться|отпишите меня",
    "zh": "退订|停止|td退订",
}

_START = {
    "en": "start|unstop|yes|resume|restart|resubscribe|subscribe|opt in|optin|opt me in|sign me back up|start again",
    "es": "si|alta|iniciar|empezar|comenzar|suscribir|reanudar",
    "fr": "oui|debut|debuter|commencer|demarrer|reprendre|reabonner",
    "de": "ja|starten|anmelden",
    "pt": "sim|iniciar|comecar|voltar",
}

#: Keywords that say so of every way, not only of the one that they come by.
EVERYTHING = frozenset(("stopall", "stop all", "cancel all", "end all", "stop everything", "stop tout"))

#: Of these, the ones that answer any question.
AFFIRMATIVE = frozenset(("yes", "si", "oui", "ja", "sim"))

_HELP = {
    "en": "help|info|helpme|information|who is this|whos this",
    "es": "ayuda|quien es",
    "fr": "aide|qui est ce",
    "de": "hilfe",
    "pt": "ajuda",
}

#: Said around a keyword without changing it.
_FILLER = re.compile(
    r"\b(?:please|pls|plz|plse|pleas|thanks|thank you|thankyou|thx|ty|ok|okay|hi|hello|hey|dear|sir|now|asap"
    r"|immediately"
    r"|kindly|today|everyone|guys|folks|right now|por favor|porfavor|porfa|gracias|hola|ahora|s il vous plait"
    r"|sil vous plait|svp|stp|merci|bonjour|maintenant|bitte|danke|hallo|obrigado|obrigada|ola|agora|per favore"
    r"|grazie)\b"
)

# --- wordings -------------------------------------------------------------------------------------------------------

_VERB = (
    r"(?:texting|txting|messaging|msging|sending|contacting|calling|spamming|bothering|bugging|emailing"
    r"|writing|pinging)"
)
_BARE_VERB = r"(?:text|txt|message|msg|send|contact|call|spam|bother|bug|write|ping)"
_THING = (
    r"(?:texts?|txts?|text messages?|messages?|msgs?|messgaes|sms|notifications?|alerts?|reminders?|updates?|spam"
    r"|stuff|crap|shit|subscription to texts)"
)
_ADS = (
    r"(?:ads?|adverts?|advertising|advertisements?|promos?|promotions?|promotional|marketing|offers?|deals"
    r"|coupons?|sales)"
)

_MARKETING = {
    "en": rf"(?:stop|no more|quit|end|cancel|dont want|do not want|unsubscribe (?:me )?from)(?: \w+){{0,4}} {_ADS}\b"
    rf"|(?:dont|do not) send (?:me |us )?(?:\w+ ){{0,3}}{_ADS}\b",
    "es": r"no (?:mas|quiero|me \w+|envien|manden)(?: \w+){0,4} (?:publicidad|promociones|ofertas|anuncios)",
    "fr": r"(?:plus de|stop|pas de|arretez|ne veux plus)(?: \w+){0,3} (?:pubs?|publicites?|promos?|promotions"
    r"|offres)",
    "de": r"keine (?:\w+ ){0,2}(?:werbung|werbe\w+|angebote)",
    "pt": r"(?:nao|parem?|chega)(?: \w+){0,4} (?:propagandas?|publicidade|promocoes|ofertas|anuncios)",
}

_PERSON = {
    "en": r"leave (?:me|us|my \w+) (?:the \w+ )?alone"
    r"|(?:stop|quit) (?:contacting|harassing|stalking|threatening|following|bothering) (?:me|us|my \w+)"
    r"|(?:dont|do not|never)(?: ever| you ever| try to)? (?:contact|call|talk to|speak to|come near|write to"
    r"|text|message)"
    r" (?:me|us)(?: \w+){0,2} (?:again|ever)"
    r"|(?:want|asked|told)(?: you)? (?:nothing|no contact|not to contact)(?: \w+){0,4}|no contact (?:order|with me)"
    r"|(?:^|\bjust )(?:fuck|piss|bugger|sod|f) off\b|^(?:go away|get lost)(?:$| and| you)|lose (?:my"
    r"|this) number|forget my number",
    "es": r"dej\w*me (?:ya )?(?:en paz|tranquil\w+)|dej\w* de (?:molestarme|acosarme|contactarme)"
    r"|no me (?:molest|acos)\w+"
    r"|no vuelvas? a (?:escribir|llamar|contactar)me",
    "fr": r"laiss\w+ (?:moi|nous) (?:tranquilles?|en paix)|(?:fichez?|foutez?|fous) moi la paix"
    r"|arret\w+ de m ?e? ?(?:harceler|contacter|suivre)",
    "de": r"(?:lass|lasst|lassen sie) (?:mich|uns)(?: bitte| endlich)? in (?:ruhe|frieden)",
    "pt": r"(?:me deix\w+|deix\w+ ?me) em paz|par\w+ de me (?:incomodar|perseguir)",
}

_STOP = {
    "en": rf"\b(?:stop|quit|cease|end|halt)(?: \w+)? {_VERB}\b"
    rf"|\b(?:stop|quit|end|cease|cancel|no more)(?: sending)?(?: me| us)?(?: (?:the|these|this|those|your"
    rf"|all|any|more|of|"
    rf"future|further|daily|annoying|stupid|fucking|damn|unwanted|from you)){{0,4}} {_THING}\b"
    rf"|\b(?:dont|do not|no longer|not) (?:ever )?{_BARE_VERB} (?:to )?(?:me|us|this number|here)\b"
    rf"|^never {_BARE_VERB} (?:me|us|this number)\b"
    rf"|\b(?:dont|do not|no longer|never) (?:want|wish|need|like|care)(?: to)?(?: (?:be|get|receive|have|see"
    rf"|getting|receiving"
    rf"|for))?(?: (?:any|more|these|your|the|of|further|this|future|such)){{0,4}} (?:{_THING}|contacted|texted"
    rf"|messaged)\b"
    r"|\b(?:dont|do not|no longer|never) (?:want|wish|care) to (?:hear|receive|get)(?: \w+){0,3} (?:from"
    r"|anymore|any more)\b"
    r"|\b(?:take|get|keep|leave|drop) (?:me|us|my (?:\w+ )?(?:number|name|contact)|this (?:phone )?number"
    r"|number) off\b"
    r"|\b(?:take|get|drop) (?:me|us|my (?:\w+ )?number) out of (?:this|your|the) (?:\w+ )?(?:list|group|system"
    r"|thread|chat)"
    r"|\b(?:remove|drop|scratch|strike|delete|erase) (?:number|this|my contact|my info\w*) (?:off|from|out of)\b"
    r"|\b(?:remove|delete|erase|unlist) (?:me|us|my (?:\w+ )?(?:number|name|info\w*)|this (?:phone )?number)\b"
    r"|\bunsub(?:scribe|s?cribe)?\b|\bunsuscribe\b|\bopt(?:ing)? ?(?:me|us|my number)? ?out\b|\bopt (?:me |us )?out\b"
    r"|\b(?:told|asked|said|begged|want|need|like|tell|ask) (?:you|u|yall|you guys|them|this|these|it)?(?: all)? ?"
    r"(?:to )?(?:please )?stop(?:$| (?:it|this|now|already|before|times|sending|these|twice|and|so))"
    r"|\b(?:revoke|withdraw)(?:ing)? (?:my |all )?(?:consent|permission)\b|\bblock me\b|\bcancel (?:me"
    r"|my text\w*|sms)\b"
    r"|\bstop (?:all|any) (?:\w+ )?(?:communications?|contact|correspondence)\b|\bstop (?:this|the) subscription\b",
    "es": r"\bno (?:me|nos|le) (?:vuelv\w+ a )?(?:escrib|llam(?![oa]\b)|mand|envi|contact|texte|mensaje)\w*"
    r"|\b(?:no|ya no|dej\w+ de) (?:me )?(?:escrib|mand|envi|contact|llam(?![oa]\b)|texte)\w*|\bparen? de (?:me )?\w+"
    r"|\bno quiero (?:recibir |que )?(?:mas |sus |estos |ningun |me )*(?:mensajes?|textos?|sms|nada|escrib\w+"
    r"|mand\w+|envi\w+)"
    r"|\bno mas (?:mensajes?|textos?|sms|mails?)\b|\b(?:dar|dar\w*me|deme|denme|dame|den) de baja\b"
    r"|\bdesuscrib\w+|\bdesinscrib\w+"
    r"|\b(?:borr|elimin|quit|sac|remuev)\w*(?:me|nos)\b(?: de \w+)?|\b(?:borr|elimin|quit)\w* mi numero\b"
    r"|\bcancel\w* (?:la |mi |esta )?su(?:b)?scripcion\b|\bdetengan? (?:los|estos|sus) mensajes\b",
    "fr": r"\barret\w+ (?:de |d ?)(?:m ?e? ?)?(?:ecrire|envoyer|contacter|appeler|texter|spammer|solliciter)"
    r"|\barret(?:e|ez|er) (?:ca|tout|(?:les|ces|vos|tous|tous les) (?:messages?|sms|textos?|envois|pubs?"
    r"|notifications))\b"
    r"|\bne (?:m ?e? ?|nous )?(?:contact|ecriv|envoy|appel|text"
    r"|sollicit)\w* (?:plus|pas)"
    r"|\b(?:contact|envoy|appel|text)ez (?:moi )?plus(?! tard)\b|\bplus de (?:messages?|sms|textos?)\b|\bdesabonn\w+"
    r"|\bdesinscri\w+"
    r"|\b(?:retir|enlev|supprim|effac|ray)\w+ (?:moi|nous|mon (?:numero|nom|contact))\b"
    r"|\b(?:ne )?veux plus (?:recevoir|de|d|etre|rien)\b|\bstop (?:aux|les|a) (?:sms|messages?|textos?)\b",
    "de": r"\bkeine (?:weiteren |mehr )(?:nachrichten|sms|texte|mitteilungen)\b"
    r"|\bkeine (?:nachrichten|sms|texte|mitteilungen) mehr\b"
    r"|\b(?:schreib|kontaktier|schick|ruf|send|meld|belastig)\w*(?: sie)? (?:mir|mich"
    r"|uns)(?: \w+){0,2} (?:nicht|keine?)(?: \w+)? ?mehr"
    r"|\bnicht mehr (?:\w+ )?(?:schreiben|anschreiben|kontaktieren|anrufen|senden)\b"
    r"|\bhort? (?:bitte )?auf(?: mir| mich)? (?:zu )?(?:schreiben|nachrichten|sms)\b"
    r"|\b(?:losch|entfern|streich)\w*(?: sie)?(?: bitte)? (?:mich|meine (?:nummer|daten))\b"
    r"|\b(?:mochte|will) (?:\w+ )?(?:keine|nichts) (?:\w+ )?mehr\b|\bmelde\w* mich(?: bitte)? ab\b",
    "pt": r"\bparem? de (?:me )?(?:enviar|mandar|escrever|ligar|contatar|contactar|encher)\w*"
    r"|\bnao (?:me )?(?:mand|envi|escrev|contat|contact|lig)\w*(?: \w+)? ?mais\b"
    r"|\bnao quero (?:mais )?(?:receber|mensagens|sms|suas)\b"
    r"|\b(?:me )?(?:remov|descadastr|tir|exclu)\w* (?:me |meu numero|meu contato|da lista|desta lista"
    r"|dessa lista)\w*|\bdescadastr\w+",
    "it": r"\bnon (?:mi )?(?:scriv|mand|invi|contatt|chiam)\w+ piu\b|\bsmett\w+ di (?:scriver|mandar|inviar"
    r"|contattar)\w+"
    r"|\bcancella\w* (?:il mio numero|mi)\b|\bdisiscriv\w+",
}

#: May well be an opt-out, and may not.
_PERHAPS = re.compile(
    r"\bnot interested\b|\bno longer interested\b|\bwho(?:ever)? (?:is|gave)"
    r"(?: \w+){0,3} my number\b|\bthis is spam\b|\breport(?:ed|ing)?(?: \w+){0,3} (?:spam|harassment|fcc|ftc)\b"
    r"|^spam$"
    r"|^enough(?: already)?$|^i(?:m| am) (?:done|out)$|\bcancel (?:my |the |this )?(?:subscription|membership"
    r"|account|service)\b"
    r"|\bno me interesa\b|\bpas interesse\b|\bkein interesse\b|\bsem interesse\b|^no thanks? stop\b"
    r"|\bhow (?:do|can) i (?:stop|get out)\b"
)

#: A limit on the wish: another time, another way, another subject. What remains is for a person to read.
_LIMITED = re.compile(
    r"\b(?:until|till|unless|while|whilst|at (?:night|work|\d+)|when i|tonight|this (?:week|morning|late)"
    r"|so (?:early|late)"
    r"|(?:before|after) (?:\d+|noon|midnight|work|dark|lunch|dinner|church)|tomorrow|(?:just|only"
    r"|please) (?:text|txt)"
    r"|(?:text|txt) (?:me )?(?:here|back|first|later)|hasta|mientras|manana|escribeme|jusqu\w*|pendant|demain|wahrend"
    r"|morgen|amanha)\b"
)

#: A tale about somebody, or a question about the past: the words are there, the wish is not.
_TOLD = re.compile(
    r"\b(?:he|she|they|it|someone|somebody|people|who|ex|guy|man|lady|kids?|son|daughter|customers?"
    r"|clients?) (?:\w+ ){0,4}"
    r"(?:stop|quit|unsubscribe|opt(?:ed)? out|remove|leave)|\b(?:did|have|has|had|if|am) i (?:\w+ )?(?:opt"
    r"|unsub|stop)"
    r"|\b(?:didnt|did not|havent|never|dont want to|do not want to|not going to"
    r"|wont) (?:mean to )?(?:unsubscribe|opt out|be removed)"
    r"|\b(?:wont|cant|cannot|doesnt|didnt|couldnt|wouldnt|never|not|dont|do not) (?:\w+ )?(?:stop|quit) "
)
_TO_SENDER = re.compile(r"\b(?:wont|cant|dont|will|can|could|would) you\b")
_OF_ME = re.compile(r"\b(?:me|us|my)\b")
_LONG = 30  # words: in a longer message a wording may be about anything
_TEASING = re.compile(r"\b(?:lol|lmao|haha\w*|hehe\w*|omg|rofl|jaja\w*|mdr|kkk+)\b")

_NEGATED_STOP = re.compile(
    r"\b(?:dont|do not|donot|never|cant|cannot|can not|wont|will not|doesnt|didnt|couldnt|wouldnt|shouldnt|not"
    r"|non|no|isnt"
    r"|without|ne|nicht|nao) (?:you |ever |want (?:to |you to |it to |them to )?|going to |gonna )?(?:stop\w*"
    r"|quit\w*|cancel\w*"
    r"|end\w*|unsubscribe|remove)\b"
)

#: Stops that are places, signs and visits.
_IDIOM = re.compile(
    r"\bstop (?:by|at|in|over|for|here|there|sign|light|off|watch|loss|motion|the|on|\w+ing)\b"
    r"|\b(?:bus|pit|truck|next|last|first|train|rest|full|door|tram|metro|my|your|one|1|more|same) stop\b"
)

#: Instructions quoted from a sender's own message: "Reply STOP to end", "STOP=end", "Répondez STOP pour arrêter".
_QUOTED = re.compile(
    r"\b(?:reply|text|txt|send|say|type|write|replying|repond\w*|envoy\w+|respond\w*|envi\w+"
    r"|antwort\w*) (?:with )?(?:the word )?"
    r"(?:stop|stopall|unsubscribe|cancel|quit|end|help|start|arret|alto|pare|baja|info)\b"
    r"(?: ?(?:to|2|4|for|pour|para|um|and) (?:\w+ ?){0,4})?"
    r"|\bstop ?(?:2|to) ?(?:end|stop|quit|cancel|opt ?out|unsub\w*)\b|\btxt ?stop\b"
)

#: Another machine's confirmation, in the words of ours and of most: who is told how to start again did not write it.
_MACHINE = re.compile(
    r"\b(?:reply|text|txt|send|respond\w*|repond\w*|envi\w*|antwort\w*|mit) (?:with )?(?:start|unstop)\b"
    r"|\bstart meldet\b"
)

#: "Don't unsubscribe me": the opposite wish.
_STAYS = re.compile(
    r"\b(?:dont|do not|didnt|did not|never|not)(?: want to)? (?:unsubscribe|remove|cancel|opt out|opt me out"
    r"|take me off)\b"
    r"|\b(?:dont|dun|do not|never|wont|not) leave (?:me|us) alone\b"
)

_WORDS = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'`\u00b4\u2018\u2019\u02bc\uff07")
_SENTENCE_ENDS = re.compile(r"[.!?,;:\n\r\u2014\u2013()\"\u3002\uff01]+")
_LOOKALIKE = str.maketrans("аеорсхутѕірѵ", "aeopcxytsipv")  # Cyrillic drawn like Latin
_OTHER_WORDS = frozenset(
    ("shop", "step", "slop", "atop", "top", "stow", "swop", "sop", "stoop", "strop", "stomp", "stock", "store")
)


def _table(words: dict[str, str]) -> dict[str, str]:
    return {word: language for language, listed in words.items() for word in listed.split("|")}


_PER_SE_WORDS = _table(_PER_SE)
_PLAIN_STOP_WORDS = _table(_PLAIN_STOP)
_START_WORDS = _table(_START)
_HELP_WORDS = _table(_HELP)
_FAMILIES = (
    (IntentKind.STOP_MARKETING, "no more advertising", {k: re.compile(v) for k, v in _MARKETING.items()}),
    (IntentKind.STOP_PERSON, "wants to be left alone", {k: re.compile(v) for k, v in _PERSON.items()}),
    (IntentKind.STOP, "asked in words to stop", {k: re.compile(v) for k, v in _STOP.items()}),
)


def intent(text: str, *, context: Keywords | None = None) -> Intent:
    """What a person's message asks of its sender. `context` holds the campaign's own keywords."""
    folded = _fold(text[:1000])
    words = _plain(folded)
    if not words:
        return _picture(text)
    found = _keyword(words, context or Keywords()) or _wording(folded, words)
    if says_mistaken(words):
        return _from_a_stranger(found)
    return found or NOTHING


def _from_a_stranger(found: Intent | None) -> Intent:
    """What somebody asks who says that they are not meant. Who only says so may or may not want to be left out."""
    asked = found is not None and found.kind not in {IntentKind.START, IntentKind.HELP, IntentKind.NONE}
    return msgspec.structs.replace(found if found and asked else _unclear("wrong number"), mistaken=True)


def _fold(text: str) -> str:
    """Compatibility forms folded, invisible characters gone, accents off, lower case; punctuation is still there."""
    compatible = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text))
    shown = "".join(c for c in compatible if unicodedata.category(c) not in ("Mn", "Cf", "Me"))
    lower = shown.casefold().translate(_APOSTROPHES)
    return lower if re.search(r"[бгджзийклмнпфцчшщъыьэюя]", lower) else lower.translate(_LOOKALIKE)


def _plain(folded: str) -> str:
    """Only the words, one space between them; letters set apart ("s t o p") are joined."""
    words = _WORDS.findall(folded)
    if len(words) > 2 and all(len(word) == 1 for word in words):
        return "".join(words)
    return " ".join(words)


def _picture(text: str) -> Intent:
    """A message of signs alone: a stop sign is as plain as the word."""
    if any(sign in text for sign in "\U0001f6d1\u26d4\U0001f6ab"):
        return Intent(kind=IntentKind.STOP, said="stop sign", sure=False)
    if any(sign in text for sign in "\U0001f44e\U0001f595"):
        return Intent(kind=IntentKind.UNCLEAR, said="a sign of displeasure", sure=False)
    return NOTHING


def _keyword(words: str, own: Keywords) -> Intent | None:
    """The whole message is a keyword, alone, repeated, misspelt by one key, or with courtesies around it."""
    bare = " ".join(_FILLER.sub(" ", words).split()) or words
    once = _once(bare)
    for said in dict.fromkeys((words, bare, once)):
        if said in _PER_SE_WORDS or said in _listed(own.stop):
            language = _PER_SE_WORDS.get(said, "en")
            return Intent(kind=IntentKind.STOP, said=said, language=language, per_se=said in (words, once))
        if said in _PLAIN_STOP_WORDS:
            return Intent(kind=IntentKind.STOP, said=said, language=_PLAIN_STOP_WORDS[said])
        if said == words and (said in _START_WORDS or said in _listed(own.start)):  # "yes please" answers something
            return Intent(kind=IntentKind.START, said=said, language=_START_WORDS.get(said, "en"))
        if said in _HELP_WORDS or said in _listed(own.help):
            return Intent(kind=IntentKind.HELP, said=said, language=_HELP_WORDS.get(said, "en"))
    if " " not in once and _misspelt(once):
        return Intent(kind=IntentKind.STOP, said="stop, misspelt", sure=False)
    return None


def _listed(keywords: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_plain(_fold(keyword)) for keyword in keywords)


def _once(words: str) -> str:
    """'stop stop stop' is 'stop'."""
    different = list(dict.fromkeys(words.split()))
    return different[0] if len(different) == 1 else words


def _misspelt(word: str) -> bool:
    """One slip of the finger from 'stop' (two from 'unsubscribe'), and no word of its own."""
    if word in _OTHER_WORDS or not word.isascii():
        return False
    if re.fullmatch(r"st[o0]+p+e?d?", word) or _slips(word, "stop") == 1:
        return len(word) >= 3
    return len(word) >= 8 and _slips(word, "unsubscribe") <= 2


def _slips(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment)."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _wording(folded: str, words: str) -> Intent | None:
    """The families of wordings; then what may be one."""
    rest = _STAYS.sub(" ", _QUOTED.sub(" ", words))
    if _MACHINE.search(words) or not rest.strip():
        return None
    for kind, said, languages in _FAMILIES:
        language = next((language for language, pattern in languages.items() if pattern.search(rest)), None)
        if language is not None:
            return _weighed(kind, said, language, rest)
    return _among_sentences(folded) or _left_over(rest)


def _weighed(kind: IntentKind, said: str, language: str, rest: str) -> Intent | None:
    """A wording that was found, in the light of the rest."""
    if _TOLD.search(rest) and not _TO_SENDER.search(rest):
        return _unclear("a tale or a question") if _OF_ME.search(rest) else None
    if kind is not IntentKind.STOP_PERSON and _LIMITED.search(rest):
        return _unclear("a limited wish")
    if len(rest.split()) > _LONG:
        return _unclear("a wording in a long message")
    return Intent(kind=kind, said=said, language=language)


def _among_sentences(folded: str) -> Intent | None:
    """A sentence of its own that is a keyword: "Got it. STOP", "No, stop"."""
    sentences = [" ".join(_FILLER.sub(" ", _plain(s)).split()) for s in _SENTENCE_ENDS.split(folded)]
    for sentence in sentences:
        if sentence not in _PER_SE_WORDS and sentence not in _PLAIN_STOP_WORDS:
            continue
        language = _PER_SE_WORDS.get(sentence) or _PLAIN_STOP_WORDS[sentence]
        if _TEASING.search(folded):
            return _unclear("perhaps in jest")
        if sentence.startswith(("stop", "unsub", "remove me", "opt", "arret")):
            return Intent(kind=IntentKind.STOP, said=sentence, language=language, sure=False)
        if sentence in _PER_SE_WORDS and len(sentences) <= 3:
            return _unclear("a keyword among other words")
    return None


def _left_over(rest: str) -> Intent | None:
    """Words that may be an opt-out."""
    if _PERHAPS.search(rest):
        return _unclear("may be an opt-out")
    bare = _FILLER.sub(" ", rest).split()
    if "stop" not in bare or len(bare) > 3 or _NEGATED_STOP.search(rest) or _IDIOM.search(rest):
        return None
    return _unclear("stop among a few words")


def _unclear(said: str) -> Intent:
    return Intent(kind=IntentKind.UNCLEAR, said=said, sure=False)
