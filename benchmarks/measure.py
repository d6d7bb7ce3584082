"""Measuring: wall time, the database's and Python's processor time, statements, rows
written and peak memory."""

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median


@contextmanager
def measured(cr, into):
    """Add up wall time, statements, rows written to tables and peak memory."""
    reset_peak()
    before = read_writes(cr)
    statements = cr.sql_log_count
    start, busy = time.perf_counter(), time.process_time()
    served = read_server_seconds(cr)
    yield
    into["seconds"] = time.perf_counter() - start
    into["db_seconds"] = read_server_seconds(cr) - served
    # Of this process alone: tells its share, and how much others were in the way
    into["cpu_seconds"] = time.process_time() - busy
    # Theirs and ours together: what others on the machine do counts less
    into["cpu"] = into["cpu_seconds"] + into["db_seconds"]
    into["statements"] = cr.sql_log_count - statements
    after = read_writes(cr)
    written = {t: n - before.get(t, 0) for t, n in after.items()}
    into["rows"] = sum(written.values())
    into["tables"] = {t: n for t, n in sorted(written.items()) if n}
    into["peak_mb"] = read_peak()


def read_writes(cr):
    """Return rows inserted, changed and deleted so far in this transaction."""
    cr.execute(
        """SELECT relname, n_tup_ins + n_tup_upd + n_tup_del
             FROM pg_stat_xact_user_tables WHERE schemaname = 'public'"""
    )
    return dict(cr.fetchall())


def read_server_seconds(cr):
    """Return what this database connection has cost the server's processor so far; 0
    where that runs on another machine."""
    cr.execute("SELECT pg_backend_pid()")
    folder = Path(f"/proc/{cr.fetchone()[0]}")
    try:
        # To the nanosecond, where the kernel counts so
        return int((folder / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        pass
    try:
        text = (folder / "stat").read_text()
    except OSError:
        return 0
    user, system = text.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def reset_peak():
    """Let the kernel forget this process's highest memory use, where it can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def read_peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0


@contextmanager
def explained(env):
    """Print the plans of the statements that take longer than a few milliseconds.

    Each is carried out twice: once to be explained and undone, once for good.
    """
    cr = env.cr
    plain = cr.execute

    def execute(query, params=None, log_exceptions=True):
        text = query.code if hasattr(query, "code") else str(query)
        if hasattr(query, "params"):
            params = query.params
        word = text.split(None, 1)[0].upper() if text.strip() else ""
        if word in ("WITH", "SELECT", "INSERT", "UPDATE", "DELETE") or (
            word == "CREATE" and " AS" in text
        ):
            plain("SAVEPOINT explained")
            start = time.perf_counter()
            plain(f"EXPLAIN (ANALYZE, BUFFERS, COSTS) {text}", params)
            took = time.perf_counter() - start
            if took > 0.03:
                print(f"\n===== {took * 1000:.0f} ms: {' '.join(text.split())[:200]}")
                print("\n".join(row[0] for row in cr.fetchall()))
            plain("ROLLBACK TO SAVEPOINT explained")
        if hasattr(query, "params"):
            params = None
        return plain(query, params, log_exceptions)

    cr.execute = execute
    yield
    cr.execute = plain


def spread(rows, key="seconds"):
    """Return the range of a figure in milliseconds."""
    times = [r[key] * 1000 for r in rows]
    return f"{min(times):.0f}–{max(times):.0f}"


def middle(rows, key="seconds"):
    """Return the median of a figure in milliseconds."""
    return median(r[key] for r in rows) * 1000


def peak(rows):
    """Return the highest memory use of the process, in words."""
    return f"{max(r['peak_mb'] for r in rows):.0f} MB"


def ratios(rows, others, *keys):
    """Return how many times as long as something else it took, as cells of a table.

    :param list rows: what was measured; nothing to compare gives empty cells
    :param list others: what was measured of the other
    :param str keys: figures, a cell each
    """
    if not others:
        return " | ".join("" for _key in keys)
    return " | ".join(f"{middle(rows, k) / middle(others, k):.2f}" for k in keys)


def tell(text):
    print(text, file=sys.stderr, flush=True)
