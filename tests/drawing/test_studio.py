"""Documents drawn by processes of their own: confined, ended when they hang, and their death is told in a sentence."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from masstransit.drawing import documents
from masstransit.drawing.orders import Bounds
from masstransit.drawing.studio import Studio
from masstransit.errors import BadInput
from tests.fax_documents import a_pdf, a_tiff, same


async def at_work(studio: Studio) -> int:
    """The one process that draws, once it is there."""
    while not studio.workers:
        await asyncio.sleep(0)
    (pid,) = studio.workers
    return pid


async def test_what_is_drawn_there_is_what_would_be_drawn_here() -> None:
    studio, data = Studio(), a_pdf("Dear Anna, your order is here.", "Page two.")
    told, here = await studio.draw(data, "standard"), documents.read(data, "standard")
    assert same(told.tiff, here.tiff)
    assert (told.pages, told.text, told.pictures) == (here.pages, here.text, here.pictures)
    assert studio.workers == ()


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"hello", 12300, "no PDF, TIFF or PNG"),
        (b"%PDF-1.4\nbroken", 12300, "damaged or locked"),
        (a_tiff("many", 3), 30019, "3 pages; 1 to 2 can be faxed"),
        (b"%PDF-" + bytes(100_000), 30019, "100000 are the most"),
    ],
)
async def test_what_can_not_be_faxed_is_told_as_its_sender_knows_it(data: bytes, code: int, says: str) -> None:
    studio = Studio(Bounds(pages=2, largest=100_000))
    with pytest.raises(BadInput, match=says) as told:
        await studio.draw(data, "fine")
    assert told.value.code == code


async def test_a_document_that_takes_too_long_is_told_so_and_its_process_is_gone() -> None:
    studio = Studio(Bounds(seconds=0.0), grace=0.0)
    asked = asyncio.ensure_future(studio.draw(a_pdf("slow"), "fine"))
    pid = await at_work(studio)
    with pytest.raises(BadInput, match="takes longer than 0 s"):
        await asked
    assert not Path(f"/proc/{pid}").exists()


async def test_a_document_of_which_a_process_dies_is_told_and_the_next_is_drawn() -> None:
    studio = Studio()
    asked = asyncio.ensure_future(studio.draw(a_pdf("deadly"), "fine"))
    os.kill(await at_work(studio), signal.SIGKILL)
    with pytest.raises(BadInput, match="can't be drawn: it is damaged, or asks for too much"):
        await asked
    assert (await studio.draw(a_pdf("lively"), "standard")).pages == 1


async def test_who_stops_waiting_leaves_no_process_behind() -> None:
    studio = Studio()
    asked = asyncio.ensure_future(studio.draw(a_pdf("dropped"), "fine"))
    pid = await at_work(studio)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (studio.workers, Path(f"/proc/{pid}").exists()) == ((), False)


async def test_a_document_that_takes_more_memory_than_there_is_is_told() -> None:
    with pytest.raises(BadInput, match="too much"):
        await Studio(Bounds(memory=8 << 20)).draw(a_pdf("large"), "superfine")


async def test_its_process_is_confined_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASSTRANSIT_DATABASE", "postgresql://secret")
    studio = Studio()
    asked = asyncio.ensure_future(studio.draw(a_pdf(*["page"] * 40), "superfine"))
    process = Path(f"/proc/{await at_work(studio)}")
    while str(studio.bounds.memory) not in (limits := (process / "limits").read_text()):
        await asyncio.sleep(0.01)
    told = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()}
    environment = (process / "environ").read_bytes()
    assert (told["Max file size"], told["Max core file size"], b"secret" in environment) == ("0", "0", False)
    assert (await asked).pages == 40


def test_the_house_itself_never_loads_what_draws() -> None:
    look = "import sys, masstransit.serving; sys.exit('pypdfium2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False, timeout=60).returncode == 0


async def test_only_so_many_are_drawn_at_once() -> None:
    studio = Studio(workers=1)
    asked = [asyncio.ensure_future(studio.draw(a_pdf("one"), "standard")) for _ in range(3)]
    most = 0
    while not all(each.done() for each in asked):
        most = max(most, len(studio.workers))
        await asyncio.sleep(0.005)
    assert most == 1
    assert [(await each).pages for each in asked] == [1, 1, 1]
