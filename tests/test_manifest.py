import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.manifest import BOT_EVENTS, COMMAND, FREE_METHODS, SCOPES, build_manifest

ROOT = Path(__file__).parent.parent
# docs.slack.dev, reference/scopes: those a bot of this kind may ask for.
KNOWN_SCOPES = {
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
}
EVENT_SCOPES = {
    "app_home_opened": None,
    "message.im": "im:history",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
}
LOOKS_LIKE_A_METHOD = re.compile(
    r"\b((?:chat|views|conversations|users|usergroups|files|reactions|auth|api|apps)"
    r"(?:_[a-z]+)*_[a-zA-Z]+)\("
)
METHODS = {
    name.replace(".", "_"): name
    for name in [*FREE_METHODS, *(need for needs in SCOPES.values() for need in needs)]
}


def written() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def texts_of(manifest: Any) -> list[str]:
    if isinstance(manifest, dict):
        return [text for value in manifest.values() for text in texts_of(value)]
    if isinstance(manifest, list):
        return [text for value in manifest for text in texts_of(value)]
    return [manifest] if isinstance(manifest, str) else []


def test_the_file_says_what_the_program_builds() -> None:
    assert written() == build_manifest(None, socket_mode=False)


def test_every_scope_is_known_and_justified_by_a_comment() -> None:
    assert set(SCOPES) <= KNOWN_SCOPES
    lines = (ROOT / "manifest.yml").read_text(encoding="utf-8").splitlines()
    for scope in SCOPES:
        above = lines[lines.index(f"      - {scope}") - 1]
        assert above.strip().startswith("# "), f"{scope} needs its reason"


def test_every_event_is_known_and_has_its_scope() -> None:
    for event in BOT_EVENTS:
        assert EVENT_SCOPES[event] in {None, *SCOPES}


def test_every_web_api_method_of_the_code_has_its_scope() -> None:
    called = {
        name
        for path in (ROOT / "bot").rglob("*.py")
        for name in LOOKS_LIKE_A_METHOD.findall(path.read_text(encoding="utf-8"))
        if f".{name}(" in path.read_text(encoding="utf-8")
    }
    unknown = {name for name in called if re.match(r"(chat|views|conversations|usergroups)_", name)} - set(
        METHODS
    )
    assert not unknown, f"no scope is asked for {sorted(unknown)}"


def test_socket_mode_has_no_address_and_http_has_one_everywhere() -> None:
    assert not [text for text in texts_of(build_manifest(None, socket_mode=True)) if "http" in text]
    http = build_manifest("https://bot.example.org/", socket_mode=False)
    addresses = [text for text in texts_of(http) if "http" in text]
    assert addresses == ["https://bot.example.org/slack/events"] * 4


@pytest.mark.parametrize("socket_mode", [True, False])
def test_slack_would_accept_every_length_and_name(socket_mode: bool) -> None:
    manifest = build_manifest("https://bot.example.org", socket_mode=socket_mode)
    display = manifest["display_information"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", display["background_color"])
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", manifest["features"]["bot_user"]["display_name"])
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
    assert len(manifest["oauth_config"]["scopes"]["bot"]) == len(set(SCOPES)) <= 255
    assert ("url" in command) is not socket_mode
    assert manifest["settings"]["socket_mode_enabled"] is socket_mode
