"""`make test` counts honestly: what failed, broke or was absent is in its last line."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext

import pytest

from tests import suite
from tests.architecture.code import ROOT

REPORT = """<testsuites><testsuite>
  <testcase classname="a" name="passes"/>
  <testcase classname="a" name="is_skipped"><skipped/></testcase>
  <testcase classname="a" name="fails"><failure/></testcase>
  <testcase classname="a" name="breaks_in_its_teardown"><error/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def runs(monkeypatch) -> list[tuple[str, set[str]]]:
    """What `main` would run, noted instead of run: (title, without)."""
    noted: list[tuple[str, set[str]]] = []
    monkeypatch.setattr(suite, "LINTERS", {})
    monkeypatch.setattr(suite, "compiled_meanwhile", nullcontext)
    monkeypatch.setattr(suite, "run_pytest", lambda title, extra, *, without, score: noted.append((title, without)))
    return noted


def test_a_report_is_counted_and_a_skipped_test_is_no_pass(tmp_path):
    (tmp_path / "report.xml").write_text(REPORT)
    score = suite.Score()
    suite.read_report(tmp_path / "report.xml", "SQLite", score)
    assert (score.passed, score.failed) == (1, 2)
    assert score.complaints == ["SQLite: a::fails", "SQLite: a::breaks_in_its_teardown"]


@pytest.mark.parametrize(("require_all", "failed"), [("0", 0), ("1", 1)])
def test_an_absent_service_is_listed_and_fails_only_where_all_is_required(
    monkeypatch, capsys, runs, require_all, failed
):
    monkeypatch.setenv("REQUIRE_ALL", require_all)
    monkeypatch.setattr(suite, "absent", lambda: ["nginx"])
    assert suite.main() == failed
    assert runs == [("PostgreSQL", {"nginx"}), ("SQLite", {"browser", "nginx", "postgresql", "pure"})]
    said = capsys.readouterr().out.splitlines()
    assert "Absent: nginx." in said
    assert said[-1] == f"0 passed, {failed} failed"


def test_with_everything_here_only_the_browser_and_what_needs_no_database_are_left_out_on_sqlite(monkeypatch, runs):
    monkeypatch.setattr(suite, "absent", list)
    assert suite.main() == 0
    assert runs == [("PostgreSQL", set()), ("SQLite", {"browser", "postgresql", "pure"})]


def test_without_postgresql_everything_else_runs_on_sqlite(monkeypatch, runs):
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    monkeypatch.setattr(suite, "absent", lambda: ["postgresql"])
    assert suite.main() == 0
    assert runs == [("SQLite", {"postgresql"})]


def test_a_postgresql_that_does_not_answer_is_absent(monkeypatch):
    monkeypatch.setattr(suite, "POSTGRES_URL", "postgres://nobody@127.0.0.1:1/none")
    assert "postgresql" in suite.absent()


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE"])
def test_a_developers_own_database_and_redis_do_not_reach_the_tests(monkeypatch, name):
    monkeypatch.setenv(name, "/run/secrets/production")
    assert name not in suite.surroundings()


@pytest.mark.parametrize(
    ("here", "used"),
    [
        (("chromium", "google-chrome", "chromium-headless-shell"), "chromium-headless-shell"),
        (("chromium", "google-chrome"), "chromium"),
        (("google-chrome",), "google-chrome"),
        ((), None),
    ],
)
def test_the_best_browser_that_is_here_is_found(monkeypatch, tmp_path, here, used):
    for name in here:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(suite, "SYSTEM_FOLDERS", "")
    assert suite.find_browser() == (str(tmp_path / used) if used else None)
    assert ("browser" in suite.absent()) is (used is None)


# What .ci/run asks of the machine, with programs that are here as $HERE says and packages that can be had as $CAN says.
MACHINE = """
command() { [[ " $HERE " == *" $2 "* ]]; }
id() { echo 0; }
any_python311() { return 0; }
postgres_programs() { echo /usr/lib/postgresql; }
apt-get() {
    [ "$1" = install ] || return 0
    [[ " $CAN " == *" ${*: -1} "* ]] || return 100
    HERE+=" ${*: -1}"
}
install_what_is_missing; prefer_headless_shell; echo "$HERE"
"""


@pytest.mark.parametrize(
    ("here", "can", "then"),
    [
        ("", "chromium chromium-headless-shell", "chromium chromium-headless-shell"),
        ("", "chromium", "chromium"),
        ("chromium", "chromium-headless-shell", "chromium chromium-headless-shell"),
        ("chromium chromium-headless-shell", "", "chromium chromium-headless-shell"),
        ("chromium-headless-shell", "", "chromium-headless-shell"),
        ("chromium-browser", "", "chromium-browser"),
        ("google-chrome", "", "google-chrome"),
    ],
)
def test_ci_brings_a_browser_and_the_headless_shell_where_it_can_be_had(here, can, then):
    script = ROOT / ".ci" / "run"
    definitions, _said, _rest = script.read_text().partition("\ninstall_what_is_missing\n")
    surroundings = {"PATH": "/usr/bin:/bin", "HERE": f"make nginx {here}".strip(), "CAN": can}
    done = subprocess.run(
        ["bash", "-c", definitions + MACHINE, script], env=surroundings, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["make", "nginx", *then.split()]), done.stderr


def test_ci_knows_the_same_browsers():
    assert f"for name in {' '.join(suite.BROWSERS)}; do" in (ROOT / ".ci" / "run").read_text()
