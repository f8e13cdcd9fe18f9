"""The command line: ``qonto-bot``. French help, one sentence per error, exit code 0 only on success."""

from bot.cli.app import run

__all__ = ["run"]
