"""The ledger: its chains and checkpoints, proving it, what it has about one thing, and evidence to hand on.

GET  /desk/ledger               chains, the last checkpoint, the last proof, and the entries of an account and id
GET  /desk/ledger/live          how far a proof has come
POST /desk/ledger/prove         prove it now
POST /desk/ledger/prove/stop
GET  /desk/ledger/key           the public key, by which whoever has evidence proves it
POST /desk/ledger/evidence      a file of evidence about a message, a decision, a step, an appeal or a person
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from masstransit.bundle import Bundle, TakenOut, hand_out
from masstransit.carriage import evidence, proofs
from masstransit.console.acting import act as did
from masstransit.console.asking import SHEET, Answer, Asked, File, Live, Page, Shown, Went, act, instant, page
from masstransit.console.house import House
from masstransit.errors import NotFound
from masstransit.model.address import e164
from masstransit.model.user import Right
from masstransit.storage import accounts
from masstransit.storage import ledger as stored


async def shown(house: House, asked: Asked) -> Answer:
    """The page."""
    after, ref = asked.query.get("chain"), asked.query.get("ref")
    part = asked.slice(instant, str, int)

    def look(connection: Connection) -> Mapping[str, Any]:
        signed = _checkpoint(connection)
        account = asked.query.get("account") or (_account_of(connection, ref) if ref else "")
        return {
            **_chains(connection, after, signed["heads"] if signed else {}),
            "checkpoint": signed,
            "account": account,
            "sheet": stored.listed(connection, account, ref, part) if ref else None,
        }

    told = {"ref": ref, "proving": house.proving, "public": house.keys.public.hex()}
    return Shown("desk/ledger.html", {**await house.database.survey(look), **told})


def _checkpoint(connection: Connection) -> Mapping[str, Any] | None:
    last = stored.newest_checkpoint(connection)
    if last is None:
        return None
    return {"number": last.number, "at": last.at, "heads": last.heads, "signature": last.signature.hex()}


def _chains(connection: Connection, after: str, signed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Some chains with their last entries, and whether there are more."""
    names = list(islice(stored.chains(connection, after), SHEET + 1))
    chains = []
    for name in names[:SHEET]:
        last = stored.last_of(connection, name)
        if last is not None:
            chains.append({"name": name, "seq": last.seq, "at": last.at, "unsigned": last.seq - _signed(signed, name)})
    return {"chains": chains, "more": names[SHEET - 1] if len(names) > SHEET else "", "first": not after}


def _signed(heads: Mapping[str, Any], chain: str) -> int:
    return int(heads.get(chain, (0, ""))[0])


def _account_of(connection: Connection, ref: str) -> str:
    """Whose a message, decision, step or appeal is; "": what the record does not know is the house's own."""
    try:
        return min(evidence.of_thing(connection, ref).accounts)
    except NotFound:
        return ""


async def live(house: House, asked: Asked) -> Answer:
    """How far a proof has come."""

    async def look() -> Mapping[str, Any]:
        return {"proving": house.proving}

    return Live("desk/ledger_proof.html", look, every=1.0)


async def prove(house: House, asked: Asked) -> Answer:
    """Prove it now."""
    house.proving.begin(house.database, house.keys.public, asked.who.name, house.clock.now)
    await did(house, asked, "ledger-proof", "ledger", lambda connection: None)
    return Went("/desk/ledger")


async def stop(house: House, asked: Asked) -> Answer:
    """Stop proving."""
    house.proving.stop()
    await did(house, asked, "ledger-proof-stopped", "ledger", lambda connection: None)
    return Went("/desk/ledger", "It stops within moments.")


async def public_key(house: House, asked: Asked) -> Answer:
    """The key by which evidence and checkpoints are proven (Ed25519, in hex)."""
    return File("masstransit-public-key.txt", f"{house.keys.public.hex()}\n".encode(), "text/plain")


async def take_out(house: House, asked: Asked) -> Answer:
    """A file of evidence; that it was taken out is on record."""
    thing, account = asked.form.get("id"), asked.form.get("account")
    number = e164(asked.form.need("person", "An id, or a person's number")) if not thing else None
    because = asked.form.need("because", "For whom and why")
    taken = TakenOut(by=asked.who.name, because=because, at=asked.now)

    def keep(connection: Connection) -> tuple[Bundle, bytes]:
        if number is None:
            about = evidence.of_thing(connection, thing)
            return hand_out(connection, house.ledger, house.keys, about, taken)
        if accounts.find(connection, account) is None:
            raise NotFound("say the account toward which the person's wishes are meant (AC...)")
        whose = proofs.whose(house.keys, account, number)
        return proofs.prove(connection, house.ledger, house.keys, whose, taken)

    bundle, sealed = await did(house, asked, "evidence", thing or "person", keep, account=account)
    return File(f"evidence-{bundle.about[:40]}.jsonl", sealed, "application/x-ndjson")


PAGES: Sequence[Page] = (
    page("/desk/ledger", Right.WATCH, shown),
    page("/desk/ledger/live", Right.WATCH, live),
    page("/desk/ledger/key", Right.WATCH, public_key),
    act("/desk/ledger/prove", Right.WATCH, prove),
    act("/desk/ledger/prove/stop", Right.WATCH, stop),
    act("/desk/ledger/evidence", Right.WORK_CASES, take_out),
)
