"""Plain words for the person at the terminal, and commands run on their behalf."""

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

from .paths import LOGS

_SAY_STILL = 20  # seconds after which a long step says that it is still at work

_KNOWN_TROUBLE = (
    (
        r"No space left on device|Disk quota exceeded",
        "The disk is full. Free some space and start again; it goes on from here.",
    ),
    (
        r"Temporary failure (in name resolution|resolving)|Could not resolve|"
        r"Failed to establish a new connection|Network is unreachable|"
        r"Name or service not known|ENOTFOUND|EAI_AGAIN|Could not connect to|"
        r"Connection timed out|Read timed out|ETIMEDOUT|ECONNREFUSED",
        "The package index cannot be reached. Check the network and start again; "
        "it goes on from here.",
    ),
)


class Trouble(Exception):
    """Something the person must know, said in one line."""


def say(text):
    """Print a line at once, also when the output is a file."""
    print(text, flush=True)


@contextmanager
def step(text):
    """Announce a step, say from time to time that it is still at work, and time it.

    :param str text: what is being done, in plain words
    """
    say(f"· {text} ...")
    start = time.monotonic()
    done = threading.Event()

    def still():
        while not done.wait(_SAY_STILL):
            say(f"  still at it: {text} ({time.monotonic() - start:.0f} s)")

    threading.Thread(target=still, daemon=True).start()
    try:
        yield
    finally:
        done.set()
    say(f"  done in {time.monotonic() - start:.1f} s")


def explain(output, fallback):
    """Give one line about a failed command.

    :param str output: what the command printed
    :param str fallback: the line when the output holds nothing known
    :return: one line for the person
    :rtype: str
    """
    for pattern, line in _KNOWN_TROUBLE:
        if re.search(pattern, output):
            return line
    return fallback


def run(args, what, log, *, env=None, cwd=None):
    """Run a command quietly, keeping its output in a log file.

    :param list args: the command
    :param str what: what it is for, as said when it fails
    :param str log: name of the log file, without its ending
    :param dict env: the whole environment of the command
    :param cwd: where it runs
    :raise Trouble: one line when the command fails
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    with path.open("w") as output:
        code = subprocess.run(
            [str(arg) for arg in args],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=env or os.environ,
            cwd=cwd,
        ).returncode
    if code:
        text = path.read_text(errors="replace")
        raise Trouble(explain(text, f"{what} failed; the reason is in {path}"))


def ask(args, *, env=None):
    """Return what a command prints, or ``None`` when it fails or is not there."""
    try:
        done = subprocess.run(
            [str(arg) for arg in args],
            capture_output=True,
            text=True,
            env=env,
            stdin=subprocess.DEVNULL,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def complain(text):
    """Print one line of trouble where errors belong."""
    print(f"dev: {text}", file=sys.stderr, flush=True)
