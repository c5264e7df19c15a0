"""Intent, not substring: what is an opt-out, what is not, and what a person must read."""

from __future__ import annotations

import pytest

from masstransit.facts.revocation import IntentKind, Keywords, intent

STOP = """
STOP|stop|Stop!!|sToP.|stop 🙏|👎 stop|S T O P|s.t.o.p|stpo|sotp|stoppp|STOP STOP STOP|ｓｔｏｐ|st\u200bop|ЅТОР|st0p
stop please|please stop|pls remove me|unsubscribe|UNSUBSCRIBE ME|Unsubcribe|quit|End|cancel|CANCEL!|stopall|stop all
revoke|opt out|opt-out|optout|Please opt me out|remove|arret|ARRÊT|arrêtez|td|TD|stop texting me|Stop texting me!!
take me off your list|please take me off of your list|remove my number|remove me from your list|delete my number
don't text me|do not text me anymore|Dont send me any more texts|no more texts|No more messages please
I don't want these messages|i do not want to receive these texts|I no longer wish to receive messages
stop sending me messages|stop sending me this crap|quit texting me|unsubscribe me from this list|how do i unsubscribe
I want to opt out|opt me out|I told you to stop|i asked you to stop sending these|I said stop|just stop|stop it
stop this|will you please stop|can you please stop texting me|why wont you stop texting me|I revoke my consent
Got it, thanks. STOP|No, stop|STOP!! I never signed up for this|STOP. Wrong number|get me off this list|🛑|'Stop'|"STOP"
you have the wrong number please stop texting|stop these messages|END THESE TEXTS|Please cease texting
no más|No mas|no me escriban más|no me escribas mas por favor|no me manden más mensajes|deje de escribirme
dejen de mandarme mensajes|no quiero más mensajes|quítenme de la lista|dar de baja|baja|darme de baja|basta|alto
désabonner|désabonnez-moi|me désabonner|arrêtez de m'écrire|arrêtez de m'envoyer des messages|ne m'écrivez plus
ne me contactez plus|plus de messages|je ne veux plus recevoir vos messages|retirez-moi de votre liste|stop svp
stopp|abmelden|keine Nachrichten mehr|bitte keine SMS mehr|schreiben Sie mir nicht mehr
pare de me mandar mensagens|não me mande mais mensagens|sair|descadastrar|стоп|退订
"""

MARKETING = """
no more ads please|stop sending me promotions|stop the marketing|I don't want your offers
no más publicidad|no quiero promociones|plus de pub svp|keine Werbung mehr
"""

PERSON = """
leave me alone|Leave me ALONE!!|stop contacting me John|do not contact me again|never text me again|stop harassing me
lose my number|go away|déjame en paz|laissez-moi tranquille|lass mich in Ruhe|me deixe em paz
"""

UNCLEAR = """
don't text me until Monday|not interested|wrong number|lol stop|omg stop!|don't call me, just text me|👎|this is spam
stop texting me at night, mornings are fine|cancel my subscription|no me interesa|he won't stop texting me
"""

NOTHING = """
Stop by the shop at 5|stop by at 5|don't stop|Don't stop!|dont stop now|end of month|See you at the end of month
cancel my 3 pm appointment|Please cancel my appointment|can you stop by?|I can't stop laughing|non-stop|the end|The End.
quit smoking program sounds good|STOP sign is down|the stop sign is down|bus stop|at the bus stop|next stop please
never stop learning|I quit my job yesterday|yes please|Yes I'll be there|what time does it start|help me with my order
can you help|No thanks|no|ok|thanks|We will stop at the store on the way|stop worrying|Can't wait till the weekend
The rain won't stop|remove the old filter first|Please remove the onions from my order|I'd like to cancel my order
I love these messages, don't unsubscribe me|how do I opt in|shop|step|top|Reply STOP to unsubscribe|full stop
Did you mean 'Reply STOP to end'?|stop loss order executed|Stop in anytime|stop at the light then turn left
It never ends|please don't cancel|I don't want to unsubscribe|When does the sale end?|baja el volumen por favor
no me acuerdo|no me llamo Juan|Je ne peux pas m'arrêter de rire|arrêt de bus|fin de semana|parar en la tienda
cancelar mi cita de las 3|Text me when you get here|call me back please|My kids won't leave the dog alone|no worries
Can you send me the tracking info|I need info on pricing|go away for the weekend? yes|leave it at the door|🎉
Did he stop by yesterday?|
"""


#: Who says that somebody else is meant, and asks to be left out of it; and who only says so.
MISTAKEN_STOP = """
STOP. Wrong number|you have the wrong number please stop texting|wrong person, remove me
Stop texting me, I don't know you|take me off your list, nobody by that name
número equivocado, no me escriban más|numéro incorrect ? non, mauvais numéro, arrêtez de m'écrire
falsche Nummer, bitte keine SMS mehr|número errado, pare de me mandar mensagens
"""
MISTAKEN = """
wrong number|Wrong person!|Sorry, I think you have the wrong number|you got the wrong person|u sms wrong person
I don't know who this is|who is this? I don't know you|no one by that name here|This isn't Annas number
this is no longer her number|this number no longer belongs to Juan|not the right number
número equivocado|se equivocó de número|persona equivocada|no los conozco
mauvais numéro|vous vous trompez de numéro|erreur de numéro|falsche Nummer|falsch verbunden|número errado|pessoa errada
numero sbagliato
"""
NOT_MISTAKEN = """
I have the wrong number, sorry|sorry I texted the wrong person|I gave you the wrong number, it is 555 0100
is this the wrong number?|wrong size, can I return it?|what's wrong|he is the wrong person to ask|don't know, you?
no conozco la tienda|I don't know the address|my new number is 555 0100|me equivoqué de número|who is this?|STOP
not interested|that's the wrong order number|something is wrong with my phone
"""


def _each(block: str) -> list[str]:
    return [text for line in block.strip().split("\n") for text in line.split("|")]


@pytest.mark.parametrize("text", _each(STOP))
def test_who_wants_nothing_more_is_understood(text: str) -> None:
    assert intent(text).kind is IntentKind.STOP


@pytest.mark.parametrize("text", _each(MARKETING))
def test_who_wants_no_advertising_keeps_the_rest(text: str) -> None:
    assert intent(text).kind is IntentKind.STOP_MARKETING


@pytest.mark.parametrize("text", _each(PERSON))
def test_who_wants_to_be_left_alone_is_understood(text: str) -> None:
    assert intent(text).kind is IntentKind.STOP_PERSON


@pytest.mark.parametrize("text", _each(UNCLEAR))
def test_what_may_mean_either_is_left_to_a_person(text: str) -> None:
    found = intent(text)
    assert (found.kind, found.sure) == (IntentKind.UNCLEAR, False)


@pytest.mark.parametrize("text", _each(MISTAKEN_STOP))
def test_who_is_not_meant_and_asks_to_stop_is_understood_in_both(text: str) -> None:
    found = intent(text)
    assert (found.kind in {IntentKind.STOP, IntentKind.STOP_MARKETING}, found.mistaken) == (True, True)


@pytest.mark.parametrize("text", _each(MISTAKEN))
def test_who_only_says_that_somebody_else_is_meant_is_left_to_a_person(text: str) -> None:
    found = intent(text)
    assert (found.kind, found.mistaken, found.sure) == (IntentKind.UNCLEAR, True, False)


@pytest.mark.parametrize("text", _each(NOT_MISTAKEN))
def test_who_is_meant_is_not_taken_for_a_wrong_number(text: str) -> None:
    assert not intent(text).mistaken


@pytest.mark.parametrize("text", _each(NOTHING))
def test_an_ordinary_message_is_no_opt_out(text: str) -> None:
    assert intent(text).kind is IntentKind.NONE


@pytest.mark.parametrize("text", ["START", "start", "unstop", "Yes", "YES!", "resume", "sí", "oui", "alta", "opt in"])
def test_start_asks_for_messages_again(text: str) -> None:
    assert intent(text).kind is IntentKind.START


@pytest.mark.parametrize("text", ["HELP", "help!", "info", "ayuda", "aide", "INFO please", "Hilfe", "who is this?"])
def test_help_is_understood(text: str) -> None:
    assert intent(text).kind is IntentKind.HELP


@pytest.mark.parametrize("text", ["STOP", "Stop!!", "unsubscribe", "END", "Quit.", "cancel", "revoke", "opt-out"])
def test_a_bare_keyword_is_conclusive(text: str) -> None:
    assert intent(text).per_se


def test_a_wording_is_not_a_keyword() -> None:
    assert not intent("take me off your list").per_se


def test_the_language_of_the_wording_is_told() -> None:
    assert [intent(t).language for t in ("stop", "no más", "arrêtez", "abmelden", "sair")] == [
        "en",
        "es",
        "fr",
        "de",
        "pt",
    ]


def test_a_campaigns_own_keywords_add_to_the_common_ones() -> None:
    own = Keywords(stop=("BYEBYE",), start=("Join",), help=("WHO",))
    assert intent("bye-bye").kind is IntentKind.NONE
    assert intent("byebye!", context=own).kind is IntentKind.STOP
    assert intent("join", context=own).kind is IntentKind.START
    assert intent("who?", context=own).kind is IntentKind.HELP
    assert intent("stop", context=own).kind is IntentKind.STOP


def test_what_is_kept_is_a_keyword_and_never_the_text() -> None:
    assert "Maria" not in intent("Please stop texting me, Maria, at this number").said


def test_a_very_long_message_is_read_only_so_far() -> None:
    assert intent("a " * 100_000).kind is IntentKind.NONE
