"""typer speaks English: its help headings and its usage errors, in French."""

from typing import Any

from typer import TyperException
from typer.core import TyperCommand, TyperGroup

from bot.locale import fr

_WORDS = (
    ("Usage: ", f"Utilisation{fr.NBSP}: "),
    ("Arguments:\n", f"Arguments{fr.NBSP}:\n"),
    ("Options:\n", f"Options{fr.NBSP}:\n"),
    ("Commands:\n", f"Commandes{fr.NBSP}:\n"),
    ("Show this message and exit.", "Afficher cette aide."),
    ("[required]", "[obligatoire]"),
    ("[default: ", f"[défaut{fr.NBSP}: "),
    ("COMMAND [ARGS]...", "COMMANDE [ARGUMENTS]…"),
)


def in_french(help_text: str) -> str:
    """Translate the fixed words of a help page."""
    for english, french in _WORDS:
        help_text = help_text.replace(english, french)
    return help_text


class FrenchCommand(TyperCommand):
    """A command whose help is French."""

    def get_help(self, ctx: Any) -> str:
        """Give the help page."""
        return in_french(super().get_help(ctx))


class FrenchGroup(TyperGroup):
    """A group of commands whose help is French."""

    def get_help(self, ctx: Any) -> str:
        """Give the help page."""
        return in_french(super().get_help(ctx))


def usage_problem(error: TyperException) -> str:
    """Say in one French sentence how the command was mistyped.

    The classes are told by their names, since typer keeps them private.
    """
    param = getattr(error, "param", None)
    parameter = getattr(param, "metavar", None) or getattr(param, "name", None)
    match type(error).__name__:
        case "NoArgsIsHelpError":
            return error.format_message()
        case "MissingParameter":
            problem = f"il manque {parameter}"
        case "NoSuchOption":
            problem = f"option inconnue {getattr(error, 'option_name', '')}".rstrip()
        case "BadParameter":
            problem = f"valeur refusée pour {parameter}" if parameter else "valeur refusée"
        case "UsageError" if "No such command" in error.message:
            problem = f"commande inconnue {error.message.split(chr(39))[1]}"
        case _:
            problem = "arguments inattendus"
    return f"Commande mal écrite : {problem}. Voir qonto-bot --help."
