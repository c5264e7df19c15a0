"""Options for files that were made for others: what `carriage/importing/columns.py` makes of them."""

from __future__ import annotations

import argparse

from masstransit.carriage.importing import Reading
from masstransit.commands.parsing import pairs


def reading_options(made: argparse.ArgumentParser) -> None:
    """Give a command that reads a file the options that say how."""
    made.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=NAME", help="how the file calls a column; again for more"
    )
    made.add_argument(
        "--set", action="append", default=[], metavar="COLUMN=VALUE", help="what is the same in every line"
    )
    made.add_argument(
        "--dates", action="append", default=[], metavar="FORM", help="how it writes times, such as %%m/%%d/%%Y"
    )
    made.add_argument("--country", default="", metavar="CC", help="whose numbers it has without plus sign, such as US")


def reading(options: argparse.Namespace) -> Reading:
    """How the file is to be read. Raises `BadInput`."""
    return Reading(
        mapped=pairs("--map", options.map),
        constants=pairs("--set", options.set),
        dates=tuple(options.dates),
        country=options.country.upper(),
    )
