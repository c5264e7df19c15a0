"""Calls by SIP (RFC 3261), between customers' user agents, the house and carriers.

The protocol runs in a process of its own, the *switch*: `python -m masstransit.channels.sip`, a back-to-back user agent
on the package `sippy`. It decides nothing. Whom to let in and where a call may go it asks the house, over a Unix socket
that is called the decision socket.

    in the switch                                   in the house
      message.py  datagrams, read at the edge         door.py       the other end of the decision socket
      stack.py    the only module that knows sippy    admission.py  who is there: digest, addresses, the gate's word
      switch.py   what is done with each request      placing.py    what a call is, and where it may go
      call.py     one call: two legs, and its record  words.py      a verdict in SIP's words
      led.py      a call that the house leads         lines.py      such calls as lines that documents lead
      waits.py    the waits of a call                 ways.py       trunks, contacts, and what they are told
      line.py     this end of the decision socket     digest.py     challenges and their answers (RFC 8760)
      journal.py  records, until the house has them   places.py     how many calls an account has, and how fast
                                                      keeper.py     starts the switch and watches it
                                                      service.py    all of it, opened and closed

    talk.py, settings.py: what the two say to each other
"""
