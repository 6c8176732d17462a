"""What surrogate networks are fitted to: values, partial derivatives, and what each counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.gradients.double_backpropagation import Batch

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrainingSamples:
    """N samples for B networks, or the same for all (leading axis 1); see `training_samples`.

    inputs : (B or 1, N, q).  values : (B or 1, N, c).  value_share : (B or 1, N, c).
    partials, partial_share : (B or 1, N, c, p), or None.  tangents : (B or 1, N, q, p), or None.
    used_inputs : (B,) inputs that are no padding, or None.
    """

    inputs: FloatArray
    values: FloatArray
    value_share: FloatArray
    partials: FloatArray | None = None
    partial_share: FloatArray | None = None
    tangents: FloatArray | None = None
    used_inputs: npt.NDArray[np.int64] | None = None

    def arrays(self) -> dict[str, FloatArray]:
        """The arrays that are there, by name."""
        named = {
            "inputs": self.inputs,
            "values": self.values,
            "value_share": self.value_share,
            "partials": self.partials,
            "partial_share": self.partial_share,
            "tangents": self.tangents,
        }
        return {name: array for name, array in named.items() if array is not None}

    def check(self, networks: int, alpha: FloatArray) -> None:
        """Raise ValueError where the samples do not serve networks with these alpha (B,)."""
        for name, array in self.arrays().items():
            if len(array) not in (1, networks):
                raise ValueError(
                    f"{name} hold samples for {len(array)} networks; there are {networks} seeds"
                )
        used = self.used_inputs
        if used is not None and used.shape != (networks,):
            raise ValueError(f"used_inputs have shape {used.shape}; needed is ({networks},)")
        if (alpha == 1).all():
            return
        if self.partial_share is None:
            raise ValueError("alpha below 1 needs partial derivatives; there are none")
        known = self.partial_share.sum(axis=(1, 2, 3)) > 0
        bad = np.flatnonzero((alpha < 1) & ~np.broadcast_to(known, networks))
        if len(bad):
            raise ValueError(
                f"network {bad[0]} has alpha = {alpha[bad[0]]}, but no partial derivative that is "
                "known and of a weight above 0; without them alpha has to be 1"
            )


def training_samples(
    inputs: npt.ArrayLike,
    values: npt.ArrayLike,
    partials: npt.ArrayLike | None = None,
    *,
    tangents: npt.ArrayLike | None = None,
    sample_weights: npt.ArrayLike | None = None,
    output_weights: npt.ArrayLike | None = None,
    partial_weights: npt.ArrayLike | None = None,
    used_inputs: npt.ArrayLike | None = None,
) -> TrainingSamples:
    """Check samples and turn weights into what each squared residual counts.

    inputs : (N, q) finite floats, or (B, N, q): samples of its own for each of B networks. So all
        arrays but the weights of outputs and partials.
    values : (N, c) finite floats.
    partials : (N, c, p) derivatives along p directions. NaN says that one is not known: it counts
        nothing, and the mean is taken over those that are.
    tangents : (N, q, p), the directions: partials are d values / d inputs . tangents. None for the
        q axes (p = q). With a parameter theta_k that moves several inputs, column k holds their
        derivatives by theta_k, and the partials are total derivatives.
    sample_weights : (N,), at least 0, not all 0; they count relative to their mean, in both terms.
    output_weights : (c,), partial_weights : (c, p), likewise, each in its own term.
    used_inputs : (B,), from 1 to q: further inputs of a network are padding with zeros, which
        changes nothing in it (its other initial parameters are those of a narrower network).

    Raises ValueError for shapes that do not fit and for numbers that are not finite (row named).
    """
    x, y = _samples("inputs", inputs, "N, q"), _samples("values", values, "N, c")
    size, q, c = *x.shape[1:], y.shape[2]
    if y.shape[1] != size or size == 0:
        raise ValueError(
            f"{size} rows of inputs, {y.shape[1]} of values; needed is the same, not 0"
        )
    weight = _weights("sample_weights", sample_weights, (size,))
    per_output = _weights("output_weights", output_weights, (c,))
    value_share = weight[..., None] * (per_output[:, None] / c)
    used = None if used_inputs is None else np.asarray(used_inputs, dtype=np.int64)
    if used is not None and ((used < 1) | (used > q)).any():
        raise ValueError(f"used_inputs are from {used.min()} to {used.max()}; allowed is 1 to {q}")
    seeds = None
    if tangents is not None:
        seeds = _samples("tangents", tangents, "N, q, p")
        if seeds.shape[1:3] != (size, q):
            raise ValueError(f"tangents have shape {seeds.shape}; needed is (..., {size}, {q}, p)")
    if partials is None:
        return TrainingSamples(x, y, value_share, used_inputs=used)
    dy = _samples("partials", partials, "N, c, p", allow_nan=True)
    directions = q if seeds is None else seeds.shape[3]
    if dy.shape[1:] != (size, c, directions):
        raise ValueError(
            f"partials have shape {dy.shape}; needed is (..., {size}, {c}, {directions}): "
            "rows, outputs, directions"
        )
    counts = ~np.isnan(dy) * weight[..., None, None]
    counts = counts * _weights("partial_weights", partial_weights, (c, directions))[:, None]
    total = counts.mean(axis=1, keepdims=True).sum(axis=(2, 3), keepdims=True)
    share = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return TrainingSamples(x, y, value_share, np.nan_to_num(dy), share, seeds, used)


def join_samples(samples: list[TrainingSamples], networks: list[int]) -> TrainingSamples:
    """The samples of several sets of networks (so many each) as those of all of them.

    Sets without partial derivatives, beside others that have them, get some that count nothing.
    Raises ValueError where shapes differ.
    """
    if len(samples) == 1:
        return samples[0]
    sets = [part.arrays() for part in samples]
    names = max(sets, key=len)
    joined: dict[str, FloatArray] = {}
    for name, like in names.items():
        parts = []
        for arrays, count in zip(sets, networks, strict=True):
            array = arrays.get(name)
            if array is None:  # no tangents are the axes; no partials count nothing
                eye = name == "tangents"
                plain = np.eye(*like.shape[2:]) if eye else np.zeros(like.shape[2:])
                array = np.broadcast_to(plain, (1, *like.shape[1:]))
            if array.shape[1:] != like.shape[1:]:
                raise ValueError(
                    f"{name} have shapes {array.shape[1:]} and {like.shape[1:]}; networks that are "
                    "trained together need the same"
                )
            parts.append(np.broadcast_to(array, (count, *array.shape[1:])))
        joined[name] = np.concatenate(parts)
    used = [part.used_inputs for part in samples]
    inputs = samples[0].inputs.shape[2]
    filled = [
        np.full(count, inputs) if one is None else one
        for one, count in zip(used, networks, strict=True)
    ]
    return TrainingSamples(used_inputs=np.concatenate(filled), **joined)  # type: ignore[arg-type]


@dataclass(frozen=True)
class PackedSamples:
    """Samples of a block of networks as one tensor on the device: a batch is one look-up.

    record : (B or 1, N, columns).  columns, shapes : of each field of a `Batch`.
    scale : by field of shares, (B, 1, 1) or (B, 1, 1, 1): alpha, or 1 - alpha.
    """

    record: Tensor
    columns: list[int]
    shapes: dict[str, tuple[int, ...]]
    scale: dict[str, Tensor]

    @classmethod
    def of(
        cls,
        samples: TrainingSamples,
        networks: npt.NDArray[np.int64],
        alpha: FloatArray,
        *,
        partials: bool,
        device: torch.device | str,
        dtype: torch.dtype,
    ) -> PackedSamples:
        """Those of some networks; alpha (B,) is all networks' weight of the values."""
        arrays = samples.arrays()
        if not partials:
            arrays = {name: arrays[name] for name in ("inputs", "values", "value_share")}
        own = max(len(array) for array in arrays.values()) > 1
        parts = []
        for array in arrays.values():
            part = array if len(array) == 1 else array[networks]
            part = np.broadcast_to(part, (len(networks) if own else 1, *part.shape[1:]))
            flat = part.reshape(*part.shape[:2], -1)
            parts.append(torch.tensor(flat, dtype=dtype, device=device))
        share = torch.as_tensor(alpha[networks]).to(device, dtype)[:, None, None]
        scale = {"value_share": share, "partial_share": (1 - share)[..., None]}
        shapes = {name: array.shape[2:] for name, array in arrays.items()}
        return cls(torch.cat(parts, dim=2), [part.shape[2] for part in parts], shapes, scale)

    @property
    def size(self) -> int:
        """Number N of samples."""
        return self.record.shape[1]

    def batch(self, chosen: Tensor) -> Batch:
        """The batch of samples `chosen` (B, n) for each network."""
        row = (
            torch.arange(len(chosen), device=chosen.device)[:, None] if len(self.record) > 1 else 0
        )
        parts = self.record[row, chosen].split(self.columns, dim=2)
        fields = {}
        for part, (name, shape) in zip(parts, self.shapes.items(), strict=True):
            field = part.unflatten(2, shape) if len(shape) > 1 else part
            if name in self.scale:
                field = field * (self.scale[name] / chosen.shape[1])
            fields[name] = field
        return Batch(**fields)


def _samples(name: str, given: npt.ArrayLike, form: str, *, allow_nan: bool = False) -> FloatArray:
    """An array of samples with a leading axis of networks, or a ValueError that names the row."""
    array = np.asarray(given, dtype=np.float64)
    axes = len(form.split(", "))
    if array.ndim == axes:
        array = array[None]
    if array.ndim != axes + 1 or 0 in array.shape:
        raise ValueError(f"{name} have shape {array.shape}; needed is ({form}) or (B, {form})")
    bad = np.isinf(array) if allow_nan else ~np.isfinite(array)
    if bad.any():
        network, row = np.argwhere(bad)[0][:2]
        what = "infinity" if allow_nan else "NaN or infinity"
        where = f"row {row}" + (f" of network {network}" if len(array) > 1 else "")
        allowed = "finite numbers, and NaN for not known" if allow_nan else "finite numbers"
        raise ValueError(f"{name} hold {what}, first in {where}; allowed are {allowed}")
    return array


def _weights(name: str, given: npt.ArrayLike | None, shape: tuple[int, ...]) -> FloatArray:
    """Weights divided by their mean, (B or 1, ...); all 1 where none are given."""
    if given is None:
        return np.ones((1, *shape))
    array = np.asarray(given, dtype=np.float64)
    array = array[None] if array.ndim == len(shape) else array
    if array.shape[1:] != shape:
        raise ValueError(f"{name} have shape {np.shape(given)}; needed is {shape}")
    axes = tuple(range(1, array.ndim))
    mean = array.mean(axis=axes, keepdims=True)
    if not (np.isfinite(array).all() and (array >= 0).all() and (mean > 0).all()):
        raise ValueError(f"{name} must be finite, at least 0, and not all 0")
    weights: FloatArray = array / mean
    return weights
