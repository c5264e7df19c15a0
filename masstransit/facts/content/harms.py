"""What is called for, or held over people: violence at a time and place, staying away from the polls, pictures of
people who never agreed to them.

Each is told by its form: several things that are harmless alone stand together, and nothing says that it is told,
warned of or spoken against. Pure functions of plain texts (`normal.py`: lower case, accents off).
"""

from __future__ import annotations

import re

from masstransit.facts.content.lexicon import GROUNDS, words

#: Who speaks so tells of harm, warns of it, or helps.
_TOLD = re.compile(
    r"\b(?:(?:was|were|been|got|police|officers) (?:arrested|charged|attacked|burned|injured)|sentenced|convicted"
    r"|investigat\w*|witness(?:es)?|suspects?|vigil|victims?|condemn\w*|memorial|mourn\w*|firefighters?|anniversary"
    r"|film|movie|episode|novel|series|peaceful\w*|non-?violen\w*|no (?:weapons?|violence)|rumou?rs?|illegal|unlawful"
    r"|crime|report (?:it|them|threats|any)|help ?line|survivors?|protect\w*)\b"
)
_SPORT = re.compile(
    r"\b(?:match|game|kick-?off|season|league|coach|teams?|cup|goals?|innings|tickets?|stadium|practice|tournament"
    r"|derby|playoffs?|score|fans|quiz|softball|baseball|cricket|hockey|football|soccer|lacrosse|karaoke|hunting"
    r"|cooking)\b"
)

# --- violence -------------------------------------------------------------------------------------------------------

_WEAPONS = (
    r"(?:guns?|rifles?|pistols?|shotguns?|bats?|clubs?|chains?|knives|knife|machetes?|hammers?|bricks?|rocks|stones"
    r"|petrol|gasoline|kerosene|fuel|molotovs?|matches|torches|sticks|(?:iron )?bars?|crowbars?|pipes|acid|ammo"
    r"|weapons?|blades?|axes?|explosives?|pitchforks?)"
)
_ARMED = re.compile(
    rf"\b(?:bring|brings|take|carry|pack|grab|get|come with|show up with|armed with"
    rf"|need)\b[^.!?]{{0,40}}\b{_WEAPONS}\b|\b{_WEAPONS} (?:welcome|needed|required)\b|\b(?:come|be|get"
    rf"|arrive) armed\b|\barm yourselves\b"
)
_WHEN = re.compile(
    r"\b(?:\d{1,2}[:.h]\d{2}|\d{1,2} ?(?:am|pm)|at \d{1,2}|tonight|tomorrow|noon|midnight|dawn|sundown|o'clock|(?:mon"
    r"|tues|wednes|thurs|fri|satur|sun)day|after (?:the )?(?:march|rally|service|prayers?|speech|parade|protest))\b"
)
_STRIKES = (
    r"(?:beat|kill|finish|attack|hurt|smash|stab|shoot|hit|crush|jump|ambush|lynch|hang|burn|bash|fight|hunt|punish"
    r"|destroy|break|kick|slaughter|gas|rape|teach)"
)
_STRUCK = re.compile(
    rf"\b{_STRIKES}\b(?: (?:up|down|off|out|the|those|these|all|every|any|some|of|damn|fucking|dirty|bloody|a|an))*"
    r" (?P<who>[a-z-]+)(?: (?P<also>[a-z-]+))?"
)
_FOES = frozenset((
    "protesters", "protestors", "demonstrators", "marchers", "counter-protesters", "counterprotesters", "cops",
    "police", "officers", "strikers", "activists", "journalists", "reporters", "crowd", "parade", "voters", "speakers",
    "traitors", "worshippers", "worshipers", "congregation", "leftists", "liberals", "republicans", "democrats",
    "fascists", "communists", "unionists", "scabs",
))  # fmt: skip
_ARSON = re.compile(
    r"\b(?:(?:burn|burning|torch|torching|set fire to|set ablaze|blow up|blowing up|bomb|firebomb|storm|trash"
    r"|raze)(?: down| up)?(?: (?:the|that|this|their|every|all|a|your|local|old|new|damn|fucking|[a-z]+))? (?:mosques?"
    r"|church(?:es)?|synagogues?|temples?|shelters?|clinics?|embassy|consulate|town hall|city hall|capitol"
    r"|police station|polling (?:place|station)|asylum|refugee [a-z]+|school|courthouse|parliament|newsroom|gay bar"
    r"|mandir|gurdwara))\b"
)
_SUMMONED = re.compile(
    r"\b(?:we|let's|lets|join|be there|meet|gather|who's in|who is in|everyone|everybody|come|bring)\b"
)


def calls_to_violence(text: str) -> bool:
    """Whether others are called to hurt people or burn a house of theirs: with weapons, or at a time."""
    struck = [match for match in _STRUCK.finditer(text) if _is_foe(match)]
    burned = _ARSON.search(text) is not None
    if not (struck or burned) or _TOLD.search(text) is not None or _SPORT.search(text) is not None:
        return False
    armed, when = _ARMED.search(text) is not None, _WHEN.search(text) is not None
    summoned = _SUMMONED.search(text) is not None
    if burned and summoned and (armed or when):
        return True
    return bool(struck) and (armed or (when and summoned))


def _is_foe(match: re.Match[str]) -> bool:
    """Whether those who are to be struck are people who gather there, or a protected group."""
    said = {word for word in match.groupdict().values() if word}
    return not said.isdisjoint(_FOES) or any(not said.isdisjoint(words(name)) for name in GROUNDS if name != "location")


# --- voters ---------------------------------------------------------------------------------------------------------

_ELECTION = re.compile(
    r"\b(?:vot(?:e|es|ed|er|ers|ing)|polls|polling (?:places?|stations?|sites?)|ballots?|ballot box(?:es)?"
    r"|election(?: day)?)\b"
)
_VOTER = (
    r"\b(?:voters?|(?:who|whoever|anyone|everyone) (?:\w+ ){0,5}votes?|(?:if|when|once|after) (?:you|they) vote"
    r"|if you go)\b"
)
_SEIZED = r"(?:arrest(?:ed|s)?|jail(?:ed)?|detain(?:ed)?|deport(?:ed)?|imprisoned|locked up|taken away|picked up|fined)"
_HARMED = (
    r"(?:hurt|beaten|shot|killed|injured|attacked|followed home|in (?:the )?hospital|lose (?:your|their) \w+|sorry"
    r"|pay(?:s)? for it|consequences|regret)"
)
_PRESSURES = (
    # stay away
    re.compile(
        r"\b(?:stay|keep|remain) (?:home|at home|away|inside|indoors|in)\b|\b(?:better not|do not dare to"
        r"|don't dare(?: to)?) (?:vote|go|come|show up)\b|(?<!if you )(?<!if we )(?<!if they )\b(?:don't|do not"
        r"|never) (?:vote|go to the polls|show up|go near)\b(?! (?:for|against|yet|twice)\b)"
    ),
    # somebody waits there
    re.compile(
        r"\b(?:police|cops|ice|immigration|border patrol|agents?|officers?|sheriffs?|armed \w+|patrols?|militias?|men"
        r"|troops|soldiers|gangs?)\b[^.!?]{0,40}\b(?:at|near|outside|around|watch\w*|wait\w*|check\w*|raid\w*|there)\b"
    ),
    re.compile(rf"\b{_SEIZED}\b"),
    re.compile(rf"\b{_HARMED}\b"),
    # you are known
    re.compile(
        r"\bwe(?:'re| are| will| have| 'll|'ll)? (?:know|see|saw|watch|watching|film|filming|photograph|photographing"
        r"|record|recording|follow|following|find|(?:your|their|all|the) (?:names?|addresses?|plates?)|a list)\b"
        r"|\byou (?:were|have been|are) (?:warned|seen|known|watched)\b|\bthink (?:of|about) your (?:kids|children"
        r"|famil\w+|job)\b"
    ),
)  # fmt: skip
_VOTER_HARMED = re.compile(rf"{_VOTER}[^!?]{{0,60}}\b(?:{_SEIZED}|{_HARMED})\b")
_RIGHTS = re.compile(
    r"\b(?:intimidat\w+|right to vote|hot ?line|false|not true|debunk\w*|fear|safe(?:ly|ty)?|nobody may|no one may"
    r"|by mail|absentee|without (?:id|worry)|your rights)\b"
)
_ADDRESSED = re.compile(
    r"\b(?:if you (?:live|are from|work)|(?:people|anyone|everyone|residents|families|folks|citizens) (?:from|in|of"
    r"|who live))\b"
)
_TWO = 2  # pressures that do together what one does not


def keeps_from_voting(text: str) -> bool:
    """Whether people are pressed not to vote (18 USC 594, 52 USC 10307(b)): told to stay away, that somebody waits for
    them, that they will be seized or hurt, that they are known. Two such pressures, or harm said to befall voters; and
    without a word of elections people of one place who are to stay in because they are known."""
    election = _ELECTION.search(text) is not None
    if not election and _PRESSURES[0].search(text) is None:
        return False
    if _RIGHTS.search(text) is not None or _TOLD.search(text) is not None:
        return False
    if not election:  # those of one place are told to stay in, by somebody who knows them
        return all(form.search(text) is not None for form in (_ADDRESSED, _PRESSURES[0], _PRESSURES[-1]))
    if _VOTER_HARMED.search(text) is not None and "vote for" not in text:
        return True
    return sum(pressure.search(text) is not None for pressure in _PRESSURES) >= _TWO


# --- pictures -------------------------------------------------------------------------------------------------------

_BARE = (
    r"(?:nudes?|naked|topless|undressed|intimate|explicit|bedroom|shower|bathroom|sex|sexual|porn|sex ?tapes?|xxx"
    r"|onlyfans)"
)
_SHOTS = (
    r"(?:pics?|photos?|pictures?|images?|videos?|vids?|clips?|films?|footage|album|folder|selfies?|tapes?|cams?|porn)"
)
_TAKEN = (
    r"(?:leak(?:ed|s)?|stolen|hacked|swiped|secret(?:ly)?|hidden|spied|spy(?: ?cams?)?|voyeur|exposed|non-?consensual"
    r"|upskirts?|creepshots?|filtrad[oa]s?|vole(?:es|s|e)?|geleakte?)"
)
_PRIVATE = (
    re.compile(rf"\b{_TAKEN}\b[^.!?]{{0,30}}\b{_BARE}\b|\b{_BARE}\b[^.!?]{{0,30}}\b{_TAKEN}\b"),
    re.compile(
        rf"\b(?:revenge|upskirt|voyeur|creepshot|spy ?cam|hidden ?cam(?:era)?|locker room"
        rf"|changing room)s?(?: \w+)? {_SHOTS}\b"
    ),
    re.compile(
        rf"\b{_BARE}\b[^.!?]{{0,60}}\b(?:without (?:her|his|their|them|anyone)\b ?(?:consent|permission|knowledge"
        rf"|knowing)?"
        r"|never (?:agreed|knew|consented)|(?:didn't|doesn't|don't) know|(?:my|your|his) ex(?:es|'s)?\b"
        r"|ex-?(?:girlfriends?|boyfriends?|wife|wives)|classmates?|coworkers?|neighbou?rs?)"
    ),
    re.compile(
        r"\b(?:undress(?:es)?|nudif(?:y|ies|ier)|deep ?fakes?|deepnudes?|strips?|unclothes?|take(?:s)? (?:her|his"
        r"|their|the) clothes off|remov(?:e|es) (?:her |his |their |the )?clothes)\b[^.!?]{0,40}\b(?:any(?:one|body)?"
        r"|her|him|girls?|wom[ae]n|crush|celebrit\w+|teachers?|classmates?|photos?|pictures?|selfies?|images?|porn"
        r"|nudes?)\b"
    ),
)
_OFFERED = re.compile(
    r"https?:|www\.|\w\.[a-z]{2,8}/|[$€£]\s?\d|\b(?:\d+ ?(?:usd|eur|gbp|dollars|euros)|dm|telegram|download|buy|sell"
    r"|selling|trade|trading|unlock|join|get|see|watch|browse|upload|order)\b"
)
_LINK = re.compile(r"https?://\S+|\S+\.[a-z]{2,8}/\S*")
_HELP = re.compile(
    r"\b(?:report(?:ed|s|ing)?|remov(?:e|es|ed|al) (?:them|it|your|intimate|from)|take(?:n)? (?:them|it|down)|help"
    r"|legal|law|laws|police|support|if (?:somebody|someone|anyone)|somebody shared|shared your|detect|how to (?:check"
    r"|spot|find|protect)|talk|workshop|awareness|evening|prevent\w*|victims?|phones?|trailer|paintings?|museum"
    r"|exhibition|investigat\w*)\b"
)


def offers_private_pictures(text: str) -> bool:
    """Whether intimate pictures are offered of people who did not agree to it, or means to make such. Who helps those
    whose pictures were shared, or tells of it, offers none."""
    if _OFFERED.search(text) is None:
        return False
    said = _LINK.sub(" ", text)
    if _HELP.search(said) is not None or _TOLD.search(said) is not None:
        return False
    return any(form.search(text) is not None for form in _PRIVATE)
