"""The ledger: what was decided and said, so chained that nothing can be changed, dropped or slipped in unnoticed.

    digest = SHA-256(salt | record)
    leaf   = SHA-256(chain, seq, at, account, kind, ref as netstrings | digest)
    hash   = SHA-256(hash of the row before | leaf)

Each process writes a chain of its own, so that processes never wait for one another; `checkpoint` signs the heads of
all chains (Ed25519 over a Merkle root, RFC 6962 section 2.1). The record itself stands beside the ledger, in
`decisions` or `records`: it may be erased when its time is over, or redacted, and the chain still holds, because the
digest stays. The salt keeps a short record from being guessed from its digest once it is gone. That a row stands in its
chain is shown to others by the leaves of the rows around it, which tell nothing of whom those are about
(`masstransit.evidence`).

What a verifier can't see from the database alone: rows after the last checkpoint that were cut off a chain's end, and
checkpoints cut off theirs. Who wants to see that too keeps the last checkpoint elsewhere, and gives it to `verify`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from masstransit.errors import LedgerBroken
from masstransit.model.decision import Mode, Verdict
from masstransit.storage import ledger as stored
from masstransit.storage.keys import Keys, signed_by

DECISION = "decision"
ERASURE = "erasure"  #: its record says of which kinds, before when, and which accounts were spared
REDACTION = "redaction"  #: its record gives the digests of decisions' records as they are without the content
_SALT = 16  # bytes
NOTHING = bytes(32)  # the hash before the first row
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STOPS = (Verdict.HOLD.name, Verdict.REFUSE.name)
_LISTED = 100  # breaks that a report names; the others are counted


class Ledger:
    """The chain of one writing process. Used inside the transaction that writes what it is about."""

    def __init__(self, chain: str) -> None:
        if not 0 < len(chain) <= 40:
            raise ValueError("a chain's name has 1 to 40 characters: it is part of its records' ids")
        self.chain = chain

    def append(
        self, connection: Connection, entries: Sequence[tuple[str, str, str, bytes]], at: datetime
    ) -> list[bytes]:
        """Add (account, kind, ref, record) to the chain; the salts, in order, for who keeps the records.

        The head is read in the same transaction, so that one which is rolled back leaves no gap.
        """
        return self._add(connection, entries, at)[1]

    def _add(
        self, connection: Connection, entries: Sequence[tuple[str, str, str, bytes]], at: datetime
    ) -> tuple[int, list[bytes]]:
        """The number of the first new row, and the salts."""
        if not entries:
            return 0, []
        last, before = stored.head(connection, self.chain) or (0, NOTHING)
        noise = secrets.token_bytes(_SALT * len(entries))
        salts = [noise[i : i + _SALT] for i in range(0, len(noise), _SALT)]
        micros = micros_of(at)
        rows = []
        for seq, ((account, kind, ref, record), salt) in enumerate(zip(entries, salts, strict=True), last + 1):
            row: dict[str, Any] = {"chain": self.chain, "seq": seq, "at": at, "account": account}
            row |= {"kind": kind, "ref": ref, "digest": stored.digest_of(salt, record)}
            leaf = leaf_of((self.chain, str(seq), str(micros), account, kind, ref), row["digest"])
            row["hash"] = before = hash_of(before, leaf)
            rows.append(row)
        stored.append(connection, rows)
        return last + 1, salts

    def record(  # noqa: PLR0917 - the fields of one event, in the order in which it is told
        self, connection: Connection, account: str, kind: str, ref: str, value: Any, at: datetime
    ) -> None:
        """Add one event and keep what was said of it: an opt-out, a consent, an acceptance, a step of standing."""
        self.record_all(connection, [(account, kind, ref, value)], at)

    def record_all(self, connection: Connection, events: Sequence[tuple[str, str, str, Any]], at: datetime) -> None:
        """The same for many (account, kind, ref, value): an import's consents, a list's opt-outs."""
        texts = [msgspec.json.encode(value) for *_, value in events]
        entries = [(account, kind, ref, text) for (account, kind, ref, _), text in zip(events, texts, strict=True)]
        first, salts = self._add(connection, entries, at)
        stored.keep(
            connection,
            [
                {
                    "account": account,
                    "id": record_id(self.chain, first + i),
                    "kind": kind,
                    "at": at,
                    "record": texts[i].decode(),
                    "salt": salts[i],
                }
                for i, (account, kind, _, _) in enumerate(events)
            ],
        )


def record_id(chain: str, seq: int) -> str:
    """The id in `records` of what a row of the ledger is about."""
    return f"{chain}/{seq}"


def leaf_of(fields: tuple[str, ...], digest: bytes) -> bytes:
    """What a row itself says; `fields` are chain, seq, at (microseconds since 1970), account, kind, ref."""
    return hashlib.sha256(_netstrings(*fields) + digest).digest()


def hash_of(before: bytes, leaf: bytes) -> bytes:
    """The hash of a row: of the one before it, and of what it says itself."""
    return hashlib.sha256(before + leaf).digest()


def micros_of(at: datetime) -> int:
    """An instant as the ledger hashes it."""
    return (at - _EPOCH) // _MICROSECOND


def _netstrings(*fields: str) -> bytes:
    """Fields so joined that no two lists of fields look the same: `5:chain,1:7,`."""
    raw = [field.encode() for field in fields]
    return b"".join(b"%d:%b," % (len(field), field) for field in raw)


# --- checkpoints ----------------------------------------------------------------------------------------------------


def checkpoint(connection: Connection, keys: Keys, at: datetime) -> int:
    """Sign the heads of all chains as they are now; the checkpoint's number."""
    last = stored.last_checkpoint(connection)
    number = last.number + 1 if last else 1
    heads = {chain: [seq, hash_.hex()] for chain, (seq, hash_) in stored.heads(connection).items()}
    root = merkle_root(heads)
    stored.keep_checkpoint(
        connection,
        {
            "number": number,
            "at": at,
            "heads": heads,
            "root": root,
            "signature": keys.sign(signed_text(number, micros_of(at), root, last.signature if last else b"")),
        },
    )
    return number


def signed_text(number: int, micros: int, root: bytes, before: bytes) -> bytes:
    """What a checkpoint's signature is of: its own fields, and the signature before it."""
    return b"masstransit checkpoint\0" + _netstrings(str(number), str(micros), root.hex(), before.hex())


def merkle_root(heads: Mapping[str, Sequence[Any]]) -> bytes:
    """The Merkle tree hash of all heads, sorted by chain (RFC 6962 section 2.1)."""
    leaves = [
        hashlib.sha256(b"\0" + _netstrings(chain, str(seq), str(hash_))).digest()
        for chain, (seq, hash_) in sorted(heads.items())
    ]
    return _tree(leaves)


def _tree(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + _tree(leaves[:split]) + _tree(leaves[split:])).digest()


# --- the verifier ---------------------------------------------------------------------------------------------------


class Break(msgspec.Struct, frozen=True):
    """Where the ledger does not hold. `chain` is "" for what belongs to none."""

    chain: str
    seq: int
    what: str

    def __str__(self) -> str:
        return f"chain {self.chain}, entry {self.seq}: {self.what}" if self.chain else self.what


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the verifier found."""

    chains: int
    entries: int
    records: int  #: that are there and match
    redacted: int  #: that are there, without content, as a redaction says
    erased: int  #: that are gone, as an erasure says
    checkpoints: int
    unsigned: int  #: entries after the last checkpoint: their loss could not be told
    breaks: tuple[Break, ...]  #: the first hundred
    broken: int  #: how many there are

    @property
    def whole(self) -> bool:
        return self.broken == 0

    def __str__(self) -> str:
        lines = [
            f"{self.entries} entries in {self.chains} chains, {self.checkpoints} checkpoints",
            f"{self.records} records match, {self.redacted} redacted, {self.erased} erased",
            f"{self.unsigned} entries since the last checkpoint",
        ]
        if self.whole:
            return "\n".join([*lines, "the ledger is whole"])
        return "\n".join([*lines, *map(str, self.breaks), f"the ledger is broken in {self.broken} places"])

    def insist(self) -> None:
        """Raise `LedgerBroken` unless it is whole."""
        if not self.whole:
            raise LedgerBroken("; ".join(map(str, self.breaks[:3])))


def verify(
    connection: Connection, public: bytes, progress: Callable[[int], None] | None = None, *, seen: int = 0
) -> Report:
    """Prove the ledger against itself, its records and its checkpoints. `public` is `Keys.public`.

    The connection must show one moment (`Database.snapshot`). `progress` hears the number of entries proven so far;
    `seen` is the number of a checkpoint that is known to exist from elsewhere. Memory does not grow with the ledger.
    """
    return _Verifier(connection, public, progress or _unheard).run(seen)


def _unheard(_: int) -> None:
    """Nobody asked for progress."""


class _Erasure(msgspec.Struct, frozen=True):
    """What an erasure's record says."""

    kinds: tuple[str, ...]
    before: datetime
    spared: tuple[str, ...] = ()  #: accounts on legal hold, of which nothing was erased


class Redaction(msgspec.Struct, frozen=True):
    """What a redaction's record says."""

    decisions: dict[str, str]  #: id -> digest, in hex, of the record without the content


class _Found(msgspec.Struct, frozen=True):
    """What of a finding tells whether it decided."""

    rule: str = ""
    verdict: int = 0
    mode: str = Mode.ENFORCED.value


class _Decided(msgspec.Struct, frozen=True):
    """What a decision's record and its row both say."""

    subject: str = ""
    verdict: str = ""
    revision: str = ""
    findings: tuple[_Found, ...] = ()

    @property
    def stopped_by(self) -> str | None:
        """The rule that held or refused it, as `Decision.stopped_by` has it."""
        if self.verdict not in _STOPS:
            return None
        strict = Verdict[self.verdict]
        return next((f.rule for f in self.findings if f.mode == Mode.ENFORCED.value and f.verdict == strict), None)


_ERASURES = msgspec.json.Decoder(_Erasure)
REDACTIONS = msgspec.json.Decoder(Redaction)
_DECIDED = msgspec.json.Decoder(_Decided)
HEADS = msgspec.json.Decoder(dict[str, tuple[int, str]])


class _Erasures:
    """Which missing records an erasure answers for. One that can't be read answers for none; its digest tells why."""

    def __init__(self, connection: Connection) -> None:
        before: dict[tuple[str, str, tuple[str, ...]], int] = {}
        for row in stored.of_kind(connection, ERASURE):
            try:
                said = _ERASURES.decode(row.record)
            except msgspec.MsgspecError:
                continue
            for kind in said.kinds:
                key = (row.account, kind, said.spared)
                before[key] = max(micros_of(said.before), before.get(key, 0))
        self._by_kind: dict[str, list[tuple[str, tuple[str, ...], int]]] = defaultdict(list)
        for (account, kind, spared), until in before.items():
            self._by_kind[kind].append((account, spared, until))

    def covers(self, entry: Row[*tuple[Any, ...]]) -> bool:
        return any(
            entry.micros < until and account in ("", entry.account) and entry.account not in spared
            for account, spared, until in self._by_kind.get(entry.kind, ())
        )


class Kept:
    """What is there of the records of some rows, read together."""

    def __init__(self, connection: Connection, entries: Sequence[Row[*tuple[Any, ...]]]) -> None:
        own = [(e.account, e.ref) for e in entries if e.kind == DECISION]
        others = [(e.account, record_id(e.chain, e.seq)) for e in entries if e.kind != DECISION]
        self.decided = stored.decisions_of(connection, own)
        self.said = stored.records_of(connection, others)

    def of(self, entry: Row[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]] | None:
        """The record of a row; None: it is gone."""
        if entry.kind == DECISION:
            return self.decided.get((entry.account, entry.ref))
        return self.said.get((entry.account, record_id(entry.chain, entry.seq)))


class _Verifier:
    """One walk over everything."""

    def __init__(self, connection: Connection, public: bytes, progress: Callable[[int], None]) -> None:
        self._connection = connection
        self._public = public
        self._progress = progress
        self._erasures = _Erasures(connection)
        self._breaks: list[Break] = []
        self._broken = 0
        self._entries = self._matched = self._redacted = self._erased = 0
        self._there = {"decisions": 0, "records": 0}
        self._heads: dict[str, int] = {}

    def run(self, seen: int) -> Report:
        for chain in stored.chains(self._connection):
            self._walk(chain)
        self._slipped_in()
        checkpoints, signed = self._checkpoints(seen)
        return Report(
            chains=len(self._heads),
            entries=self._entries,
            records=self._matched,
            redacted=self._redacted,
            erased=self._erased,
            checkpoints=checkpoints,
            unsigned=sum(max(0, last - signed.get(chain, 0)) for chain, last in self._heads.items()),
            breaks=tuple(self._breaks),
            broken=self._broken,
        )

    def _break(self, chain: str, seq: int, what: str) -> None:
        self._broken += 1
        if len(self._breaks) < _LISTED:
            self._breaks.append(Break(chain, seq, what))

    def _walk(self, chain: str) -> None:
        seq, before = 0, NOTHING
        for entries in stored.walk(self._connection, chain):
            for entry in entries:
                if entry.seq != seq + 1:
                    self._break(chain, entry.seq, f"entries {seq + 1} to {entry.seq - 1} are missing before it")
                elif hash_of(before, leaf_of_row(entry)) != entry.hash:
                    self._break(chain, entry.seq, "it, or its link to the entry before, was changed")
                seq, before = entry.seq, entry.hash
            self._records(entries)
            self._entries += len(entries)
            self._progress(self._entries)
        self._heads[chain] = seq

    def _records(self, entries: Sequence[Row[*tuple[Any, ...]]]) -> None:
        kept = Kept(self._connection, entries)
        self._there["decisions"] += len(kept.decided)
        self._there["records"] += len(kept.said)
        for entry in entries:
            self._one(entry, kept.of(entry))

    def _one(self, entry: Row[*tuple[Any, ...]], kept: Row[*tuple[Any, ...]] | None) -> None:
        named = f"its record ({entry.kind} {entry.ref})"
        if kept is None:
            if self._erasures.covers(entry):
                self._erased += 1
            else:
                self._break(entry.chain, entry.seq, f"{named} is missing, and no erasure says so")
            return
        digest = stored.digest_of(kept.salt, kept.record.encode())
        if digest != entry.digest and digest.hex() not in self._redacted_as(entry, kept):
            self._break(entry.chain, entry.seq, f"{named} was changed")
        elif not _agree(entry, kept):
            self._break(entry.chain, entry.seq, f"{named} does not say what stands in the columns beside it")
        elif digest == entry.digest:
            self._matched += 1
        else:
            self._redacted += 1

    def _redacted_as(self, entry: Row[*tuple[Any, ...]], kept: Row[*tuple[Any, ...]]) -> set[str]:
        """Digests that redactions give to the record of a decision."""
        if entry.kind != DECISION:
            return set()
        entries = stored.about(self._connection, entry.account, REDACTION, kept.subject)
        keys = [(entry.account, record_id(e.chain, e.seq)) for e in entries]
        found: set[str] = set()
        for row in stored.records_of(self._connection, keys).values():
            try:
                found.add(REDACTIONS.decode(row.record).decisions.get(kept.id, ""))
            except msgspec.MsgspecError:
                continue  # a broken record redacts nothing, and breaks at its own place
        return found

    def _slipped_in(self) -> None:
        for name, count in zip(self._there, stored.counted(self._connection), strict=True):
            if count > self._there[name]:
                self._break("", 0, f"{count - self._there[name]} of the {name} are in no chain")

    def _checkpoints(self, seen: int) -> tuple[int, dict[str, int]]:
        """Each is signed and links to the one before; every head that one names is still there."""
        number, signature, known = 0, b"", dict[str, tuple[int, str]]()
        for row in stored.walk_checkpoints(self._connection):
            if row.number != number + 1:
                self._break("", 0, f"checkpoints {number + 1} to {row.number - 1} are missing")
            heads = self._signed(row, signature)
            if heads is None:
                self._break("", 0, f"checkpoint {row.number} was changed, or was not signed by this installation")
                heads = known
            self._still_there(row.number, {chain: head for chain, head in heads.items() if known.get(chain) != head})
            for chain in known.keys() - heads.keys():
                self._break(chain, 0, f"checkpoint {row.number} has lost this chain")
            number, signature, known = row.number, row.signature, heads
        if number < seen:
            self._break("", 0, f"checkpoints {number + 1} to {seen} are missing")
        return number, {chain: head[0] for chain, head in known.items()}

    def _still_there(self, number: int, heads: Mapping[str, tuple[int, str]]) -> None:
        there = stored.hashes(self._connection, [(chain, seq) for chain, (seq, _) in heads.items()])
        for chain, (seq, hash_) in heads.items():
            if there.get((chain, seq), b"").hex() != hash_:
                self._break(chain, seq, f"checkpoint {number} saw it, and it is gone or another")

    def _signed(self, row: Row[*tuple[Any, ...]], before: bytes) -> dict[str, tuple[int, str]] | None:
        """The heads that a checkpoint proves."""
        try:
            heads = HEADS.decode(row.heads)
        except msgspec.MsgspecError:
            return None
        text = signed_text(row.number, row.micros, row.root, before)
        proven = merkle_root(heads) == row.root and signed_by(self._public, text, row.signature)
        return heads if proven else None


def leaf_of_row(entry: Row[*tuple[Any, ...]]) -> bytes:
    """The leaf of a row of the ledger, as it says it is."""
    fields = (entry.chain, str(entry.seq), str(entry.micros), entry.account, entry.kind, entry.ref)
    return leaf_of(fields, entry.digest)


def _agree(entry: Row[*tuple[Any, ...]], kept: Row[*tuple[Any, ...]]) -> bool:
    """Whether the columns beside a record, by which it is found and shown, say what the record says."""
    if entry.kind != DECISION:
        return bool(kept.kind == entry.kind and kept.micros == entry.micros)
    try:
        said = _DECIDED.decode(kept.record)
    except msgspec.MsgspecError:
        return False
    beside = (kept.subject, kept.verdict, kept.revision, kept.stopped_by)
    return (said.subject, said.verdict, said.revision, said.stopped_by) == beside
