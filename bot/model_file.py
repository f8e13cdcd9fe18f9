"""The fitted model of this agency, when it has one: ``model.json`` in the data directory."""

import logging
from pathlib import Path

from matching import Model, ModelUnreadableError, from_json

FILE = "model.json"
logger = logging.getLogger(__name__)


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
