"""What can go wrong, as a tree; and `Unknown`, which is not a fault.

    Fault
      ConfigError           a setting is missing, misspelt or contradicts another
      BadInput              something a client sent can't be used; `field` and `code` say what
        BadAddress          a number, short code or sender that can't be parsed
      NotFound              no such record for this account
      Conflict              it exists already, or its state forbids the change
      Denied                the credential does not reach so far
      StorageUnavailable    the database is gone, full or locked: nothing may be answered OK
      CountersUnavailable   the counters are gone: facts that rest on them are Unknown
      TrunkDown             the carrier link is not bound
      LedgerBroken          the chain of records does not hold

A verdict is not a fault: a refusal is a value (`model.decision.Finding`), not an exception.
"""

from __future__ import annotations


class Fault(Exception):
    """The root of everything that this program raises on purpose."""


class ConfigError(Fault):
    """A setting can't be used. The text names the setting and the remedy."""


class BadInput(Fault):
    """Input from outside that can't be used.

    `code` is the number that users of the SDKs know (`docs/errors`), `field` the name on the wire.
    """

    def __init__(self, message: str, *, field: str = "", code: int = 20422) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class BadAddress(BadInput):
    """Not a number, short code or sender ID."""


class NotFound(Fault):
    """No such record, or it belongs to somebody else (the two are not told apart)."""


class Conflict(Fault):
    """The record's state forbids the change; the text says which state it is in."""

    def __init__(self, message: str, *, code: int = 20409) -> None:
        super().__init__(message)
        self.code = code


class Denied(Fault):
    """The credential is good but does not reach so far."""


class StorageUnavailable(Fault):
    """The database can't be reached or can't store. Nothing may be answered OK until it recovers."""


class CountersUnavailable(Fault):
    """The counters can't be reached. Clauses that rest on them follow their `when_unknown`."""


class TrunkDown(Fault):
    """The carrier link is not bound; what was queued stays queued."""


class LedgerBroken(Fault):
    """The chain of records does not hold; the text says where."""


class Unknown(Exception):
    """A fact that could not be learned: its source was silent, slow or broken. Each rule says what follows."""
