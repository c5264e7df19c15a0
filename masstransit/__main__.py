"""`python -m masstransit` and the `masstransit` command."""

from __future__ import annotations

import sys

from masstransit.cli import run


def main() -> None:
    """Run the command and leave with its exit status."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
