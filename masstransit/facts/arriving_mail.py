"""Facts about mail that arrives: whether it is from whom it says, and whom its head may pass for.

"PayPal <help@paypa1-secure.top>"        a brand's name, and a domain that imitates the brand's
"ada@shop.example <x@evil.test>"         another mailbox in the place of a name
"Ada <ada@shoop.example>" to a mailbox at shop.example       one letter off from whom it is written to
Reply-To: ada@example-mail.com           where From is ada@example-rnail.com
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeGuard

from masstransit.facts.fact import Fact
from masstransit.facts.imitation import domains_of, imitated, unveiled, well_known_as, within
from masstransit.facts.links import domain_of
from masstransit.model.communication import Communication, Direction, Kind
from masstransit.model.letter import Letter
from masstransit.model.mail import Authentication
from masstransit.model.subject import Subject

_MAILBOX = re.compile(r"[^\s@<>\"',;:()]+@([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.IGNORECASE)
_LOOKS = str.maketrans("0135", "oles")  # digits that look like letters
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))  # two letters that look like one
_FAR = 99  #: edits: so unlike that nobody counts


class Authenticated(Fact, frozen=True, kw_only=True):
    """What came of SPF, DKIM, DMARC and ARC for a mail that arrived."""

    authentication: Authentication | None = None

    @property
    def speaks(self) -> bool:
        """Whether it is anything but proven."""
        return self.authentication is not None and self.authentication.dmarc != "pass"


class Guise(Fact, frozen=True, kw_only=True):
    """Whom the head of a mail may pass for, of one that arrived or of one that goes out."""

    named_mailbox: str = ""  #: the domain of a mailbox that stands in the place of a name, and is not From's
    at_recipient: bool = False  #: ... and is the recipient's own
    named_brand: str = ""  #: the well-known brand whose name it bears, and whose domains it is not from
    imitates: str = ""  #: the well-known brand that From's domain imitates
    recipient_edits: int = _FAR  #: letters in which From's domain differs from the recipient's; 0: it only looks alike
    reply_edits: int = _FAR  #: the same of Reply-To's domain and From's
    letters: int = 0  #: of the shorter name of those that are near: short ones are near each other by chance


_NO_GUISE, _NO_MAIL = Guise(), Authenticated()


class Authentications:
    """Learns `Authenticated`, out of what the edge found when the mail came in."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Authenticated]:
        return [Authenticated(authentication=s.authentication) if _arrived(s) else _NO_MAIL for s in batch]


class Guises:
    """Learns `Guise`, out of the head of the mail."""

    async def learn(self, batch: Sequence[Subject]) -> Sequence[Guise]:
        return [
            _guise(s, s.letter) if isinstance(s, Communication) and s.letter is not None else _NO_GUISE for s in batch
        ]


def _arrived(subject: Subject) -> TypeGuard[Communication]:
    return isinstance(subject, Communication) and (subject.kind, subject.direction) == (Kind.EMAIL, Direction.INBOUND)


def _guise(mail: Communication, letter: Letter) -> Guise:
    sender, recipient = _host(mail.sender.text), _host(mail.recipient.text)
    own, theirs, answers = domain_of(sender), domain_of(recipient), domain_of(_host(letter.reply_to))
    named = _MAILBOX.search(letter.name)
    other = domain_of(named[1].lower()) if named and domain_of(named[1].lower()) != own else ""
    brand = _brand(letter.name, sender)
    to_recipient, to_reply = apart(own, theirs), apart(answers, own) if letter.reply_to else _FAR
    near = theirs if to_recipient <= to_reply else answers
    return Guise(
        named_mailbox=other,
        at_recipient=bool(other) and other == theirs,
        named_brand=brand,
        imitates=imitated(sender, own.partition(".")[2]),
        recipient_edits=to_recipient,
        reply_edits=to_reply,
        letters=min(len(_stem(own)), len(_stem(near))) if min(to_recipient, to_reply) < _FAR else 0,
    )


def _brand(name: str, sender: str) -> str:
    """The well-known brand whose name is shown; "" where it is the brand's own mail, or names none."""
    known = well_known_as(name.partition(" via ")[0])
    if known is None or any(within(sender, domain) for domain in domains_of(known.name)):
        return ""
    return known.name


def _host(mailbox: str) -> str:
    return mailbox.rpartition("@")[2]


def _stem(domain: str) -> str:
    """What of a domain its owner chose: "shop" of "shop.co.uk"."""
    return unveiled(domain.partition(".")[0])


@lru_cache(maxsize=16_384)
def apart(one: str, other: str) -> int:
    """In how many letters two domains differ that are not the same: 0 where they only look alike. A letter that is
    wrong, missing, doubled or has changed places counts as one; more than two are not counted."""
    if not one or not other or one == other:
        return _FAR
    a, b = _stem(one), _stem(other)
    if a == b:  # the same name elsewhere (shop.example, shop.test): anybody's
        return _FAR if _stem(one) == one.partition(".")[0] else 0
    if _looks(a) == _looks(b):
        return 0
    return edits if (edits := _edits(a, b)) <= 2 else _FAR


def _looks(name: str) -> str:
    shown = name.translate(_LOOKS)
    for pair, single in _PAIRS:
        shown = shown.replace(pair, single)
    return shown.replace("-", "")


def _edits(a: str, b: str) -> int:
    """Of Damerau and Levenshtein, neighbours changed once."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
