"""Logins of customers' own clients, by the operator: SMPP binds, and those for calls by SIP."""

from __future__ import annotations

import argparse
import asyncio

from masstransit import config
from masstransit.commands.parsing import Commands
from masstransit.office import customers


def commands(command: Commands) -> None:
    """Make these commands known."""
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
