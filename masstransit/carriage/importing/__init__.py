"""What an operator takes over from CSV files: a customer's first day, and lists that the whole house goes by.

`kinds.py` says what can be imported; `columns.py` and `lines.py` read a file, also one with names, dates and numbers of
its own; `taking.py` keeps it a batch at a time and goes on where an import was killed; `tally.py` tells what was bad. A
do-not-call list has too many rows for a table: it is read in pieces into a file of numbers, which takes the place of
the last one whole.
"""

from masstransit.carriage.importing.asked import Asked, check, whose_rows
from masstransit.carriage.importing.columns import Reading
from masstransit.carriage.importing.kinds import KINDS
from masstransit.carriage.importing.taking import Into, import_csv
from masstransit.carriage.importing.tally import BadRows, Imported

__all__ = ("KINDS", "Asked", "BadRows", "Imported", "Into", "Reading", "check", "import_csv", "whose_rows")
