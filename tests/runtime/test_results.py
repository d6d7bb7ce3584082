"""What counts as a failure, and the line that closes a run."""

from devkit.results import Result, checked, closing_line, from_junit

_XML = """<testsuites><testsuite>
<testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure message="no"/></testcase>
<testcase classname="a" name="left"><skipped message="not here"/></testcase>
</testsuite></testsuites>"""


def test_a_skipped_test_is_a_failure(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(_XML)
    result = from_junit(report, "lane", 1)
    assert result.passed == 1
    assert len(result.failures) == 2


def test_no_test_is_a_failure(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text("<testsuites><testsuite/></testsuites>")
    assert from_junit(report, "lane", 5).failures


def test_a_crash_before_any_report_is_a_failure(tmp_path):
    assert from_junit(tmp_path / "none.xml", "lane", 2).failures


def test_results_add_up():
    total = Result(3) + checked("style", []) + checked("style", ["line"])
    assert total.passed == 4
    assert total.failures == ["style: line"]


def test_closing_line_reads_like_pytest():
    line = closing_line(Result(7, ["x"]), 1.5)
    assert line.strip("=") == " 1 failed, 7 passed in 1.50s "
    assert "failed" not in closing_line(Result(7), 1.5)
