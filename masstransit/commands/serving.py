"""Serving, and looking whether the settings are fit for it."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine
from typing import Any

import uvloop

from masstransit import app, config, serving, telephony
from masstransit.certificates import certificate_of
from masstransit.channels.fax import spandsp
from masstransit.clock import SystemClock
from masstransit.commands.parsing import Commands
from masstransit.counters import open_counters
from masstransit.edition import clauses_of, edition_of
from masstransit.storage.engine import parse as parse_url


def commands(command: Commands) -> None:
    """Make these commands known."""
    command("serve", "Serve customers and carriers until stopped.", _serve)
    command("demo", "Serve one machine: a loopback carrier with virtual phones and a demo customer.", _demo)
    command("check-config", "Read the settings and say what is wrong with them.", _check_config)


def _serve(settings: config.Settings, _: argparse.Namespace) -> int:
    return _run_loop(serving.serve(settings))


def _demo(settings: config.Settings, _: argparse.Namespace) -> int:
    return _run_loop(serving.run_demo(settings))


def _run_loop(work: Coroutine[Any, Any, None]) -> int:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)
    return 0


def _check_config(settings: config.Settings, _: argparse.Namespace) -> int:
    edition = edition_of(settings)
    clauses, own = clauses_of(settings)
    app.budget_of(settings, clauses)
    app.business_days(settings)
    codes = app.codes_from(settings)
    open_counters(settings.counters)
    parse_url(settings.database_url)
    serving.smpp_tls(settings)
    certificate_of(settings.smtp_server, "smtp_server")
    certificate_of(settings.mail_in, "mail_in")
    app.relay_of(settings)
    telephony.caller_identity(settings, SystemClock())
    shadowed = sum(len(clause.shadow) for clause in clauses)
    print(f"the settings are fine: {len(settings.trunk)} trunks, policy of {edition.dated} ({edition.source}),")
    print(f"{shadowed} rules in shadow, {len(own)} accounts with terms of their own")
    if settings.mail.relay:
        print(f"notices go out by mail through {settings.mail.relay}, from {settings.mail.sender}")
        if not settings.base_url:
            print("hint: base_url is what links in mails begin with; without it they lead to http://HTTP")
    else:
        print("no mail is sent: [mail] relay and sender are not set; notices reach webhooks, the pages and the API")
    if codes is None:
        print("hint: [recipients] account and sender let people see at /me who writes to them, and stop it")
    calls = any(isinstance(each, config.SipTrunkSettings) for each in settings.trunk)
    if calls and (missing := spandsp.amiss()):
        print(f"hint: {missing}")
    if not settings.keys:
        print("hint: keys = 'FILE' keeps the keys apart from the database, and so out of its backups")
    return 0
