"""The library that speaks fax: spandsp (LGPL 2.1), called as it is installed. Nothing is compiled.

It is loaded when the first fax is to be carried, and not before: a house without faxes needs no such library. What is
declared here is the part of its interface of version 0.0.6 that we call; its objects are opaque to us.
"""

from __future__ import annotations

import ctypes.util
import functools
from typing import Any

import cffi

from masstransit.errors import Fault

ABSENT = (
    "faxes can't be carried: the library spandsp is not on this machine. Install it (on Debian and Ubuntu the package "
    "libspandsp2) and start again"
)
_NAMES = ("libspandsp.so.2", "libspandsp.so.3")

_DECLARED = """
typedef struct fax_state_s fax_state_t;
typedef struct t30_state_s t30_state_t;
typedef struct t38_terminal_state_s t38_terminal_state_t;
typedef struct t38_core_state_s t38_core_state_t;
typedef struct {
    int bit_rate, error_correcting_mode, pages_tx, pages_rx, pages_in_file, x_resolution, y_resolution, width, length,
        image_size, encoding, bad_rows, longest_bad_row_run, error_correcting_mode_retries, current_status;
    int room[32];
} t30_stats_t;
typedef int (*page_handler)(t30_state_t *s, void *user, int result);
typedef void (*end_handler)(t30_state_t *s, void *user, int result);
typedef int (*packet_handler)(t38_core_state_t *s, void *user, const uint8_t *packet, int length, int count);

fax_state_t *fax_init(fax_state_t *s, int calling);
int fax_free(fax_state_t *s);
int fax_rx(fax_state_t *s, int16_t *sound, int samples);
int fax_tx(fax_state_t *s, int16_t *sound, int samples);
void fax_set_transmit_on_idle(fax_state_t *s, int on);
t30_state_t *fax_get_t30_state(fax_state_t *s);

t38_terminal_state_t *t38_terminal_init(t38_terminal_state_t *s, int calling, packet_handler sends, void *user);
int t38_terminal_free(t38_terminal_state_t *s);
int t38_terminal_send_timeout(t38_terminal_state_t *s, int samples);
t30_state_t *t38_terminal_get_t30_state(t38_terminal_state_t *s);
t38_core_state_t *t38_terminal_get_t38_core_state(t38_terminal_state_t *s);
int t38_core_rx_ifp_packet(t38_core_state_t *s, const uint8_t *packet, int length, uint16_t sequence);

int t30_set_tx_ident(t30_state_t *s, const char *id);
const char *t30_get_rx_ident(t30_state_t *s);
void t30_set_rx_file(t30_state_t *s, const char *file, int last_page);
void t30_set_tx_file(t30_state_t *s, const char *file, int first_page, int last_page);
int t30_set_ecm_capability(t30_state_t *s, int enabled);
int t30_set_supported_modems(t30_state_t *s, int modems);
int t30_set_supported_compressions(t30_state_t *s, int compressions);
int t30_set_rx_encoding(t30_state_t *s, int encoding);
void t30_set_phase_b_handler(t30_state_t *s, page_handler handler, void *user);
void t30_set_phase_d_handler(t30_state_t *s, page_handler handler, void *user);
void t30_set_phase_e_handler(t30_state_t *s, end_handler handler, void *user);
void t30_get_transfer_statistics(t30_state_t *s, t30_stats_t *found);
const char *t30_completion_code_to_str(int result);
void t30_terminate(t30_state_t *s);
"""

MODEMS = 1 | 2 | 4  #: V.27ter, V.29, V.17
COMPRESSIONS = 2 | 4 | 8  #: T.4 in one and two dimensions, T.6


class FaxUnavailable(Fault):
    """The library is not on this machine; the text says what to install."""


class Library:
    """The library, loaded, with what cffi makes of its declarations."""

    def __init__(self, name: str) -> None:
        self.ffi: Any = cffi.FFI()
        self.ffi.cdef(_DECLARED)
        self.call: Any = self.ffi.dlopen(name)

    def text(self, told: Any) -> str:
        """A C string; "" where there is none."""
        return "" if told == self.ffi.NULL else self.ffi.string(told).decode("ascii", "replace").strip()


@functools.cache
def library() -> Library:
    """The one library. Raises `FaxUnavailable` with the remedy."""
    for name in (*_NAMES, ctypes.util.find_library("spandsp")):
        if name is None:
            continue
        try:
            return Library(name)
        except OSError:
            continue
    raise FaxUnavailable(ABSENT)


def amiss() -> str:
    """Why faxes can't be carried here; "" where they can."""
    try:
        library()
    except FaxUnavailable as absent:
        return str(absent)
    return ""
