"""A PDF engine that hangs must not hold up everybody else's messages."""

import threading
from contextlib import contextmanager

import psutil

#: how long one PDF may take, in seconds
PDF_SECONDS = 120
#: how often it is looked at in that time; counted, because clocks may be set
_TURNS = 4


@contextmanager
def pdf_time_limit(seconds=None):
    """End what Odoo's PDF engine does for longer than it may, while the block runs.

    Odoo waits for the engine without an end. Ended from outside, it is an engine
    that failed, which Odoo says in words.

    :param float seconds: the limit; that of the module if not given
    """
    turn = (seconds or PDF_SECONDS) / _TURNS
    done = threading.Event()

    def watch():
        seen = {}
        while not done.wait(turn):
            seen = {pid: seen.get(pid, 0) + 1 for pid in _find_engines()}
            for pid, turns in seen.items():
                if turns > _TURNS:
                    _end(pid)

    threading.Thread(target=watch, daemon=True, name="collections.pdf").start()
    try:
        yield
    finally:
        done.set()


def _find_engines():
    """Yield the numbers of the engines that this process has started."""
    for child in psutil.Process().children():
        try:
            if "wkhtmltopdf" in " ".join(child.cmdline()):
                yield child.pid
        except psutil.Error:
            # It has ended by itself.
            continue


def _end(pid):
    try:
        psutil.Process(pid).kill()
    except psutil.Error:
        return
