"""The commands, and the one place where their failures become sentences and an exit code."""

import logging
import sys
from collections.abc import Sequence

import typer
from typer import TyperException

from bot.cli import bank, data, database, export, inbox, memory, model, service
from bot.cli.errors import explain
from bot.cli.french import FrenchGroup, usage_problem

FAILED = 1
MISTYPED = 2
INTERRUPTED = 130


def build() -> typer.Typer:
    """Put the commands together; nothing runs at import."""
    app = typer.Typer(
        name="qonto-bot",
        cls=FrenchGroup,
        help="Rapproche dans Slack les virements reçus sur Qonto et les factures de l’agence.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for module in (service, data, export):
        module.register(app)
    app.add_typer(bank.group(), name="qonto")
    app.add_typer(database.group(), name="db")
    app.add_typer(inbox.group(), name="inbox")
    app.add_typer(memory.group(), name="memory")
    app.add_typer(model.group(), name="model")
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code: 0 only on success."""
    try:
        code = build()(list(arguments), standalone_mode=False, prog_name="qonto-bot")
    except TyperException as error:
        return _failed([usage_problem(error)], MISTYPED)
    except (KeyboardInterrupt, typer.Abort):
        return _failed(["Interrompu."], INTERRUPTED)
    except Exception as error:
        # The top of the program: whatever happened becomes a sentence, never a traceback.
        logging.getLogger(__name__).debug("command failed", exc_info=True)
        return _failed(explain(error), FAILED)
    return code if isinstance(code, int) else 0


def _failed(sentences: Sequence[str], code: int) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)  # noqa: T201  # what a command says is its interface
    return code
