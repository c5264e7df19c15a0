"""Customers and what they may: accounts, logins, allowances, end users, what was sent to them in writing."""

from __future__ import annotations

import argparse
import asyncio
import math
import re
from pathlib import Path
from typing import Any

from masstransit import config
from masstransit.commands.parsing import Commands
from masstransit.errors import BadInput
from masstransit.office import customers

_DEFAULT = "default"
_SID = re.compile("AC[0-9a-f]{32}")
_SHORTEST_TOKEN, _LONGEST_TOKEN = 16, 128  # characters: shorter ones are guessed


def commands(command: Commands) -> None:
    """Make these commands known."""
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
    account.add_argument(
        "--as",
        dest="like",
        metavar="AC...",
        help="the SID that its programs have already, from another platform: they need another base URL and no more",
    )
    account.add_argument(
        "--token-file", metavar="FILE", help="with --as: where the token stands; - reads it from stdin"
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
    bind = command("bind", "Give a customer an SMPP login, or a new password for one, and print it.", _bind)
    bind.add_argument("account", metavar="AC...", help="the customer's account")
    bind.add_argument("system_id", metavar="SYSTEM_ID", help="15 characters at most")
    bind.add_argument("--end-user", metavar="NAME", help="whom its messages are for, where they do not say")
    bind.add_argument(
        "--no-reasons",
        action="store_true",
        help="refusals come without their reason in a TLV: for clients that break on it, such as smpplib",
    )
    login = command("sip-login", "Give a customer a login for calls, or a new password for one, and print it.", _login)
    login.add_argument("account", metavar="AC...", help="the customer's account")
    login.add_argument("login", metavar="LOGIN", help="its user name: 64 characters at most, without spaces")
    login.add_argument("--number", metavar="+1...", help="whose calls ring there, and which it calls from by itself")
    login.add_argument(
        "--source", metavar="IP", help="calls from this address are let in without the password: a trunk"
    )
    login.add_argument("--end-user", metavar="NAME", help="whom its calls are for, where they do not say")
    login.add_argument("--calls", type=int, metavar="N", help="at once; default: [sip_server] calls")
    login.add_argument("--rate", type=float, metavar="N", help="calls begun in a second; default: [sip_server] rate")
    end_user = command("end-user", "Put a customer's end user on record; stop it, or let it go on.", _end_user)
    end_user.add_argument("account", metavar="AC...", help="the customer's account")
    end_user.add_argument("name", metavar="NAME", help="as its messages name it (EndUser, TLV 0x1401)")
    end_user.add_argument("--terms-accepted", action="store_true", help="it took on the customer's terms (rule B2)")
    either = end_user.add_mutually_exclusive_group()
    either.add_argument("--stop", metavar="REASON", help="nothing more is sent for it")
    either.add_argument("--allow", action="store_true", help="it may send again")
    guideline = command(
        "guideline", "Put on record that a carrier's guideline was sent to a customer in writing.", _guideline
    )
    guideline.add_argument("account", metavar="AC...", help="the customer's account")
    guideline.add_argument("document", metavar="DOCUMENT", help="its name, as in [policy.6] carrier_documents")
    guideline.add_argument("version", metavar="VERSION")
    guideline.add_argument("recipient", metavar="RECIPIENT", help="to whom it was sent, such as a mail address")


def _some(text: str) -> float | str:
    """A positive number, or `default`."""
    if text == _DEFAULT:
        return text
    number = float(text)
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"'{text}' is neither a positive number nor {_DEFAULT}")
    return number


def _account(settings: config.Settings, options: argparse.Namespace) -> int:
    if options.rotate:
        token = asyncio.run(customers.rotate_token(settings, options.rotate))
        print(f"account_sid = {options.rotate}")
        print(f"auth_token  = {token}   (shown once; it opens and signs webhooks within seconds)")
        return 0
    like = _credentials(options)
    made = asyncio.run(customers.create_account(settings, options.name, test=options.test, like=like))
    print(f"account_sid = {made.account_sid}")
    if like is not None:
        print("auth_token  = as it was")
        print('next: let it observe ([account.AC...] observe = true), and name its platform as a trunk (kind = "rest")')
        return 0
    print(f"auth_token  = {made.auth_token}   (shown once)")
    if options.test:
        print("these are test credentials: magic numbers answer them, and nothing is sent")
        return 0
    print("next: have the policy accepted (POST /policy/v1/Agreement), import numbers and registrations, and for SMPP")
    print(f"give it a login: masstransit bind {made.account_sid} SYSTEM_ID")
    return 0


def _credentials(options: argparse.Namespace) -> tuple[str, str] | None:
    """The SID and token from elsewhere; None: there are none. Raises `BadInput`."""
    if not options.like:
        return None
    if _SID.fullmatch(options.like) is None:
        raise BadInput(f"--as {options.like}: AC and 32 hex digits")
    if not options.token_file:
        raise BadInput("--as needs --token-file: a token on the command line would be seen by everybody on the machine")
    try:
        token = Path(options.token_file).read_text().strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise BadInput(f"--token-file {options.token_file} can't be read: {unreadable}") from unreadable
    if not token.isascii() or not _SHORTEST_TOKEN <= len(token) <= _LONGEST_TOKEN or not token.isprintable():
        raise BadInput(f"--token-file: one token of {_SHORTEST_TOKEN} to {_LONGEST_TOKEN} printable characters")
    return options.like, token


def _bind(settings: config.Settings, options: argparse.Namespace) -> int:
    password = asyncio.run(
        customers.create_bind(
            settings, options.account, options.system_id, reasons=not options.no_reasons, end_user=options.end_user
        )
    )
    print(f"system_id = {options.system_id}")
    print(f"password  = {password}   (shown once)")
    return 0


def _login(settings: config.Settings, options: argparse.Namespace) -> int:
    password = asyncio.run(
        customers.create_login(
            settings,
            options.account,
            options.login,
            number=options.number,
            source=options.source,
            end_user=options.end_user,
            at_once=options.calls,
            a_second=options.rate,
        )
    )
    print(f"username = {options.login}")
    print(f"password = {password}   (shown once)")
    print(f"realm    = {settings.sip_server.realm or settings.domain}")
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
    allowed = asyncio.run(customers.change_allowance(settings, options.account, values))
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


def _end_user(settings: config.Settings, options: argparse.Namespace) -> int:
    told = asyncio.run(
        customers.end_user(
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


def _guideline(settings: config.Settings, options: argparse.Namespace) -> int:
    asyncio.run(
        customers.guideline(settings, options.account, options.document, options.version, recipient=options.recipient)
    )
    print(f"on record: {options.document} {options.version} was sent to {options.recipient}")
    return 0
