import re
from itertools import pairwise
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError

EXAMPLE = Path(__file__).parent.parent / ".env.example"
NAME = re.compile(r"^([A-Z_]+)=", re.MULTILINE)


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def write(folder: Path, content: str) -> str:
    path = folder / "env"
    path.write_text(content, encoding="utf-8")
    return str(path)


def test_the_example_names_every_setting_once_and_no_other() -> None:
    names = NAME.findall(EXAMPLE.read_text(encoding="utf-8"))
    assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_loads_and_has_all_that_serving_needs() -> None:
    settings = Settings.load(str(EXAMPLE))
    assert settings.missing_to_serve() == []
    assert settings.port == 8080
    assert settings.slack_admins == ("U0000000000", "S0000000000")


def test_each_setting_of_the_example_is_explained_just_above() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    group = {"QONTO_CLIENT_SECRET", "PORT"}  # said with the line before
    for above, line in pairwise(lines):
        if (found := NAME.match(line)) and found[1] not in group:
            assert above.startswith("# "), f"{found[1]} has no comment"


def test_the_example_keeps_the_defaults_where_it_gives_a_value() -> None:
    given = Settings.load(str(EXAMPLE))
    default = Settings.load(None)
    for name in (
        "database_url",
        "data_dir",
        "qonto_api_url",
        "qonto_oauth_url",
        "slack_api_url",
        "host",
        "port",
        "log_format",
        "log_level",
        "sync_every_minutes",
        "webhook_tolerance_seconds",
        "inbox_keep_days",
    ):
        assert getattr(given, name) == getattr(default, name), name


def test_all_problems_are_listed_at_once_without_any_value(tmp_path: Path) -> None:
    env = write(
        tmp_path,
        "PORT=abc\nQONTO_WEBHOOK_SECRET=tropcourt\nDATABASE_URL=mysql://root:motdepasse@h/b\nSLACK_ADMINS=maud\n",
    )
    with pytest.raises(SettingsError) as refused:
        Settings.load(env)
    assert len(refused.value.problems) == 4
    for name in ("PORT", "QONTO_WEBHOOK_SECRET", "DATABASE_URL", "SLACK_ADMINS"):
        assert any(problem.startswith(name) for problem in refused.value.problems)
    assert "tropcourt" not in str(refused.value)
    assert "motdepasse" not in str(refused.value)


def test_no_secret_shows_when_the_settings_are_printed(tmp_path: Path) -> None:
    secrets = {
        "QONTO_API_KEY": "agence:cle-secrete-1",
        "QONTO_WEBHOOK_SECRET": "s" * 40 + "," + "t" * 40,
        "QONTO_CLIENT_SECRET": "cle-secrete-2",
        "QONTO_STAGING_TOKEN": "cle-secrete-3",
        "SLACK_BOT_TOKEN": "xoxb-cle-secrete-4",
        "SLACK_SIGNING_SECRET": "cle-secrete-5",
        "SLACK_APP_TOKEN": "xapp-cle-secrete-6",
        "API_TOKEN": "cle-secrete-7",
    }
    env = write(tmp_path, "".join(f"{name}={value}\n" for name, value in secrets.items()))
    settings = Settings.load(env)
    printed = repr(settings) + str(settings) + settings.model_dump_json()
    assert "cle-secrete" not in printed
    assert "s" * 40 not in printed
    assert len(settings.qonto_webhook_secret) == 2


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    assert Settings.load(write(tmp_path, "PORT=8000\n")).port == 9000


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("QONTO_API_KEY=agence:cle\n", "agence:cle"),
        ("QONTO_API_KEY=cle\nQONTO_ORGANIZATION_ID=agence\n", "agence:cle"),
        ("QONTO_API_KEY=cle\n", "cle"),
    ],
)
def test_a_bare_key_is_completed_by_the_organisation(tmp_path: Path, lines: str, key: str) -> None:
    login_key = Settings.load(write(tmp_path, lines)).qonto_login_key()
    assert login_key is not None
    assert login_key.get_secret_value() == key


def test_an_empty_file_misses_everything_that_serving_needs() -> None:
    missing = " ".join(Settings.load(None).missing_to_serve())
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CHANNEL", "SLACK_ADMINS", "QONTO_API_KEY"):
        assert name in missing


def test_half_an_oauth_application_and_a_bare_key_are_named(tmp_path: Path) -> None:
    missing = " ".join(
        Settings.load(write(tmp_path, "QONTO_API_KEY=cle\nQONTO_CLIENT_ID=application\n")).missing_to_serve()
    )
    assert "vont ensemble" in missing
    assert "identifiant:clé" in missing
