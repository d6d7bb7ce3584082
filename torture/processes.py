"""Odoo in processes of their own, on a database that is really committed to."""

import json
import os
import re
import signal
import subprocess
import textwrap
from contextlib import contextmanager

from devkit import databases, odoo_run
from devkit.paths import CONF, PYTHON, ROOT

READY = "torture_ready"
# How a traceback ends in the log of a job of Odoo's that met somebody else's change
CONFLICT = re.compile(
    r"^psycopg2\.errors\.(?:SerializationFailure|DeadlockDetected|LockNotAvailable"
    r"|InFailedSqlTransaction)\b",
    re.MULTILINE,
)

# A company that is live, and customers with late invoices of three sizes.
BUILD = """
    from datetime import timedelta
    from odoo import Command, fields

    company = env.company
    env["account.chart.template"].try_loading(
        "generic_coa", company, install_demo=False
    )
    today = fields.Date.today()
    company.collections_mode = "live"
    company.email = "accounts@company.example"
    company.partner_id.email = company.email
    # Any hour will do here.
    env["collections.contact.rule"].search([]).active = False
    # Attachments take seconds each and are not what is tried here.
    env["collections.stage"].search([]).write(
        dict(attach_statement=False, attach_invoices=False)
    )
    partners = env["res.partner"].create(
        [
            {{
                "name": f"Customer {{number}}",
                "is_company": True,
                "email": f"customer{{number}}@customer.example",
            }}
            for number in range({customers})
        ]
    )
    moves = env["account.move"].create(
        [
            {{
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": today - timedelta(days=50),
                "invoice_date_due": today - timedelta(days=20),
                "invoice_line_ids": [
                    Command.create(
                        {{"name": "Work", "price_unit": price, "tax_ids": []}}
                    )
                ],
            }}
            for partner in partners
            for price in (100, 250)
        ]
    )
    moves.action_post()
    env.cr.commit()
"""


def ready(env, customers):
    """Make a database whose customers wait to be reminded.

    :return: its name
    """
    name = f"{READY}_{customers}"
    made = databases.ensure_work(env, name)
    posted = "SELECT COUNT(*) FROM account_move WHERE state = 'posted'"
    if made or int(databases.query(env, posted, name)) != 2 * customers:
        build(env, name, customers)
    return name


def build(env, name, customers):
    """Make customers who wait to be reminded, in a database with our addons."""
    code, output = shell(env, name, BUILD.format(customers=customers)).wait()
    if code:
        raise RuntimeError(output)


class shell:
    """A script in a shell of Odoo."""

    def __init__(self, env, database, script, *words, conf=CONF):
        # Odoo's shell runs it as a whole only when it comes in one piece.
        text = f"exec({textwrap.dedent(script)!r})\n"
        self.process = subprocess.Popen(
            odoo_run.command(
                *["shell", "-d", database, "--no-http", "--log-level=warn", *words],
                conf=conf,
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=ROOT,
            text=True,
            start_new_session=True,
        )
        self.process.stdin.write(text)
        self.process.stdin.close()
        self.process.stdin = None

    def kill(self):
        """End it as a machine that loses its power does."""
        os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self, timeout=600):
        """Wait for the end.

        :return: exit code and output
        """
        output, _errors = self.process.communicate(timeout=timeout)
        failed = self.process.returncode or "Traceback" in output
        return failed, output

    def told(self, may_meet=False):
        """Return what the script told, by name.

        :param bool may_meet: whether its log may say that a job met somebody else's
                              change: Odoo takes the job up again at its next turn. How
                              often that was is told as ``met``.
        """
        failed, output = self.wait()
        met = len(CONFLICT.findall(output))
        if may_meet and output.count("Traceback (") <= met:
            failed = self.process.returncode
        lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
        if failed or not lines:
            raise RuntimeError(output[-4000:])
        told = json.loads(lines[-1].removeprefix("RESULT "))
        return {**told, "met": met} if may_meet else told


@contextmanager
def mail_server(env, path):
    """Serve SMTP while the block runs.

    :param Path path: where it writes down what it accepts
    :return: the options for an Odoo that sends there
    """
    process = subprocess.Popen(
        [str(PYTHON), "-m", "torture.mail_server", str(path)],
        env=env,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        port = process.stdout.readline().strip()
        sender = "--email-from=accounts@company.example"
        yield ["--smtp=127.0.0.1", f"--smtp-port={port}", sender]
    finally:
        process.stdin.close()
        process.wait()


def read_accepted(path):
    """Return what the mail server has accepted, in order."""
    return [json.loads(line) for line in path.read_text().splitlines()]
