"""Replay: what the record would have been under other figures.

Decisions are kept with the facts they rest on, and clauses are pure functions of facts. So a decision of yesterday can
be made again, with the counts and lists as they were then, under a figure that is only considered. `record` makes the
cases again, `editions` reads what is considered, `hearing` judges, `tally` counts what would have changed and `report`
shows it; `replay` goes through the record.
"""
