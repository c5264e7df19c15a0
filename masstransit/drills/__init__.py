"""Drills: abuse as the rulebook tells it, and the lawful traffic that looks like it, sent through the real house.

`scenarios/` holds a file a clause; every function in it that is marked `attack` or `lawful` is a drill. A drill is told
in acts (`acts.py`), with people and customers that a seed draws (`scene.py`) and words that it varies (`wording.py`).
`stage.py` plays it on a clock moved by hand through the exchange, gate, facts, storage and loopback carrier as `app`
joins them; `reckoning.py` says what leaked and who was hindered; `report.py` prints it.
"""
