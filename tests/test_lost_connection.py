"""The database goes away, or another was quicker: nothing is half done, and Odoo's
scheduler makes it whole, without a new start of the process.

On a database of its own that is really committed to, with processes of their own.
"""

import textwrap
import time

import pytest
from test_races import (  # noqa: F401 (fixtures)
    ALL_SENT,
    CUSTOMERS,
    count,
    environment,
    start,
    start_planned,
)

# The scheduler with one job to do, and a way to lose connections.
SCHEDULER = """
    from odoo import sql_db
    from odoo.addons.base.models.ir_cron import IrCron

    database = env.cr.dbname

    def only(name):
        '''Leave one job, that is due.'''
        job = env.ref("customer_collections.ir_cron_" + name)
        env.cr.execute(
            '''UPDATE ir_cron SET active = (id = %s),
                      nextcall = now() at time zone 'UTC' - interval '1 minute'
            ''', [job.id])
        env.cr.commit()

    def schedule():
        '''Do what is due, as the scheduler does when it wakes up.'''
        IrCron._process_jobs(database)

    def cut(pid=None):
        '''Let the server close one connection, or all of this database.'''
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute(
                '''SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = %s AND COALESCE(pid = %s, TRUE)
                ''', [database, pid])
"""


def _scheduled(script):
    return textwrap.dedent(SCHEDULER) + textwrap.dedent(script)


def _wait_for(path):
    for _attempt in range(1200):
        if path.exists():
            return
        time.sleep(0.05)
    raise TimeoutError(path.name)


@pytest.mark.parametrize("sends", [0, 3, 8])
def test_a_batch_whose_connection_is_lost_leaves_as_a_whole_later(
    start_planned,  # noqa: F811 (a fixture)
    count,  # noqa: F811 (a fixture)
    tmp_path,
    sends,
):
    worker = start_planned(
        _scheduled(
            f"""
            posted = 0
            mark = Touchpoint._mark_sent

            def lose(self, **kwargs):
                global posted
                posted += 1
                mark(self, **kwargs)
                self.env.flush_all()
                if posted == {sends} + 1:
                    cut()
                    self.env.cr.execute("SELECT 1")

            only("dispatch")
            with patch.object(Touchpoint, "_mark_sent", lose):
                schedule()
            flag("lost")
            wait_for("counted")
            schedule()
            tell(posted=posted)
            """
        )
    )
    _wait_for(tmp_path / "lost")
    half = count()
    (tmp_path / "counted").touch()
    # Nothing went on after the loss, and whole batches are there only.
    assert worker.result()["posted"] == sends + 1
    assert half["messages"] == half["states"].get("sent", 0) == sends // 5 * 5
    assert count() == ALL_SENT


@pytest.mark.parametrize(
    "stops",
    [
        "cut()",
        "cut(self.env.cr._cnx.get_backend_pid())",
        "raise RuntimeError('an addon of somebody fails')",
    ],
)
def test_a_run_that_was_stopped_is_made_an_hour_later(
    start,  # noqa: F811 (a fixture)
    count,  # noqa: F811 (a fixture)
    stops,
):
    told = start(
        _scheduled(
            f"""
            def stop(self, run):
                {stops}
                self.env.cr.execute("SELECT 1")

            def look():
                with sql_db.db_connect(database).cursor() as cr:
                    cr.execute(
                        '''SELECT (SELECT COUNT(*) FROM collections_run),
                                  (SELECT COUNT(*) FROM collections_touchpoint)
                        ''')
                    return cr.fetchone()

            def pass_an_hour():
                with sql_db.db_connect(database).cursor() as cr:
                    cr.execute(
                        '''UPDATE ir_cron_trigger
                              SET call_at = call_at - interval '61 minutes'
                        ''')
                    cr.commit()

            only("run")
            with patch.object(type(env["collections.snapshot"]), "_take", stop):
                schedule()
            looks = [look()]
            # The look after the one that made it finds nothing to do.
            for _time in range(2):
                pass_an_hour()
                schedule()
                looks.append(look())
            tell(looks=looks)
            """
        )
    ).result()
    assert told["looks"] == [[0, 0], [1, CUSTOMERS], [1, CUSTOMERS]]
    assert count()["states"] == {"scheduled": CUSTOMERS}


def test_a_run_of_the_night_that_meets_a_person_begins_anew(
    start,  # noqa: F811 (a fixture)
    count,  # noqa: F811 (a fixture)
):
    night = start(
        _scheduled(
            """
            profiles = env["collections.profile"]
            decide = type(profiles)._decide
            tries = 0

            def meet(self, run):
                global tries
                tries += 1
                flag("deciding")
                wait_for("somebody wrote")
                return decide(self, run)

            only("run")
            with patch.object(type(profiles), "_decide", meet):
                schedule()
            tell(tries=tries)
            """
        )
    )
    person = start(
        """
        wait_for("deciding")
        env["collections.profile"].search([], limit=1).preferred_channel = "email"
        env.cr.commit()
        flag("somebody wrote")
        tell(wrote=True)
        """
    )
    assert person.result()["wrote"]
    assert night.result() == {"tries": 2}
    assert count()["states"] == {"scheduled": CUSTOMERS}


def test_a_batch_that_meets_a_person_begins_anew(
    start_planned,  # noqa: F811 (a fixture)
    count,  # noqa: F811 (a fixture)
):
    job = start_planned(
        _scheduled(
            """
            check = Touchpoint._check_gate

            def meet(self):
                found = check(self)
                flag("at the gate")
                wait_for("somebody wrote")
                return found

            only("dispatch")
            with patch.object(Touchpoint, "_check_gate", meet):
                schedule()
            tell(done=True)
            """
        )
    )
    person = start_planned(
        """
        first = touchpoints.search([], order="scheduled_at, id", limit=1)
        wait_for("at the gate")
        first.profile_id.preferred_channel = "email"
        env.cr.commit()
        flag("somebody wrote")
        tell(wrote=True)
        """
    )
    assert person.result()["wrote"]
    job.result()
    assert count() == ALL_SENT
