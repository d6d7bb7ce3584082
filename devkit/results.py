"""What the lanes of a test run found, and the line that closes it."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field


@dataclass
class Result:
    """What one lane found: how many passed, and what failed in words."""

    passed: int = 0
    failures: list = field(default_factory=list)

    def __add__(self, other):
        return Result(self.passed + other.passed, self.failures + other.failures)


def checked(name, problems):
    """Return the result of one check.

    :param str name: the check, named in its failures
    :param list problems: what it found, in lines; empty when all is well
    """
    if not problems:
        return Result(passed=1)
    return Result(failures=[f"{name}: " + "\n    ".join(problems)])


def from_junit(path, name, code):
    """Return the result that pytest wrote.

    :param Path path: its JUnit file, which a crash may have left unwritten
    :param str name: the lane, named in its failures
    :param int code: pytest's exit code
    """
    if not path.exists():
        return Result(failures=[f"{name}: pytest ended with {code} before any test"])
    result = Result()
    for case in ElementTree.parse(path).iter("testcase"):
        bad = [child for child in case if child.tag in ("failure", "error", "skipped")]
        if bad:
            where = f"{case.get('classname')}::{case.get('name')}"
            first = (bad[0].get("message") or bad[0].text or "").strip()
            result.failures.append(f"{name}: {where}: {first.splitlines()[:1]}")
        else:
            result.passed += 1
    if not result.passed and not result.failures:
        result.failures.append(f"{name}: no test was run")
    if code and not result.failures:
        result.failures.append(f"{name}: pytest ended with {code}")
    return result


def closing_line(result, seconds):
    """Return the line a reader of pytest's output looks for at the end."""
    failed = len(result.failures)
    counts = [f"{failed} failed"] if failed else []
    counts.append(f"{result.passed} passed")
    return f" {', '.join(counts)} in {seconds:.2f}s ".center(80, "=")
