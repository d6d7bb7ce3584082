"""An SMTP server on loopback that writes down each message it has accepted.

``python -m torture.mail_server FILE`` prints its port and serves until its standard
input ends. One line per message, as JSON, on disk before the client is told that it
was accepted: whatever happens to the client then, the message is counted.

Each recipient decides how they are treated: ``later@`` is refused for now (451),
``never@`` for good (550), ``slow@`` waits two seconds.
"""

import asyncio
import email
import json
import os
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller

from devkit.mail_catcher import _free_port


class Counter:
    """Writes down what it accepts."""

    def __init__(self, path):
        self.file = path.open("a")

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Refuse whom the address says."""
        if address.startswith("later"):
            return "451 try again later"
        if address.startswith("never"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """Write the message down, then accept it."""
        message = email.message_from_bytes(envelope.original_content or b"")
        if any(address.startswith("slow") for address in envelope.rcpt_tos):
            await asyncio.sleep(2)
        line = {
            "to": envelope.rcpt_tos,
            "message_id": (message["Message-Id"] or "").strip(),
            "at": time.time(),
        }
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        return "250 kept"


def main(path):
    """Serve until the standard input is closed."""
    port = _free_port()
    controller = Controller(Counter(path), hostname="127.0.0.1", port=port)
    controller.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    controller.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
