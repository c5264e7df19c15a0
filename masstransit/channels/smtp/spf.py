"""SPF (RFC 7208): whether a domain lets this address send for it. The judging is pyspf's, the look-ups are ours.

pyspf looks names up through a function of its module that asks the system's resolver. Here it asks `Names` instead.
"""

from __future__ import annotations

from typing import Any, cast

import spf

from masstransit.channels.smtp.names import Names, NamesSilent
from masstransit.model.mail import Result

_VOID = 2  # look-ups without an answer: RFC 7208 section 4.6.4
_PTR = 10  # names of one address that are looked at: the same section


def check(names: Names, *, ip: str, mail_from: str, helo: str) -> tuple[Result, str]:
    """What SPF says of an envelope's sender ("" for a bounce: then of HELO), and why."""
    try:
        result, _, why = _Query(names, i=ip, s=mail_from, h=helo, receiver="mx").check()
    except (spf.TempError, NamesSilent) as lost:
        return "temperror", str(lost)[:200]
    except (spf.PermError, ValueError, UnicodeError, IndexError) as wrong:  # what pyspf leaves of odd addresses
        return "permerror", str(wrong)[:200]
    return cast("Result", result), str(why)[:200]


class _Query(spf.query):  # type: ignore[misc]  # pyspf has no types
    """A check whose look-ups are bounded, and ours."""

    def __init__(self, names: Names, **told: str) -> None:
        super().__init__(**told)
        self._names = names

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        """The records of a name, as pyspf wants each kind of them."""
        try:
            found = [_READ[qtype](each) for each in self._names.ask(str(name), qtype)]
        except NamesSilent as lost:
            raise spf.TempError(f"DNS {lost}") from lost
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > _VOID:
                raise spf.PermError(f"Void lookup limit of {_VOID} exceeded")
        return found

    def validated_ptrs(self) -> list[str]:
        """The names of the address that lead back to it. One that can't be looked up is none (RFC 7208 section 5.5)."""
        try:
            named = self.dns_ptr(self.i)[:_PTR]
        except spf.TempError:
            return []
        return [each for each in named if self._leads_back(each)]

    def _leads_back(self, name: str) -> bool:
        try:
            return bool(self.cidrmatch(self.dns_a(name, self.A), self.cidrmax))
        except spf.TempError:
            return False


_READ: dict[str, Any] = {
    "A": lambda record: record.address,
    "AAAA": lambda record: record.address,
    "MX": lambda record: (record.preference, record.exchange.to_text(omit_final_dot=True)),
    "PTR": lambda record: record.target.to_text(omit_final_dot=True),
    "TXT": lambda record: record.strings,
    "SPF": lambda record: record.strings,
}
