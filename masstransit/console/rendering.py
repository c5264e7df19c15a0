"""How pages are rendered: templates, what they may call, and which pages a visitor finds in the menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from masstransit.console.asking import Asked, Visitor
from masstransit.model.address import EmailAddress, callable_address, parse
from masstransit.model.user import Right


class Item(msgspec.Struct, frozen=True):
    """A page in the menu."""

    to: str
    called: str
    right: Right


#: The menu, in groups; each visitor finds what they may.
MENU: Sequence[tuple[str, Sequence[Item]]] = (
    ("Today", (Item("/desk", "At a glance", Right.WATCH), Item("/desk/review", "Review", Right.REVIEW))),
    (
        "Work",
        (
            Item("/desk/calls", "Calls", Right.WATCH),
            Item("/desk/cases", "Cases", Right.WATCH),
            Item("/desk/appeals", "Appeals", Right.WATCH),
            Item("/desk/entities", "Senders", Right.WATCH),
            Item("/desk/numbers", "Numbers", Right.WATCH),
        ),
    ),
    (
        "Policy",
        (
            Item("/desk/policy", "Rules", Right.WATCH),
            Item("/desk/replay", "Try figures", Right.TRY_POLICY),
            Item("/desk/drills", "Drills", Right.TRY_POLICY),
        ),
    ),
    (
        "Record",
        (
            Item("/desk/ledger", "Ledger", Right.WATCH),
            Item("/desk/acts", "Acts", Right.WATCH),
            Item("/desk/users", "People", Right.KEEP_STAFF),
        ),
    ),
    (
        "Traffic",
        (
            Item("/account", "Overview", Right.READ_LOG),
            Item("/account/log", "Messages and calls", Right.READ_LOG),
            Item("/account/email", "Email", Right.READ_LOG),
            Item("/account/locked", "Locked files", Right.READ_LOG),
            Item("/account/faxes", "Faxes", Right.READ_LOG),
            Item("/account/voicemail", "Voice mail", Right.READ_LOG),
            Item("/account/webhooks", "Webhooks", Right.READ_LOG),
        ),
    ),
    (
        "Standing",
        (
            Item("/account/notices", "Notices", Right.READ_LOG),
            Item("/account/appeals", "Appeals", Right.READ_LOG),
            Item("/account/agreement", "Agreement", Right.READ_LOG),
        ),
    ),
    (
        "What you have",
        (
            Item("/account/numbers", "Numbers", Right.READ_LOG),
            Item("/account/consents", "Consents", Right.READ_LOG),
            Item("/account/contacts", "Contacts", Right.READ_LOG),
            Item("/account/keys", "Keys", Right.READ_LOG),
            Item("/account/users", "People", Right.KEEP_USERS),
        ),
    ),
)


def templates() -> Environment:
    """The templates of this room; what they show is escaped, and a name that is not there is a fault."""
    return Environment(
        loader=PackageLoader("masstransit.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Renderer:
    """Renders templates for visitors."""

    def __init__(self) -> None:
        self._jinja = templates()
        self._jinja.filters |= {"when": when, "day": day, "masked": masked, "until": until, "share": share}
        self._jinja.filters |= {"callable": lambda text: callable_address(text).masked}
        self._jinja.filters |= {"sentence": sentence, "mailbox": lambda text: EmailAddress(text).masked}
        self._jinja.globals |= {"form": form, "Right": Right, "key": key}

    def render(self, template: str, asked: Asked, values: Mapping[str, Any]) -> str:
        """A template, for who asked."""
        every = {"asked": asked, "visitor": asked.visitor, "menu": menu(asked), "now": asked.now}
        return self._jinja.get_template(template).render(every | dict(values))


def menu(asked: Asked) -> Sequence[tuple[str, Sequence[tuple[Item, bool]]]]:
    """What a visitor finds in the menu, and which of it they are at."""
    if asked.visitor is None:
        return ()
    rights = asked.visitor.rights
    mine = [(called, [item for item in items if item.right in rights]) for called, items in MENU]
    here = _here([item.to for _, items in mine for item in items], asked.path)
    return [(called, [(item, item.to == here) for item in items]) for called, items in mine if items]


def _here(all_: Sequence[str], path: str) -> str:
    """The menu's page under which a path lies: the longest that it begins with."""
    return max((to for to in all_ if path == to or path.startswith(f"{to}/")), key=len, default="")


@pass_context
def form(context: Context) -> Markup:
    """The hidden field by which a form proves that it is ours."""
    visitor: Visitor | None = context["visitor"]
    return Markup('<input type="hidden" name="csrf" value="{}">').format(visitor.csrf if visitor else "")


def when(at: datetime | None) -> Markup:
    """An instant, to the minute, in UTC; the whole of it for machines."""
    if at is None:
        return Markup('<span class="quiet">never</span>')
    at = at.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        at.isoformat(), at.strftime("%Y-%m-%d %H:%M:%S"), at.strftime("%d %b %H:%M")
    )


def day(at: datetime | None) -> str:
    """A day, as 2026-01-31."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d}"


def masked(number: str | None) -> str:
    """A number or sender as everybody may read it."""
    return parse(number).masked if number else ""


_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


def until(at: datetime | None, now: datetime) -> Markup:
    """How long it is until then: "in 3 h", "2 d late"; marked where it is late or near."""
    if at is None:
        return Markup("")
    left = at - now
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(left) >= size), (timedelta(seconds=1), "s"))
    many = int(abs(left) / size)
    late = left < timedelta()
    near = not late and left < timedelta(hours=1)
    said = f"{many} {unit} late" if late else f"in {many} {unit}"
    marked = "late" if late else "near" if near else "clock"
    return Markup('<time class="{}" datetime="{}">{}</time>').format(marked, at.isoformat(), said)


def share(part: float | None, of: float = 1.0) -> str:
    """A share in per cent."""
    return "–" if part is None or not of else f"{part / of:.1%}"


def sentence(clause: str) -> str:
    """A clause as a sentence begins."""
    return clause[:1].upper() + clause[1:]


def key(*pieces: Any) -> str:
    """The key of a row, as a link to a part of a list carries it."""
    return "~".join(piece.isoformat() if isinstance(piece, datetime) else str(piece) for piece in pieces)


def highlighted(text: str, spans: Sequence[str]) -> Markup:
    """A text with what was found in it marked: each of `spans`, wherever it stands, in any case."""
    marks: list[tuple[int, int]] = []
    low = text.casefold()
    for span in {each.casefold() for each in spans if each.strip()}:
        at = low.find(span)
        while at >= 0 and len(low) == len(text):
            marks.append((at, at + len(span)))
            at = low.find(span, at + len(span))
    told, end = Markup(), 0
    for begins, ends in sorted(marks):
        if begins >= end:
            told += escape(text[end:begins]) + Markup("<mark>{}</mark>").format(text[begins:ends])
            end = ends
    return told + escape(text[end:])
