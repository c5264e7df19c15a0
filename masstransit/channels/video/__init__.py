"""The forwarding unit of video rooms: packets of sound and picture, passed on among those in a room as they came.

It is a process of its own, since eight in a room are thousands of packets a second, and the house's loop decides
messages. It decides nothing: the house says who is in which room, who is muted, what is recorded, and who is out of it.

    talk        what the two say to each other, a line of JSON each
    __main__    the process;  unit  what it does with what it is told
    peer        one participant: a connection of aiortc, with codecs taken out of it
    source      what one sends: a microphone, a camera, a screen;  slot  where somebody sees or hears it
    vp8         as much of VP8 as a forwarder needs: where a picture begins, and whether it needs none before it
    tape  ogg   a recording: a file for each source, as it came
    keeper      the house's side: starts it, talks with it, starts it again when it died
"""
