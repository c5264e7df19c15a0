"""What the house tells the switch when it starts it: one line of JSON on its standard input, which stays open. When it
ends, the house is gone, and the switch goes too."""

from __future__ import annotations

import msgspec


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's trunk."""

    name: str
    host: str
    port: int = 5060
    username: str = ""  #: by which it lets us in, where it asks (digest)
    password: str = ""
    sources: tuple[str, ...] = ()  #: IP addresses that it calls from
    emergency: bool = False  #: it takes calls to emergency services

    def __repr__(self) -> str:
        return f"Link({self.name})"  # passwords don't reach a log by accident


class SwitchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the switch. Times are seconds. No authority sets them where no RFC is named; they are defaults."""

    host: str
    port: int  #: 0: any free one
    shown: str = ""  #: the host by which others reach us; "": `host`
    socket: str  #: the decision socket
    journal: str  #: file of records that the house has not acknowledged
    mark: str  #: of this installation: a call that comes in with it has been here before
    links: tuple[Link, ...] = ()
    emergency: tuple[str, ...] = ()  #: numbers that are put through even where the house can't be asked
    house_within: float = 3.0  #: the house's answer
    link_within: float = 4.0  #: the first answer of a trunk; then the next one is tried
    ring_for: float = 180.0  #: until a call that nobody takes is given up: Timer C, RFC 3261 section 16.6
    alive_every: float = 60.0  #: between questions to both ends of a call whether they are still there
    links_every: float = 30.0  #: between questions (OPTIONS) to the trunks
    longest: float = 4 * 3600.0  #: a call
    calls: int = 2000  #: at once, in all
