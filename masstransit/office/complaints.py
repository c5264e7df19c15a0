"""What carriers say, as it comes in: lines of a CSV file, or the mail of a feedback loop."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec

from masstransit.carriage.complaints import FromCarrier
from masstransit.carriage.importing import Reading
from masstransit.carriage.importing.lines import Lines
from masstransit.channels.arf import mailbox
from masstransit.channels.arf.report import Report
from masstransit.channels.arf.report import read as read_report
from masstransit.errors import BadInput, ConfigError
from masstransit.office.importing import read
from masstransit.office.papers import day

MUST, MAY = ("reference",), ("kind", "message", "number", "said", "fine", "at")  #: columns
_MOST = 1e9  # USD
_REPORTED = "7726"  # what a feedback loop brings is a recipient's word, as a text to 7726 is
_STDIN = Path("-")
_AT_HOME = "US"  # whose numbers a gateway writes without their country

#: Where it stands in its file, and what it says or why it can't be read.
Told: TypeAlias = tuple[str, FromCarrier | BadInput]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all that is put on record together."""

    carrier: str
    by: str
    kind: str = ""  #: of those that say none
    now: datetime


def of_lines(file: Path, how: Reading, given: Given) -> Iterator[Told]:
    """A CSV file's. Raises `ConfigError` for what can't be read, `BadInput` for its header."""
    with read(file) as source:
        lines = Lines(source, "complaints", MUST, MAY, how)
        for line, values in lines:
            try:
                yield f"line {line}", of_row(lines.read(values), given)
            except BadInput as wrong:
                yield f"line {line}", wrong


def of_mails(file: Path, country: str, given: Given) -> Iterator[Told]:
    """A mailbox's, or a single mail's; "-" is standard input. Raises `ConfigError` for what can't be read."""
    with _opened(file) as source:
        for number, mail in enumerate(mailbox.mails(source), 1):
            try:
                yield f"mail {number}", mail if isinstance(mail, BadInput) else _of_mail(mail, country, given)
            except BadInput as wrong:
                yield f"mail {number}", wrong


def of_row(row: Mapping[str, str], given: Given) -> FromCarrier:
    """One by our columns. Raises `BadInput`."""
    told = {name: row.get(name, "").strip() for name in (*MUST, *MAY)}
    at = day(told["at"]) if told["at"] else given.now
    if at > given.now:
        raise BadInput(f"at '{told['at'][:40]}' lies in the future")
    return FromCarrier(
        carrier=given.carrier, by=given.by, reference=told["reference"], kind=told["kind"] or given.kind or "complaint",
        message=told["message"], number=told["number"], said=told["said"], fine=_usd(told["fine"]), at=at,
    )  # fmt: skip


def _usd(text: str) -> float:
    """An amount. Raises `BadInput`."""
    try:
        amount = float(text or 0)
    except ValueError:
        amount = -1
    if not 0 <= amount < _MOST:
        raise BadInput(f"fine '{text[:20]}': an amount in USD, such as 500")
    return amount


def _of_mail(mail: bytes, country: str, given: Given) -> FromCarrier:
    report = read_report(mail, country or _AT_HOME)
    return FromCarrier(
        carrier=given.carrier, by=given.by, reference=report.reference, kind=given.kind or _REPORTED,
        message=report.message, number=report.sender, recipient=report.recipient, said=_said(report),
        at=min(report.at or given.now, given.now),
    )  # fmt: skip


def _said(report: Report) -> str:
    """What its customer may read: nothing of who complained."""
    often = f", {report.incidents:,} like it" if report.incidents > 1 else ""
    return f"reported as {report.type} by a feedback loop{often}"


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if file == _STDIN:
        yield sys.stdin.buffer
        return
    try:
        source = file.open("rb")
    except OSError as unreadable:
        raise ConfigError(f"{file} can't be read: {unreadable.strerror}") from unreadable
    with source:
        yield source
