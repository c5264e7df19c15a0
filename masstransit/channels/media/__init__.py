"""The sound of calls: G.711 over RTP on the event loop, one UDP socket a leg.

The seam to the signalling is SDP: a leg is given the other side's description (`Leg.hear`) and tells its own
(`Leg.description`). What goes over SIP is the business of whoever does the signalling.

    sdp       what the other side offers, and the answer to it
    g711      A-law and mu-law <-> 16-bit samples, by tables
    rtp       packets (RFC 3550)
    events    keys pressed (RFC 4733)
    jitter    packets put in order again
    leg       one side of a call: its socket, its clock, what it plays and whom it is passed on to
    bridge    legs that hear one another: two pass packets on, three and more are mixed
    listening whether somebody says something
    wav       files of sound
    recorder  a call as it is recorded, a file a leg, from the instant on at which it was allowed
    shelf     recordings that have ended, as they are heard again
    prompts   announcements, ready to be sent
    tones     keys and ringing as sound
    greeting  whether a person or a machine answered
    headset   the sound of a call that the house leads
    pair      the sound of a call that two phones have with each other
    studio    all of it as carriage asks for it (`carriage/recording.py`)
"""
