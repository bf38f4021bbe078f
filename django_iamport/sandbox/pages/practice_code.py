"""A picture that looks like the code which a wallet's app would scan. There is nothing in it."""

import hashlib

SIDE = 25
FINDERS = ((0, 0), (SIDE - 7, 0), (0, SIDE - 7))


def path_of(seed: str) -> str:
    """The dark squares as the path of an SVG of `SIDE` units; the same ones for the same seed."""
    bits = int.from_bytes(hashlib.shake_128(seed.encode()).digest(SIDE * SIDE // 8 + 1), "big")
    dark = [(x, y) for y in range(SIDE) for x in range(SIDE) if _is_dark(x, y, bits)]
    return "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)


def _is_dark(x: int, y: int, bits: int) -> bool:
    for left, top in FINDERS:
        column, row = x - left, y - top
        if -1 <= column <= 7 and -1 <= row <= 7:
            ring = max(abs(column - 3), abs(row - 3))
            return ring in (0, 1, 3)
    return bool(bits >> (y * SIDE + x) & 1)
