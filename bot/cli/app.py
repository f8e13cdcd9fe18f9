"""The commands, and the one place where their failures become sentences and an exit code."""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence

import typer
from typer import TyperException

from bot.cli import bank, data, database, export, inbox, memory, model, service
from bot.cli.errors import explain
from bot.cli.french import FrenchCommand, FrenchGroup, usage_problem

FAILED = 1
MISTYPED = 2
INTERRUPTED = 130
Command = Callable[..., None]


COMMANDS: Mapping[str, Command] = {
    "serve": service.serve,
    "demo": service.demo,
    "doctor": service.doctor,
    "manifest": service.manifest,
    "sync": data.sync,
    "import": data.import_invoices,
    "backtest": data.backtest,
    "export": export.export,
}
GROUPS: Mapping[str, tuple[str, Mapping[str, Command]]] = {
    "qonto": (
        "Connexion à Qonto par OAuth.",
        {"connect": bank.connect, "subscribe": bank.subscribe_to_events},
    ),
    "db": (
        "Base de données : mise à jour, sauvegarde, vérification.",
        {"upgrade": database.upgrade, "backup": database.backup, "check": database.check},
    ),
    "inbox": (
        "Notifications de Qonto qui n’ont pas pu être traitées : voir, rejouer.",
        {"list": inbox.list_events, "replay": inbox.replay_events},
    ),
    "memory": (
        "Ce que le robot a appris des payeurs : voir, oublier.",
        {"list": memory.list_memory, "forget": memory.forget},
    ),
    "model": (
        "Les poids qui font les suggestions : voir, ajuster, revenir en arrière.",
        {"report": model.report, "refit": model.refit, "rollback": model.rollback},
    ),
}


def build() -> typer.Typer:
    """Put the commands together; nothing runs at import."""
    app = _group("Rapproche dans Slack les virements reçus sur Qonto et les factures de l’agence.", COMMANDS)
    for name, (help_text, commands) in GROUPS.items():
        app.add_typer(_group(help_text, commands), name=name)
    return app


def _group(help_text: str, commands: Mapping[str, Command]) -> typer.Typer:
    app = typer.Typer(
        cls=FrenchGroup,
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for name, command in commands.items():
        app.command(name, cls=FrenchCommand)(command)
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
