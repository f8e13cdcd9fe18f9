"""The matcher's weights in force: ``model.json`` in the data directory, else the shipped table.

``bot.model_versions`` writes it; a running service rereads it when it changes.
"""

import logging
from pathlib import Path

from matching import Model, ModelUnreadableError, from_json

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
