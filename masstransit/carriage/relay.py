"""The operator's own mail server, to which a letter is handed over by SMTP (RFC 5321); it brings it on.

What it answers tells apart whose trouble it is. A refusal of the mailbox or of the letter for good (5yz after RCPT or
DATA) is the contact's, and somebody else is told. Everything else is the relay's or ours and is tried again: it can't
be reached, wants another login, takes no mail from us, or says "later" (4yz).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib
import msgspec

from masstransit.errors import ConfigError, Fault

_LONGEST = 200  # characters of an answer that are kept
_OURS = frozenset({530, 534, 535, 538})  # of RFC 4954 section 6 and RFC 3207: it wants us to log in, or to use TLS
_COMMANDS = 6  # that may each take as long as `timeout`: greeting, EHLO, STARTTLS, AUTH, MAIL and RCPT, DATA


class NoRelay(Fault):
    """The operator named none."""


class RefusedForGood(Fault):
    """The relay takes no mail for this mailbox, or not this letter; the text is its answer."""

    def __init__(self, message: str, *, of_letter: bool = False) -> None:
        super().__init__(message)
        self.of_letter = of_letter  #: the mailbox would have been taken


class NotNow(Fault):
    """It was not handed over, and may be later; the text says why."""

    def __init__(self, message: str, *, of_mailbox: bool = False) -> None:
        super().__init__(message)
        self.of_mailbox = of_mailbox  #: the relay is there, and said so of this mailbox or letter


class RelaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is, and how it is spoken to."""

    host: str
    port: int
    sender: str  #: a bare mailbox; bounces go there
    starttls: bool = True
    authority: str = ""  #: PEM file; "": those that the system trusts
    user: str = ""
    password: str = ""
    timeout: float = 30.0  #: seconds for each answer


class Relay:
    """Hands letters over, each on a connection of its own."""

    def __init__(self, told: RelaySettings) -> None:
        """Raises `ConfigError` for an authority that can't be used."""
        self._told = told
        self._tls = _tls(told.authority) if told.starttls else None

    @property
    def sender(self) -> str:
        """Whom mail comes from."""
        return self._told.sender

    async def take(self, letter: EmailMessage, address: str) -> str:
        """Hand a letter over; the relay's answer. Raises `RefusedForGood` and `NotNow`."""
        told = self._told
        client = aiosmtplib.SMTP(
            hostname=told.host,
            port=told.port,
            timeout=told.timeout,
            start_tls=False,  # it is said below, where its refusal has a name
            local_hostname=told.sender.rpartition("@")[2],
        )
        try:
            async with asyncio.timeout(_COMMANDS * told.timeout):
                await self._ready(client)
                answer = await self._handed(client, letter, address)
        except TimeoutError as silent:  # the library's timeouts are this too
            raise NotNow(f"the relay gave no answer within {told.timeout:g} s") from silent
        except (aiosmtplib.SMTPException, OSError) as lost:
            raise NotNow(f"the relay can't be used: {_words(str(lost), address)}") from lost
        else:
            return answer
        finally:
            client.close()

    async def _ready(self, client: aiosmtplib.SMTP) -> None:
        """Connected, in TLS and logged in, as the operator wants it."""
        await client.connect()
        if self._tls is not None:
            await client.starttls(tls_context=self._tls)
        if self._told.user:
            await client.login(self._told.user, self._told.password)

    async def _handed(self, client: aiosmtplib.SMTP, letter: EmailMessage, address: str) -> str:
        await client.mail(self._told.sender)
        try:
            await client.rcpt(address)
            code, text = await client.data(letter.as_bytes(policy=SMTP))
        except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as refused:
            answer = _words(f"{refused.code} {refused.message}", address)
            if 500 <= refused.code < 600 and refused.code not in _OURS:
                of_letter = isinstance(refused, aiosmtplib.SMTPDataError)
                raise RefusedForGood(answer, of_letter=of_letter) from refused
            raise NotNow(answer, of_mailbox=refused.code not in _OURS) from refused
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):  # it has the letter, however it says good-bye
            await client.quit()
        return _words(f"{code} {text}", address)


def _tls(authority: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authority or None)
    except (OSError, ssl.SSLError) as unusable:
        raise ConfigError(
            f"[mail] authority = '{authority}' can't be used: {unusable.strerror or unusable}"
        ) from unusable


def _words(answer: str, address: str) -> str:
    """An answer on one line, without the address that relays repeat."""
    plain = re.sub(re.escape(address), "the address", answer, flags=re.IGNORECASE)
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())[:_LONGEST]
