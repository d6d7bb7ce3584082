"""Steps that are done once, and locks for those who come at the same time."""

import fcntl
import hashlib
from contextlib import contextmanager

from .paths import LOCKS, STAMPS


def digest(*parts):
    """Return a short fingerprint of texts or bytes."""
    whole = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        whole.update(data + b"\0")
    return whole.hexdigest()[:12]


def is_done(name, key):
    """Tell whether a step was finished for this very key."""
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text() == key


def mark_done(name, key):
    """Remember that a step was finished for this key."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(key)


@contextmanager
def lock(name):
    """Let one process at a time through; the others wait."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
