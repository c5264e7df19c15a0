"""Whether a person says that they are not the one who is meant: a wrong number.

It tells of the list and not of the messages (rulebook 6.7): the number is old, mistyped, or somebody else's by now.
Pure: words in, answer out; the words are folded as `facts.revocation` folds them (lower case, no accents or signs).
"""

from __future__ import annotations

import re

_WORDINGS = {
    "en": r"\bwrong (?:number|num|person(?! (?:to ask|out)))\b|\b(?:mis|wrongly )dial\w*"
    r"|\b(?:not|isnt|aint) (?:the |your )?(?:right|correct) (?:number|person|phone)\b"
    r"|\bi (?:dont|do not) know (?:this number|who (?:you are|this is|u r))\b"
    r"|\bi (?:dont|do not) know you(?:$| (?:and|but|so|please|pls|sorry|stop|remove|who|why|at all)\b)"
    r"|\b(?:no|nobody|no one|noone|not anyone) (?:here )?(?:by|with|of) (?:that|this) name\b"
    r"|\b(?:this is|its) (?:not|no longer|nt) (?:his|her|their|\w{2,12}s) (?:number|phone|cell)\b"
    r"|\b(?:this|that) (?:number|phone) (?:is not|isnt|is no longer|no longer|doesnt|does not) belongs? to\b"
    r"|\b(?:this|that) (?:isnt|is not|aint) \w{2,12}s (?:number|phone|cell)\b"
    r"|\bi (?:just )?got this number (?:recently|new|last|a few|from)\b|\bnew (?:owner|holder) of this number\b",
    "es": r"\bnumero (?:equivocado|incorrecto)\b|\bpersona equivocada\b|\bse (?:ha )?equivoc\w+ de (?:numero|persona)\b"
    r"|\b(?:te|esta|estas) equivocad[oa] de (?:numero|persona)\b|\bno (?:te|los?|las?|le) conozco\b"
    r"|\beste (?:no es (?:su|el) numero (?:de|del)|numero no es de)\b",
    "fr": r"\b(?:mauvais|faux) numero\b|\bmauvaise personne\b|\berreur de (?:numero|personne)\b"
    r"|\b(?:vous (?:vous )?|tu t ?)(?:etes )?tromp\w+ de (?:numero|personne)\b|\bne (?:vous|te) connais pas\b",
    "de": r"\bfalsche (?:nummer|person)\b|\bfalsch verbunden\b|\bverwahlt\b|\bkenne (?:sie|dich|euch) nicht\b",
    "pt": r"\bnumero (?:errado|incorreto)\b|\bpessoa errada\b|\bnao (?:te|o|a|os) conheco\b"
    r"|\besse numero nao e (?:de|do|da)\b",
    "it": r"\bnumero sbagliato\b|\bpersona sbagliata\b|\bsbagliato (?:numero|persona)\b|\bnon (?:ti|la|vi) conosco\b",
}
_MISTAKEN = re.compile("|".join(f"(?:{wording})" for wording in _WORDINGS.values()))

#: It was the person who got somebody else's number, or asks whether they did.
_OWN = re.compile(
    r"\b(?:i|we) (?:(?!you |u )\w+ ){0,2}(?:had|have|has|got|get|texted|text|called|call|dialed|dialled|dial|wrote"
    r"|write|sent|gave|put|typed|entered|used|stored|saved|messaged) (?:\w+ ){0,3}wrong\b"
    r"|\bis (?:this|that|it) (?:the |a )?wrong\b"
    r"|\b(?:tengo|tenia|marque|di|puse|escribi) (?:\w+ ){0,2}(?:numero equivocado|numero incorrecto)\b"
    r"|\bjai (?:\w+ ){0,2}(?:mauvais|faux) numero\b|\b(?:me|je me suis) (?:equivoque|tromp\w+) de numero\b"
)


def says_mistaken(words: str) -> bool:
    """Whether the person says that somebody else is meant."""
    return _MISTAKEN.search(words) is not None and _OWN.search(words) is None
