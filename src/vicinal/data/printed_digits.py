"""Digits in print, set in the fonts that come with matplotlib, moved and turned a little."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from vicinal.data.dataset import Dataset
from vicinal.data.splits import split_at_random

CLASS_NAMES = tuple(str(digit) for digit in range(10))
# Matplotlib's other fonts have signs in the digits' places, old-style figures, or none.
FONTS = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"),
    *("DejaVuSansMono", "DejaVuSansMono-Bold"),
    *("DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique"),
    *("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
    *("cmb10", "cmr10", "cmss10", "cmti10", "cmtt10"),
)
SIZES = (8, 64)
CANVAS = 256  # pixels on a side, before an image is made small
MARGIN = 4  # of these pixels, left dark on each side
GLYPH = 200  # pixels of a font's height, near those on the canvas
EXTENT = 20 / 28  # MNIST's digits fill 20 of 28 pixels
SCALE, TURN, SHIFT = 0.1, 10.0, 0.05  # share of the extent, degrees, share of the image


def printed_digits(
    size: int = 8, samples: int = 500, test_fraction: float = 0.2, seed: int = 0
) -> Dataset:
    """Digits 0 to 9 in print: images uint8 (N, 1, size, size), bright on dark, int64 labels (N,).

    As in MNIST, a digit's longer side fills 20 / 28 of the image and its centre of mass lies in
    the middle. The font is drawn from 21, the length by up to 10 % more or less, an angle up to
    10 degrees and a shift along each axis up to 5 % of the image, all uniformly; a digit that would
    be cut at the rim is moved back.

    size : pixels, 8 to 64.     samples : of both splits together; classes differ by one at most.
    Raises ValueError for another size, too few samples or another test_fraction, and
    FileNotFoundError where matplotlib comes without a font.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise ValueError(f"size is {size}; allowed is {SIZES[0]} to {SIZES[1]}")
    if samples < 2 * len(CLASS_NAMES):
        raise ValueError(f"samples is {samples}; allowed is at least {2 * len(CLASS_NAMES)}")
    rng = np.random.default_rng(seed)
    labels = np.arange(samples, dtype=np.int64) % len(CLASS_NAMES)
    images = np.stack([_draw(int(digit), size, rng) for digit in labels])[:, None]
    return split_at_random("classification", images, labels, test_fraction, seed, CLASS_NAMES)


def _draw(digit: int, size: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    glyph, centre = _glyph(FONTS[rng.integers(len(FONTS))], digit)
    scale, turn = 1 + rng.uniform(-SCALE, SCALE), math.radians(rng.uniform(-TURN, TURN))
    middle = (0.5 + rng.uniform(-SHIFT, SHIFT, size=2)) * CANVAS
    # The glyph's pixel for a point of the canvas is centre + onto_glyph (point - middle).
    cosine, sine = math.cos(turn), math.sin(turn)
    ratio = max(glyph.size) / (EXTENT * scale * CANVAS)
    onto_glyph = ratio * np.array([[cosine, sine], [-sine, cosine]])
    right, below = glyph.size
    corners = np.array([[0, 0], [right, 0], [0, below], [right, below]]) - centre
    reach = corners @ np.linalg.inv(onto_glyph).T
    middle = np.clip(middle, MARGIN - reach.min(axis=0), CANVAS - MARGIN - reach.max(axis=0))
    origin = centre - onto_glyph @ middle
    canvas = glyph.transform(
        (CANVAS, CANVAS),
        Image.Transform.AFFINE,
        (*onto_glyph[0], origin[0], *onto_glyph[1], origin[1]),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(canvas.resize((size, size), Image.Resampling.BOX))


@cache
def _glyph(font: str, digit: int) -> tuple[Image.Image, npt.NDArray[np.float64]]:
    """A digit, large, cut to its ink; and its centre of mass in pixels from the upper left."""
    path = Path(matplotlib.get_data_path()) / "fonts/ttf" / f"{font}.ttf"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: this font of matplotlib, needed for digits, is not there")
    # The basic layout, since the other hangs on a library that may be missing.
    typeface = ImageFont.truetype(str(path), GLYPH, layout_engine=ImageFont.Layout.BASIC)
    sheet = Image.new("L", (2 * GLYPH, 2 * GLYPH))
    ImageDraw.Draw(sheet).text((GLYPH // 2, GLYPH // 2), str(digit), fill=255, font=typeface)
    glyph = sheet.crop(sheet.getbbox())
    ink = np.asarray(glyph, dtype=np.float64)
    rows, columns = (np.arange(length) + 0.5 for length in ink.shape)
    return glyph, np.array([ink.sum(axis=0) @ columns, ink.sum(axis=1) @ rows]) / ink.sum()
