"""The risk-coverage curve as a PNG, drawn with the standard library alone."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 90, 30, 50, 70
WHITE, INK, GRID, BLUE = (255, 255, 255), (40, 40, 46), (222, 224, 230), (38, 92, 200)
TICKS = 5
LOWEST_FLOOR = 0.99

Colour = tuple[int, int, int]

# Five columns of seven rows each, top to bottom; only the signs the picture needs.
GLYPHS = {
    "0": "01110 10001 10011 10101 11001 10001 01110", "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111", "3": "11110 00001 00001 01110 00001 00001 11110",
    "4": "00010 00110 01010 10010 11111 00010 00010", "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110", "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110", "9": "01110 10001 10001 01111 00001 00010 01100",
    "%": "11001 11010 00010 00100 01000 01011 10011", ",": "00000 00000 00000 00000 00110 00100 01000",
    "A": "01110 10001 10001 11111 10001 10001 10001", "C": "01110 10001 10000 10000 10000 10001 01110",
    "D": "11110 10001 10001 10001 10001 10001 11110", "E": "11111 10000 10000 11110 10000 10000 11111",
    "I": "01110 00100 00100 00100 00100 00100 01110", "L": "10000 10000 10000 10000 10000 10000 11111",
    "M": "10001 11011 10101 10101 10001 10001 10001", "N": "10001 11001 10101 10101 10011 10001 10001",
    "O": "01110 10001 10001 10001 10001 10001 01110", "P": "11110 10001 10001 11110 10000 10000 10000",
    "R": "11110 10001 10001 11110 10100 10010 10001", "S": "01111 10000 10000 01110 00001 00001 11110",
    "T": "11111 00100 00100 00100 00100 00100 00100", "U": "10001 10001 10001 10001 10001 10001 01110",
    "V": "10001 10001 10001 10001 10001 01010 00100", "É": "00010 00100 11111 10000 11110 10000 11111",
}  # fmt: skip


class Canvas:
    """Pixels, and the few strokes a curve needs. Coordinates are pixels from the top left."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows = [bytearray(bytes(WHITE) * width) for _ in range(height)]

    def dot(self, x: int, y: int, colour: Colour, size: int = 1) -> None:
        """A square of ``size`` pixels; what lies outside is not drawn."""
        for row in range(max(y, 0), min(y + size, self.height)):
            for column in range(max(x, 0), min(x + size, self.width)):
                self.rows[row][3 * column : 3 * column + 3] = bytes(colour)

    def line(self, start: tuple[int, int], end: tuple[int, int], colour: Colour, size: int = 1) -> None:
        """A straight stroke between two points."""
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            x = start[0] + round((end[0] - start[0]) * step / steps)
            y = start[1] + round((end[1] - start[1]) * step / steps)
            self.dot(x, y, colour, size)

    def text(self, x: int, y: int, words: str, size: int = 2) -> None:
        """Words in the little font; an unknown sign leaves a blank."""
        for place, sign in enumerate(words):
            for row, bits in enumerate(GLYPHS.get(sign, "").split()):
                for column, bit in enumerate(bits):
                    if bit == "1":
                        self.dot(x + size * (6 * place + column), y + size * row, INK, size)

    def png(self) -> bytes:
        """The picture as PNG bytes (8-bit RGB, one compressed block)."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        body = zlib.compress(b"".join(b"\x00" + bytes(row) for row in self.rows), 9)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            _chunk(kind, data) for kind, data in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
        )


def draw_curve(points: Sequence[tuple[float, float]]) -> bytes:
    """Precision (up) against coverage (across) as the probability asked for goes down."""
    canvas = Canvas(WIDTH, HEIGHT)
    floor = _floor(precision for _, precision in points)
    canvas.text(LEFT, 16, "PRÉCISION SELON LA COUVERTURE")
    _axes(canvas, floor)
    places = [_place(coverage, precision, floor) for coverage, precision in points]
    for start, end in pairwise(places):
        canvas.line(start, end, BLUE, 3)
    return canvas.png()


def _floor(precisions: Iterable[float]) -> float:
    """Where the vertical axis starts: just below the worst point, by whole steps of five percent."""
    worst = min(precisions, default=LOWEST_FLOOR)
    return max(0.0, int(min(worst, LOWEST_FLOOR) * 20) / 20)


def _axes(canvas: Canvas, floor: float) -> None:
    for tick in range(TICKS + 1):
        share = tick / TICKS
        across, up = _place(share, floor, floor), _place(0.0, floor + (1 - floor) * share, floor)
        canvas.line(across, (across[0], TOP), GRID)
        canvas.line(up, (WIDTH - RIGHT, up[1]), GRID)
        canvas.text(across[0] - 18, across[1] + 10, f"{round(100 * share)}%")
        canvas.text(8, up[1] - 7, f"{100 * (floor + (1 - floor) * share):.1f}".replace(".", ",") + "%")
    corner = _place(0.0, floor, floor)
    canvas.line(corner, (WIDTH - RIGHT, corner[1]), INK, 2)
    canvas.line(corner, (corner[0], TOP), INK, 2)
    canvas.text(WIDTH // 2 - 40, HEIGHT - 28, "COUVERTURE")


def _place(coverage: float, precision: float, floor: float) -> tuple[int, int]:
    across = LEFT + round(coverage * (WIDTH - LEFT - RIGHT))
    span = 1 - floor or 1.0
    return across, HEIGHT - BOTTOM - round((precision - floor) / span * (HEIGHT - TOP - BOTTOM))


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
