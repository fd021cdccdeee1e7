"""The demo's parts, each by itself."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

from config.demo import prepare
from config.demo.__main__ import _parser
from config.demo.cast import CAST, SignIn, read_sign_ins, write_sign_ins
from config.demo.house import House
from config.demo.processes import Child
from config.demo.signals import StopRequested, StopSignals
from config.demo.story.report import Report
from config.demo.story.stage import StoryBroken, secret_in
from config.demo.surroundings import HOST, ROOT, CannotStart, chosen_port, environment

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(99)"
PARENT = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']);"
    " print('up', flush=True); time.sleep(99)"
)


def start(tmp_path, code: str) -> Child:
    child = Child("it", [sys.executable, "-c", code], environment=os.environ, log=tmp_path / "logs" / "it.log")
    until = time.monotonic() + 30
    while "up" not in child.last_words() and time.monotonic() < until:
        time.sleep(0.02)
    return child


@pytest.mark.parametrize("code", [STUBBORN, PARENT])
def test_a_child_that_will_not_go_is_killed_with_its_own_children(tmp_path, code):
    child = start(tmp_path, code)
    child.ask_to_stop()
    child.wait_or_kill(until=time.monotonic() + 0.3)
    assert child.exit_code is not None
    until = time.monotonic() + 10
    while not child.left_nobody() and time.monotonic() < until:
        time.sleep(0.02)
    assert child.left_nobody()


def test_a_stop_waits_for_the_end_of_a_shielded_step():
    signals, done = StopSignals(), []

    def step() -> None:
        with signals.shielded():
            signals._hear(signal.SIGINT, None)
            done.append("whole")

    with pytest.raises(StopRequested):
        step()
    assert done == ["whole"]
    signals._hear(signal.SIGINT, None)  # a second one changes nothing


@pytest.mark.parametrize(("port", "other"), [(65534, 65535), (65535, 65534)])
def test_beside_a_taken_port_another_is_named_that_there_is(port, other):
    with socket.socket() as taken:
        with contextlib.suppress(OSError):  # whoever else has it: it is taken
            taken.bind((HOST, port))
            taken.listen()
        with pytest.raises(CannotStart, match=f"Port {port} is taken; choose another, for example PORT={other}\\."):
            chosen_port(str(port))


def test_sign_ins_are_kept_for_us_alone(tmp_path):
    people = [SignIn(role.title, role.email, "secret") for role in CAST]
    write_sign_ins(tmp_path, people)
    assert read_sign_ins(tmp_path) == people
    assert [stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()] == [0o600]
    assert read_sign_ins(tmp_path / "elsewhere") == []


def test_another_sites_settings_do_not_reach_the_demo(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://production")
    monkeypatch.setenv("SECRET_KEY_FILE", "/run/secrets/production")
    given = environment(folder=tmp_path, port=8000, redis_url="unix:///x")
    assert "DATABASE_URL" not in given
    assert "SECRET_KEY_FILE" not in given
    assert given["SITE_URL"] == "http://127.0.0.1:8000"


def test_no_setting_but_the_time_zone_is_taken_from_the_shell(tmp_path, monkeypatch):
    """Whatever the settings read, so that a new one is thought of here too."""
    read = set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', (ROOT / "platform/config/settings.py").read_text()))
    assert {"CATALOGUE_FILE", "WORKER_POOLS", "MODELS_MIRROR", "TIME_ZONE"} <= read
    for name in (*read, "CELERY_BROKER_URL"):
        monkeypatch.setenv(name, "another site's")
        monkeypatch.setenv(f"{name}_FILE", "/run/secrets/another-site")
    given = environment(folder=tmp_path, port=8000, redis_url="unix:///x")
    assert {name for name, value in given.items() if "another" in value} == {"TIME_ZONE", "TIME_ZONE_FILE"}


@pytest.mark.parametrize(
    ("variables", "once", "port"),
    [
        ([], False, "8000"),
        (["PORT=8123"], False, "8123"),
        (["PORT="], False, ""),  # said to be no port, and not taken for the usual one
        (["ONCE=1"], True, "8000"),
        (["ONCE=0"], False, "8000"),
        (["ONCE=0", "PORT=8123"], False, "8123"),
    ],
)
def test_make_demo_hands_on_what_was_asked_for(variables, once, port):
    """By make's own account of what it would run; nothing is installed."""
    command = ["make", "-n", "demo", "PYTHON=python3.11", *variables]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )
    installs, runs = done.stdout.splitlines()
    assert installs.endswith("deploy/install.py .venv worker signals")
    handed = shlex.split(runs.partition("-m config.demo")[2])
    given = _parser().parse_args(handed)
    assert (given.once, given.port) == (once, port)


def test_one_failed_check_fails_the_report(capsys):
    report = Report()
    assert report.ok is False, "a report without checks has shown nothing"
    report.check("one is one", expected=1, got=1)
    assert report.ok is True
    report.check("one is two", expected=2, got=1)
    report.check("one is one again", expected=1, got=1)
    assert report.ok is False
    assert "FAIL one is two: expected 2, got 1" in capsys.readouterr().out


def test_the_secret_is_read_from_the_mails_link():
    assert secret_in("Accept: http://127.0.0.1:8000/invitations/abc-DEF_1/\n") == "abc-DEF_1"
    with pytest.raises(StoryBroken):
        secret_in("nothing here")


def test_the_installer_skips_what_is_installed(tmp_path):
    """A second `make demo` spends no time on packages: the stamp says that nothing changed."""
    sys.path.insert(0, "deploy")
    try:
        import install
    finally:
        sys.path.remove("deploy")
    wanted = install.fingerprint()
    assert not install.is_installed(tmp_path, "worker", wanted)
    install.stamp(tmp_path, "worker").write_text(wanted)
    assert install.is_installed(tmp_path, "worker", wanted)
    assert not install.is_installed(tmp_path, "worker", "another lock file")
    assert install.main([str(tmp_path), "worker"]) == 0


def test_make_help_lists_the_commands():
    shown = subprocess.run(["make", "help"], capture_output=True, text=True, check=True).stdout
    assert all(f"make {name}" in shown for name in ("demo", "test", "bench", "lock"))


def test_a_redis_that_was_killed_is_missed_like_any_other_process(tmp_path):
    house = House(folder=tmp_path, port=8000, signals=StopSignals())
    try:
        house.redis.start()
        assert house.casualty() is None
        os.kill(house.redis.pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while house.casualty() is None and time.monotonic() < until:
            time.sleep(0.02)
        casualty = house.casualty()
        assert casualty is not None
        assert (casualty.name, casualty.log.name) == ("Redis", "redis.log")
    finally:
        house.stop()


def test_static_files_of_an_earlier_version_are_not_sent_in_compressed_form(tmp_path, settings):
    settings.STATIC_ROOT = str(tmp_path)
    script = tmp_path / "web" / "js" / "desk.js"
    script.parent.mkdir(parents=True)
    for name in ("desk.js", "desk.js.gz", "desk.js.br"):
        script.with_name(name).write_text("earlier")
        os.utime(script.with_name(name), (0, 0))
    prepare.collect_static_files()
    assert script.read_text() != "earlier"
    assert not [*tmp_path.rglob("*.gz"), *tmp_path.rglob("*.br")]
    assert (tmp_path / "staticfiles.json").exists()
