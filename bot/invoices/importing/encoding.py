"""Which text the bytes of a file are: a short list of encodings, tried on the whole file."""

import codecs
from pathlib import Path

from bot.invoices.importing.model import ImportRefusedError, Problem

BLOCK = 1 << 16
NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_PDF = b"%PDF"


def detect_encoding(path: Path) -> str:
    """Give the codec that reads the whole file. Raises ImportRefusedError with the line and the byte.

    A byte order mark decides. Without one: UTF-16 by its zero bytes, then UTF-8, then Windows-1252,
    which is what French spreadsheets still write.
    """
    head = _head(path)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            # The mark itself reads as a character in plain UTF-8, which keeps byte positions true.
            _require(path, codec.removesuffix("-sig"))
            return codec
    utf16 = _unmarked_utf16(head)
    if utf16 is not None:
        _require(path, utf16)
        return utf16
    if _failure(path, "utf-8") is None:
        return "utf-8"
    _require(path, "cp1252")
    return "cp1252"


def shown_name(codec: str) -> str:
    """Name a codec as people know it: UTF-8, UTF-16, Windows-1252."""
    return NAMES.get(codec, "UTF-16")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(BLOCK)
    except FileNotFoundError:
        raise _refusal(f"Fichier introuvable : {path}.") from None
    except IsADirectoryError:
        raise _refusal(f"{path} est un dossier : donner un fichier CSV.") from None
    except PermissionError:
        raise _refusal(f"Lecture de {path} interdite : vérifier les droits du fichier.") from None
    if not head.strip():
        raise _refusal("Le fichier est vide.")
    if head.startswith((_ZIP, _OLD_EXCEL)):
        raise _refusal("Ce fichier est un classeur ou une archive : l’enregistrer au format CSV.")
    if head.startswith(_PDF):
        raise _refusal("Ce fichier est un PDF : donner un fichier CSV.")
    return head


def _unmarked_utf16(head: bytes) -> str | None:
    if not head.count(0):
        return None
    if head[1:2] == b"\0" and head[:1] != b"\0":
        return "utf-16-le"
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return "utf-16-be"
    raise _refusal("Ce fichier contient des octets nuls : ce n’est pas un fichier texte.")


def _require(path: Path, codec: str) -> None:
    failure = _failure(path, codec)
    if failure is not None:
        line, byte = failure
        raise _refusal(
            f"Ligne {line} : caractère illisible en {shown_name(codec)} (octet {byte}). "
            "Enregistrer le fichier en UTF-8."
        )


def _failure(path: Path, codec: str) -> tuple[int, int] | None:
    """Give the line and the byte (both from 1) where decoding stops, or None when all of it reads."""
    decoder = codecs.getincrementaldecoder(codec)()
    line, done = 1, 0
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            pending = len(decoder.getstate()[0])
            try:
                line += decoder.decode(block, final=not block).count("\n")
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(codec, "ignore").count("\n")
                return line + before, done - pending + error.start + 1
            done += len(block)
            if not block:
                return None


def _refusal(reason: str) -> ImportRefusedError:
    return ImportRefusedError([Problem(None, None, reason)])
