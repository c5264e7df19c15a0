"""Mail on its way out, whatever door it came in by.

`outbox.py` keeps a letter and has it offered to each of its recipients; `reading.py` reads what it says, `outgoing.py`
makes it what goes out: with a way to unsubscribe, a return path of ours (`tokens.py`) and the signatures of its
sender's domain (`signature.py`, `domains.py`). `returned.py` follows what comes back, `notifying.py` tells the sender.
"""
