"""Mail that came back: a relay took it, and a mail server further on did not.

Bounces go to the mailbox that notices come from. Who reads them there tells the house of which address they are; that
counts as a refusal, and the contact who is named next is told what went to that address within a week.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from masstransit.carriage import mail
from masstransit.carriage.overturning import Word
from masstransit.carriage.statements import shown
from masstransit.errors import NotFound
from masstransit.ledger import Ledger
from masstransit.storage import contacts, mails, statements

_WITHIN = timedelta(days=7)  # a relay tries for some five days before it gives up: RFC 5321 section 4.5.4.1


def bounced(connection: Connection, ledger: Ledger, account: str, contact: str, word: Word) -> int:
    """Mail to a contact came back, for the reason that `word` gives. Returns how many mails that were. Raises
    `NotFound`."""
    row = contacts.find(connection, account, contact)
    if row is None:
        raise NotFound(f"there is no contact {contact[:40]} of this account")
    answer = f"{word.because} (told by {word.name})"
    contacts.refused(connection, account, row.address, word.at, answer)
    back = mails.taken_by(connection, account, row.address, word.at - _WITHIN)
    told = [(each, _event(connection, each)) for each in back]
    outcome = mail.Outcome(state=mails.REFUSED, answer=answer, at=word.at)
    mail.ended(connection, ledger, told, outcome)
    return len(back)


def _event(connection: Connection, sent: Row[Any]) -> dict[str, Any]:
    """What a mail told."""
    found = statements.find(connection, sent.account, sent.statement)
    if found is None:
        raise NotFound(f"the notice {sent.statement} is not on record any more")
    return shown(found._asdict())
