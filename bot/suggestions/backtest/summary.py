"""The French summary of a backtest, for the person who decides whether to trust the matcher."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from bot.locale.fr import NBSP
from bot.suggestions.backtest.measures import Figures, Scored, Share, measure, percentile, reliability, sliced


def write_summary(
    summary: TextIO,
    scored: Sequence[Scored],
    figures: Figures,
    baselines: Mapping[str, tuple[Share, Share]],
    picture: Path | None,
) -> None:
    """Headline figures, reliability table, groups, simple rules for comparison, and where the picture is."""
    parts = [
        _headline(figures),
        _latency([row.seconds for row in scored]),
        _reliability(scored),
        _slices(scored),
        _baselines(baselines),
        [f"Courbe précision-couverture{NBSP}: {picture}"] if picture else [],
    ]
    summary.write("\n\n".join("\n".join(part) for part in parts if part) + "\n")


def percent(value: float, digits: int = 1) -> str:
    """``0.9871`` -> ``98,7 %``, rounded down so that nothing looks better than it is."""
    scale = 10**digits
    floored = int(value * 100 * scale + 1e-9) / scale
    return f"{floored:.{digits}f}".replace(".", ",") + f"{NBSP}%"


def _headline(figures: Figures) -> list[str]:
    precision = figures.precision
    wrong = precision.total - precision.count
    euros = f"{figures.wrong_cents / 100:.2f}".replace(".", ",")
    counts = f"{precision.count}/{precision.total}"
    bound = f"borne basse à 95{NBSP}%{NBSP}: {percent(precision.lower(), 2)}"
    return [
        f"{figures.payments} paiements avec réponse connue",
        f"Précision en automatique{NBSP}: {percent(precision.value, 2)} ({counts}, {bound})",
        f"Erreurs en automatique{NBSP}: {wrong}, soit {euros}{NBSP}€ mal affectés",
        f"Couverture de l’automatique{NBSP}: {_share(figures.coverage)}",
        f"Bonne réponse en premier (rappel@1){NBSP}: {_share(figures.recall_1)}",
        f"Bonne réponse parmi trois (rappel@3){NBSP}: {_share(figures.recall_3)}",
        f"Erreur de calibration (ECE){NBSP}: {figures.calibration_error:.4f}".replace(".", ",")
        + f" · Brier{NBSP}: {figures.brier:.4f}".replace(".", ","),
        f"Suggestions à tort, quand rien ne correspond{NBSP}: {_share(figures.false_suggestions)}",
    ]


def _share(share: Share) -> str:
    """The share, its count, and its two-sided 95 % interval."""
    low, high = percent(share.lower(0.025)), percent(share.upper(0.025))
    return f"{percent(share.value)} ({share.count}/{share.total}, intervalle à 95{NBSP}% {low} à {high})"


def _latency(seconds: Sequence[float]) -> list[str]:
    written = [
        f"{name} {1000 * percentile(seconds, share):.1f}{NBSP}ms".replace(".", ",")
        for name, share in (("médiane", 0.5), ("p95", 0.95), ("p99", 0.99))
    ]
    return [f"Temps par paiement{NBSP}: " + " · ".join(written)]


def _reliability(scored: Sequence[Scored]) -> list[str]:
    lines = ["Fiabilité de la probabilité annoncée", "  annoncée        moyenne    juste     paiements"]
    for line in reliability(scored):
        announced = f"{percent(line.low, 0)} à {percent(line.low + 0.1, 0)}"
        right = percent(line.right / line.count)
        lines.append(f"  {announced:15} {percent(line.mean_probability):>8} {right:>8} {line.count:>10}")
    return lines


def _slices(scored: Sequence[Scored]) -> list[str]:
    lines = ["Par groupe", f"  {'':32}{'paiements':>9}  rappel@1  rappel@3  auto  erreurs"]
    for name, group in sliced(scored).items():
        figures = measure(group)
        wrong = figures.precision.total - figures.precision.count
        first = percent(figures.recall_1.value) if figures.recall_1.total else "-"
        three = percent(figures.recall_3.value) if figures.recall_3.total else "-"
        lines.append(
            f"  {name:32}{len(group):>9} {first:>9} {three:>9} {figures.precision.total:>5} {wrong:>8}"
        )
    return lines


def _baselines(baselines: Mapping[str, tuple[Share, Share]]) -> list[str]:
    lines = [
        "Règles simples, pour comparer",
        f"  {'':32}{'précision':>12} {'rappel@1':>10} {'appliqués':>10}",
    ]
    for name, (precision, recall) in baselines.items():
        lines.append(
            f"  {name:32}{percent(precision.value):>12} {percent(recall.value):>10} {precision.total:>10}"
        )
    return lines
