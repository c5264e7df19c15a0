"""Cases of the desk: what is to be answered within a time, and what answering it does.

`docket` keeps them: it opens one, adds to its record, runs its deadlines and closes it. Each kind that has steps of its
own has a file; `acts` is the table of all that can be done in each, for a command or a page. `watch` does what the
passing of time does, and is loud about what is overdue.
"""
