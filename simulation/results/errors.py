"""What is said of a results folder that cannot be used, and of a disk that is full."""

from __future__ import annotations

import errno

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class StorageError(Exception):
    """A results folder cannot be used, written or read; the message is one line that says what to do."""


class BadFolder(StorageError):
    """The folder that was named is not one to write results in, or not one whose results can be read: bad input."""


def no_room(error: Exception) -> bool:
    """Whether an operation failed because the disk, or what one may use of it, is full."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def disk_full(place: object) -> str:
    """One line for a disk that is full."""
    return f"{place}: no room left on the disk; free some and run again (finished worlds are kept)"
