"""Logging: one line an event, as text for people or JSON for machines; ids travel with the task."""

import logging
import sys

import stamina
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.settings import Settings

QUIET = ("aiohttp.access", "httpx", "httpcore", "slack_sdk", "aiosqlite", "alembic", "stamina")


def configure_logging(settings: Settings) -> None:
    """Send every library's log through one formatter, on standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _one_line,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    # It would print each retry past our formatter; what fails in the end is logged by who asked.
    stamina.instrumentation.set_on_retry_hooks(())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _one_line(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Keep data from forging a line: control characters in values are escaped."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception" and not value.isprintable():
            event[key] = value.encode("unicode_escape").decode("ascii")
    return event
