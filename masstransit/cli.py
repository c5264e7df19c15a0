"""The command line: one function a command, each returns its exit status."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import logging
import math
import os
import secrets
import sys
import textwrap
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from masstransit import __version__, app, config, recording
from masstransit.carriage import importing
from masstransit.clock import SystemClock
from masstransit.counters import open_counters
from masstransit.desk import commands as desk
from masstransit.drills.drill import chosen
from masstransit.drills.reckoning import Result
from masstransit.drills.rehearsal import rehearse
from masstransit.drills.report import as_json, listed, table
from masstransit.errors import BadInput, Fault
from masstransit.ledger import verify
from masstransit.screening import Screen
from masstransit.storage import migrations
from masstransit.storage.backup import backup, restore
from masstransit.storage.engine import open_engine, snapshot
from masstransit.storage.engine import parse as parse_url
from masstransit.storage.keys import public_key
from masstransit.story import story_of, tell

_SCREEN = """\
Judge communications given as JSON, one object a line; print one decision a line.

A line in: kind (sms mms call voicemail fax chat video email), from, to, and as it has them id (default: the line
number), text, subject, media, at (ISO 8601; default now), purpose, account, campaign, headers, transcript,
consent {given_at, kind, proof}.
A line out: id, verdict, findings [{clause, rule, verdict, reason, evidence}], labels, policy; or id and error for a
line that can't be read, which is passed over.
Labels are null: what is said is not labelled yet, and no label is made up.
Nothing is stored, nothing is sent, and lines do not affect each other."""
_IMPORT = """\
Take over a CSV file: a customer's own, or a list that the whole house goes by. The first line names the columns; times
are ISO 8601. Bad lines are told with their number on stderr and passed over. A file may be imported again."""
_IMPORT_ENDS = """\
do-not-call also needs --registry NAME and --region REGION. Its file takes the place of the registry's last one as a
whole: until its last line is in, the old list holds."""
_IN = " " * 6  # how far columns are indented
_DRILL = """\
Play abuse, and the lawful traffic that looks like it, through the whole house on a simulated clock, and say what
leaked before each attack was stopped, how soon that was, by which rule, and which lawful messages were hindered.

The policy is yours ([policy] of the settings); nothing else of yours is touched: each drill has a database of its own
in a temporary folder, and its phones are virtual. The seed draws people, words and times; it is printed, and --seed
repeats a run exactly."""
_SETTINGS = ("config", "data", "http", "smpp", "sip", "smtp", "database", "counters")
_STATUS = "Exit status: 0 fine, 1 something was wrong (said on stderr), 2 the command was misused."


def run(arguments: Sequence[str]) -> int:
    """Parse and run. A fault is told in a sentence, without a traceback."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
    os.umask(0o077)  # what is written holds bodies and keys: it is for its owner only
    try:
        settings = config.load(
            Path(options.config) if options.config else None,
            data=options.data,
            http=options.http,
            smpp=options.smpp,
            sip=options.sip,
            smtp=options.smtp,
            database=options.database,
            counters=options.counters,
        )
        logging.basicConfig(
            level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
        )
        for chatty in ("httpx", "alembic", "uvicorn"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        return int(options.run(settings, options))
    except Fault as fault:
        print(f"masstransit: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who read our output has enough
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return 0


def _settings_options() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    place = shared.add_argument_group("settings (else the environment, MASSTRANSIT_..., else the file, else defaults)")
    place.add_argument("--config", metavar="FILE", help="TOML file, see config.example.toml")
    place.add_argument("--data", metavar="FOLDER", help="where the SQLite file and demo.json are (MASSTRANSIT_DATA)")
    place.add_argument("--http", metavar="HOST:PORT", help="REST and web pages (MASSTRANSIT_HTTP); port 0: any")
    place.add_argument("--smpp", metavar="HOST:PORT", help="customers' SMPP binds (MASSTRANSIT_SMPP)")
    place.add_argument("--sip", metavar="HOST:PORT", help="not served yet (MASSTRANSIT_SIP)")
    place.add_argument("--smtp", metavar="HOST:PORT", help="not served yet (MASSTRANSIT_SMTP)")
    place.add_argument(
        "--database", metavar="URL", help="sqlite:///PATH or postgresql://USER@HOST:PORT/NAME (MASSTRANSIT_DATABASE)"
    )
    place.add_argument(
        "--counters", metavar="URL", help="memory://, redis://HOST:PORT, redis+cluster://... (MASSTRANSIT_COUNTERS)"
    )
    return shared


class _Help(argparse.RawDescriptionHelpFormatter):
    """Usage without the settings, which every command has and which are listed below it."""

    def add_usage(self, usage: str | None, actions: Iterable[argparse.Action], *more: Any, **named: Any) -> None:
        own = [action for action in actions if action.dest not in _SETTINGS]
        super().add_usage(usage, own, *more, **named)


class _Commands:
    """The commands of a parser, each with the settings' options."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
        self._shared = _settings_options()

    def __call__(self, name: str, help: str, work: object, epilog: str = _STATUS) -> argparse.ArgumentParser:  # noqa: A002
        made = self._commands.add_parser(
            name, help=help, description=help, epilog=epilog, parents=[self._shared], formatter_class=_Help
        )
        made.set_defaults(run=work)
        return made


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="masstransit",
        description="A communications platform whose acceptable use policy is code in the path of every communication.",
        epilog=_STATUS,
    )
    parser.add_argument("--version", action="version", version=f"masstransit {__version__}")
    parser.set_defaults(**dict.fromkeys(_SETTINGS))
    command = _Commands(parser)
    _serving(command)
    _keeping(command)
    _recording(command)
    _showing(command)
    desk.commands(command)
    return parser


def _serving(command: _Commands) -> None:
    command("serve", "Serve customers and carriers until stopped.", _serve)
    command("demo", "Serve one machine: a loopback carrier with virtual phones and a demo customer.", _demo)
    screen = command(
        "screen",
        "Judge communications given as JSON, one object a line; print one decision a line.",
        _screen,
        "Exit status: 0 no line was bad, 1 some were (their count on stderr), 2 usage.",
    )
    screen.description = _SCREEN
    screen.add_argument("file", nargs="?", default="-", metavar="FILE", help="JSON lines; - or nothing: standard input")
    screen.add_argument(
        "--profile",
        choices=("strict", "open"),
        default="strict",
        help="open: consent, registration and sender rights are taken as proven and the hour as lawful",
    )
    explain = command("explain", "Tell the whole story of a message or a decision.", _explain)
    explain.add_argument("id", metavar="ID", help="SM..., or DE...")
    explain.add_argument("--json", action="store_true", help="as JSON")
    drill = command(
        "drill",
        "Rehearse abuse and lawful look-alikes: what leaks, how soon it is stopped, who is hindered.",
        _drill,
        "Exit status: 0 every drill is ok, 1 some are not, 2 usage.",
    )
    drill.description = _DRILL
    drill.add_argument("name", nargs="?", default="all", metavar="NAME", help="a drill, a clause's number, or all")
    drill.add_argument("--seed", type=int, metavar="N", help="repeat the run of this seed; else one is drawn")
    drill.add_argument("--json", action="store_true", help="a JSON array, an object a drill")
    drill.add_argument("--list", action="store_true", help="name the drills, with a sentence each, and play none")
    ledger = command("ledger", "Check the hash-chained record of decisions.", _ledger)
    ledger.add_argument("action", choices=("verify",), help="verify: 0 whole, 1 broken and where")


def _keeping(command: _Commands) -> None:
    command("migrate", "Bring the database to this version's schema.", _migrate)
    command("check-config", "Read the settings and say what is wrong with them.", _check_config)
    backup = command("backup", "Write the whole database, with its ledger, into one file.", _backup)
    backup.add_argument("file", metavar="FILE")
    restore = command("restore", "Fill an empty database from a backup.", _restore)
    restore.add_argument("file", metavar="FILE")


def _recording(command: _Commands) -> None:
    bind = command("bind", "Give a customer an SMPP login, or a new password for one, and print it.", _bind)
    bind.add_argument("account", metavar="AC...", help="the customer's account")
    bind.add_argument("system_id", metavar="SYSTEM_ID", help="15 characters at most")
    bind.add_argument("--end-user", metavar="NAME", help="whom its messages are for, where they do not say")
    bind.add_argument(
        "--no-reasons",
        action="store_true",
        help="refusals come without their reason in a TLV: for clients that break on it, such as smpplib",
    )
    _importing(command)
    guideline = command(
        "guideline", "Put on record that a carrier's guideline was sent to a customer in writing.", _guideline
    )
    guideline.add_argument("account", metavar="AC...", help="the customer's account")
    guideline.add_argument("document", metavar="DOCUMENT", help="its name, as in [policy.6] carrier_documents")
    guideline.add_argument("version", metavar="VERSION")
    guideline.add_argument("recipient", metavar="RECIPIENT", help="to whom it was sent, such as a mail address")
    order = command("order", "Put an authority's order on record; a verified one stops what it names at once.", _order)
    order.add_argument("account", metavar="AC...", help="the account that it concerns")
    order.add_argument("scope", choices=("account", "number", "campaign", "end_user"))
    order.add_argument("target", metavar="TARGET", help="the account, number, campaign or end user that is to stop")
    order.add_argument("--authority", required=True, metavar="NAME")
    order.add_argument("--reference", required=True, metavar="TEXT", help="the authority's own reference")
    order.add_argument("--verified", action="store_true", help="its requester was called back at a published number")
    order.add_argument("--gag", action="store_true", help="the customer must not be told why")
    end_user = command("end-user", "Put a customer's end user on record; stop it, or let it go on.", _end_user)
    end_user.add_argument("account", metavar="AC...", help="the customer's account")
    end_user.add_argument("name", metavar="NAME", help="as its messages name it (EndUser, TLV 0x1401)")
    end_user.add_argument("--terms-accepted", action="store_true", help="it took on the customer's terms (rule B2)")
    either = end_user.add_mutually_exclusive_group()
    either.add_argument("--stop", metavar="REASON", help="nothing more is sent for it")
    either.add_argument("--allow", action="store_true", help="it may send again")
    lift = command("lift", "End an authority's order: what it stopped may go again.", _lift)
    lift.add_argument("account", metavar="AC...", help="the account that it concerns")
    lift.add_argument("order", metavar="OR...", help="the order, as `masstransit order` named it")
    account = command(
        "account", "Open a customer's account, or give one a new auth token, and print its credentials.", _account
    )
    which = account.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?", metavar="NAME", help="the new customer's name, which is its brand")
    which.add_argument(
        "--rotate", metavar="AC...", help="a new auth token for this account: its old ones open nothing from now on"
    )
    account.add_argument(
        "--test", action="store_true", help="test credentials: magic numbers answer, nothing is sent or kept"
    )
    allowance = command("allowance", "Show what an account is allowed, and change it.", _allowance)
    allowance.add_argument(
        "account", metavar="AC...", help="the account; its subaccounts are suspended and closed with it"
    )
    allowance.add_argument("--status", choices=("active", "suspended", "closed"), help="closed is for good")
    allowance.add_argument("--rate", type=_some, metavar="N", help="messages a second; default: the policy's figure")
    allowance.add_argument(
        "--queue", type=_some, metavar="N", help="messages that may wait; default: the policy's figure"
    )
    allowance.add_argument(
        "--content", choices=("kept", "dropped"), help="dropped: bodies are kept only until the outcome (clause 11)"
    )
    allowance.add_argument(
        "--proven", choices=("yes", "no"), help="yes: refusals tell it the thresholds that they rest on (rule 3.3)"
    )


_DEFAULT = "default"


def _some(text: str) -> float | str:
    """A positive number, or `default`."""
    if text == _DEFAULT:
        return text
    number = float(text)
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"'{text}' is neither a positive number nor {_DEFAULT}")
    return number


def _showing(command: _Commands) -> None:
    """What clauses 1, 9, 11, 12 and 15 can't tell from a text, and the operator puts on record."""
    baa = command("baa", "Put a signed business associate agreement on record (clause 11).", _baa)
    baa.add_argument("account", metavar="AC...", help="the customer's account")
    baa.add_argument("reference", metavar="REFERENCE", help="the agreement's own; told again, it is changed")
    baa.add_argument(
        "--scope", required=True, metavar="KINDS", help=f"with commas between: {', '.join(recording.KINDS)}"
    )
    baa.add_argument("--signed", required=True, metavar="DATE")
    baa.add_argument("--ended", metavar="DATE")
    licence = command("licence", "Put a licence that a customer showed on record (clause 12).", _licence)
    licence.add_argument("account", metavar="AC...", help="the customer's account")
    licence.add_argument("trade", choices=recording.TRADES)
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
    rights.add_argument("what", choices=(*recording.MATERIALS, *recording.ANSWERS))
    rights.add_argument("value", metavar="VALUE", help="the text or domain, or else the notice's name: RN...")
    rights.add_argument("--holder", default="", metavar="NAME", help="of a notice: who gave it")
    rights.add_argument("--work", default="", metavar="TEXT", help="of a notice: what it says is theirs")
    rights.add_argument(
        "--complete", action="store_true", help="it has the six items of 17 USC 512(c)(3); without them nothing stops"
    )
    lookups = command("lookups", "Put on record what a customer looks numbers up for (clause 9).", _lookups)
    lookups.add_argument("account", metavar="AC...", help="the customer's account")
    lookups.add_argument("purpose", metavar="PURPOSE", help="in a sentence")


def _importing(command: _Commands) -> None:
    made = command("import", "Take over a CSV file: a customer's own, or a list that the whole house goes by.", _import)
    made.description = "\n".join(
        (_IMPORT, "", *_kinds(of_account=True), "", *_kinds(of_account=False), "", _IMPORT_ENDS)
    )
    made.add_argument("kind", choices=tuple(importing.KINDS), metavar="KIND", help=", ".join(importing.KINDS))
    made.add_argument("file", metavar="FILE")
    made.add_argument("--account", default="", metavar="AC...", help="the account whose they are")
    made.add_argument("--registry", default="", metavar="NAME", help="do-not-call: the list, such as us-national")
    made.add_argument("--region", default="", metavar="REGION", help="do-not-call: where it holds, such as US or US-TX")
    made.add_argument("--dry-run", action="store_true", help="read the file and tell its bad lines; keep nothing")


def _kinds(*, of_account: bool) -> list[str]:
    """What can be imported, with its columns; those in brackets may be left out."""
    lines = ["of an account (--account AC...):" if of_account else "of the whole house:"]
    for name, kind in importing.KINDS.items():
        if kind.of_account is of_account:
            columns = ", ".join((*kind.must, *(f"[{column}]" for column in kind.may)))
            lines += [f"  {name}: {kind.what}", *textwrap.wrap(columns, 100, initial_indent=_IN, subsequent_indent=_IN)]
    return lines


def _serve(settings: config.Settings, _: argparse.Namespace) -> int:
    return _run_loop(app.serve(settings))


def _demo(settings: config.Settings, _: argparse.Namespace) -> int:
    return _run_loop(app.run_demo(settings))


def _screen(settings: config.Settings, options: argparse.Namespace) -> int:
    edition = app.edition_of(settings)
    clauses, _ = app.clauses_of(settings)
    screen = Screen(clauses, SystemClock(), options.profile, edition.dated)
    for stream in (sys.stdin, sys.stdout):  # JSON lines are UTF-8 wherever this runs
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    if options.file == "-":
        bad = asyncio.run(screen.run(sys.stdin, sys.stdout))
    else:
        try:
            with Path(options.file).open(encoding="utf-8", errors="surrogateescape") as source:
                bad = asyncio.run(screen.run(source, sys.stdout))
        except OSError as unreadable:
            print(f"masstransit: {options.file} can't be read: {unreadable.strerror}", file=sys.stderr)
            return 2
    if bad:
        print(f"{bad} bad line{'s' if bad > 1 else ''}", file=sys.stderr)
    return 1 if bad else 0


def _explain(settings: config.Settings, options: argparse.Namespace) -> int:
    engine = open_engine(settings.database_url)
    try:
        with snapshot(engine) as connection:
            story = story_of(connection, options.id)
    finally:
        engine.dispose()
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(story)).decode())
    else:
        print("\n".join(tell(story)))
    return 0


def _drill(settings: config.Settings, options: argparse.Namespace) -> int:
    try:
        picked = chosen(options.name)
    except BadInput as unknown:
        print(f"masstransit: {unknown}", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(listed(picked)))
        return 0
    seed = secrets.randbelow(2**31) if options.seed is None else options.seed
    print(f"{len(picked)} drills, seed {seed}", file=sys.stderr)
    done = 0

    def told(result: Result, took: float) -> None:
        nonlocal done
        done += 1
        verdict = "ok" if result.ok else "NOT OK"
        print(f"{done:>4} {result.drill.name:<40} {took:5.1f} s  {verdict}", file=sys.stderr)

    results = rehearse(picked, seed, settings, told)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode([as_json(result) for result in results])).decode())
    else:
        print("\n".join(table(results, seed)))
    return 0 if all(result.ok for result in results) else 1


def _ledger(settings: config.Settings, _: argparse.Namespace) -> int:
    engine = open_engine(settings.database_url)
    try:
        with snapshot(engine) as connection:
            public = public_key(connection, Path(settings.keys) if settings.keys else None)
            report = verify(connection, public, _progress("rows read"))
    finally:
        engine.dispose()
    print(report)
    return 0 if report.whole else 1


def _migrate(settings: config.Settings, _: argparse.Namespace) -> int:
    applied = migrations.migrate(settings.database_url)
    print(f"applied {', '.join(applied)}" if applied else "the schema is up to date")
    return 0


def _check_config(settings: config.Settings, _: argparse.Namespace) -> int:
    edition = app.edition_of(settings)
    clauses, own = app.clauses_of(settings)
    app.budget_of(settings, clauses)
    open_counters(settings.counters)
    parse_url(settings.database_url)
    app.smpp_tls(settings)
    shadowed = sum(len(clause.shadow) for clause in clauses)
    print(f"the settings are fine: {len(settings.trunk)} trunks, policy of {edition.dated} ({edition.source}),")
    print(f"{shadowed} rules in shadow, {len(own)} accounts with terms of their own")
    if not settings.keys:
        print("hint: keys = 'FILE' keeps the keys apart from the database, and so out of its backups")
    return 0


def _backup(settings: config.Settings, options: argparse.Namespace) -> int:
    made = backup(settings.database_url, Path(options.file), SystemClock().now(), _table_progress())
    print(f"written to {made}")
    return 0


def _restore(settings: config.Settings, options: argparse.Namespace) -> int:
    counts = restore(Path(options.file), settings.database_url, _table_progress())
    print(f"restored {sum(counts.values())} rows of {len(counts)} tables")
    return 0


def _import(settings: config.Settings, options: argparse.Namespace) -> int:
    asked = importing.Asked(
        kind=options.kind,
        account=options.account,
        registry=options.registry,
        region=options.region,
        dry_run=options.dry_run,
    )
    try:
        importing.check(asked)
    except BadInput as misuse:
        print(f"masstransit import: {misuse}", file=sys.stderr)
        return 2
    imported = asyncio.run(app.import_file(settings, asked, Path(options.file), _progress("rows")))
    for line, why in imported.bad:
        print(f"line {line}: {why}", file=sys.stderr)
    if untold := imported.passed_over - len(imported.bad):
        print(f"and {untold} more bad lines", file=sys.stderr)
    print(f"{imported.good} {'fine' if asked.dry_run else 'taken over'}, {imported.passed_over} bad")
    if asked.dry_run:
        print("nothing was kept (--dry-run)")
    return 1 if imported.passed_over else 0


def _guideline(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(
        app.record_guideline(settings, options.account, options.document, options.version, recipient=options.recipient)
    )
    print(f"on record: {options.document} {options.version} was sent to {options.recipient}")
    return 0


def _order(settings: config.Settings, options: argparse.Namespace) -> int:
    told = {name: getattr(options, name) for name in ("scope", "target", "authority", "reference", "verified", "gag")}
    name = asyncio.run(app.record_order(settings, options.account, told))
    print(
        f"on record as {name}" + ("" if options.verified else "; it stops nothing before it is verified (--verified)")
    )
    return 0


def _baa(settings: config.Settings, options: argparse.Namespace) -> int:
    scope = [kind for kind in options.scope.lower().replace(" ", "").split(",") if kind]
    signed, ended = recording.day(options.signed), recording.day(options.ended) if options.ended else None
    asyncio.run(recording.baa(settings, options.account, options.reference, scope=scope, signed=signed, ended=ended))
    print(f"on record: {options.reference} covers {', '.join(scope)}" + (f" until {ended:%Y-%m-%d}" if ended else ""))
    return 0


def _licence(settings: config.Settings, options: argparse.Namespace) -> int:
    told = {name: getattr(options, name) for name in ("trade", "place", "number", "authority")}
    told["valid_from"] = recording.day(options.valid_from)
    told["valid_until"] = recording.day(options.valid_until) if options.valid_until else None
    asyncio.run(recording.licence(settings, options.account, told))
    print(f"on record: licensed for {options.trade} in {options.place}")
    return 0


def _incident(settings: config.Settings, options: argparse.Namespace) -> int:
    told = {name: getattr(options, name) for name in ("target", "what", "penalty", "capacity", "hours", "route")}
    told["until"] = recording.day(options.until) if options.until else SystemClock().now()
    print(f"on record as {asyncio.run(recording.incident(settings, told))}")
    return 0


def _rights(settings: config.Settings, options: argparse.Namespace) -> int:
    if options.what in recording.ANSWERS:
        asyncio.run(recording.rights_answer(settings, options.account, options.value, options.what))
        print(f"on record: {options.value} {options.what}")
        return 0
    if not options.holder or not options.work:
        print("masstransit: a notice needs --holder and --work", file=sys.stderr)
        return 2
    told = {"kind": options.what} | {name: getattr(options, name) for name in ("holder", "work", "complete")}
    name = asyncio.run(recording.rights_notice(settings, options.account, told, options.value))
    print(f"on record as {name}" + ("" if options.complete else "; it stops nothing before it is complete"))
    return 0


def _lookups(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(recording.lookup_purpose(settings, options.account, options.purpose))
    print("on record")
    return 0


def _end_user(settings: config.Settings, options: argparse.Namespace) -> int:
    told = asyncio.run(
        app.record_end_user(
            settings,
            options.account,
            options.name,
            terms_accepted=options.terms_accepted,
            stop=options.stop,
            allow=options.allow,
        )
    )
    accepted = "accepted its terms" if told.terms_accepted else "did not accept its terms yet"
    print(f"on record: {options.name} is {told.status} and {accepted}")
    return 0


def _lift(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(app.end_order(settings, options.account, options.order))
    print(f"{options.order} has ended")
    return 0


def _account(settings: config.Settings, options: argparse.Namespace) -> int:
    if options.rotate:
        token = asyncio.run(app.rotate_token(settings, options.rotate))
        print(f"account_sid = {options.rotate}")
        print(f"auth_token  = {token}   (shown once; it opens and signs webhooks within seconds)")
        return 0
    made = asyncio.run(app.create_account(settings, options.name, test=options.test))
    print(f"account_sid = {made.account_sid}")
    print(f"auth_token  = {made.auth_token}   (shown once)")
    if options.test:
        print("these are test credentials: magic numbers answer them, and nothing is sent")
        return 0
    print("next: have the policy accepted (POST /policy/v1/Agreement), import numbers and registrations, and for SMPP")
    print(f"give it a login: masstransit bind {made.account_sid} SYSTEM_ID")
    return 0


def _allowance(settings: config.Settings, options: argparse.Namespace) -> int:
    values: dict[str, Any] = {} if options.status is None else {"status": options.status}
    if options.rate is not None:
        values["rate"] = None if options.rate == _DEFAULT else options.rate
    if options.queue is not None:
        values["queue_quota"] = None if options.queue == _DEFAULT else math.ceil(options.queue)
    if options.content is not None:
        values["stores_content"] = options.content == "kept"
    if options.proven is not None:
        values["proven"] = options.proven == "yes"
    allowed = asyncio.run(app.change_allowance(settings, options.account, values))
    told = {
        "status": allowed["status"],
        "rate": _DEFAULT if allowed["rate"] is None else f"{allowed['rate']:g} messages a second",
        "queue": _DEFAULT if allowed["queue_quota"] is None else f"{allowed['queue_quota']} messages",
        "content": "kept" if allowed["stores_content"] else "dropped",
        "proven": "yes" if allowed["proven"] else "no",
    }
    for name, value in told.items():
        print(f"{name:<8}= {value}")
    return 0


def _bind(settings: config.Settings, options: argparse.Namespace) -> int:
    password = asyncio.run(
        app.create_bind(
            settings, options.account, options.system_id, reasons=not options.no_reasons, end_user=options.end_user
        )
    )
    print(f"system_id = {options.system_id}")
    print(f"password  = {password}   (shown once)")
    return 0


def _run_loop(work: Coroutine[Any, Any, None]) -> int:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)
    return 0


def _table_progress() -> Callable[[str, int], None]:
    if not sys.stderr.isatty():
        return lambda _, __: None
    return lambda table, done: print(f"\r{table:<20} {done:>12,} rows", end="", file=sys.stderr, flush=True)


def _progress(what: str) -> Callable[[int], None]:
    """Counts on the terminal's last line; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda done: print(f"\r{done:,} {what}", end="", file=sys.stderr, flush=True)
