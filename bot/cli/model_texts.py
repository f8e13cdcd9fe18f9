"""What ``qonto-bot model`` says: the weights in force and how they do, told without statistics."""

from collections.abc import Iterator, Sequence

from bot.locale import fr
from bot.suggestions.refit import ModelReport
from bot.suggestions.weights import Version
from matching import Assessment, Model, Reliability

ENOUGH = 200
NOTABLE = 0.25
SHOWN = 12

EVIDENCE = {
    "reference_structured": "référence structurée (RF…) lue",
    "reference_full": "numéro entier lu",
    "reference_unpadded": "numéro lu sans ses zéros",
    "reference_repaired": "numéro lu après correction de lettres (O pour 0…)",
    "reference_weak": "fin de numéro lue",
    "reference_near": "numéro à une faute de frappe",
    "reference_several": "plusieurs numéros lus",
    "reference_uncovered": "autre facture ouverte citée",
    "reference_settled": "facture citée déjà payée",
    "reference_unknown": "numéro cité inconnu",
    "amount_exact": "montant exact, selon sa rareté",
    "amount_sum": "somme exacte, selon sa rareté",
    "amount_fee": "frais bancaires",
    "amount_rounding": "arrondi",
    "amount_discount": "escompte",
    "amount_net": "montant hors taxes",
    "amount_withholding": "retenue à la source",
    "amount_deposit": "acompte",
    "amount_partial": "paiement partiel",
    "amount_over": "trop-perçu",
    "partial_told": "acompte annoncé",
    "sum_solutions": "plusieurs sommes possibles",
    "sum_unquoted": "somme sans numéro",
    "fee_at_home": "frais sur un virement français",
    "iban_known": "IBAN confirmé deux fois ou plus",
    "iban_once": "IBAN confirmé une fois",
    "iban_group": "IBAN de plusieurs clients",
    "iban_other": "IBAN d’un autre client",
    "alias_known": "nom de payeur confirmé",
    "name_same": "nom du client",
    "name_close": "nom proche",
    "name_loose": "nom ressemblant",
    "name_other": "nom d’un autre client",
    "refused_lately": "refusé récemment",
    "before_issue": "payé avant l’émission",
    "late": "échue depuis plus de six mois",
    "delay_usual": "retard habituel du client",
    "none": "« aucune », au départ",
    "none_regular": "« aucune », payeur régulier",
    "none_not_client": "« aucune », payeur qui n’est pas un client",
    "none_platform": "« aucune », affactureur ou plateforme",
    "none_own": "« aucune », compte de l’agence",
    "none_returned": "« aucune », retour d’argent",
    "none_duplicate": "« aucune », facture déjà payée",
}


def lines_of(report: ModelReport) -> Iterator[str]:
    """Write the whole report."""
    yield _in_force(report.version)
    yield from held_back(report.version.before, report.version.after)
    yield from _moved(report.version.model)
    yield from _reliability(report.decisions, report.reliability)


def _in_force(version: Version) -> str:
    model = version.model
    if model == Model():
        return f"Poids en service : la table livrée ({model.version})."
    when = f" le {fr.day(fr.paris_day(version.fitted_at))}" if version.fitted_at else ""
    fitted = f"Poids en service : {model.version}, ajustés{when} sur {fr.count(model.decisions, 'décision')}"
    return f"{fitted}, après {model.previous_version}."


def held_back(before: Assessment | None, after: Assessment | None) -> Iterator[str]:
    """Write what the weights did on decisions they were not fitted on, beside those they replaced."""
    if before is None or after is None:
        return
    yield f"Sur {fr.count(after.decisions, 'décision tenue', 'décisions tenues')} à l’écart de l’ajustement :"
    yield f"  bonne réponse en premier : {after.first_right} (avant : {before.first_right})"
    yield (
        f"  erreurs parmi les quasi certaines : {after.sure_wrong} sur {after.sure}"
        f" (avant : {before.sure_wrong} sur {before.sure})"
    )
    surprise, earlier = _number(after.log_loss), _number(before.log_loss)
    yield f"  surprise moyenne, le moins est le mieux : {surprise} (avant : {earlier})"


def _moved(model: Model) -> Iterator[str]:
    shipped = Model().weights
    moved = sorted(shipped, key=lambda code: (-abs(model.weights[code] - shipped[code]), code))
    notable = [code for code in moved if abs(model.weights[code] - shipped[code]) >= NOTABLE]
    if notable:
        yield "Indices dont le poids s’écarte le plus de la table livrée :"
    for code in notable[:SHOWN]:
        yield f"  {EVIDENCE[code]} : {_points(shipped[code])} → {_points(model.weights[code])}"


def _reliability(decisions: int, table: Sequence[Reliability]) -> Iterator[str]:
    if not decisions:
        yield "Aucune décision n’est encore notée : la fiabilité se lira après les premières."
        return
    yield f"Fiabilité sur {fr.count(decisions, 'décision notée', 'décisions notées')} :"
    for line in table:
        yield f"  annoncé {_share(line.announced)}, juste {line.right} fois sur {line.count}"
    if decisions < ENOUGH:
        yield f"Moins de {ENOUGH} décisions : ces parts sont encore des indications."


def _points(weight: float) -> str:
    return f"{weight:+.1f}".replace(".", ",").replace("-", "−")


def _number(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"
