"""Calls that a customer's documents lead: TwiML for calls is read, and carried out verb by verb.

`verbs` are what a document can say, `reading` reads it, `flow` carries it out over a `line` (whatever wire it is),
`joining` joins the line with others, `asking` asks the customer's server for the next document, `legs` offers, dials
and records. `live` is the one door: it begins calls, and ends them when it is told to; `arriving` brings it those
of people. `onair` is what of a call can be recorded. `speech` is the voice of wires that carry sound.
"""
