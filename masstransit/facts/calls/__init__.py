"""Facts about calls: who calls, whom and how often, what became of it, and where those are who talk.

    callers         the right to a number that is shown, and what another provider says of a caller
    calling         calls as they are offered: how often somebody is called, by what voice, what came of the last ones
    days            calls that are over, by number, campaign, end user and account: answered, short, unallocated
    abandoned       calls that advertise, and that a person answered: whether anybody was there
    call_day        what calls of a day come to
    routes          trunks at fault, whose calls count against nobody
    records         what the record of one call tells of why it ended
    recording_law   where participants may be, and what the law of recording asks there

What is said in a call is read by `facts/content/`, as texts are.
"""
