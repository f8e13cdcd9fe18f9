import os
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.bot.cli.support import Shell


@pytest.fixture
def shell(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Shell:
    """A folder of its own with nothing around it, and a migrated database."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    os.environ.pop("SUDO_USER", None)
    shell = Shell(tmp_path, capfd)
    shell.configure(DATABASE_URL=sqlite_url, DATA_DIR=str(tmp_path / "data"), QONTO_API_KEY="agence:cle")
    return shell
