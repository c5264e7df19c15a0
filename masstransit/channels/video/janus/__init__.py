"""Video rooms that a Janus forwards: a server of Meetecho's beside the house, or on machines of its own, for rooms that
have outgrown the house's own unit. The house tells it by its WebSocket API and its plugin VideoRoom; packets go between
browsers and Janus, and never here.

    words        what is said to Janus and heard of it
    session      one session: questions and their answers, in order
    description  as much of an offer as has to be known here: its lines, and what each is for
    seat         one participant: a handle that takes what they send, a handle that offers what others send
    room         who is in a room, and who sees whom
    gateway      all rooms of one Janus; tells when it dies, and tries it again

Participants never talk to Janus's API: they have neither its secret nor a room's PIN, and each handle is the house's.
"""
