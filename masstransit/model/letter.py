"""What a mail says of itself that a customer sends: the part of its header by which clauses judge it. The letter whole
is kept by storage; here is what the rest of the house knows of it."""

from __future__ import annotations

import msgspec


class Letter(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """The head of one mail, as its customer wrote it (RFC 5322). Addresses are bare, their domains in lower case; the
    mailbox of From is the communication's `sender`."""

    return_path: str  #: the envelope's sender, to which bounces go; "": none is wanted (RFC 5321 section 4.5.5)
    name: str = ""  #: shown with the mailbox of From
    submitter: str = ""  #: the mailbox of Sender, where there is one
    reply_to: str = ""  #: where an answer goes; "": to From
    subject: str = ""
    message_id: str = ""  #: with its angle brackets
    unsubscribe: tuple[str, ...] = ()  #: the URIs of List-Unsubscribe (RFC 2369)
    one_click: bool = False  #: List-Unsubscribe-Post says so (RFC 8058)
    answers: bool = False  #: it refers to an earlier mail: In-Reply-To, References
    bulk: bool = False  #: its own words say that it goes to many: Precedence: bulk or list, List-Id
    faults: tuple[str, ...] = ()  #: header fields that are missing, doubled or unreadable
    notify: str = ""  #: what its sender wants to hear (RFC 3461): "" failures, NEVER, or SUCCESS,FAILURE,DELAY of them
    size: int = 0  #: bytes, as it was handed in

    @property
    def list_mail(self) -> bool:
        """Whether its own head shows that it goes to many."""
        return self.bulk or bool(self.unsubscribe)


def domain_of(mailbox: str) -> str:
    """The domain of a mailbox; "" of none."""
    return mailbox.rpartition("@")[2]


def zones_of(domain: str) -> tuple[str, ...]:
    """A domain and those above it that somebody can have, the nearest first: "a.b.example", "b.example"."""
    labels = domain.split(".")
    return tuple(".".join(labels[i:]) for i in range(len(labels) - 1))
