"""Standard units for surrogates, and how derivatives are carried between units."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """Origin and size of the unit of every input and output, for K kinds of network.

    input_origin, input_unit : (K, q).  output_origin, output_unit : (K, c).

    In standard units x' = (x - origin) / unit, and dy'/dx' = dy/dx * input unit / output unit.
    """

    input_origin: FloatArray
    input_unit: FloatArray
    output_origin: FloatArray
    output_unit: FloatArray

    @classmethod
    def of(cls, inputs: FloatArray, values: FloatArray, *, positive: bool) -> Self:
        """Units that give inputs (K, N, q) and values (K, N, c) mean 0 and standard deviation 1.

        A constant keeps its size. positive : values keep their zero, as outputs above 0 must.
        """
        origin = values.mean(axis=1) * (not positive)
        return cls(inputs.mean(axis=1), _spread(inputs), origin, _spread(values))

    @classmethod
    def plain(cls, kinds: int, inputs: int, outputs: int) -> Self:
        """The units as they are."""
        x, y = np.zeros((kinds, inputs)), np.zeros((kinds, outputs))
        return cls(x, x + 1, y, y + 1)

    @classmethod
    def from_arrays(cls, arrays: dict[str, FloatArray]) -> Self:
        """The units whose `arrays()` these are."""
        return cls(**{part.name: arrays[part.name] for part in fields(cls)})

    def pick(self, kind: int) -> Self:
        """The units of one kind of network."""
        return type(self)(**{name: array[[kind]] for name, array in self.arrays().items()})

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name, to be saved."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    def inputs(self, inputs: FloatArray) -> FloatArray:
        """Inputs (K, N, q) in standard units."""
        standard: FloatArray = (inputs - self.input_origin[:, None]) / self.input_unit[:, None]
        return standard

    def values(self, values: FloatArray) -> FloatArray:
        """Values (K, N, c) in standard units."""
        standard: FloatArray = (values - self.output_origin[:, None]) / self.output_unit[:, None]
        return standard

    def partials(self, partials: FloatArray) -> FloatArray:
        """Derivatives (K, N, c, p) of the values by the first p inputs, in standard units."""
        return partials / self._slope(partials.shape[3])

    def tangents(self, tangents: FloatArray) -> FloatArray:
        """Derivatives (K, N, q, p) of the inputs by the first p of them, in standard units."""
        ratio = self.input_unit[:, None, :] / self.input_unit[:, : tangents.shape[3], None]
        standard: FloatArray = tangents / ratio.mT[:, None]
        return standard

    def own_values(self, values: FloatArray) -> FloatArray:
        """Values (K, N, c) from standard units."""
        own: FloatArray = values * self.output_unit[:, None] + self.output_origin[:, None]
        return own

    def own_partials(self, partials: FloatArray) -> FloatArray:
        """Derivatives (K, N, c, p) by the first p inputs from standard units."""
        return partials * self._slope(partials.shape[3])

    def _slope(self, directions: int) -> FloatArray:
        """Unit (K, 1, c, p) of a derivative."""
        slope = self.output_unit[:, :, None] / self.input_unit[:, None, :directions]
        return slope[:, None]


def _spread(array: FloatArray) -> FloatArray:
    """Standard deviation over the samples, 1 where they do not differ (beyond rounding)."""
    spread = array.std(axis=1)
    rounding = 1e-12 * np.abs(array).max(axis=1)
    return np.where(spread > rounding, spread, 1.0)
