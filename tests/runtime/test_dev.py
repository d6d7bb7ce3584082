"""Trouble is one clear line and an exit code, whatever the cause."""

import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from devkit import __main__ as commands
from devkit import (
    databases,
    debian,
    demo,
    odoo_run,
    odoo_source,
    postgres,
    system,
    tell,
    testing,
)
from devkit.paths import DEV, ROOT


def _one_line(done):
    lines = done.stderr.strip().splitlines()
    assert done.returncode != 0
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stdout
    return lines[0]


def test_wrong_python_is_one_line(dev, tmp_path):
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    assert "Python 3.10 to 3.13" in _one_line(dev("setup", PYTHON=str(old)))


def test_taken_port_is_one_line(dev):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = _one_line(dev("demo", DEMO_PORT=str(port)))
    assert f"Port {port} is taken" in line


def test_port_of_root_is_one_line(monkeypatch):
    class Refusing(socket.socket):
        def bind(self, address):
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(demo.socket, "socket", Refusing)
    with pytest.raises(tell.Trouble, match="^Ports below 1024 belong to root.*8069"):
        demo._require_port(80)


def test_port_that_is_none_is_one_line(dev):
    assert "no port number" in _one_line(dev("demo", DEMO_PORT="many"))


def test_odoo_home_without_odoo_is_one_line(dev, tmp_path):
    line = _one_line(dev("odoo", "--version", ODOO_HOME=str(tmp_path)))
    assert "there is no Odoo in it" in line


def test_server_that_does_not_answer_is_one_line(dev):
    line = _one_line(dev("psql", "postgres", PGHOST="127.0.0.1", PGPORT="1"))
    assert "does not let user" in line


def test_unknown_words_are_refused(dev):
    assert dev("setup", "--fast").returncode == 2


def test_odoo_home_of_another_version_is_refused(tmp_path, monkeypatch):
    (tmp_path / "odoo" / "addons" / "base").mkdir(parents=True)
    release = tmp_path / "odoo" / "release.py"
    release.write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(tell.Trouble, match="not Odoo 19.0"):
        odoo_source.find()


def test_clone_of_odoo_is_found_with_its_addons(tmp_path, monkeypatch):
    (tmp_path / "odoo" / "addons" / "base").mkdir(parents=True)
    (tmp_path / "addons" / "account").mkdir(parents=True)
    (tmp_path / "addons" / "account" / "__manifest__.py").write_text("{}")
    release = tmp_path / "odoo" / "release.py"
    release.write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    source = odoo_source.find()
    assert source.path == tmp_path
    assert source.addons == (tmp_path / "addons",)


@pytest.mark.parametrize(
    "output, words",
    [
        ("E: write: No space left on device", "disk is full"),
        ("OSError: [Errno 122] Disk quota exceeded", "disk is full"),
        ("Temporary failure resolving 'mirror'", "Check the network"),
        ("npm error code EAI_AGAIN", "Check the network"),
        ("something else", "see the log"),
    ],
)
def test_known_trouble_is_put_into_words(output, words):
    assert words in tell.explain(output, "see the log")


@pytest.mark.parametrize(
    "words",
    [
        [sys.executable, "-m", "pip", "download", "--no-deps", "polib"],
        ["npm", "install", "--fetch-retries=0", "axe-core"],
    ],
)
def test_index_that_does_not_answer_is_one_line(tmp_path, words):
    nowhere = "http://127.0.0.1:1/"
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PIP_")},
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": nowhere,
        "PIP_RETRIES": "1",
        "npm_config_registry": nowhere,
    }
    with pytest.raises(tell.Trouble, match="Check the network"):
        tell.run(words, "Fetching", "test-nowhere", env=env, cwd=tmp_path)


def test_no_network_on_a_bare_machine_is_one_line(tmp_path):
    for name in ("devkit", "addons"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    nowhere = dict.fromkeys(
        ("http_proxy", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:1"
    )
    done = subprocess.run(
        [tmp_path / "dev", "setup"],
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
    )
    assert "Check the network" in _one_line(done)


@pytest.fixture
def apt(machine, monkeypatch):
    """Return a function that gives the machine packages, for whom it asks: all of
    them but wkhtmltopdf. What apt-get is told is kept beside it.
    """

    def give(user, lists="Packages"):
        answer = f"[ $1 = update ] || printf '{lists}'"
        machine("apt-get", f"#!/bin/sh\necho $* >> $0.told\n{answer}\n")
        machine("apt-cache", "#!/bin/sh\n[ $2 = wkhtmltopdf ] || echo Candidate: 1\n")
        monkeypatch.setattr(os, "geteuid", lambda: user)

    return give


def test_missing_programs_without_root_name_the_line_to_type(apt):
    apt(user=1000)
    line = "sudo apt-get update && sudo apt-get install -y .* nothing-at-all$"
    with pytest.raises(tell.Trouble, match=line):
        system.require({"no-such-program": "nothing-at-all"})


@pytest.mark.parametrize("user", [0, 1000])
def test_program_that_no_package_brings_is_named_in_one_line(apt, tmp_path, user):
    apt(user)
    line = r"^wkhtmltopdf is missing, .* do not offer it.*wkhtmltopdf\.org[^\n]*$"
    with pytest.raises(tell.Trouble, match=line):
        system.require({**system.FOR_CLONE, **system.FOR_PDF})
    assert " wkhtmltopdf" not in (tmp_path / "apt-get.told").read_text()


def test_what_is_offered_is_unknown_before_the_lists_are_read(apt):
    apt(user=1000, lists="")
    with pytest.raises(tell.Trouble, match="sudo apt-get install -y .*wkhtmltopdf"):
        system.require(system.FOR_PDF)


@pytest.fixture
def debian_12(tmp_path, monkeypatch):
    """Make this a Debian 12 with a mirror that is an empty folder."""
    release = {"ID": "debian", "VERSION_CODENAME": "bookworm"}
    monkeypatch.setattr(debian, "_os_release", lambda: release)
    monkeypatch.setattr(debian, "_APT", tmp_path / "apt")
    return f"file:{tmp_path}/mirror/"


def test_mirror_is_known_before_its_lists_are_read(debian_12, monkeypatch):
    debian._write_config(debian_12, "bookworm")
    sources = debian._APT / "etc" / "sources.list"
    sources.write_text(f"deb {debian_12} bookworm main\n")
    monkeypatch.setenv("APT_CONFIG", debian._env()["APT_CONFIG"])
    assert debian._mirror() == (debian_12, "bookworm")


def test_mirror_without_the_suite_has_no_package(debian_12, monkeypatch):
    monkeypatch.setattr(debian, "_mirror", lambda: (debian_12, "bookworm"))
    assert debian.has_odoo() is False


def test_mirror_that_does_not_answer_is_one_line(debian_12, monkeypatch):
    nowhere = "http://127.0.0.1:1/debian/"
    monkeypatch.setattr(debian, "_mirror", lambda: (nowhere, "bookworm"))
    with pytest.raises(tell.Trouble, match="Check the network"):
        debian.has_odoo()


def test_small_disk_is_refused_before_anything_begins(monkeypatch):
    usage = shutil.disk_usage(ROOT)._replace(free=1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(tell.Trouble, match="0.0 GB free"):
        system.require_disk()


@pytest.fixture
def fails_with(monkeypatch, capsys):
    """Return a function that gives the line about an error of the system."""

    def tell_of(number, path=None):
        def fail(*args):
            raise OSError(number, os.strerror(number), path and str(path))

        monkeypatch.setattr(postgres, "ensure", fail)
        assert commands.main(["psql", "postgres"]) == 1
        [line] = capsys.readouterr().err.splitlines()
        return line

    return tell_of


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_one_line(fails_with, number):
    assert "disk is full" in fails_with(number)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_file_of_somebody_else_is_one_line(fails_with, number):
    path = DEV / "lock" / "setup"
    line = fails_with(number, path)
    assert f"{path} belongs to somebody else or cannot be written" in line
    assert "sudo ./dev clean" in line


def test_cleaning_helps_only_where_our_folder_is_in_the_way(fails_with, tmp_path):
    assert "sudo" not in fails_with(errno.EACCES, tmp_path / "socket")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Put a folder of the test in the place of all that ./dev made, and return it.

    No server is stopped, and the names of dropped databases go into ``dropped``.
    """
    folder = tmp_path / "made"
    (folder / "data").mkdir(parents=True)
    monkeypatch.setattr(commands, "DEV", folder)
    monkeypatch.setattr(commands, "DATA", folder / "data")
    monkeypatch.setattr(odoo_run, "CONF", folder / "odoo.conf")
    monkeypatch.setattr(postgres, "_HOME", folder / "postgres")
    monkeypatch.setattr(postgres, "stop", lambda: None)
    monkeypatch.delenv("PGHOST", raising=False)
    return folder


def _configure(folder, port, password):
    text = f"[options]\ndb_host = 127.0.0.1\ndb_port = {port}\ndb_user = odoo\n"
    (folder / "odoo.conf").write_text(f"{text}db_password = {password}\n")


def test_what_cannot_be_removed_is_not_called_gone(made, monkeypatch, capsys):
    left = made.with_name("left")
    left.symlink_to(made)
    monkeypatch.setattr(commands, "DEV", left)
    assert commands.main(["clean"]) == 1
    told = capsys.readouterr()
    assert "gone" not in told.out
    assert f"{left} could not be removed" in told.err


def test_server_of_the_last_start_is_cleaned_too(made, monkeypatch):
    asked = []

    def drop_ours(env):
        asked.append(env)
        return []

    monkeypatch.setattr(databases, "drop_ours", drop_ours)
    monkeypatch.setattr(postgres, "ask", lambda words, env: "1")
    _configure(made, 5432, "theirs")
    assert commands.main(["clean"]) == 0
    server = {"PGHOST": "127.0.0.1", "PGPORT": "5432", "PGUSER": "odoo"}
    assert asked == [{**server, "PGPASSWORD": "theirs"}]
    assert not made.exists()


def test_own_server_of_the_last_start_goes_with_its_folder(made, monkeypatch):
    monkeypatch.setattr(databases, "drop_ours", lambda env: 1 / 0)
    (made / "postgres").mkdir()
    (made / "postgres" / "password").write_text("ours")
    _configure(made, 5432, "ours")
    assert commands.main(["clean"]) == 0
    assert not made.exists()


def test_server_of_the_last_start_that_does_not_answer_is_one_line(made, capsys):
    _configure(made, 1, "theirs")
    assert commands.main(["clean"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "127.0.0.1 port 1" in line and "Nothing was removed" in line
    assert (made / "data").is_dir()


def test_database_that_is_up_to_date_is_left_alone(monkeypatch, tmp_path):
    """It is what lets a second ./dev demo begin at once."""

    def touch(*args, **kwargs):
        raise AssertionError("the database was touched")

    monkeypatch.setattr(databases, "foundation_key", lambda: "odoo")
    monkeypatch.setattr(databases, "DATA", tmp_path)
    (tmp_path / "filestore" / "ready").mkdir(parents=True)
    wanted = databases.get_wanted(demo=True)
    monkeypatch.setattr(databases, "read_mark", lambda env, name: wanted)
    for name in ("install", "copy", "drop", "write_mark"):
        monkeypatch.setattr(databases, name, touch)
    assert databases.ensure_work({}, "ready", demo=True) is False
    # The same without its files, or of other addons, is made anew.
    with pytest.raises(AssertionError, match="touched"):
        databases.ensure_work({}, "gone", demo=True)
    wanted = {**wanted, "addons": {}}
    with pytest.raises(AssertionError, match="touched"):
        databases.ensure_work({}, "ready", demo=True)


@pytest.mark.parametrize("secret", [{}, {"PGPASSWORD": "secret"}])
def test_configuration_names_a_password_where_there_is_one(
    tmp_path, monkeypatch, secret
):
    server = {"PGHOST": "localhost", "PGPORT": "5432", "PGUSER": "odoo", **secret}
    source = odoo_source.Source(tmp_path, (), "19, 0")
    monkeypatch.setattr(odoo_source, "find", lambda: source)
    monkeypatch.setattr(postgres, "ensure", lambda: server)
    monkeypatch.setattr(odoo_run, "CONF", tmp_path / "odoo.conf")
    odoo_run.prepare()
    lines = (tmp_path / "odoo.conf").read_text().splitlines()
    named = [line for line in lines if line.startswith("db_password")]
    assert named == [f"db_password = {word}" for word in secret.values()]


@pytest.mark.parametrize("version, named", [(130023, 0), (149999, 0), (150000, 1)])
def test_strategy_of_a_copy_is_named_where_it_is_known(monkeypatch, version, named):
    told = []

    def query(env, statement, database="postgres"):
        told.append(statement)
        return str(version) if statement.startswith("SHOW") else ""

    monkeypatch.setattr(databases, "query", query)
    databases.copy({}, "no-source", "no-target")
    [made] = [statement for statement in told if statement.startswith("CREATE")]
    assert made.count("STRATEGY file_copy") == named


@pytest.mark.parametrize(
    "path, setting",
    [
        ("addons/collections_queue_job/readme/CONFIGURE.md", "server_wide_modules = "),
        ("torture/queue.py", "--load="),
    ],
)
def test_jobs_are_loaded_beside_what_odoo_loads_by_itself(path, setting):
    from odoo.tools.config import DEFAULT_SERVER_WIDE_MODULES

    [named] = re.findall(f"{setting}([a-z_,]+)", (ROOT / path).read_text())
    assert named.split(",") == [*DEFAULT_SERVER_WIDE_MODULES, "queue_job"]


def test_bad_name_for_a_database_is_refused():
    with pytest.raises(tell.Trouble, match="no good name"):
        databases.read_mark({}, 'x"; DROP')


def test_mail_catcher_keeps_what_is_sent(tmp_path, monkeypatch):
    import smtplib

    monkeypatch.setattr(demo, "MAIL", tmp_path)
    with (
        demo.mail_catcher(dict(os.environ)) as port,
        smtplib.SMTP("127.0.0.1", int(port)) as smtp,
    ):
        smtp.sendmail("a@a.example", ["b@b.example"], "Subject: Hello\n\nWords")
    [message] = tmp_path.glob("*-b@b.example.eml")
    assert b"Subject: Hello" in message.read_bytes()


# ./dev demo on a desk that is ready, with a program in the place of Odoo
_DEMO = """
import os, sys
from contextlib import nullcontext
from pathlib import Path
from devkit import __main__ as commands, demo
demo.setup.ensure = lambda: None
demo.odoo_run.prepare = lambda: dict(os.environ)
demo.odoo_run.command = lambda *words: [sys.executable, "-c", os.environ["ODOO"]]
demo.mail_catcher = lambda env: nullcontext("25")
demo.open_desk = lambda *words: None
demo.LOGS = Path(os.environ["LOGS"])
sys.exit(commands.main(["demo"]))
"""
_SERVING = """
import http.server, os
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
with http.server.HTTPServer(("127.0.0.1", int(os.environ["DEMO_PORT"])), Healthy) as it:
    it.{serve}()
"""


@pytest.fixture
def desk(tmp_path):
    """Return a function that opens a desk on a free port, and gives its process."""
    opened = []

    def serve(how):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        given = {"ODOO": _SERVING.format(serve=how), "LOGS": str(tmp_path)}
        process = subprocess.Popen(
            [sys.executable, "-c", _DEMO],
            env={**os.environ, **given, "DEMO_PORT": port},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        opened.append(process)
        return process, int(port)

    yield serve
    for process in opened:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_desk_that_is_told_to_end_takes_odoo_with_it(desk):
    process, port = desk("serve_forever")
    while "Stop it with" not in process.stdout.readline():
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGTERM)
    _out, told = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert told == "dev: Stopped.\n"
    demo._require_port(port)


def test_odoo_that_ends_by_itself_is_one_line(desk, tmp_path):
    process, _port = desk("handle_request")
    _out, told = process.communicate(timeout=20)
    assert process.returncode == 1
    [line] = told.splitlines()
    assert "Odoo ended by itself" in line
    assert str(tmp_path / "demo.log") in line


def test_who_serves_the_desk_gets_the_handler_back():
    before = signal.getsignal(signal.SIGTERM)
    with demo._clean_end():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_handler_is_left_alone_beside_the_main_thread():
    def end():
        before = signal.getsignal(signal.SIGTERM)
        with demo._clean_end():
            return signal.getsignal(signal.SIGTERM) == before

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(end).result()


def test_everything_made_lies_under_one_ignored_folder(is_ignored):
    assert is_ignored(".dev/anything")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Put a checkout in the place of ours, and return its folder."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("*.orig\n/.dev/\n")
    (tmp_path / ".dev").mkdir()
    (tmp_path / ".dev" / "anything").touch()
    monkeypatch.setattr(testing, "ROOT", tmp_path)
    return tmp_path


def test_what_is_made_beside_it_is_found(checkout):
    assert testing._strays() == set()
    (checkout / "made-by-a-test.orig").touch()
    assert testing._strays() == {"!! made-by-a-test.orig"}


def test_checkout_of_somebody_else_is_compared_too(checkout, monkeypatch):
    (checkout / "made-by-a-test.orig").touch()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert testing._strays() == {"!! made-by-a-test.orig"}


def test_folder_that_is_no_checkout_has_nothing_to_compare(checkout, monkeypatch):
    shutil.rmtree(checkout / ".git")
    monkeypatch.setenv("PATH", str(checkout))
    assert testing._strays() == set()


def test_git_that_fails_is_one_line(checkout):
    (checkout / ".git" / "HEAD").unlink()
    with pytest.raises(tell.Trouble, match="^git cannot .*not a git repository[^\n]*$"):
        testing._strays()


def test_tests_ask_for_git():
    assert "git" in system.FOR_TESTS


def test_odoo_needs_no_git_where_it_is_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    source = odoo_source.Source(tmp_path, (), "19, 0")
    assert odoo_source.revision(source).strip() == "19, 0"
    (tmp_path / ".git").mkdir()
    assert odoo_source.revision(source).strip() == "19, 0"
