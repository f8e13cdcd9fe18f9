from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import run


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands in a folder, with the settings of its ``.env``."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture
        self._values: dict[str, str] = {}

    def configure(self, **values: str) -> None:
        self._values |= values
        lines = "".join(f"{name}={value}\n" for name, value in self._values.items())
        (self.folder / ".env").write_text(lines, encoding="utf-8")

    def __call__(self, *arguments: str) -> Ran:
        self._capture.readouterr()
        code = run(list(arguments))
        captured = self._capture.readouterr()
        return Ran(code, captured.out, captured.err)

    def refused(self, *arguments: str) -> str:
        """Run a command that must fail, with sentences and no traceback."""
        ran = self(*arguments)
        assert ran.code != 0, ran
        assert "Traceback" not in ran.err
        assert ran.err.strip()
        return ran.err
