"""What admins are told to repair, in French: pure, an alert in, a message out."""

from collections.abc import Sequence

from bot.locale import fr
from bot.queries.payment import PaymentView
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Message, button, context, section
from bot.slack.blocks.text import escape
from bot.slack.card.view import headline
from store.models import Alert
from store.types import AlertKind, BankProblem

NAMES_SHOWN = 12
CHANGES = {
    BankProblem.WITHDRAWN: "a refusé ou repris",
    BankProblem.DISAPPEARED: "ne montre plus",
}


def alert_message(together: Sequence[Alert], payment: PaymentView | None = None) -> Message:
    """Render what one message tells; once all of it is cleared the message says that it is settled."""
    lasting = [alert for alert in together if alert.cleared_at is None]
    [sentence] = alert_lines(lasting or together, payment)
    first = (lasting or together)[0]
    if not lasting:
        done = "Rejouée" if first.kind == AlertKind.WEBHOOK_UNREADABLE else "Réglé"
        text = f"✓ {done}\u00a0: {sentence}"
        return Message(text, [context(text)])
    replay = button("Rejouer", ids.REPLAY, ids.value(first.id), spoken="Rejouer les notifications en attente")
    accessory = replay if first.kind == AlertKind.WEBHOOK_UNREADABLE else None
    return Message(sentence, [section(f":warning: {sentence}", accessory)])


def alert_lines(raised: Sequence[Alert], payment: PaymentView | None = None) -> list[str]:
    """Say each trouble in a line, and all talents without an account in one, where the first stands."""
    unlinked = [alert for alert in raised if alert.kind == AlertKind.TALENT_NOT_LINKED]
    lines = []
    for alert in raised:
        if alert.kind != AlertKind.TALENT_NOT_LINKED:
            lines.append(alert_line(alert, payment))
        elif alert is unlinked[0]:
            lines.append(_not_linked([_name(alert) for alert in unlinked]))
    return lines


def alert_line(alert: Alert, payment: PaymentView | None = None) -> str:
    """Say in one or two sentences what is wrong and what to do; the text is escaped already."""
    details = alert.details
    error = f"`{escape(str(details.get('error', '')), 60)}`"
    if alert.kind == AlertKind.BANK_CHANGED:
        return _bank_changed(alert, payment)
    sentence = _SENTENCES.get(AlertKind(alert.kind), "Un problème demande votre attention.")
    return sentence.format(
        error=error,
        channel=escape(str(details.get("channel", "")), 40),
        talent=_name(alert),
        row=details.get("inbox_id", alert.object_id),
        account=_account(alert),
        movement=escape(str(details.get("qonto_id") or "sans identifiant"), 60),
    )


def _account(alert: Alert) -> str:
    return escape(str(alert.details.get("account", "")), 80)


def _name(alert: Alert) -> str:
    return escape(str(alert.details.get("talent", "")), 80)


def _not_linked(names: Sequence[str]) -> str:
    link = "«\u00a0Relier un talent\u00a0», dans l’accueil de l’application,"
    if len(names) == 1:
        return (
            f"{names[0]} n’est relié à aucun compte Slack\u00a0: son message attend. {link} le fait partir."
        )
    listed = fr.join([*names[:NAMES_SHOWN], *_others(len(names) - NAMES_SHOWN)])
    return (
        f"{listed} ne sont reliés à aucun compte Slack\u00a0: leurs messages attendent. "
        f"{link} les fait partir."
    )


def _others(count: int) -> list[str]:
    return [fr.count(count, "autre talent", "autres talents")] if count > 0 else []


def _bank_changed(alert: Alert, payment: PaymentView | None) -> str:
    which = escape(headline(payment), 200) if payment else "un paiement"
    verb = CHANGES.get(alert.details.get("problem", ""), "a modifié")
    return (
        f"Qonto {verb} {which} après coup. Rien n’a été défait\u00a0: ouvrir sa carte pour annuler "
        "l’association, ou indiquer que c’est réglé."
    )


_SENTENCES = {
    AlertKind.CHANNEL_BLOCKED: (
        "Les cartes n’arrivent plus dans <#{channel}> ({error}). Réinviter l’application dans le canal, "
        "ou le désarchiver\u202f: rien n’est perdu, les cartes suivront."
    ),
    AlertKind.TALENT_UNREACHABLE: (
        "Slack ne remet pas le message de {talent} ({error}). Le paiement reste associé\u202f; "
        "prévenez cette personne autrement si elle a quitté Slack."
    ),
    AlertKind.TOKEN_REFUSED: (
        "Slack refuse le jeton de l’application ({error}). Réinstaller l’application et mettre à jour "
        "SLACK_BOT_TOKEN."
    ),
    AlertKind.MESSAGE_STUCK: (
        "Un message Slack ne part pas ({error}, message n°\u00a0{row}). Il reste en attente\u202f; "
        "voir le journal du service."
    ),
    AlertKind.WEBHOOK_UNREADABLE: (
        "Une notification de Qonto n’a pas pu être lue ou traitée (n°\u00a0{row}). Elle est conservée\u202f; "
        "la synchronisation apporte le paiement par ailleurs. `qonto-bot inbox list` dit pourquoi."
    ),
    AlertKind.WEBHOOKS_SILENT: (
        "Qonto n’envoie plus de notification alors que de nouveaux paiements arrivent. La synchronisation "
        "prend le relais\u202f; relancer `qonto-bot qonto subscribe`."
    ),
    AlertKind.FOREIGN_EVENT: (
        "Une notification signée concerne un compte qui n’est pas le vôtre (n°\u00a0{row}). Elle est ignorée."
    ),
    AlertKind.BANK_REFUSED: (
        "Qonto refuse la clé d’accès. Vérifier QONTO_API_KEY ou reconnecter Qonto\u202f; les notifications "
        "continuent d’être reçues."
    ),
    AlertKind.ACCOUNT_LOST: (
        "Le compte {account} n’est plus lisible chez Qonto\u00a0: il n’est plus synchronisé, "
        "son historique reste."
    ),
    AlertKind.ACCOUNT_UNREADABLE: (
        "Qonto décrit le compte {account} d’une façon illisible\u00a0: il n’est pas synchronisé, "
        "les autres le sont. Prévenir le support de Qonto."
    ),
    AlertKind.BALANCE_DOUBTFUL: (
        "Qonto donne des soldes qui se contredisent pour le compte {account}. Ses paiements sont lus comme "
        "d’habitude\u202f; vérifier le solde chez Qonto."
    ),
    AlertKind.MOVEMENT_UNREADABLE: (
        "Une opération du compte {account} est illisible (chez Qonto\u00a0: `{movement}`). Les autres sont "
        "lues\u202f; vérifier celle-ci chez Qonto."
    ),
    AlertKind.BOOKS_WRONG: (
        "Le contrôle de nuit a trouvé des écritures incohérentes. Lancer `qonto-bot db check` et ne rien "
        "modifier à la main."
    ),
}
