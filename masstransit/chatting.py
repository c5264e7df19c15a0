"""Chooses and joins what chat is made of: conversations, their feeds, the house's own trunk, the door for sockets."""

from __future__ import annotations

import msgspec

from masstransit.carriage.access_tokens import AccessTokens
from masstransit.carriage.chat.feeds import Feeds
from masstransit.carriage.chat.moderating import Moderating
from masstransit.carriage.chat.posts import Posts
from masstransit.carriage.chat.speaking import Speaking
from masstransit.carriage.chat.texting import Texting
from masstransit.carriage.media.sharing import Shared
from masstransit.channels.chat.socket import Sockets
from masstransit.channels.chat.trunk import ChatTrunk
from masstransit.ground import Ground


class Chatting(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that carries chat, joined."""

    feeds: Feeds
    speaking: Speaking
    texting: Texting
    trunk: ChatTrunk
    moderating: Moderating
    sockets: Sockets


def join(ground: Ground) -> Chatting:
    """Choose and join them. The trunk is one of those that `Routing` chooses from."""
    exchange, database, clock, notices = ground.exchange, ground.database, ground.clock, ground.notices
    feeds = Feeds(database, clock)
    posts = Posts(database=database, ledger=ground.ledger, clock=clock, feeds=feeds, notices=notices)
    speaking = Speaking(exchange=exchange, database=database, posts=posts, clock=clock)
    texting = Texting(exchange=exchange, database=database, speaking=speaking, clock=clock)
    moderating = Moderating(
        exchange=exchange,
        database=database,
        posts=posts,
        feeds=feeds,
        notices=notices,
        ledger=ground.ledger,
        clock=clock,
    )
    return Chatting(
        feeds=feeds,
        speaking=speaking,
        texting=texting,
        trunk=ChatTrunk(posts, texting),
        moderating=moderating,
        sockets=Sockets(
            tokens=AccessTokens(database=database, keys=ground.keys, clock=clock, admission=exchange),
            speaking=speaking,
            moderating=moderating,
            feeds=feeds,
            shared=Shared(ground.keys, clock),
            database=database,
            clock=clock,
        ),
    )
