"""What the operator puts on record because no text tells it: orders, agreements, licences, incidents, notices."""

from __future__ import annotations

import argparse
import asyncio
import sys

from masstransit import config
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands
from masstransit.office import papers


def commands(command: Commands) -> None:
    """Make these commands known."""
    order = command("order", "Put an authority's order on record; a verified one stops what it names at once.", _order)
    order.add_argument("account", metavar="AC...", help="the account that it concerns")
    order.add_argument("scope", choices=("account", "number", "campaign", "end_user"))
    order.add_argument("target", metavar="TARGET", help="the account, number, campaign or end user that is to stop")
    order.add_argument("--authority", required=True, metavar="NAME")
    order.add_argument("--reference", required=True, metavar="TEXT", help="the authority's own reference")
    order.add_argument("--verified", action="store_true", help="its requester was called back at a published number")
    order.add_argument("--gag", action="store_true", help="the customer must not be told why")
    lift = command("lift", "End an authority's order: what it stopped may go again.", _lift)
    lift.add_argument("account", metavar="AC...", help="the account that it concerns")
    lift.add_argument("order", metavar="OR...", help="the order, as `masstransit order` named it")
    baa = command("baa", "Put a signed business associate agreement on record (clause 11).", _baa)
    baa.add_argument("account", metavar="AC...", help="the customer's account")
    baa.add_argument("reference", metavar="REFERENCE", help="the agreement's own; told again, it is changed")
    baa.add_argument("--scope", required=True, metavar="KINDS", help=f"with commas between: {', '.join(papers.KINDS)}")
    baa.add_argument("--signed", required=True, metavar="DATE")
    baa.add_argument("--ended", metavar="DATE")
    licence = command("licence", "Put a licence that a customer showed on record (clause 12).", _licence)
    licence.add_argument("account", metavar="AC...", help="the customer's account")
    licence.add_argument("trade", choices=papers.TRADES)
    licence.add_argument("place", metavar="PLACE", help="a country (GB), or a state of it (US-NJ)")
    licence.add_argument("--number", required=True, metavar="TEXT", help="the licence's own number")
    licence.add_argument("--authority", required=True, metavar="NAME", help="who gave it")
    licence.add_argument("--from", required=True, metavar="DATE", dest="valid_from")
    licence.add_argument("--until", metavar="DATE", dest="valid_until")
    incident = command("incident", "Put harm that was done to the platform on record (clause 1).", _incident)
    incident.add_argument("target", metavar="TARGET", help="the number or domain that was harmed, or: platform")
    incident.add_argument("what", metavar="WHAT", help="what happened, in a sentence")
    incident.add_argument("--penalty", type=float, default=0.0, metavar="USD", help="what a carrier asked for it")
    incident.add_argument("--capacity", type=float, default=0.0, metavar="SHARE", help="lost for a quarter of an hour")
    incident.add_argument("--hours", type=float, default=0.0, metavar="HOURS", help="in which people worked on it")
    incident.add_argument("--route", action="store_true", help="a carrier threatened to close the route")
    incident.add_argument("--until", metavar="DATE", help="when it ended; it counts for 30 days more (default: now)")
    rights = command("rights", "Put a notice of rights, or what became of it, on record (clause 15).", _rights)
    rights.add_argument("account", metavar="AC...", help="the account that sends the material")
    rights.add_argument("what", choices=(*papers.MATERIALS, *papers.ANSWERS))
    rights.add_argument("value", metavar="VALUE", help="the text or domain, or else the notice's name: RN...")
    rights.add_argument("--holder", default="", metavar="NAME", help="of a notice: who gave it")
    rights.add_argument("--work", default="", metavar="TEXT", help="of a notice: what it says is theirs")
    rights.add_argument(
        "--complete", action="store_true", help="it has the six items of 17 USC 512(c)(3); without them nothing stops"
    )
    lookups = command("lookups", "Put on record what a customer looks numbers up for (clause 9).", _lookups)
    lookups.add_argument("account", metavar="AC...", help="the customer's account")
    lookups.add_argument("purpose", metavar="PURPOSE", help="in a sentence")


def _order(settings: config.Settings, options: argparse.Namespace) -> int:
    told = {name: getattr(options, name) for name in ("scope", "target", "authority", "reference", "verified", "gag")}
    name = asyncio.run(papers.order(settings, options.account, told))
    print(
        f"on record as {name}" + ("" if options.verified else "; it stops nothing before it is verified (--verified)")
    )
    return 0


def _lift(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(papers.end_order(settings, options.account, options.order))
    print(f"{options.order} has ended")
    return 0


def _baa(settings: config.Settings, options: argparse.Namespace) -> int:
    scope = [kind for kind in options.scope.lower().replace(" ", "").split(",") if kind]
    signed, ended = papers.day(options.signed), papers.day(options.ended) if options.ended else None
    asyncio.run(papers.baa(settings, options.account, options.reference, scope=scope, signed=signed, ended=ended))
    print(f"on record: {options.reference} covers {', '.join(scope)}" + (f" until {ended:%Y-%m-%d}" if ended else ""))
    return 0


def _licence(settings: config.Settings, options: argparse.Namespace) -> int:
    told = {name: getattr(options, name) for name in ("trade", "place", "number", "authority")}
    told["valid_from"] = papers.day(options.valid_from)
    told["valid_until"] = papers.day(options.valid_until) if options.valid_until else None
    asyncio.run(papers.licence(settings, options.account, told))
    print(f"on record: licensed for {options.trade} in {options.place}")
    return 0


def _incident(settings: config.Settings, options: argparse.Namespace) -> int:
    told = {name: getattr(options, name) for name in ("target", "what", "penalty", "capacity", "hours", "route")}
    told["until"] = papers.day(options.until) if options.until else SystemClock().now()
    print(f"on record as {asyncio.run(papers.incident(settings, told))}")
    return 0


def _rights(settings: config.Settings, options: argparse.Namespace) -> int:
    if options.what in papers.ANSWERS:
        asyncio.run(papers.rights_answer(settings, options.account, options.value, options.what))
        print(f"on record: {options.value} {options.what}")
        return 0
    if not options.holder or not options.work:
        print("masstransit: a notice needs --holder and --work", file=sys.stderr)
        return 2
    told = {"kind": options.what} | {name: getattr(options, name) for name in ("holder", "work", "complete")}
    name = asyncio.run(papers.rights_notice(settings, options.account, told, options.value))
    print(f"on record as {name}" + ("" if options.complete else "; it stops nothing before it is complete"))
    return 0


def _lookups(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(papers.lookup_purpose(settings, options.account, options.purpose))
    print("on record")
    return 0
