"""Gradient-trained GAN, figure 8: both networks, read from the modules, and the ways of training.

The networks' boxes are their modules; the paths between them, and the sigmoid that is part of the
losses, are algorithm 1 and laid out here.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from torch import nn

from vicinal.models.gan import Discriminator, Generator, TrialLinear

WIDTH, HEIGHT, STEP = 1.34, 0.8, 1.75  # of a box, and from one to the next
STANDARD, GENERATOR, GRADIENT, DERIVATIVES = 4.6, 3.0, 1.4, -0.4  # heights of the rows
DATA, NETWORK, LOSS = "#ececec", "#dbe6f4", "#f6e3df"
REAL, PATH = "#3b6fb6", "#c8553d"


def gan_architecture(generator: Generator, discriminator: Discriminator) -> Figure:
    """The generator on the left, the two discriminators on the right; red is the gradients' path.

    Blue arrows carry true images. Numbers in brackets are lines of algorithm 1. The networks are
    drawn for one of their trials.
    """
    weight = next(generator.parameters())
    with torch.no_grad():
        images = generator(weight.new_zeros(len(weight), 1, generator.noise))
    picture = " × ".join(map(str, images.shape[2:]))
    made, judged = layer_boxes(generator.layers), layer_boxes(discriminator.layers)
    column = len(made) + 1  # of the images
    output = column + len(judged) + 1
    figure = Figure(figsize=(0.85 * STEP * (output + 2), 6.0), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_xlim(-0.8, (output + 1) * STEP + 0.8)
    axes.set_ylim(DERIVATIVES - 1.3, STANDARD + 0.9)
    _draw_generator(axes, generator.noise, made, picture, column)
    _box(axes, column, STANDARD, f"true images\n{picture}", DATA)
    for height, name in ((STANDARD, "standard"), (GRADIENT, "gradient")):
        _draw_discriminator(axes, judged, column, height, name)
    _draw_gradient_path(axes, column, output)
    return figure


def layer_boxes(layers: nn.Sequential) -> list[str]:
    """What is written in the boxes: one a fully connected layer, with what follows up to the next.

    Modules in front of the first such layer share its box.
    """
    boxes: list[list[str]] = []
    in_front: list[str] = []
    for module in layers:
        if isinstance(module, TrialLinear):
            boxes.append([*in_front, "linear {} → {}".format(*module.weight.shape[1:])])
            in_front = []
        elif boxes:
            boxes[-1].append(_describe(module))
        else:
            in_front.append(_describe(module))
    return ["\n".join(lines) for lines in boxes]


def _describe(module: nn.Module) -> str:
    if isinstance(module, nn.LeakyReLU):
        return f"leaky ReLU {module.negative_slope:g}"
    return type(module).__name__.lower()


def _draw_generator(axes: Axes, noise: int, made: Sequence[str], picture: str, column: int) -> None:
    _box(axes, 0, GENERATOR, f"white noise\n{noise}", DATA)
    for place, layer in enumerate(made, start=1):
        _box(axes, place, GENERATOR, layer, NETWORK)
        _arrow(axes, place - 1, place, GENERATOR)
    _arrow(axes, column - 1, column, GENERATOR)
    _box(axes, column, GENERATOR, f"fake images (3)\n{picture}", DATA)
    axes.text(STEP * (len(made) + 1) / 2, GENERATOR + 0.6, "generator $G$", ha="center")


def _draw_discriminator(
    axes: Axes, judged: Sequence[str], column: int, height: float, name: str
) -> None:
    """A discriminator with what it takes in and what its output is for."""
    for place, layer in enumerate(judged, start=column + 1):
        _box(axes, place, height, layer, NETWORK)
        _arrow(axes, place, place + 1, height)
    output = column + len(judged) + 1
    _box(axes, output, height, "sigmoid:\nprobability\nof being real", NETWORK)
    _arrow(axes, output, output + 1, height)
    side = WIDTH / STEP / 2
    inwards = height + (GENERATOR - height) * 0.12
    _point(axes, (column + side, GENERATOR), (column + 1 - side, inwards), "black")
    above = height + HEIGHT / 2 + 0.15
    middle = (column + 1 + output) / 2
    if name == "standard":
        _box(axes, output + 1, height, "real or fake?\ncross-entropy,\ntrains it (5)", LOSS)
        _point(axes, (column + side, STANDARD), (column + 1 - side, STANDARD), REAL)
        _point(axes, (column + side, STANDARD - 0.2), (column + 1 - side, GRADIENT - 0.15), REAL)
    else:
        _box(axes, output + 1, height, "real images?\n$-\\log D$(fake)", LOSS)
        start, end = (STEP * middle, STANDARD - HEIGHT / 2 - 0.1), (STEP * middle, above + 0.35)
        axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "ls": "--", "lw": 1.2})
        axes.text(start[0] + 0.15, (start[1] + end[1]) / 2, "parameters passed (6)", va="center")
    axes.text(STEP * middle, above, f"discriminator $D_{{{name}}}$", ha="center")


def _draw_gradient_path(axes: Axes, column: int, output: int) -> None:
    """Below D_gradient, right to left: its derivatives at both kinds of images, and G's loss."""
    upper, lower = DERIVATIVES + 0.5, DERIVATIVES - 0.5
    halves, matched, total = output - 1.5, output - 3, column - 1
    _box(
        axes,
        output,
        DERIVATIVES,
        "back to\nthe images:\n$\\partial D\\,/\\,\\partial\\,$image",
        LOSS,
    )
    _box(axes, halves, upper, "at true images,\nstored (4)", LOSS)
    _box(axes, halves, lower, "at the fakes", LOSS)
    _box(axes, matched, DERIVATIVES, "real gradients?\nmean squared\ndifference (MSE)", LOSS)
    _box(axes, total, DERIVATIVES, "loss of $G$ (7):\n$-\\log D$(fake)\n+ weight × MSE", LOSS)
    _point(axes, (output, GRADIENT - HEIGHT / 2), (output, DERIVATIVES + HEIGHT / 2), PATH)
    side = WIDTH / STEP / 2  # half a box, in places
    for height in (upper, lower):
        inner = DERIVATIVES + 0.4 * (height - DERIVATIVES)
        _point(axes, (output - side, inner), (halves + side, height), PATH)
        _point(axes, (halves - side, height), (matched + side, inner), PATH)
    _point(axes, (matched - side, DERIVATIVES), (total + side, DERIVATIVES), PATH)
    # The usual loss goes round below to the same sum; from there both train the generator.
    bottom = lower - HEIGHT / 2 - 0.2
    corners = [(output + 1, GRADIENT - HEIGHT / 2), (output + 1, bottom), (total, bottom)]
    _line(axes, corners, "black")
    _point(axes, corners[-1], (total, DERIVATIVES - HEIGHT / 2), "black")
    _line(axes, [(total - side, DERIVATIVES), (1, DERIVATIVES)], PATH)
    _point(axes, (1, DERIVATIVES), (1, GENERATOR - HEIGHT / 2), PATH)


def _box(axes: Axes, place: float, height: float, text: str, colour: str) -> None:
    corner = (STEP * place - WIDTH / 2, height - HEIGHT / 2)
    box = FancyBboxPatch(
        corner, WIDTH, HEIGHT, "round,pad=0,rounding_size=0.08", fc=colour, ec="black", lw=0.8
    )
    axes.add_patch(box)
    axes.text(STEP * place, height, text, ha="center", va="center", fontsize="small")


def _arrow(axes: Axes, start: float, end: float, height: float) -> None:
    """From box to box along a row."""
    side = WIDTH / STEP / 2
    _point(axes, (start + side, height), (end - side, height), "black")


def _line(axes: Axes, corners: Sequence[tuple[float, float]], colour: str) -> None:
    axes.plot([STEP * x for x, _ in corners], [y for _, y in corners], color=colour, lw=1.2)


def _point(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    """An arrow between two points, each its place and its height."""
    arrow = FancyArrowPatch(
        (STEP * start[0], start[1]),
        (STEP * end[0], end[1]),
        arrowstyle="-|>",
        mutation_scale=11,
        color=colour,
        lw=1.2,
        shrinkA=0,
        shrinkB=0,
    )
    axes.add_patch(arrow)
