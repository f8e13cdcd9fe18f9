"""The model: a version, the weights in force and the thresholds, kept as readable JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from matching.evidence import NONE_WEIGHTS, WEIGHTS

SHIPPED_VERSION = "shipped-1"
_FORMAT = 1


class ModelUnreadableError(ValueError):
    """The text is not a model this version can use; keep the previous one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What turns evidence into decisions. Probabilities are compared with the thresholds after the softmax.

    ``silence``: nothing is suggested when *none of these* is likelier than that; ``silence_quoted`` is the
    same bar when a number was read, ``silence_amount`` when only the amount speaks.
    ``ceiling_cents``: above this amount nothing is applied alone. ``decisions``: how many it was fitted on.
    """

    version: str = SHIPPED_VERSION
    weights: Mapping[str, float] = field(default_factory=lambda: {**WEIGHTS, **NONE_WEIGHTS})
    auto: float = 0.95
    preselect: float = 0.85
    margin: float = 0.25
    silence: float = 0.7
    silence_quoted: float = 0.995
    silence_amount: float = 0.50
    shown: float = 0.05
    ceiling_cents: int = 100_000_00
    decisions: int = 0
    previous_version: str = ""


def to_json(model: Model) -> str:
    """The model as a text an admin can read and a table can keep."""
    body = {
        "format": _FORMAT,
        "version": model.version,
        "previous_version": model.previous_version,
        "decisions": model.decisions,
        "thresholds": {"auto": model.auto, "preselect": model.preselect, "margin": model.margin},
        "ceiling_cents": model.ceiling_cents,
        "weights": {code: round(weight, 4) for code, weight in sorted(model.weights.items())},
    }
    return json.dumps(body, ensure_ascii=False, indent=2)


def from_json(text: str) -> Model:
    """Read a model back; codes it lacks keep the shipped weight. Raises ModelUnreadableError."""
    try:
        body = json.loads(text)
        if body["format"] != _FORMAT:
            raise ModelUnreadableError(f"model format {body['format']} is not {_FORMAT}")
        known = {**WEIGHTS, **NONE_WEIGHTS}
        weights = {code: float(body["weights"].get(code, weight)) for code, weight in known.items()}
        return replace(
            Model(),
            version=str(body["version"]),
            previous_version=str(body["previous_version"]),
            decisions=int(body["decisions"]),
            weights=weights,
            ceiling_cents=int(body["ceiling_cents"]),
            **{name: float(body["thresholds"][name]) for name in ("auto", "preselect", "margin")},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelUnreadableError(f"not a model: {error}") from error
