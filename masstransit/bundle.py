"""Evidence that can be handed on: what is on record about one thing, and the proof that it stood in the ledger.

    sealed = seal(gather(connection, about, at), keys)   # the file: two lines of JSON, the bundle and its signature
    report = check(sealed, known=public)                 # offline: nothing but the file, and the key if one has it

A bundle has records as they were written, each with its salt, and for each the stretch of its chain from there to the
next signed checkpoint. Of rows that are about others a stretch has the leaves, which tell nothing of them. Whoever has
it recomputes the digests, the chain, the checkpoint's Merkle root and its signature; one changed byte breaks one of
them. What a bundle cannot show is that nothing was left out of it: who doubts that asks for `ledger verify` on the
whole.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row

from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.ledger import (
    NOTHING,
    REDACTION,
    REDACTIONS,
    Kept,
    Ledger,
    checkpoint,
    hash_of,
    leaf_of,
    leaf_of_row,
    merkle_root,
    signed_text,
)
from masstransit.model.handover import ANSWER, CONSENT, Answer, Given, changed_hands
from masstransit.model.sid import new_sid
from masstransit.storage import ledger as stored
from masstransit.storage.keys import Keys, signed_by

T = TypeVar("T")

_SEALED = b"masstransit evidence\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle is of: ledger rows of these accounts with these refs, and what stands beside the ledger."""

    what: str  #: as it was asked for: a SID, a decision, a step, a person's number
    accounts: Collection[str]
    refs: Collection[str]
    since: datetime | None = None  #: None: from the beginning
    beside: Mapping[str, Any] = {}  #: rows that the ledger does not cover; the bundle's signature does


class TakenOut(msgspec.Struct, frozen=True, kw_only=True):
    """By whom evidence is taken out: that goes on record."""

    by: str
    because: str = ""
    at: datetime


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ledger with its record. Bytes are in hex, `at` is in microseconds since 1970."""

    chain: str
    seq: int
    at: int
    account: str
    kind: str
    ref: str
    digest: str
    salt: str = ""
    record: str | None = None  #: None: it was erased, and the digest stays

    @property
    def leaf(self) -> bytes:
        """What the row's hash is made of."""
        fields = (self.chain, str(self.seq), str(self.at), self.account, self.kind, self.ref)
        return leaf_of(fields, bytes.fromhex(self.digest))


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """The leaves of a chain from row `first` to the head that a checkpoint signed."""

    chain: str
    first: int
    before: str  #: the hash of the row before the first
    leaves: tuple[str, ...]
    checkpoint: int


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Heads of all chains, as they were signed."""

    number: int
    at: int
    heads: Mapping[str, tuple[int, str]]
    root: str
    before: str  #: the signature of the checkpoint before
    signature: str

    def holds(self, public: bytes) -> bool:
        """Whether the holder of the key signed these heads."""
        root = bytes.fromhex(self.root)
        text = signed_text(self.number, self.at, root, bytes.fromhex(self.before))
        return merkle_root(self.heads) == root and signed_by(public, text, bytes.fromhex(self.signature))


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of the file."""

    about: str
    made_at: datetime
    notes: tuple[str, ...]  #: what a reader has to know of it, in sentences; they follow from the pieces
    beside: Mapping[str, Any]
    pieces: tuple[Piece, ...]
    stretches: tuple[Stretch, ...]
    checkpoints: tuple[Checkpoint, ...]


class _Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The second."""

    key: str  #: the installation's public key (Ed25519)
    signature: str


_BUNDLES = msgspec.json.Decoder(Bundle)
_SIGNATURES = msgspec.json.Decoder(_Signature)


# --- making -----------------------------------------------------------------------------------------------------------


def gather(connection: Connection, about: About, at: datetime) -> Bundle:
    """Everything about a thing, in order of time. Raises `Conflict` for a row that no checkpoint has signed yet."""
    entries = stored.entries(connection, about.accounts, about.refs, about.since)
    covering = [_covering(connection, entry) for entry in entries]
    firsts: dict[tuple[str, int], int] = {}
    for entry, number in zip(entries, covering, strict=True):
        firsts[entry.chain, number] = min(entry.seq, firsts.get((entry.chain, number), entry.seq))
    signed = {number: _checkpoint(connection, number) for number in sorted(set(covering))}
    pieces = tuple(_pieces(connection, entries))
    return Bundle(
        about=about.what,
        made_at=at,
        notes=tuple(_notes(pieces)),
        beside=about.beside,
        pieces=pieces,
        stretches=tuple(
            _stretch(connection, chain, first, signed[number]) for (chain, number), first in firsts.items()
        ),
        checkpoints=tuple(signed.values()),
    )


def hand_out(connection: Connection, ledger: Ledger, keys: Keys, about: About, taken: TakenOut) -> tuple[Bundle, bytes]:
    """A bundle with everything in it signed, and its file; that it was taken out is on record. Raises `NotFound`."""
    checkpoint(connection, keys, taken.at)  # signs what the last one did not see yet
    bundle = gather(connection, about, taken.at)
    if not bundle.pieces:
        raise NotFound(f"there is nothing on record about {about.what}")
    told = {"about": about.what, "by": taken.by, "because": taken.because, "entries": len(bundle.pieces)}
    for account in sorted(about.accounts):  # under a name of its own: who gets the next file learns nothing of it
        ledger.record(connection, account, "disclosure", new_sid("EV"), told, taken.at)
    return bundle, seal(bundle, keys)


def seal(bundle: Bundle, keys: Keys) -> bytes:
    """The file."""
    text = msgspec.json.encode(bundle)
    signature = _Signature(key=keys.public.hex(), signature=keys.sign(_SEALED + text).hex())
    return b"%b\n%b\n" % (text, msgspec.json.encode(signature))


def _notes(pieces: Sequence[Piece]) -> list[str]:
    """What follows from the pieces and no single one says: whose consents these were."""
    said: dict[str, list[bytes]] = defaultdict(list)
    for piece in pieces:
        if piece.record is not None:
            said[piece.kind].append(piece.record.encode())
    return list(changed_hands(_read(said[CONSENT], Given), _read(said[ANSWER], Answer)))


def _read(records: Sequence[bytes], kind: type[T]) -> list[T]:
    """Those that are of a kind: the ledger also says "consent" where one is taken back."""
    found = []
    for record in records:
        with contextlib.suppress(msgspec.MsgspecError):
            found.append(msgspec.json.decode(record, type=kind))
    return found


def _covering(connection: Connection, entry: Row[*tuple[Any, ...]]) -> int:
    number = stored.covering(connection, entry.chain, entry.seq)
    if number is None:
        raise Conflict(f"chain {entry.chain}, entry {entry.seq} is in no checkpoint yet: try again in a moment")
    return number


def _pieces(connection: Connection, entries: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Piece]:
    records = Kept(connection, entries)
    for entry in entries:
        kept = records.of(entry)
        yield Piece(
            chain=entry.chain,
            seq=entry.seq,
            at=entry.micros,
            account=entry.account,
            kind=entry.kind,
            ref=entry.ref,
            digest=entry.digest.hex(),
            salt=kept.salt.hex() if kept is not None else "",
            record=kept.record if kept is not None else None,
        )


def _stretch(connection: Connection, chain: str, first: int, signed: Checkpoint) -> Stretch:
    last = signed.heads[chain][0]
    rows = stored.span(connection, chain, first, last)
    before = stored.hashes(connection, [(chain, first - 1)]).get((chain, first - 1), NOTHING)
    leaves = tuple(leaf_of_row(row).hex() for row in rows)
    return Stretch(chain=chain, first=first, before=before.hex(), leaves=leaves, checkpoint=signed.number)


def _checkpoint(connection: Connection, number: int) -> Checkpoint:
    row, before = stored.checkpoint_of(connection, number)
    return Checkpoint(
        number=row.number,
        at=row.micros,
        heads={chain: (seq, hash_) for chain, (seq, hash_) in row.heads.items()},
        root=row.root.hex(),
        before=before.hex(),
        signature=row.signature.hex(),
    )


# --- checking ---------------------------------------------------------------------------------------------------------


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle proves."""

    bundle: Bundle
    key: str  #: that signed it, in hex
    known: bool  #: whether that is the key that the reader had from elsewhere
    redacted: int
    erased: int
    breaks: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.breaks

    def __str__(self) -> str:
        bundle = self.bundle
        lines = [
            f"evidence about {bundle.about}, made {bundle.made_at:%Y-%m-%d %H:%M} UTC",
            f"{len(bundle.pieces)} entries, {self.redacted} redacted, {self.erased} erased",
            *(f"  {_instant(piece.at):%Y-%m-%d %H:%M:%S} UTC  {piece.kind} {piece.ref}" for piece in bundle.pieces),
            *(f"signed heads of {_instant(each.at):%Y-%m-%d %H:%M:%S} UTC (checkpoint {each.number})"
              for each in bundle.checkpoints),
            *(f"note: {note}" for note in bundle.notes),
        ]  # fmt: skip
        if not self.whole:
            return "\n".join([*lines, *self.breaks, f"the evidence is broken in {len(self.breaks)} places"])
        if self.known:
            return "\n".join([*lines, f"signed with the key you gave: {self.key}", "the evidence is whole"])
        own = f"signed with {self.key}: compare this key with the one that its maker published, or give that with --key"
        return "\n".join([*lines, own, "the evidence is whole in itself"])


def check(sealed: bytes, known: bytes | None = None) -> Checked:
    """Prove a bundle by its file alone; `known` is the maker's public key, had from elsewhere. Raises `BadInput` for
    what is no bundle."""
    bundle, key, breaks = _opened(sealed, known)
    redactions: Mapping[str, set[str]] = {}
    try:
        breaks += _unproven(bundle, bytes.fromhex(key))
        redactions = _redactions(bundle.pieces)
    except (ValueError, msgspec.MsgspecError) as garbled:  # only where the signature does not hold either
        breaks.append(f"it can't be read further: {garbled}")
    if list(bundle.notes) != _notes(bundle.pieces):
        breaks.append("what is noted does not follow from the entries")
    changed = [piece for piece in bundle.pieces if piece.record is not None and _digest(piece) != piece.digest]
    redacted = [piece for piece in changed if _digest(piece) in redactions.get(piece.ref, ())]
    breaks += [f"{_named(piece)} was changed" for piece in changed if piece not in redacted]
    return Checked(
        bundle=bundle,
        key=key,
        known=known is not None,
        redacted=len(redacted),
        erased=sum(piece.record is None for piece in bundle.pieces),
        breaks=tuple(breaks),
    )


def _unproven(bundle: Bundle, public: bytes) -> Iterator[str]:
    """What the key, the checkpoints and the chains do not bear out."""
    signed = {each.number: each for each in bundle.checkpoints}
    yield from (f"checkpoint {each.number} was changed" for each in signed.values() if not each.holds(public))
    leaves: dict[tuple[str, int], str] = {}
    for stretch in bundle.stretches:
        leaves |= {(stretch.chain, stretch.first + i): leaf for i, leaf in enumerate(stretch.leaves)}
        if not _leads(stretch, signed.get(stretch.checkpoint)):
            yield f"chain {stretch.chain} from entry {stretch.first} on does not lead to its checkpoint"
    for piece in bundle.pieces:
        if leaves.get((piece.chain, piece.seq)) != piece.leaf.hex():
            yield f"{_named(piece)} does not stand in its chain"


def _opened(sealed: bytes, known: bytes | None) -> tuple[Bundle, str, list[str]]:
    """What is in the file, the key that counts, and what is wrong with its signature."""
    text, _, rest = sealed.partition(b"\n")
    try:
        bundle, signature = _BUNDLES.decode(text), _SIGNATURES.decode(rest)
        made = bytes.fromhex(signature.signature)
        public = known or bytes.fromhex(signature.key)
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise BadInput(f"this is no evidence, or it was changed: {wrong}") from wrong
    own = _Signature(key=public.hex(), signature=made.hex())  # with the reader's key, and no digit in another case
    if rest == msgspec.json.encode(own) + b"\n" and signed_by(public, _SEALED + text, made):
        return bundle, public.hex(), []
    return bundle, public.hex(), ["the bundle was changed, or was not signed with this key"]


def _leads(stretch: Stretch, signed: Checkpoint | None) -> bool:
    """Whether the leaves of a stretch lead to the head that was signed."""
    found = bytes.fromhex(stretch.before)
    for leaf in stretch.leaves:
        found = hash_of(found, bytes.fromhex(leaf))
    last = stretch.first + len(stretch.leaves) - 1
    return signed is not None and signed.heads.get(stretch.chain) == (last, found.hex())


def _redactions(pieces: Sequence[Piece]) -> Mapping[str, set[str]]:
    """Decision -> digests that its record may have since it was redacted. What says so must be whole itself."""
    found: dict[str, set[str]] = defaultdict(set)
    for piece in pieces:
        if piece.kind == REDACTION and piece.record is not None and _digest(piece) == piece.digest:
            for decision, digest in REDACTIONS.decode(piece.record).decisions.items():
                found[decision].add(digest)
    return found


def _digest(piece: Piece) -> str:
    try:
        salt = bytes.fromhex(piece.salt)
    except ValueError:  # of a salt that was changed
        return ""
    return stored.digest_of(salt, (piece.record or "").encode()).hex()


def _named(piece: Piece) -> str:
    return f"chain {piece.chain}, entry {piece.seq} ({piece.kind} {piece.ref})"


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
