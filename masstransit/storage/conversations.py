"""Queries of conversations: what there is, who takes part, what was said in which order, and who blocked whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    LABEL_STYLE_TABLENAME_PLUS_COL,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from masstransit.model.chat import Member, Said
from masstransit.model.media import Attachment
from masstransit.storage.bulk import Bulk
from masstransit.storage.dialects import either, insert_or_ignore
from masstransit.storage.lookup import Lookup
from masstransit.storage.paging import Sheet, Slice, sheet
from masstransit.storage.tables import (
    chat_blocks,
    chat_messages,
    chat_participants,
    chat_receipts,
    chat_users,
    chat_webhooks,
    communications,
    conversations,
)

_C, _P, _M, _R, _U, _B = (
    conversations.c,
    chat_participants.c,
    chat_messages.c,
    chat_receipts.c,
    chat_users.c,
    chat_blocks.c,
)
_CC = communications.c
_TURNED_DOWN = ("failed", "refused", "canceled", "undelivered")
Key = tuple[str, str]  #: an account, and the SID of something of its

# --- conversations --------------------------------------------------------------------------------------------------


def create(connection: Connection, row: Mapping[str, Any]) -> None:
    """Open a conversation, with the columns of its table. Raises `IntegrityError` for a unique name that is taken."""
    connection.execute(insert(conversations).values(**row))


def find(connection: Connection, account: str, name: str) -> Row[Any] | None:
    """One conversation of an account, by its SID or its unique name."""
    found = of_keys(connection, [(account, name)]).get((account, name))
    if found is not None:
        return found
    named = select(conversations).where(_C.account == account, _C.unique_name == name)
    return connection.execute(named).one_or_none()


def change(connection: Connection, account: str, sid: str, values: Mapping[str, Any], at: datetime) -> None:
    """Change what is told of a conversation."""
    mine = update(conversations).where(_C.account == account, _C.sid == sid)
    connection.execute(mine.values(updated_at=at, **values))


def remove(connection: Connection, account: str, sid: str) -> bool:
    """Forget a conversation with all that was said in it; what was decided of it stays on record. False: none such."""
    gone = connection.execute(delete(conversations).where(_C.account == account, _C.sid == sid)).rowcount > 0
    for table in (chat_participants, chat_messages, chat_webhooks):
        connection.execute(delete(table).where(table.c.account == account, table.c.conversation == sid))
    return gone


def page(connection: Connection, account: str, part: Slice, *, state: str | None = None) -> Sheet:
    """An account's conversations, the newest first."""
    query = select(conversations).where(_C.account == account)
    query = query if state is None else query.where(_C.state == state)
    return sheet(connection, query, (_C.created_at, _C.sid), part)


_OF_KEYS = Lookup(select(conversations).where(either((_C.account, _C.sid), "keys")))
_HEADS = Lookup(select(_C.account, _C.sid, _C.messages, _C.version).where(either((_C.account, _C.sid), "keys")))


def of_keys(connection: Connection, keys: Collection[Key]) -> dict[Key, Row[Any]]:
    """Conversations by (account, sid)."""
    return {(row.account, row.sid): row for row in _OF_KEYS.rows(connection, keys=list(keys))}


def heads(connection: Connection, keys: Collection[Key]) -> dict[Key, tuple[int, int]]:
    """How many messages each conversation has, and its version."""
    return {(r.account, r.sid): (r.messages, r.version) for r in _HEADS.rows(connection, keys=list(keys))}


def next_version(connection: Connection, account: str, sid: str) -> int:
    """The number of one more change; from here to the commit no other process changes the conversation."""
    mine = (_C.account == account, _C.sid == sid)
    connection.execute(update(conversations).where(*mine).values(version=_C.version + 1))
    return int(connection.execute(select(_C.version).where(*mine)).scalar_one())


def locked(connection: Connection, keys: Collection[Key]) -> dict[Key, Row[Any]]:
    """The same as `of_keys`, and no other process posts to them before the commit. Always in one order, so that two
    processes don't wait for each other."""
    if connection.dialect.name == "sqlite":  # one process, one writer
        return of_keys(connection, keys)
    query = select(conversations).where(either((_C.account, _C.sid), "keys")).order_by(_C.account, _C.sid)
    rows = connection.execute(query.with_for_update(), {"keys": list(keys)})
    return {(row.account, row.sid): row for row in rows}


# --- who takes part -------------------------------------------------------------------------------------------------

_WHO = select(_P.account, _P.conversation, _P.sid, _P.identity, _P.address, _P.proxy, _P.role).where(
    either((_P.account, _P.conversation), "keys"), _P.state == "in"
)
_MEMBERS, _PHONES = Lookup(_WHO), Lookup(_WHO.where(_P.address.is_not(None)))


def members(connection: Connection, keys: Collection[Key], *, phones_only: bool = False) -> dict[Key, list[Member]]:
    """Who takes part in each of some conversations; or the phones among them."""
    found: dict[Key, list[Member]] = defaultdict(list)
    for row in (_PHONES if phones_only else _MEMBERS).rows(connection, keys=list(keys)):
        found[row.account, row.conversation].append(
            Member(sid=row.sid, identity=row.identity, address=row.address, proxy=row.proxy, role=row.role)
        )
    return found


_SPEAKERS = Lookup(
    select(_P.account, _P.conversation, _P.name, _P.sid).where(
        either((_P.account, _P.conversation, _P.name), "keys"), _P.state == "in"
    )
)
_COUNTS = Lookup(
    select(_P.account, _P.conversation, func.count().label("people"))
    .where(either((_P.account, _P.conversation), "keys"), _P.state == "in")
    .group_by(_P.account, _P.conversation)
)


def speakers(connection: Connection, of: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """Those who take part, of some (account, conversation, name), with the SIDs by which they do."""
    rows = _SPEAKERS.rows(connection, keys=list(of))
    return {(row.account, row.conversation, row.name): row.sid for row in rows}


def people(connection: Connection, keys: Collection[Key]) -> dict[Key, int]:
    """How many take part in each of some conversations."""
    return {(row.account, row.conversation): row.people for row in _COUNTS.rows(connection, keys=list(keys))}


def takes_part(connection: Connection, account: str, conversation: str, name: str) -> bool:
    """Whether somebody, an identity or a number, takes part in a conversation."""
    return bool(speakers(connection, [(account, conversation, name)]))


def join(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a participant on record, with the columns of its table."""
    connection.execute(insert(chat_participants).values(**row))


def forget_participant(connection: Connection, account: str, sid: str) -> None:
    """Forget somebody who was asked in and never was."""
    connection.execute(delete(chat_participants).where(_P.account == account, _P.sid == sid, _P.state == "held"))


def forget_turned_down(connection: Connection, account: str, conversation: str) -> None:
    """Forget who was asked in and whom a person did not let in, or did not look at in time."""
    over = select(_CC.sid).where(_CC.account == _P.account, _CC.sid == _P.sid, _CC.status.in_(_TURNED_DOWN))
    held = (_P.account == account, _P.conversation == conversation, _P.state == "held")
    connection.execute(delete(chat_participants).where(*held, over.exists()))


def how_many(connection: Connection, account: str, conversation: str) -> int:
    """How many take part in a conversation, or may soon."""
    query = select(func.count()).where(_P.account == account, _P.conversation == conversation, _P.state != "out")
    return int(connection.execute(query).scalar_one())


def find_participant(connection: Connection, account: str, conversation: str, name: str) -> Row[Any] | None:
    """One participant by its SID, or by the identity of who takes part, or may soon."""
    mine = select(chat_participants).where(_P.account == account, _P.conversation == conversation)
    here = mine.where(_P.state != "out")
    return (
        connection.execute(here.where(_P.sid == name)).one_or_none()
        or connection.execute(here.where(_P.identity == name)).first()
    )


def bound(connection: Connection, address: str, proxy: str) -> Row[Any] | None:
    """The participant who writes from a phone to a number; one pair takes part in one conversation at a time."""
    query = select(chat_participants).where(_P.address == address, _P.proxy == proxy, _P.state == "in")
    return connection.execute(query).first()


def change_participant(connection: Connection, account: str, sid: str, values: Mapping[str, Any], at: datetime) -> None:
    """Change what is told of a participant."""
    mine = (_P.account == account, _P.sid == sid)
    connection.execute(update(chat_participants).where(*mine).values(updated_at=at, **values))


def participants(connection: Connection, account: str, conversation: str, part: Slice) -> Sheet:
    """Who takes part in a conversation, and who may soon; the first to come is the first."""
    query = select(chat_participants).where(_P.account == account, _P.conversation == conversation, _P.state != "out")
    return sheet(connection, query, (_P.created_at, _P.sid), part, newest_first=False)


def _taking_part(account: str) -> Select[Any]:
    return (
        select(chat_participants, conversations)
        .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
        .join(conversations, (_C.account == _P.account) & (_C.sid == _P.conversation))
        .where(_P.account == account, _P.state == "in")
    )


def where(connection: Connection, account: str, part: Slice, *, identity: str | None, address: str | None) -> Sheet:
    """Where somebody takes part: the newest first. Columns are named `chat_participants_sid`, `conversations_sid`."""
    query = _taking_part(account)
    query = query.where(_P.identity == identity) if identity is not None else query.where(_P.address == address)
    return sheet(connection, query, (_P.created_at, _P.sid), part)


def followed(connection: Connection, account: str, identity: str) -> list[Row[Any]]:
    """Every conversation that a person takes part in, as a socket needs it."""
    query = (
        select(_C.sid, _C.unique_name, _C.friendly_name, _C.state, _C.messages, _C.version, _P.sid.label("participant"))
        .add_columns(_P.read_index, _P.role)
        .join(chat_participants, (_C.account == _P.account) & (_C.sid == _P.conversation))
        .where(_P.account == account, _P.identity == identity, _P.state == "in")
        .order_by(_C.created_at, _C.sid)
    )
    return list(connection.execute(query))


def moved(connection: Connection, account: str, conversation: str, version: int) -> list[Row[Any]]:
    """Participants who came, went or read since a version of their conversation."""
    query = select(chat_participants).where(
        _P.account == account, _P.conversation == conversation, _P.version > version
    )
    return list(connection.execute(query.order_by(_P.version)))


_JOINED = Lookup(
    select(_P.account, _P.conversation, _P.sid, _P.identity).where(
        either((_P.account, _P.identity), "keys"),
        _P.state == "in",
        _P.joined_at > bindparam("since", type_=_P.joined_at.type),
    )
)


def joined_since(connection: Connection, keys: Collection[Key], since: datetime) -> list[Row[Any]]:
    """Which of some people, by (account, identity), were put into conversations since an instant."""
    return list(_JOINED.rows(connection, keys=list(keys), since=since))


def latest(connection: Connection, account: str, conversation: str, name: str, *, but: str) -> Row[Any] | None:
    """The last time that somebody (an identity or a number) was asked to a conversation, `but` for one participant."""
    query = select(chat_participants).where(
        _P.account == account, _P.conversation == conversation, _P.name == name, _P.sid != but
    )
    return connection.execute(query.order_by(_P.created_at.desc()).limit(1)).one_or_none()


_INVITED = Lookup(
    select(_P.account, _P.invited_by, func.count().label("asked"), func.count().filter(_P.gone == "left").label("left"))
    .where(either((_P.account, _P.invited_by), "keys"), _P.created_at > bindparam("since", type_=_P.created_at.type))
    .group_by(_P.account, _P.invited_by)
)


def invited(connection: Connection, keys: Collection[Key], since: datetime) -> dict[Key, tuple[int, int]]:
    """How many people each (account, identity) asked to conversations since an instant, and how many of these left."""
    rows = _INVITED.rows(connection, keys=list(keys), since=since)
    return {(row.account, row.invited_by): (row.asked, row.left) for row in rows}


# --- what is said ---------------------------------------------------------------------------------------------------

_POST = Bulk(insert(chat_messages))
_HEAD = Bulk(
    update(conversations)
    .where(_C.account == bindparam("b_account"), _C.sid == bindparam("b_sid"))
    .values(
        messages=bindparam("b_messages"),
        first_author=bindparam("b_first_author"),
        answered=bindparam("b_answered"),
        last_author=bindparam("b_last_author"),
        streak=bindparam("b_streak"),
        updated_at=bindparam("b_at"),
    )
)
_RECEIPT = Bulk(insert(chat_receipts))
_BY_SIDS = Lookup(select(_M.account, _M.sid, _M.place).where(either((_M.account, _M.sid), "keys")))
_SAID: Select[Any] = select(
    _M.account, _M.conversation, _M.place, _M.sid, _M.author, _M.participant, _M.edit, _M.attributes, _M.withheld,
    _M.removed_at, _M.created_at, _M.updated_at, _M.version, _CC.body, _CC.attrs,
).outerjoin(communications, (_CC.account == _M.account) & (_CC.sid == func.coalesce(_M.edit, _M.sid)))  # fmt: skip


def post(
    connection: Connection,
    messages: Sequence[Mapping[str, Any]],
    heads: Sequence[Mapping[str, Any]],
    receipts: Sequence[Mapping[str, Any]],
) -> None:
    """Put messages at the end of their conversations, with what these are then, and receipts."""
    _POST.run(connection, messages)
    _HEAD.run(connection, heads)
    _RECEIPT.run(connection, receipts)


def indexes(connection: Connection, keys: Collection[Key]) -> dict[Key, int]:
    """The places of messages that were posted before, by (account, sid)."""
    return {(row.account, row.sid): row.place for row in _BY_SIDS.rows(connection, keys=list(keys))}


def said(row: Row[Any]) -> Said:
    """A message as a row of this file's queries has it."""
    gone = row.removed_at is not None
    attached = () if gone else msgspec.convert((row.attrs or {}).get("attachments", ()), tuple[Attachment, ...])
    return Said(
        account=row.account,
        conversation=row.conversation,
        index=row.place,
        sid=row.sid,
        author=row.author,
        participant=row.participant,
        body="" if gone else row.body or "",
        attributes="{}" if gone else row.attributes,
        attachments=attached,
        at=row.created_at,
        version=row.version,
        edited=row.edit is not None and not gone,
        removed=gone,
        withheld=tuple(row.withheld),
    )


def after(connection: Connection, account: str, conversation: str, index: int, limit: int) -> list[Said]:
    """What was said after an index (-1: from the first on), in order."""
    mine = _SAID.where(_M.account == account, _M.conversation == conversation, _M.place > index)
    return [said(row) for row in connection.execute(mine.order_by(_M.place).limit(limit))]


def before(connection: Connection, account: str, conversation: str, index: int, limit: int) -> list[Said]:
    """What was said last before an index, in order."""
    mine = _SAID.where(_M.account == account, _M.conversation == conversation, _M.place < index)
    return [said(row) for row in connection.execute(mine.order_by(_M.place.desc()).limit(limit))][::-1]


def find_message(connection: Connection, account: str, conversation: str, sid: str) -> Row[Any] | None:
    """One message, as `said` reads it."""
    mine = _SAID.where(_M.account == account, _M.sid == sid, _M.conversation == conversation)
    return connection.execute(mine).one_or_none()


def at_index(connection: Connection, account: str, conversation: str, index: int) -> Row[Any] | None:
    """The message at a place, as `said` reads it."""
    mine = _SAID.where(_M.account == account, _M.conversation == conversation, _M.place == index)
    return connection.execute(mine).one_or_none()


def message_page(connection: Connection, account: str, conversation: str, part: Slice, *, newest_first: bool) -> Sheet:
    """What was said in a conversation and not taken away."""
    query = _SAID.where(_M.account == account, _M.conversation == conversation, _M.removed_at.is_(None))
    return sheet(connection, query, (_M.place,), part, newest_first=newest_first)


def change_message(connection: Connection, account: str, sid: str, values: Mapping[str, Any], at: datetime) -> None:
    """Change what is told of a message."""
    mine = update(chat_messages).where(_M.account == account, _M.sid == sid)
    connection.execute(mine.values(updated_at=at, **values))


def changed(connection: Connection, account: str, conversation: str, version: int) -> list[Said]:
    """Messages that were changed since a version of their conversation."""
    mine = _SAID.where(_M.account == account, _M.conversation == conversation, _M.version > version)
    return [said(row) for row in connection.execute(mine.order_by(_M.version))]


def add_receipts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Receipts; those that there are stay."""
    if rows:
        insert_or_ignore(connection, chat_receipts, rows)


def receipts_of(connection: Connection, account: str, messages: Sequence[str]) -> list[Row[Any]]:
    """The receipts of some messages, as `receipts` has them."""
    return list(connection.execute(_with_texts().where(_R.account == account, _R.message.in_(messages))))


def receipts(connection: Connection, account: str, message: str, part: Slice) -> Sheet:
    """The receipts of a message, each with the state of the text that went to a phone (`text_status`, `text_error`)."""
    return sheet(connection, _receipts(account, message), (_R.created_at, _R.sid), part, newest_first=False)


def find_receipt(connection: Connection, account: str, message: str, sid: str) -> Row[Any] | None:
    """One of them."""
    return connection.execute(_receipts(account, message).where(_R.sid == sid)).one_or_none()


def _with_texts() -> Select[Any]:
    joined = (_CC.account == _R.account) & (_CC.sid == _R.text)
    told = select(chat_receipts, _CC.status.label("text_status"), _CC.error_code.label("text_error"))
    return told.outerjoin(communications, joined)


def _receipts(account: str, message: str) -> Select[Any]:
    return _with_texts().where(_R.account == account, _R.message == message)


# --- people ---------------------------------------------------------------------------------------------------------


def add_user(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a person on record; one that is there stays as it is."""
    insert_or_ignore(connection, chat_users, row)


def find_user(connection: Connection, account: str, name: str) -> Row[Any] | None:
    """One person of an account, by SID or identity."""
    mine = select(chat_users).where(_U.account == account)
    return connection.execute(mine.where((_U.sid == name) | (_U.identity == name))).first()


def change_user(connection: Connection, account: str, identity: str, values: Mapping[str, Any], at: datetime) -> None:
    """Change what is told of a person."""
    mine = update(chat_users).where(_U.account == account, _U.identity == identity)
    connection.execute(mine.values(updated_at=at, **values))


def places_of(connection: Connection, account: str, identity: str) -> list[tuple[str, str]]:
    """(conversation, participant) of everything that a person takes part in, or may soon."""
    mine = select(_P.conversation, _P.sid).where(_P.account == account, _P.identity == identity, _P.state != "out")
    return [(row.conversation, row.sid) for row in connection.execute(mine.order_by(_P.created_at, _P.sid))]


def remove_user(connection: Connection, account: str, identity: str) -> None:
    """Forget a person."""
    connection.execute(delete(chat_users).where(_U.account == account, _U.identity == identity))


def users(connection: Connection, account: str, part: Slice) -> Sheet:
    """An account's people, the newest first."""
    return sheet(connection, select(chat_users).where(_U.account == account), (_U.created_at, _U.sid), part)


_BLOCKED = Lookup(select(_B.account, _B.blocked, _B.person).where(either((_B.account, _B.blocked), "keys")))


def blockers(connection: Connection, keys: Collection[Key]) -> dict[Key, set[str]]:
    """Who blocked each of some people: by (account, who is blocked)."""
    found: dict[Key, set[str]] = defaultdict(set)
    for row in _BLOCKED.rows(connection, keys=list(keys)):
        found[row.account, row.blocked].add(row.person)
    return found


def block(connection: Connection, account: str, person: str, blocked: str, at: datetime) -> None:
    """From now on a person hears nothing of another."""
    told = {"account": account, "person": person, "blocked": blocked, "since": at}
    insert_or_ignore(connection, chat_blocks, told)


def unblock(connection: Connection, account: str, person: str, blocked: str) -> bool:
    """A person hears another again. False: there was no block."""
    mine = (_B.account == account, _B.person == person, _B.blocked == blocked)
    return connection.execute(delete(chat_blocks).where(*mine)).rowcount > 0


def find_block(connection: Connection, account: str, person: str, blocked: str) -> Row[Any] | None:
    """One block."""
    mine = (_B.account == account, _B.person == person, _B.blocked == blocked)
    return connection.execute(select(chat_blocks).where(*mine)).one_or_none()


def blocks(connection: Connection, account: str, part: Slice, *, person: str | None = None) -> Sheet:
    """Who blocked whom in an account, the newest first."""
    query = select(chat_blocks).where(_B.account == account)
    query = query if person is None else query.where(_B.person == person)
    return sheet(connection, query, (_B.since, _B.person, _B.blocked), part)


def blocked_by(connection: Connection, account: str, person: str) -> list[str]:
    """Whom a person blocked."""
    query = select(_B.blocked).where(_B.account == account, _B.person == person)
    return list(connection.execute(query.order_by(_B.since)).scalars())
