"""An Odoo in a process of its own, that does what a script says and tells of it."""

import json
import subprocess
import textwrap
import time
from contextlib import contextmanager

from devkit import databases, odoo_run
from devkit.paths import ROOT

# Processes meet by files in a folder, and tell by a line on their output.
MEETING = """
    import json, os, signal, sys, time
    from contextlib import contextmanager
    from unittest.mock import patch

    folder = {folder!r}

    def flag(name):
        open(os.path.join(folder, name), "w").close()

    def wait_for(name):
        for _attempt in range(1200):
            if os.path.exists(os.path.join(folder, name)):
                return
            time.sleep(0.05)
        raise TimeoutError(name)

    def tell(**what):
        print("RESULT " + json.dumps(what), flush=True)

    @contextmanager
    def meeting(model, method, said, awaited, late=False):
        '''Let a method say that somebody is in it, and wait there for another.

        It has done its work before if it is late. Gives the list of its calls.
        '''
        original, calls = getattr(type(model), method), []

        def meet(self, *args):
            calls.append(args)
            found = original(self, *args) if late else None
            flag(said)
            wait_for(awaited)
            return found if late else original(self, *args)

        with patch.object(type(model), method, meet):
            yield calls
"""


def wait_for(path, process=None):
    """Wait until a process says by a file that it got somewhere.

    :param Process process: fail with its words when it ends before
    """
    for _attempt in range(2400):
        if path.exists():
            return
        if process and process.process.poll() is not None:
            process.result()
        time.sleep(0.05)
    raise TimeoutError(path.name)


class Process:
    """An Odoo of its own that does what a script says."""

    def __init__(self, env, folder, tools, script, database):
        text = textwrap.dedent(MEETING).format(folder=str(folder))
        text += textwrap.dedent(tools)
        # Odoo's shell runs it as a whole only when it comes in one piece.
        text = f"exec({text + textwrap.dedent(script)!r})\n"
        self.process = subprocess.Popen(
            odoo_run.command("shell", "-d", database, "--no-http", "--log-level=warn"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=ROOT,
            text=True,
        )
        self.process.stdin.write(text)
        self.process.stdin.close()
        self.process.stdin = None
        self.output = ""

    def result(self):
        """Wait for the end.

        :return: what the script told, and None if it was killed before
        """
        output, _errors = self.process.communicate(timeout=300)
        self.output = output
        told = [line for line in output.splitlines() if line.startswith("RESULT ")]
        if self.process.returncode == -9:
            return None
        assert told, output
        return json.loads(told[-1].removeprefix("RESULT "))

    def kill(self):
        """Kill it as ``kill -9`` does, wherever it is."""
        self.process.kill()
        self.process.wait()

    def kill_at(self, path):
        """Kill it once it says by a file that it got there."""
        wait_for(path, self)
        self.kill()


@contextmanager
def on_a_copy(env, folder, tools, source, database):
    """Copy a ledger, and in the end kill what still works on it and drop it.

    :param folder: where the processes meet
    :param str tools: what each script may use
    :return: a function that starts a process with a script on the copy
    """
    databases.copy(env, source, database)
    started = []

    def begin(script):
        started.append(Process(env, folder, tools, script, database))
        return started[-1]

    try:
        yield begin
    finally:
        for process in started:
            if process.process.poll() is None:
                process.kill()
        databases.drop(env, database)
