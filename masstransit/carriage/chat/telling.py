"""What a customer's server is told of its conversations: the SDKs' webhooks after the fact, in their words.

One URL hears of all conversations (`Configuration/Webhooks`), and each conversation may have some of its own. Each says
which events it wants. What is asked of a server *before* something happens is the gate's business, and no webhook's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.carriage.callbacks import CALL
from masstransit.carriage.notices import row as notice
from masstransit.model.chat import Said
from masstransit.model.sid import new_sid
from masstransit.storage import chat_webhooks
from masstransit.storage.conversations import Key

#: What can be told of. The first is what nothing else is: it happens for each message.
EVENTS = (
    "onMessageAdded",
    "onMessageRemoved",
    "onMessageUpdated",
    "onConversationAdded",
    "onConversationRemoved",
    "onConversationUpdated",
    "onConversationStateUpdated",
    "onParticipantAdded",
    "onParticipantRemoved",
    "onParticipantUpdated",
    "onUserAdded",
    "onUserUpdated",
    "onDeliveryUpdated",
)

Hooks = Mapping[str, Sequence[Row[Any]]]  #: by conversation; those of all stand at ""


def hooks(connection: Connection, keys: Collection[Key]) -> Mapping[Key, Sequence[Row[Any]]]:
    """Who wants to hear of some conversations."""
    found: dict[Key, list[Row[Any]]] = defaultdict(list)
    accounts = {account for account, _ in keys}
    rows = chat_webhooks.of_keys(connection, [*keys, *((account, "") for account in accounts)])
    for row in rows:
        for key in [key for key in keys if key[0] == row.account and row.conversation in (key[1], "")]:
            found[key].append(row)
    return found


def of_message(hooks: Mapping[Key, Sequence[Row[Any]]], said: Said, at: datetime) -> list[dict[str, Any]]:
    """A message was added."""
    wanted = hooks.get((said.account, said.conversation))
    return _made(wanted, "onMessageAdded", said.account, _message(said), at, said.sid) if wanted else []


def of_change(hooks: Mapping[Key, Sequence[Row[Any]]], event: str, said: Said, at: datetime) -> list[dict[str, Any]]:
    """A message was removed or updated."""
    wanted = hooks.get((said.account, said.conversation))
    told = _message(said) | {"DateUpdated": at.isoformat()}
    return _made(wanted, event, said.account, told, at, said.sid) if wanted else []


def of_participant(
    hooks: Mapping[Key, Sequence[Row[Any]]], event: str, row: Row[Any], at: datetime
) -> list[dict[str, Any]]:
    """Somebody joined, left, or is told otherwise of."""
    wanted = hooks.get((row.account, row.conversation))
    if not wanted:
        return []
    told = {
        "ConversationSid": row.conversation,
        "ParticipantSid": row.sid,
        "Identity": row.identity,
        "RoleSid": row.role,
        "Attributes": row.attributes,
        "MessagingBinding.Address": row.address,
        "MessagingBinding.ProxyAddress": row.proxy,
    }
    return _made(wanted, event, row.account, told, at, row.sid)


def of_conversation(
    hooks: Mapping[Key, Sequence[Row[Any]]], event: str, row: Row[Any], at: datetime
) -> list[dict[str, Any]]:
    """A conversation was opened, changed or removed."""
    wanted = hooks.get((row.account, row.sid))
    if not wanted:
        return []
    told = {
        "ConversationSid": row.sid,
        "FriendlyName": row.friendly_name,
        "UniqueName": row.unique_name,
        "Attributes": row.attributes,
        "State": row.state,
    }
    return _made(wanted, event, row.account, told, at, row.sid)


def _message(said: Said) -> dict[str, Any]:
    media = [
        {"Sid": a.sid, "ContentType": a.content_type, "Filename": a.name, "Size": a.size} for a in said.attachments
    ]
    return {
        "ConversationSid": said.conversation,
        "MessageSid": said.sid,
        "Index": str(said.index),
        "Author": said.author,
        "Body": said.body,
        "Attributes": said.attributes,
        "ParticipantSid": said.participant,
        "DateCreated": said.at.isoformat(),
        "Media": msgspec.json.encode(media).decode() if media else None,
        "Source": "SDK",
    }


def _made(  # noqa: PLR0917 - to whom, what, whose, in which words, when, and about what
    wanted: Sequence[Row[Any]], event: str, account: str, told: Mapping[str, Any], at: datetime, about: str
) -> list[dict[str, Any]]:
    params = {"EventType": event, "AccountSid": account}
    params |= {name: str(value) for name, value in told.items() if value is not None}
    return [
        notice(
            at,
            id=new_sid("NT"),
            account=account,
            way="webhook",
            target=hook.url,
            body={"kind": CALL, "method": hook.method.upper(), "params": params},
            about=about,
        )
        for hook in wanted
        if event in hook.filters
    ]
