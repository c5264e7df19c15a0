"""Commands for who signs in at the pages."""

from __future__ import annotations

import argparse
import asyncio

from masstransit import config
from masstransit.commands.parsing import Commands
from masstransit.model.user import DESK, Role
from masstransit.office import people


def commands(command: Commands) -> None:
    """Make the commands known."""
    users = command("users", "Say who may sign in at the pages: the desk's people, or a customer's.", _users)
    users.add_argument("--add", metavar="LOGIN", help="let somebody sign in; tells the password to begin with")
    users.add_argument("--name", default="", help="with --add: how their acts are signed (default: the login)")
    users.add_argument("--role", choices=[role.value for role in Role], default=Role.ADMIN.value, help="with --add")
    users.add_argument("--account", default=DESK, metavar="AC...", help="a customer's people (default: the desk's)")
    users.add_argument("--reset", metavar="LOGIN", help="another password to begin with, and no second factor")
    users.add_argument("--disable", metavar="LOGIN", help="shut somebody out, at once")


def _users(settings: config.Settings, options: argparse.Namespace) -> int:
    if options.add:
        name, role = options.name or options.add, Role(options.role)
        begins = asyncio.run(people.add(settings, options.add, name=name, role=role, account=options.account))
        print(f"{options.add} signs in as {role.value} with {begins} to begin with, and chooses a password then")
    elif options.reset:
        print(f"{options.reset} signs in with {asyncio.run(people.reset(settings, options.reset))} to begin with")
    elif options.disable:
        asyncio.run(people.disable(settings, options.disable))
        print(f"{options.disable} can't sign in any more")
    else:
        for user in asyncio.run(people.listed(settings, options.account)):
            out = "  (shut out)" if user.disabled_at else ""
            print(f"{user.login:<32} {user.role:<10} {user.name}{out}")
    return 0
