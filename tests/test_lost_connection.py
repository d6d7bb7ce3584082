"""The database goes away, or another was quicker: nothing is half done, and Odoo's
scheduler makes it whole, without a new start of the process.

On a database of its own that is really committed to, with processes of their own.
"""

import textwrap

import processes
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

    def apart(statement, *params, at=database):
        '''Execute a statement by a connection of its own.'''
        with sql_db.db_connect(at).cursor() as cr:
            cr.execute(statement, params or None)
            rows = cr.fetchall()
            cr.commit()
            return rows

    def cut(pid=None):
        '''Let the server close one connection, or all of this database.'''
        apart(
            '''SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = %s AND COALESCE(pid = %s, TRUE)
            ''', database, pid, at="postgres")
"""

# Somebody who writes on the customers while the scheduler is at work on them.
PERSON = """
    wait_for("at work")
    env["collections.profile"].search([]).preferred_channel = "email"
    env.cr.commit()
    flag("somebody wrote")
    tell(wrote=True)
"""


def _scheduled(script):
    return textwrap.dedent(SCHEDULER) + textwrap.dedent(script)


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
    processes.wait_for(tmp_path / "lost")
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
                [found] = apart(
                    '''SELECT (SELECT COUNT(*) FROM collections_run),
                              (SELECT COUNT(*) FROM collections_touchpoint)
                    ''')
                return found

            def pass_an_hour():
                apart(
                    '''UPDATE ir_cron SET nextcall = nextcall - interval '61 minutes'
                    RETURNING id
                    ''')

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
            only("run")
            profiles = env["collections.profile"]
            with meeting(profiles, "_decide", "at work", "somebody wrote") as calls:
                schedule()
            tell(tries=len(calls))
            """
        )
    )
    assert start(PERSON).result()["wrote"]
    assert night.result() == {"tries": 2}
    assert count()["states"] == {"scheduled": CUSTOMERS}


def test_a_batch_that_meets_a_person_begins_anew(
    start_planned,  # noqa: F811 (a fixture)
    count,  # noqa: F811 (a fixture)
):
    job = start_planned(
        _scheduled(
            """
            only("dispatch")
            gate = touchpoints, "_check_gate"
            with meeting(*gate, "at work", "somebody wrote", late=True):
                schedule()
            tell(done=True)
            """
        )
    )
    assert start_planned(PERSON).result()["wrote"]
    job.result()
    assert count() == ALL_SENT
