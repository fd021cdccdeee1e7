"""Settings come from the environment, and a bad value is refused in a sentence that names it."""

from __future__ import annotations

import os
import runpy
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment, bucket_origin
from tests.architecture.code import ROOT

SETTINGS = ROOT / "platform" / "config" / "settings.py"
BAD_ENDS = (":abc", ":99999", ":", "?x=1", "#top", " or other")
S3 = "s3://key:s%2Fcret@bucket?endpoint=https://s3.example.org&region=eu-1"


@pytest.fixture
def env():
    return Environment()


def test_a_secret_can_be_given_as_a_file(env, monkeypatch, tmp_path):
    (tmp_path / "value").write_text("from the file\n")
    monkeypatch.setenv("DLY_TEST_A_FILE", str(tmp_path / "value"))
    monkeypatch.setenv("DLY_TEST_A", "from the environment")
    assert env.text("DLY_TEST_A", "") == "from the file"


def test_a_file_that_is_missing_or_no_text_is_named(env, monkeypatch, tmp_path):
    monkeypatch.setenv("DLY_TEST_B_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match=r"DLY_TEST_B_FILE is '.*missing', which cannot be read"):
        env.text("DLY_TEST_B", "")
    (tmp_path / "picture").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("DLY_TEST_C_FILE", str(tmp_path / "picture"))
    with pytest.raises(ImproperlyConfigured, match="DLY_TEST_C_FILE"):
        env.text("DLY_TEST_C", "")


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda env: env.boolean("X", False), "maybe", "it must be 1 or 0"),
        (lambda env: env.integer("X", 1, minimum=1), "0", "at least 1"),
        (lambda env: env.integer("X", 1), "-5", "whole number"),
        (lambda env: env.integer("X", 1), "1.5", "whole number"),
        (lambda env: env.integer("X", 1), "", "whole number"),
        (lambda env: env.choice("X", "a", ("a", "b")), "c", "one of a, b"),
        (lambda env: env.time_zone("X", "UTC"), "Lisbon", "name a time zone"),
        (lambda env: env.time_zone("X", "UTC"), "../../etc/passwd", "name a time zone"),
        (lambda env: env.folder("X", Path("/")), "data", "absolute path"),
        (lambda env: env.folder("X", Path("/")), __file__, "not a folder"),
        (lambda env: env.file("X", Path("/")), "/nowhere/x.toml", "not a file"),
        (lambda env: env.address("X", ""), "dailies.example.org", "must look like"),
        (lambda env: env.address("X", ""), "https://dailies.example.org/path", "must look like"),
        (lambda env: env.address("X", ""), "ftp://dailies.example.org", "must look like"),
        (lambda env: env.secret("X", Path("/nowhere")), "short", "at least 32"),
        (lambda env: env.database("X", ""), "mysql://host/name", "sqlite:/// or postgres://"),
        (lambda env: env.redis("X", ""), "http://host", "redis://"),
        (lambda env: env.storage("X", ""), "/a/folder", "file:///folder or s3://"),
        (lambda env: env.storage("X", ""), "s3://", "file:///folder or s3://"),
        (lambda env: env.mail("X", ""), "mail.example.org", "smtp://"),
        *((lambda env: env.address("X", ""), f"https://h{end}", "must look like") for end in BAD_ENDS),
        (lambda env: env.address("X", ""), "http://[::1", "must look like"),
        (lambda env: env.address("X", ""), "https://:443", "must look like"),
        (lambda env: env.address("X", ""), "https://u:PASSWORD@h", "must look like"),
        (lambda env: env.database("X", ""), "postgres://u:PASSWORD@h:abc/x", "must look like postgres://"),
        (lambda env: env.database("X", ""), "postgres://u:PASSWORD@h:99999/x", "must look like postgres://"),
        (lambda env: env.database("X", ""), "postgres://u:PASSWORD@[::1/x", "must look like postgres://"),
        (lambda env: env.redis("X", ""), "redis://:PASSWORD@h:abc/0", "must look like redis://"),
        (lambda env: env.redis("X", ""), "redis://:PASSWORD@[::1/0", "must look like redis://"),
        (lambda env: env.redis("X", ""), "redis://:PASSWORD@h/first", "must look like redis://"),
        (lambda env: env.redis("X", ""), "unix://", "must look like redis://"),
        (lambda env: env.storage("X", ""), "s3://k:PASSWORD@[::1", "file:///folder or s3://"),
        (lambda env: env.storage("X", ""), "s3://k:12/PASSWORD@bucket", "file:///folder or s3://"),
        (lambda env: env.storage("X", ""), "s3://k:PASS/WORD@bucket", "file:///folder or s3://"),
        (lambda env: env.storage("X", ""), "s3://k:PASSWORD@b?endpoint=https://h:abc", "endpoint"),
        (lambda env: env.storage("X", ""), "s3://k:PASSWORD@b?endpoint=h:9000", "endpoint"),
        (lambda env: env.mail("X", ""), "smtp+tls://u:PASSWORD@h:abc", "must look like smtp+tls://"),
        (lambda env: env.mail("X", ""), "smtp://u:PASSWORD@[::1", "must look like smtp+tls://"),
        (lambda env: env.mail("X", ""), "smtp://", "must look like smtp+tls://"),
        (lambda env: env.mail("X", ""), "file://", "must look like file:///"),
    ],
)
def test_a_bad_value_is_refused_by_name(env, monkeypatch, read, value, sentence):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured) as refused:
        read(env)
    assert str(refused.value).startswith("X ")
    assert sentence in str(refused.value)
    # Nor does the traceback lead to an error that quotes what it could not read.
    assert "PASS" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    ("name", "least"), [("LEASE_SECONDS", 3), ("REAPER_SECONDS", 1), ("CLAIM_MINUTES", 1), ("INVITATION_DAYS", 1)]
)
def test_nothing_that_should_last_may_end_at_once(monkeypatch, name, least):
    monkeypatch.setenv(name, str(least - 1))
    with pytest.raises(ImproperlyConfigured, match=f"{name} is '{least - 1}'; .* at least {least}"):
        runpy.run_path(str(SETTINGS))
    monkeypatch.setenv(name, str(least))
    assert runpy.run_path(str(SETTINGS))[name] == least


@pytest.mark.parametrize("value", ["1", "true", "YES", " on "])
def test_every_usual_word_for_yes_is_understood(env, monkeypatch, value):
    monkeypatch.setenv("X", value)
    assert env.boolean("X", False) is True


def test_words_are_split_and_trimmed(env, monkeypatch):
    monkeypatch.setenv("X", " a.example, ,b.example ")
    assert env.words("X", []) == ["a.example", "b.example"]


def test_sqlite_writes_one_at_a_time_and_holds_its_foreign_keys(env, monkeypatch, tmp_path):
    monkeypatch.setenv("X", f"sqlite:///{tmp_path}/new/db.sqlite3")
    config = env.database("X", "")
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "foreign_keys=ON" in config["OPTIONS"]["init_command"]
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize("value", ["http://[::1]:8000", "https://dailies.example.org/", "https://h:8443"])
def test_an_address_may_name_a_port(env, monkeypatch, value):
    monkeypatch.setenv("X", value)
    assert env.address("X", "") == value.rstrip("/")


@pytest.mark.parametrize(
    "value", ["redis://:p@h:6379/0", "rediss://h", "redis://[::1]:6379/", "unix:///run/redis.sock"]
)
def test_every_usual_redis_is_taken(env, monkeypatch, value):
    monkeypatch.setenv("X", value)
    assert env.redis("X", "") == value


def test_postgresql_connections_are_kept_and_checked(env, monkeypatch):
    monkeypatch.setenv("X", "postgres://user:p%40ss@host:5433/name")
    config = env.database("X", "")
    assert (config["PASSWORD"], config["PORT"], config["CONN_HEALTH_CHECKS"]) == ("p@ss", 5433, True)


def test_s3_addresses_are_always_signed(env, monkeypatch):
    monkeypatch.setenv("X", S3)
    options = env.storage("X", "")["OPTIONS"]
    assert (options["bucket_name"], options["secret_key"]) == ("bucket", "s/cret")
    assert (options["endpoint_url"], options["region_name"]) == ("https://s3.example.org", "eu-1")
    assert (options["querystring_auth"], options["querystring_expire"], options["custom_domain"]) == (True, 60, None)


def test_files_are_readable_for_us_alone(env, monkeypatch):
    monkeypatch.setenv("X", "file:///srv/private%20files")
    options = env.storage("X", "")["OPTIONS"]
    assert (options["location"], options["file_permissions_mode"]) == ("/srv/private files", 0o600)


def test_mail_goes_over_tls_when_the_address_says_so(env, monkeypatch):
    monkeypatch.setenv("X", "smtp+tls://user:p%40ss@mail.example.org:587")
    config = env.mail("X", "")
    assert (config["EMAIL_USE_TLS"], config["EMAIL_HOST"], config["EMAIL_HOST_PASSWORD"]) == (
        True,
        "mail.example.org",
        "p@ss",
    )


def test_a_secret_is_made_once_and_kept_for_us_alone(env, tmp_path):
    keep = tmp_path / "new" / "secret-key"
    first = env.secret("DLY_TEST_NONE", keep)
    assert len(first) >= 50
    assert env.secret("DLY_TEST_NONE", keep) == first
    assert stat.S_IMODE(keep.stat().st_mode) == 0o600
    assert list(keep.parent.iterdir()) == [keep]


def test_processes_that_start_at_once_share_one_secret(tmp_path):
    keep = tmp_path / "secret-key"
    code = "import sys; from pathlib import Path; from config.environment import Environment as E; "
    code += "print(E().secret('DLY_TEST_NONE', Path(sys.argv[1])))"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "platform")}

    def start(_number: int) -> str:
        command = [sys.executable, "-c", code, str(keep)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1


def test_a_bad_value_stops_the_start_with_its_sentence(tmp_path):
    environment = os.environ | {"DATA_DIR": str(tmp_path), "MEDIA_DELIVERY": "pigeon"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stderr.strip().endswith("MEDIA_DELIVERY is 'pigeon'; it must be one of direct, nginx, presigned.")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("s3://films?region=eu-central-1", "https://s3.eu-central-1.amazonaws.com"),
        ("s3://k:s@films?endpoint=https://objects.example.org:9000", "https://objects.example.org:9000"),
    ],
)
def test_the_bucket_origin_is_where_presigned_addresses_lead(monkeypatch, address, origin):
    monkeypatch.setenv("DLY_TEST_STORAGE", address)
    storage = Environment().storage("DLY_TEST_STORAGE", "file:///tmp")
    assert bucket_origin(storage) == origin
