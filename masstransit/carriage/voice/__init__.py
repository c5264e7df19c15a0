"""Calls that a customer's documents lead: TwiML for calls is read, and carried out verb by verb.

`verbs` are what a document can say, `reading` reads it, `flow` carries it out over a `line` (whatever wire it is),
`asking` asks the customer's server for the next one, `legs` dials and keeps the record, `voice` is the one door: it
begins calls, and ends them when it is told to.
"""
