"""The agency's own weights on disk: every version kept, one of them in force.

``models/agence-3.json`` is written once and never changed; ``model.json`` is a copy of the one in force,
put in place in one step, so that the service reads the old one or the new one and never half of either.
"""

import json
import logging
import os
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from matching import Assessment, Model, ModelUnreadableError, Refit, from_json, to_json

FOLDER = "models"
_NAMED = re.compile(r"agence-(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Version:
    """Weights with the story of their fit; ``fitted_at`` and the figures are None for the shipped table."""

    model: Model
    fitted_at: datetime | None = None
    before: Assessment | None = None
    after: Assessment | None = None


class ModelVersions:
    """The versions kept in one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / FOLDER

    def in_force(self) -> Version:
        """Give the weights in force, with what is known of their fit."""
        model = load_model(self._data_dir)
        return _told(model, _body(self._data_dir / FILE)) if model != Model() else Version(model)

    def next_name(self) -> str:
        """Name the version after the latest."""
        found = (_NAMED.fullmatch(file.stem) for file in self._folder.glob("agence-*.json"))
        return f"agence-{max((int(each[1]) for each in found if each), default=0) + 1}"

    def keep(self, trial: Refit, fitted_at: datetime) -> None:
        """Write a new version, which is not in force yet. Raises FileExistsError, OSError."""
        body = json.loads(to_json(trial.candidate)) | {
            "fitted_at": fitted_at.isoformat(timespec="seconds"),
            "held_back": {"before": asdict(trial.before), "after": asdict(trial.after)},
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._file(trial.candidate.version).open("x", encoding="utf-8") as file:
            file.write(json.dumps(body, ensure_ascii=False, indent=2))

    def use(self, name: str | None) -> Model:
        """Put a kept version in force, the shipped table for None. Raises ModelUnreadableError, OSError."""
        pointer = self._data_dir / FILE
        if name is None:
            pointer.unlink(missing_ok=True)
            return Model()
        text = self._file(name).read_text(encoding="utf-8")
        model = from_json(text)
        fresh = pointer.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(pointer)
        return model

    def before(self, model: Model) -> str | None:
        """Name the version that a model replaced; None for the shipped table, also when its file is gone."""
        name = model.previous_version
        return name if _NAMED.fullmatch(name) and self._file(name).exists() else None

    def _file(self, name: str) -> Path:
        if not _NAMED.fullmatch(name):
            raise ModelUnreadableError(f"{name!r} is no version of ours")
        return self._folder / f"{name}.json"


def _body(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


def _told(model: Model, body: dict[str, Any]) -> Version:
    """A file written by hand tells no story; its weights count all the same."""
    try:
        return Version(
            model,
            datetime.fromisoformat(body["fitted_at"]),
            Assessment(**body["held_back"]["before"]),
            Assessment(**body["held_back"]["after"]),
        )
    except (KeyError, TypeError, ValueError):
        return Version(model)


FILE = "model.json"
logger = logging.getLogger(__name__)


class ModelFile:
    """Gives the weights in force, reading the file again only when it is another one."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._seen: tuple[int, int, int] | None = None
        self._model: Model | None = None

    def current(self) -> Model:
        """Give the weights in force now; one look at the file's date, no read, while it stays the same."""
        seen = self._look()
        if self._model is None or seen != self._seen:
            self._seen, self._model = seen, load_model(self._data_dir)
            logger.info("matcher's weights", extra={"model_version": self._model.version})
        return self._model

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = (self._data_dir / FILE).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def load_model(data_dir: Path) -> Model:
    """Read the agency's model; the shipped one when there is none, or with a warning when it cannot be used.

    A service without its fitted weights still suggests well; one that does not start suggests nothing.
    """
    file = data_dir / FILE
    try:
        return from_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Model()
    except (ModelUnreadableError, OSError, UnicodeDecodeError) as error:
        logger.warning("model file not used, the shipped model is", extra={"reason": type(error).__name__})
        return Model()
