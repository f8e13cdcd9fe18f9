"""How Bolt is built: quietly, wherever the token comes from."""

import logging
from pathlib import Path

import pytest

from tests.support.world import inside


async def test_a_token_in_the_environment_is_no_news_at_each_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-essai")
    async with inside(tmp_path, example=False):
        logging.getLogger("slack_bolt.AsyncApp").warning("something else")
    bolt = [each.message for each in caplog.records if each.name.startswith("slack_bolt")]
    assert bolt == ["something else"]
