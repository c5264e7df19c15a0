"""Lists of hashes of files that are known: pictures of abuse, intimate pictures, works of others, malware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from masstransit.storage.dialects import upsert
from masstransit.storage.tables import files, media, media_hashes

h, f = media_hashes.c, files.c
EXACT, ALIKE = "sha256", "pdq"


def list_hashes(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put hashes on a list, with the columns of `media_hashes`; what a source said of one before is written over."""
    if not rows:
        return
    entered = upsert(connection, media_hashes)
    columns = ("tier", "work", "holder", "listed", "listed_at")
    changed = {name: entered.excluded[name] for name in columns}
    connection.execute(
        entered.on_conflict_do_update(index_elements=["kind", "hash", "source"], set_=changed), [dict(r) for r in rows]
    )


def edition(connection: Connection) -> tuple[int, datetime | None]:
    """What changes whenever the lists do: how many there are, and when one was listed last."""
    count, last = connection.execute(select(func.count(), func.max(h.listed_at))).one()
    return int(count), last


def in_force(connection: Connection, *, tier: str | None = None, since: datetime | None = None) -> Sequence[Row[Any]]:
    """All that are listed: of a tier, or listed since an instant, where these are given."""
    query = select(media_hashes).where(h.listed.is_(True))
    if tier is not None:
        query = query.where(h.tier == tier)
    if since is not None:
        query = query.where(h.listed_at > since)
    return connection.execute(query.order_by(h.kind, h.hash, h.source)).all()


def messages_with_files(connection: Connection, since: datetime) -> Sequence[Row[Any]]:
    """The columns of `files` and the `message` that went with it, of files that were used since then. Of months it is a
    walk through many: for jobs, not for messages."""
    goes_with = and_(media.c.account == f.account, media.c.sid == f.sid)
    used = select(files, media.c.message).join(media, goes_with).where(f.used_at >= since, f.gone_at.is_(None))
    return connection.execute(used).all()
