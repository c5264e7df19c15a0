"""Carriers' feedback loops: reports of abuse that come by mail, in the Abuse Reporting Format (RFC 5965).

`mailbox.py` takes an mbox or a single mail apart, `report.py` reads what one says. Mail comes from anybody: how long
one may be, and how many parts it may have, is bounded.
"""
