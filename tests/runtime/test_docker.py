"""The files for containers, checked without running them: no engine is at hand."""

import configparser
import os
import re
import subprocess

import pytest

from devkit.paths import LINT_VENV, ROOT

DOCKER = ROOT / "docker"


def _check(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_file_follows_the_compose_specification():
    _check(
        LINT_VENV / "bin" / "check-jsonschema",
        *("--builtin-schema", "vendor.compose-spec"),
        DOCKER / "compose.yaml",
    )


def test_dockerfile_has_no_finding():
    _check(LINT_VENV / "bin" / "hadolint", DOCKER / "Dockerfile")


def test_start_script_parses():
    _check("sh", "-n", DOCKER / "start")


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a container, with programs that only tell how
    they were called, and gives what they told.
    """

    def run(installed):
        told, secret = tmp_path / "told", tmp_path / "secret"
        secret.write_text("secret")
        answer = f"case $* in *ir_module_module*) echo {installed};; esac\n"
        for name, more in (("odoo", ""), ("psql", answer)):
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\necho {name} $* >> {told}\n{more}")
            program.chmod(0o755)
        path = f"{tmp_path}:{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "PASSWORD_FILE": str(secret)}
        subprocess.run([DOCKER / "start", "odoo"], env=env, check=True)
        return told.read_text()

    return run


def test_pages_print_from_inside_the_container_after_the_installation(start):
    told = start(installed="")
    _asked, installed, printed, served = re.findall(r"^(?:odoo|psql) .*", told, re.M)
    assert "--init=customer_collections,collections_portal" in installed
    assert "'report.url', 'http://127.0.0.1:8069'" in printed
    assert served.startswith("odoo") and "--init" not in served


def test_second_start_leaves_the_parameters_alone(start):
    assert "report.url" not in start(installed="1")


def test_reader_is_told_who_reads_the_password():
    assert "0644" in (DOCKER / "README.md").read_text()


def test_everything_the_dockerfile_copies_is_there_and_sent():
    text = (DOCKER / "Dockerfile").read_text()
    allowed = (ROOT / ".dockerignore").read_text().split()
    sources = re.findall(r"^COPY (\S+) ", text, re.MULTILINE)
    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in allowed


def test_compose_file_names_what_is_there(is_ignored):
    text = (DOCKER / "compose.yaml").read_text()
    assert "dockerfile: docker/Dockerfile" in text
    assert (DOCKER / "secrets" / "postgres_password.example").exists()
    ignored = is_ignored("docker/secrets/postgres_password")
    assert ignored, "the password would be committed"


def test_the_customers_pages_are_installed_too():
    readme = (ROOT / "README.md").read_text()
    [addons] = re.findall(r"-d YOURDB -i (\S+)", readme)
    assert "collections_portal" in addons
    for name in ("compose.yaml", "start"):
        assert f"${{ADDONS:-{addons}}}" in (DOCKER / name).read_text()


@pytest.fixture
def options():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "odoo.conf")
    return dict(parser["options"])


def test_configuration_names_options_of_odoo(options):
    from odoo.tools import config

    known = {option.dest for option in config.options_index.values()}
    assert set(options) <= known


def test_configuration_is_for_production(options):
    assert int(options["workers"]) >= 2
    assert options["max_cron_threads"] == "2"
    assert options["proxy_mode"] == "True"
    assert options["list_db"] == "False"
    assert int(options["limit_memory_soft"]) < int(options["limit_memory_hard"])
