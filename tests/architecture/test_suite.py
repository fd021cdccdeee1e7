"""`make test` counts honestly: what failed, broke or was absent is in its last line."""

from __future__ import annotations

import pytest

from tests import suite

REPORT = """<testsuites><testsuite>
  <testcase classname="a" name="passes"/>
  <testcase classname="a" name="is_skipped"><skipped/></testcase>
  <testcase classname="a" name="fails"><failure/></testcase>
  <testcase classname="a" name="breaks_in_its_teardown"><error/></testcase>
</testsuite></testsuites>"""


def test_a_report_is_counted_and_a_skipped_test_is_no_pass(tmp_path):
    (tmp_path / "report.xml").write_text(REPORT)
    score = suite.Score()
    suite.read_report(tmp_path / "report.xml", "SQLite", score)
    assert (score.passed, score.failed) == (1, 2)
    assert score.complaints == ["SQLite: a::fails", "SQLite: a::breaks_in_its_teardown"]


@pytest.mark.parametrize(("require_all", "failed"), [("0", 0), ("1", 1)])
def test_an_absent_service_is_listed_and_fails_only_where_all_is_required(monkeypatch, capsys, require_all, failed):
    runs: list[tuple[str, set[str]]] = []
    monkeypatch.setenv("REQUIRE_ALL", require_all)
    monkeypatch.setattr(suite, "LINTERS", {})
    monkeypatch.setattr(suite, "absent", lambda: ["nginx"])
    monkeypatch.setattr(suite, "run_pytest", lambda title, extra, *, without, score: runs.append((title, without)))
    assert suite.main() == failed
    assert runs == [("PostgreSQL", {"nginx"}), ("SQLite", {"browser", "nginx", "postgresql", "pure"})]
    said = capsys.readouterr().out.splitlines()
    assert "Absent: nginx." in said
    assert said[-1] == f"0 passed, {failed} failed"


def test_with_everything_here_only_the_browser_and_what_needs_no_database_are_left_out_on_sqlite(monkeypatch):
    runs: list[tuple[str, set[str]]] = []
    monkeypatch.setattr(suite, "LINTERS", {})
    monkeypatch.setattr(suite, "absent", list)
    monkeypatch.setattr(suite, "run_pytest", lambda title, extra, *, without, score: runs.append((title, without)))
    assert suite.main() == 0
    assert runs == [("PostgreSQL", set()), ("SQLite", {"browser", "postgresql", "pure"})]


def test_without_postgresql_everything_else_runs_on_sqlite(monkeypatch):
    runs: list[tuple[str, set[str]]] = []
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    monkeypatch.setattr(suite, "LINTERS", {})
    monkeypatch.setattr(suite, "absent", lambda: ["postgresql"])
    monkeypatch.setattr(suite, "run_pytest", lambda title, extra, *, without, score: runs.append((title, without)))
    assert suite.main() == 0
    assert runs == [("SQLite", {"postgresql"})]


def test_a_postgresql_that_does_not_answer_is_absent(monkeypatch):
    monkeypatch.setattr(suite, "POSTGRES_URL", "postgres://nobody@127.0.0.1:1/none")
    assert "postgresql" in suite.absent()
