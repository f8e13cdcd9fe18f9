"""How people and banks spoil an invoice number. Each class of matching.md 3.1 is one function."""

import random
import re
from collections.abc import Callable

Noise = Callable[[random.Random, str], str]


def clean(_rng: random.Random, number: str) -> str:
    return number


def other_separators(rng: random.Random, number: str) -> str:
    separator: str = rng.choice(["/", " ", "", "_", " - ", "\u2013", "\u00a0"])
    return re.sub(r"[-/]", separator, number)


def fewer_zeros(rng: random.Random, number: str) -> str:
    parts = re.split(r"([-/])", number)
    stripped = parts[-1].lstrip("0") or parts[-1]
    parts[-1] = (
        stripped
        if rng.random() < 0.6
        else parts[-1].replace("0", "", 1)
        if parts[-1].startswith("0")
        else stripped
    )
    return "".join(parts)


def short_year(_rng: random.Random, number: str) -> str:
    return re.sub(r"20(2\d)(?=[-/])", r"\1", number)


def other_prefix(rng: random.Random, number: str) -> str:
    return rng.choice(["FA ", "FAC-", "FACT ", "Facture ", "F", "N° ", "INV-", "RE ", ""]) + re.sub(
        r"^[A-Z]+[-/]?", "", number
    )


def no_prefix_unpadded(rng: random.Random, number: str) -> str:
    return other_prefix(rng, fewer_zeros(rng, number))


def blank_inside(rng: random.Random, number: str) -> str:
    place = rng.randrange(max(1, len(number) - 4), len(number))
    return number[:place] + rng.choice([" ", "\n"]) + number[place:]


def lookalike(rng: random.Random, number: str) -> str:
    places = [place for place, char in enumerate(number) if char in "015" and place > 2]
    if not places:
        return number
    place = rng.choice(places)
    return number[:place] + {"0": "O", "1": "I", "5": "S"}[number[place]] + number[place + 1 :]


def typo(rng: random.Random, number: str) -> str:
    places = [place for place, char in enumerate(number) if char.isdigit()][-4:]
    place, kind = rng.choice(places), rng.randrange(4)
    digit = rng.choice("0123456789")
    if kind == 0:
        return number[:place] + number[place + 1 :]
    if kind == 1:
        return number[:place] + digit + number[place:]
    if kind == 2 and place + 1 < len(number) and number[place + 1].isdigit():
        return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    return number[:place] + digit + number[place + 1 :]


def sequence_only(rng: random.Random, number: str) -> str:
    sequence: str = re.findall(r"\d+", number)[-1]
    cue: str = rng.choice(["facture ", "fact n° ", "FA ", "F/"])
    return cue + (sequence.lstrip("0") if rng.random() < 0.5 else sequence)


def lower_case(_rng: random.Random, number: str) -> str:
    return number.lower()


def full_width(_rng: random.Random, number: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if char.isdigit() else char for char in number)


NOISES: tuple[tuple[Noise, int], ...] = (
    (clean, 46), (other_separators, 16), (fewer_zeros, 7), (short_year, 3), (other_prefix, 8), (no_prefix_unpadded, 4),
    (blank_inside, 3), (lookalike, 2), (typo, 2), (sequence_only, 3), (lower_case, 4), (full_width, 1),
)  # fmt: skip


def spoil(rng: random.Random, number: str) -> tuple[str, str]:
    """A spoilt number and the name of what was done to it."""
    noise = rng.choices([one for one, _ in NOISES], [weight for _, weight in NOISES])[0]
    return noise(rng, number), noise.__name__
