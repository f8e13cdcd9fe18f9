"""Every failure of a command as French sentences with what to do, and no traceback."""

import logging
from collections.abc import Mapping

from bot.errors import RefusedError
from bot.invoices.importing import ImportRefusedError
from bot.settings import SettingsError
from bot.suggestions.backtest import BacktestUnreadableError
from qonto import (
    InvalidGrant,
    QontoError,
    QontoForbidden,
    QontoRateLimited,
    QontoUnauthorized,
    QontoUnreachable,
)
from store.db.schema import SchemaMismatch
from store.errors import (
    AlreadyRunning,
    DatabaseCorrupt,
    DatabaseMissing,
    DatabaseUnavailable,
    StoreError,
    UnsupportedDatabase,
)

logger = logging.getLogger(__name__)

# The first class that fits says it: children stand before their parents.
_SENTENCES: Mapping[type[Exception], str] = {
    InvalidGrant: "Qonto n’accepte plus l’autorisation : relancer qonto-bot qonto connect.",
    QontoUnauthorized: (
        "Qonto refuse l’accès : vérifier QONTO_API_KEY, ou (re)connecter avec qonto-bot qonto connect."
    ),
    QontoForbidden: "Qonto refuse cette action : un droit manque, ou la formule ne la comprend pas.",
    QontoRateLimited: "Qonto demande de ralentir : réessayer dans quelques minutes.",
    QontoUnreachable: "Qonto est injoignable : vérifier la connexion et QONTO_API_URL, puis réessayer.",
    QontoError: "Qonto a répondu quelque chose d’inattendu : réessayer dans quelques minutes.",
    DatabaseMissing: (
        "Le fichier de la base a disparu alors qu’il existait : restaurer une sauvegarde, ou supprimer "
        "le fichier « .created » à côté pour repartir de zéro."
    ),
    DatabaseCorrupt: "Le fichier de la base est abîmé : arrêter le service et restaurer une sauvegarde.",
    AlreadyRunning: "Le service tourne déjà sur cette base : l’arrêter avant d’en lancer un autre.",
    UnsupportedDatabase: (
        "DATABASE_URL illisible : écrire sqlite+aiosqlite:///data/bot.db ou postgresql+asyncpg://…"
    ),
    DatabaseUnavailable: (
        "La base de données ne répond pas ou est occupée : vérifier DATABASE_URL, puis réessayer."
    ),
    StoreError: "La base de données refuse l’opération : voir qonto-bot db check.",
    PermissionError: "Accès refusé{where}. Vérifier les droits du fichier ou du dossier.",
    FileNotFoundError: "Fichier ou dossier introuvable{where}.",
    FileExistsError: "Ce fichier existe déjà{where}. Choisir un autre nom.",
    OSError: "Le système refuse l’opération{where}. Vérifier la place sur le disque et les droits.",
}


class CommandError(Exception):
    """A command that cannot go on. ``sentences`` are French and say what to do."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def explain(error: Exception) -> list[str]:
    """Give the French sentences for a failure; what nobody foresaw goes to the log at debug level."""
    match error:
        case CommandError():
            return list(error.sentences)
        case SettingsError():
            problems = (f"- {problem}" for problem in error.problems)
            return ["Réglages à corriger (environnement ou .env) :", *problems]
        case ImportRefusedError():
            return ["Rien n’a été importé.", *error.sentences()]
        case RefusedError() | BacktestUnreadableError():
            return [str(error)]
        case SchemaMismatch():
            return [_schema(error)]
    return [_sentence(error)]


def _sentence(error: Exception) -> str:
    for kind, sentence in _SENTENCES.items():
        if isinstance(error, kind):
            filename = getattr(error, "filename", None)
            return sentence.format(where=f" : {filename}" if filename else "")
    logger.debug("unforeseen failure", exc_info=error)
    return f"Erreur imprévue ({type(error).__name__}). Relancer avec LOG_LEVEL=debug pour le détail."


def _schema(error: SchemaMismatch) -> str:
    if error.current is None:
        return "La base n’a pas encore de tables : lancer qonto-bot db upgrade."
    return (
        f"La base est en version {error.current}, ce programme attend {error.expected} : lancer "
        "qonto-bot db upgrade, ou installer la version récente du programme."
    )
