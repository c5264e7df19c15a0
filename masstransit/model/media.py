"""What is attached to a communication: a picture, a document, a film, a card. The bytes are kept by carriage; here is
what the rest of the house knows of them."""

from __future__ import annotations

from typing import Literal

import msgspec


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a communication, as it was taken in: what is carried, and what clauses judge."""

    sid: str  #: ME and 32 hex digits
    name: str = ""  #: the file's name as its sender wrote it, without folders; "" where it has none
    content_type: str  #: by what it contains, whatever its sender called it
    size: int  #: bytes
    digest: str  #: SHA-256 of its bytes, in hex


#: Words in `Scan.names` for what is no malware by itself, and what people should know of a file all the same.
PROGRAM = "program"  #: a machine runs it
CARRIER = (
    "carrier of programs"  #: a shortcut, a disk image, a page that is an application: a double click runs what is in it
)
SCRIPT = "script"  #: a text that some program runs
MACROS = "macros"  #: of an Office document; those that run by themselves and reach for the machine are found to harm
TURNED = "turned name"  #: letters in the name turn it around, so that another ending is seen than it has
REMOTE_TEMPLATE = "remote template"  #: a document loads its template, with the macros in it, from elsewhere
ENCRYPTED = "encrypted"  #: `Scan.why` of what takes a password that nobody gave


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a look for malicious code in a file, and in all that is packed in it."""

    state: Literal["clean", "found", "unscanned"]
    names: tuple[str, ...] = ()  #: of what was found (rules, signatures), and words of those above, whatever the state
    why: str = ""  #: of a file that could not be looked through: "encrypted", "too large", "unreadable", "no scanner"

    @property
    def kept_back(self) -> bool:
        """Whether the house hands it to nobody by a link: it harms, or it is a program (rulebook 5.4)."""
        return self.state == "found" or PROGRAM in self.names or CARRIER in self.names


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen in a file when it was taken in. It is kept with the file and goes with it: it is content."""

    source: str = ""  #: SHA-256 of the bytes that came, in hex; what is kept of a picture has others
    claimed: str = (
        ""  #: the type that its sender named, by a header or the file's ending, where it is another one; a lie
    )
    pictures: tuple[
        tuple[str, ...], ...
    ] = ()  #: PDQ hashes in hex, of each frame looked at, turned and mirrored: 8 each
    codes: tuple[str, ...] = ()  #: what QR codes and their like say
    text: str | None = None  #: what is written in a picture; None: nobody read it
    scan: Scan


class Medium(msgspec.Struct, frozen=True, kw_only=True):
    """A file and what was seen in it."""

    attachment: Attachment
    look: Look
