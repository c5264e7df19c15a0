"""`masstransit screen`: judges communications that are given as JSON, one object a line.

Stateless: it reads no database, writes nothing, and lines do not affect each other. What a line does not tell is not
assumed: with the `strict` profile an unregistered sender is held as one that can't be checked. The `open` profile takes
consent, registration and sender rights as proven and the hour as lawful, so that content alone is judged.

Files of a line (`media`) are read from where it says, and looked through as those of a message are; a text with files
is an MMS. What is a URL is left where it is: nothing is fetched.

The labels are what the text says (`facts/content`), each from 0 to 1 and positive from 0.5 on. They are no verdict:
what follows from them stands in the findings.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any, Literal, TextIO

import msgspec

from masstransit.carriage.media import content_types
from masstransit.carriage.media.intake import LARGEST
from masstransit.carriage.media.scanning import NoScanner, Scanner
from masstransit.clause import Clause
from masstransit.clock import Clock
from masstransit.errors import BadInput, Unknown
from masstransit.facts import (
    accounts,
    arriving_mail,
    asking,
    consent,
    content,
    identity,
    interference,
    law,
    links,
    media,
    outgoing_mail,
    probing,
    traffic,
)
from masstransit.facts.calls import callers
from masstransit.gate import Gate
from masstransit.model.address import (
    E164,
    AlphaSender,
    email_address,
)
from masstransit.model.communication import Communication, Direction, Kind, Purpose, address_of
from masstransit.model.decision import Decision, Mode
from masstransit.model.letter import Letter, domain_of
from masstransit.model.subject import Subject

Profile = Literal["strict", "open"]

_KINDS = {kind.name.lower(): kind for kind in Kind if kind.name}
_LINKS = ("http://", "https://")
_NO_FILES = media.Attachments()
_LONGEST_LINE = 1_000_000  # characters
_YEARS = (1970, 2200)
_TOGETHER = 256  # lines that are judged in one go, where they are there already
_READ = 1 << 18  # bytes that are read in one go
_NOON = datetime(2026, 6, 3, 16, 0, tzinfo=UTC)  # a Wednesday noon in New York: a lawful hour


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A consent as a line states it."""

    given_at: datetime
    kind: Literal["written", "express", "purchase", "inquiry", "conversation"] = "express"
    proof: str = ""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from", "recipient": "to"}):
    """One line of input."""

    kind: str
    sender: str
    recipient: str
    id: str | int | None = None
    text: str = ""
    subject: str = ""
    media: tuple[str, ...] = ()
    at: datetime | None = None
    purpose: Purpose | None = None
    account: str | None = None
    campaign: str | None = None
    headers: Mapping[str, str] = {}
    transcript: str = ""
    consent: Consent | None = None


class Screened(msgspec.Struct, frozen=True):
    """A line and the communication it tells of."""

    line: Line
    id: str | int
    communication: Communication


_DECODER = msgspec.json.Decoder(Line)


class Screen:
    """Judges lines with the policy in force."""

    def __init__(
        self, policy: Sequence[Clause], clock: Clock, profile: Profile, text_date: str, scanner: Scanner | None = None
    ) -> None:
        self._clock = clock
        self._lines: dict[str, Line] = {}
        self._contents = content.ContentReader()
        self._files = _Files(scanner or NoScanner())
        facts = _learners(policy, self._lines, profile) | {
            content.Content: self._contents,
            media.Attachments: self._files,
        }
        self._gate = Gate(policy, facts, clock, text_date=text_date, local=True, keeps=False)

    async def run(self, source: TextIO, sink: TextIO) -> int:
        """Judge every line, in order, one line out per line in. Returns how many were bad."""
        bad = 0
        for batch in _batches(source):
            now = self._clock.now()
            read = [await self._files.opened(_read(number, text, now)) for number, text in batch]
            good = [item for item in read if isinstance(item, Screened)]
            self._lines.clear()
            self._lines.update({item.communication.id: item.line for item in good})
            asked = [item.communication for item in good]
            decided = iter(await self._gate.decide(asked))
            said = iter(await self._contents.learn(asked))
            for item in read:
                told = _told(item, next(decided), next(said)) if isinstance(item, Screened) else item
                bad += "error" in told
                sink.write(msgspec.json.encode(told).decode() + "\n")
            sink.flush()
        return bad


class _Files:
    """The files of lines, looked through; a learner of what was seen in them."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._seen: dict[str, media.Attachments] = {}  # by communication, of the lines at hand

    async def opened(self, item: Screened | dict[str, Any]) -> Screened | dict[str, Any]:
        """The line, with its files looked through; or what is told of one with a file that can't be read."""
        if not isinstance(item, Screened) or not item.communication.media:
            return item
        try:
            files = [await self._look(path) for path in item.communication.media if not path.startswith(_LINKS)]
        except OSError as missing:
            return {"id": item.id, "error": f"media: {missing.filename} can't be read: {missing.strerror}"}
        self._seen[item.communication.id] = media.Attachments(files=tuple(files))
        return item

    async def learn(self, batch: Sequence[Subject]) -> list[media.Attachments]:
        return [self._seen.pop(subject.id, _NO_FILES) for subject in batch]

    async def _look(self, path: str) -> media.Attached:
        data = await asyncio.to_thread(_bytes, Path(path))
        found = content_types.of_content(data)
        scan = await self._scanner.scan(data, Path(path).name, found)
        digest = hashlib.sha256(data).hexdigest()
        return media.Attached(sid=Path(path).name, content_type=found, size=len(data), digest=digest, scan=scan)


def _bytes(path: Path) -> bytes:
    """What a file holds, a byte more than is looked through at the most. Raises `OSError`."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file", str(path))
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _read(number: int, text: str, now: datetime) -> Screened | dict[str, Any]:
    """One line, or what is told of one that can't be read."""
    if len(text) > _LONGEST_LINE:
        return {"id": number, "error": f"a line has {_LONGEST_LINE} characters at most"}
    try:
        line = _dated(_DECODER.decode(text))
        return Screened(line, number if line.id is None else line.id, _communication(line, number, now))
    except UnicodeError:
        return {"id": number, "error": "the line is not UTF-8"}
    except RecursionError:
        return {"id": number, "error": "the line is nested too deeply"}
    except (BadInput, msgspec.MsgspecError, ValueError) as wrong:
        return {"id": _name(text, number), "error": str(wrong)}


def _communication(line: Line, number: int, now: datetime) -> Communication:
    """What a line tells of. Raises `BadInput` for what is no kind or no address."""
    kind = _KINDS.get(line.kind)
    if kind is None:
        raise BadInput(f"kind '{line.kind}': one of {', '.join(_KINDS)}")
    if kind is Kind.SMS and line.media:
        kind = Kind.MMS
    return Communication(
        id=f"line-{number}",
        account=line.account or "screen",
        kind=kind,
        direction=Direction.OUTBOUND,
        channel="screen",
        sender=address_of(kind, line.sender),
        recipient=address_of(kind, line.recipient),
        text="\n".join(filter(None, (line.subject, line.text, line.transcript))),
        at=line.at or now,
        purpose=line.purpose,
        campaign=line.campaign,
        media=line.media,
        letter=_letter(line) if kind is Kind.EMAIL else None,
    )


def _letter(line: Line) -> Letter:
    """The head of a mail, as a line tells it: its `from`, `subject` and `headers`."""
    told = {name.lower(): value for name, value in line.headers.items()}
    return Letter(
        return_path=email_address(line.sender).text,
        name=parseaddr(line.sender)[0] or parseaddr(told.get("from", ""))[0],
        reply_to=parseaddr(told.get("reply-to", ""))[1],
        subject=line.subject or told.get("subject", ""),
        unsubscribe=tuple(told["list-unsubscribe"].split(",")) if "list-unsubscribe" in told else (),
        one_click="list-unsubscribe-post" in told,
        answers="in-reply-to" in told or "references" in told,
        bulk=told.get("precedence", "").lower() in {"bulk", "list"} or "list-id" in told,
    )


def _dated(line: Line) -> Line:
    """The line with its times in UTC. Raises `BadInput` for a year that no calendar arithmetic is safe in."""
    if line.at is None and line.consent is None:
        return line
    at = None if line.at is None else _instant(line.at)
    consent_ = line.consent and msgspec.structs.replace(line.consent, given_at=_instant(line.consent.given_at))
    return msgspec.structs.replace(line, at=at, consent=consent_)


def _instant(at: datetime) -> datetime:
    if not _YEARS[0] <= at.year <= _YEARS[1]:
        raise BadInput(f"a time has a year from {_YEARS[0]} to {_YEARS[1]}")
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _name(text: str, number: int) -> str | int:
    """The id that a bad line gives itself, where that can be read; else its number."""
    try:
        read = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return number
    given = read.get("id") if isinstance(read, dict) else None
    return given if isinstance(given, str | int) and not isinstance(given, bool) else number


def _batches(source: TextIO) -> Iterator[list[tuple[int, str]]]:
    """Numbered lines in bunches of those that are there already: at a terminal each is answered as it comes."""
    number = 0
    for lines in _at_hand(source):
        numbered = [(place, text) for place, text in enumerate(lines, number + 1) if text.strip()]
        number += len(lines)
        for start in range(0, len(numbered), _TOGETHER):
            yield numbered[start : start + _TOGETHER]


def _at_hand(source: TextIO) -> Iterator[list[str]]:
    """Whole lines, as many as one read of a file or a pipe gives."""
    if not isinstance(source, io.TextIOWrapper) or not isinstance(source.buffer, io.BufferedReader):
        yield list(source)
        return
    begun: list[bytes] = []  # of a line whose end was not read yet
    while read := source.buffer.read1(_READ):
        *whole, rest = read.split(b"\n")
        if whole:
            whole[0] = b"".join((*begun, whole[0]))
            begun.clear()
            yield [line.decode("utf-8", "surrogateescape") for line in whole]
        begun.append(rest)
    yield [b"".join(begun).decode("utf-8", "surrogateescape")]


def _told(item: Screened, decision: Decision, said: content.Content) -> dict[str, Any]:
    findings = [
        {
            "clause": finding.clause,
            "rule": finding.rule,
            "verdict": finding.verdict.name,
            "reason": finding.reason,
            "evidence": dict(finding.evidence),
        }
        for finding in decision.findings
        if finding.mode is Mode.ENFORCED
    ]
    return {
        "id": item.id,
        "verdict": decision.verdict.name,
        "findings": findings,
        "labels": dict(said.labels),
        "policy": decision.revision,
    }


# --- facts that a line tells --------------------------------------------------------------------------------------


_AT_NOON = law.LocalTime(at=_NOON, country="US", zones=("America/New_York",), states=("NY",), declared=True)

#: What a line has no place for, and so does not lack.
_STATED: Mapping[str, Any] = {"medium": "stated", "language": "stated", "campaign": "stated"}


_NOT_IN_A_LINE = Unknown("nothing of this is in a line")


class _Always:
    """A learner that says the same of every line."""

    def __init__(self, value: Any) -> None:
        self._value = value

    async def learn(self, batch: Sequence[Subject]) -> list[Any]:
        return [self._value] * len(batch)


class _Nothing(_Always):
    """A learner of what no line tells: nothing is on file, nothing was sent before."""

    silent: Literal[True] = True


class _FromLine:
    """A learner that asks the line."""

    def __init__(self, lines: Mapping[str, Line], ask: Any) -> None:
        self._lines = lines
        self._ask = ask

    async def learn(self, batch: Sequence[Subject]) -> list[Any]:
        return [self._ask(subject, self._lines[subject.id]) for subject in batch]


class _Appeals:
    """A learner of appeals against the platform; no incident goes on."""

    async def learn(self, batch: Sequence[Subject]) -> list[interference.Appeal]:
        texts = [s.text if isinstance(s, Communication) else "" for s in batch]
        return interference.appeals_in(texts, ("masstransit",))


def _caller_right(proven: bool, call: Communication, line: Line) -> Any:
    if not proven and line.account is None:
        return Unknown("the line names no account whose number it could be")
    attestation, because = callers.attested("owned")
    return callers.CallerRight(
        account=call.account,
        on_record=True,
        owned=True,
        state="in-use",
        voice=True,
        grounds="owned",
        attestation=attestation,
        because=because,
    )


def _mail_right(proven: bool, mail: Communication, line: Line) -> Any:
    if not proven and line.account is None:
        return Unknown("the line names no account whose domain it could be")
    return outgoing_mail.MailRight(domain=domain_of(mail.sender.text), claimed=True, proven=True)


def _learners(policy: Sequence[Clause], lines: Mapping[str, Line], profile: Profile) -> dict[type, Any]:
    """Every fact out of its line. History is empty: nothing was sent before."""
    proven = profile == "open"

    def sender_right(subject: Communication, line: Line) -> Any:
        if not proven and line.account is None:
            return Unknown("the line names no account whose sender it could be")
        kind = "number" if isinstance(subject.sender, E164) else "short-code"
        if isinstance(subject.sender, AlphaSender):
            kind = "alpha"
        state = "registered" if kind == "alpha" else "in-use"
        return identity.SenderRight(
            kind=kind, on_record=True, owned=True, state=state, verification="verified", campaign=line.campaign
        )

    def campaign(subject: Communication, line: Line) -> Any:
        if not proven and line.campaign is None:
            return Unknown("the line names no campaign")
        use = "MIXED" if subject.purpose is not Purpose.OTP else "2FA"
        return identity.Campaign(
            sid=line.campaign or "", on_record=True, status="VERIFIED", use_case=use, brand_status="APPROVED"
        )

    def consents(subject: Communication, line: Line) -> Any:
        if line.consent is not None:
            given = consent.Given(
                kind=line.consent.kind, given_at=line.consent.given_at, proof=bool(line.consent.proof), **_STATED
            )
        elif proven:
            given = consent.Given(kind="written", given_at=subject.at, proof=True, **_STATED)
        else:
            return consent.Consents()
        return consent.Consents(by_purpose=dict.fromkeys(("marketing", "transactional", "conversation"), given))

    def hour(subject: Communication, _: Line) -> Any:
        if not isinstance(subject.recipient, E164):
            return _AT_NOON if proven else Unknown("a short code or a name is nowhere")
        if proven:
            return law.by_plan(_NOON, subject.recipient, _AT_NOON.zones)
        return law.by_plan(subject.at, subject.recipient)

    always: dict[type, Any] = {
        accounts.Agreement: accounts.Agreement(accepted=True, current=True),
        identity.GeoPermission: identity.GeoPermission(enabled=True),
        probing.Failures: _NOT_IN_A_LINE,
        probing.Walk: _NOT_IN_A_LINE,
        traffic.FanOut: traffic.FanOut(senders_1h=1, messages_1h=1),
        traffic.QueueDepth: traffic.QueueDepth(waiting=0),
        traffic.Repeats: traffic.Repeats(same_1h=0, account_repeats_10m=0, account_messages_10m=1),
        traffic.TenantRate: traffic.TenantRate(rate=1.0, allowed=True),
    }

    told = {
        callers.CallerRight: partial(_caller_right, proven),
        outgoing_mail.MailRight: partial(_mail_right, proven),
        consent.Consents: consents,
        identity.Campaign: campaign,
        identity.SenderRight: sender_right,
        law.LocalTime: hour,
    }
    read: dict[type, Any] = {
        arriving_mail.Guise: arriving_mail.Guises(),
        asking.Asked: asking.AskedReader(),
        identity.Numbering: identity.NumberingPlans(),
        interference.Appeal: _Appeals(),
        links.Links: links.LinkReader(),
    }
    needed = {fact for clause in policy for rule in clause.rules() for fact in rule.needs}
    found: dict[type, Any] = {fact: _Always(value) for fact, value in always.items()}
    found |= {fact: _FromLine(lines, ask) for fact, ask in told.items()} | read
    return {fact: _Nothing(fact()) for fact in needed - found.keys()} | found
