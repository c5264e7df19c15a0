"""The switch as a process of its own. The house starts it, tells it its settings in a line on its standard input, and
keeps that open: when it ends, the house is gone, and the switch ends its calls and goes."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

import msgspec

from masstransit.channels.sip.settings import SwitchSettings

_TAKEN = 3  #: exit status: the address can't be opened
_A_TURN = 0.0005  # seconds after which threads that read hand over to one another, and not 0.005


def main() -> int:
    """Serve until the house is gone."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    told = sys.stdin.buffer.readline()
    try:
        settings = msgspec.json.decode(told, type=SwitchSettings)
    except msgspec.MsgspecError as wrong:
        print(f"this is started by `masstransit serve`, which tells it its settings: {wrong}", file=sys.stderr)  # noqa: T201
        return 2
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - sippy prints messages; nobody may read them
    sys.setswitchinterval(_A_TURN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: it is for the house, which then closes our input
    from masstransit.channels.sip.switch import Switch  # noqa: PLC0415 - sippy takes the output as it finds it

    try:
        switch = Switch(settings)
    except OSError as taken:
        print(f"sip = '{settings.host}:{settings.port}' can't be opened: {taken.strerror or taken}", file=sys.stderr)  # noqa: T201
        return _TAKEN
    signal.signal(signal.SIGTERM, lambda *_: switch.stack.from_thread(switch.stop))

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        switch.stack.from_thread(switch.stop)

    threading.Thread(target=watch, name="house", daemon=True).start()
    switch.run()
    return 0


if __name__ == "__main__":
    os._exit(main())  # threads of the stack wait in system calls
