"""An SMTP server on loopback that keeps every message as a file and sends none.

``python -m devkit.mail_catcher FOLDER`` prints its port and serves until it ends.
"""

import socket
import sys
import time
from itertools import count
from pathlib import Path

from aiosmtpd.controller import Controller


class _Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.numbers = count(1)

    async def handle_DATA(self, server, session, envelope):
        """Keep one message; the name of the file says who it is for."""
        recipient = envelope.rcpt_tos[0].replace("/", "_") if envelope.rcpt_tos else ""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        name = f"{stamp}-{next(self.numbers):04d}-{recipient}.eml"
        (self.folder / name).write_bytes(envelope.original_content or b"")
        return "250 kept"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(folder):
    """Serve until the standard input is closed.

    :param Path folder: where the messages go
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    controller = Controller(_Keeper(folder), hostname="127.0.0.1", port=port)
    controller.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    controller.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
