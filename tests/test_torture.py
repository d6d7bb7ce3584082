"""Short turns of what ``./dev torture`` does for long; see docs/reliability.md.

Those with servers and addons of their own are in ``tests/short_turns``.
"""

from types import SimpleNamespace

import pytest
from test_races import CUSTOMERS, READY, environment  # noqa: F401 (a fixture)

from torture import kill, lost, together


def _args(**words):
    return SimpleNamespace(
        **{"seed": 20260310, "times": None, "minutes": None, **words}
    )


@pytest.fixture
def env(environment):  # noqa: F811 (the fixture above)
    return environment


def test_whoever_is_killed_each_message_is_one(env):
    report = kill.torture(env, _args(times=3), CUSTOMERS, READY)
    assert not report.failures
    # Each hit a job that had something left to do
    facts = report.facts
    assert facts["kills"] == 3
    assert sum(facts[f"kills {where}"] for where in kill.JOBS.values()) == 3
    assert facts["messages"] == facts["turns"] * CUSTOMERS


def test_whatever_connection_is_lost_each_message_is_one(env):
    report = lost.torture(env, _args(times=2), CUSTOMERS, READY)
    assert not report.failures
    assert report.facts["connections lost"]
    assert report.facts["messages"] == CUSTOMERS


def test_together_they_do_what_one_does(env):
    report = together.torture(env, _args(minutes=0.25), CUSTOMERS, READY)
    assert not report.failures
