"""Memory of a page that went, given back to the machine: else the next page of another program could not have it."""

from __future__ import annotations

import ctypes
import gc
import threading

AFTER = 2.0  # seconds in which the frame around a closed page lets go of it as well
_waiting = threading.Lock()


def give_back_soon() -> None:
    """Collect and hand back what is free, once for all pages that go within a moment."""
    if _waiting.acquire(blocking=False):
        later = threading.Timer(AFTER, _give_back)
        later.daemon = True
        later.start()


def _give_back() -> None:
    _waiting.release()
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the C library of most Linux machines
    if trim is not None:
        trim(0)
