"""Exact k nearest neighbours: fast candidates in float32, certified and ordered in float64."""

from __future__ import annotations

from collections.abc import Iterator

import faiss
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

# Candidates beyond k in the first search. They let nearly every row be certified at once.
SPARE_CANDIDATES = 12


def nearest_neighbours(samples: npt.ArrayLike, k: int, *, block_bytes: int = 2**27) -> IndexArray:
    """Indices of each sample's k nearest neighbours, the sample itself first.

    samples : (N, d) finite floats.
    k : neighbours per sample, itself included; 1 <= k <= N.
    block_bytes : bound on the memory of one block of candidates.

    Returns (N, k) int64. Behind the sample itself, neighbours are ordered by (Euclidean distance in
    float64, index), so that the result depends neither on the number of threads nor on the order in
    which an engine meets ties. A sample heads its own list even among more than k duplicates.

    A float32 search (faiss) proposes candidates. A row is accepted only where the k-th float64
    distance lies below every distance that the search may have left out, given a bound on its
    rounding error; other rows are searched again within the radius that provably holds all of
    their neighbours.

    Raises ValueError for k out of range, an array that is not (N, d), and values that are not
    finite (the row is named).
    """
    data = check_samples(samples)
    size, dimension = data.shape
    if not 1 <= k <= size:
        raise ValueError(f"k = {k} neighbours of {size} samples; allowed are 1 to {size}")
    data = data * _power_of_two_near(1.0 / max(np.abs(data).max(initial=0.0), 1e-300))
    centred = (data - data.mean(axis=0)).astype(np.float32)
    norms = np.sqrt(np.einsum("ij,ij->i", centred, centred, dtype=np.float64))
    index = faiss.IndexFlatL2(dimension)
    index.add(centred)

    candidates = min(size, k + SPARE_CANDIDATES)
    neighbours = np.empty((size, k), dtype=np.int64)
    uncertain = []
    for rows in _blocks(size, candidates * dimension * 8, block_bytes):
        reached, found = index.search(centred[rows], candidates)
        found = _with_itself(found.astype(np.int64), rows)
        neighbours[rows], distance = _order(data, rows, found, k)
        if candidates < size:
            needed = _radius(distance[:, -1], norms[rows], dimension)
            uncertain.append(rows[needed >= reached[:, -1]])
    if uncertain:
        _search_again(
            index, centred, data, norms, np.concatenate(uncertain), neighbours, block_bytes
        )
    return neighbours


def check_samples(samples: npt.ArrayLike) -> FloatArray:
    """The samples as a float64 array, or a ValueError that names the first row not finite."""
    data = np.asarray(samples, dtype=np.float64)
    if data.ndim != 2 or data.shape[1] == 0:
        raise ValueError(f"samples have shape {data.shape}; an array (N, d) is needed")
    bad = ~np.isfinite(data).all(axis=1)
    if bad.any():
        raise ValueError(
            f"samples hold NaN or infinity in {bad.sum()} of {len(data)} rows, "
            f"the first is row {bad.argmax()}; all values must be finite"
        )
    return data


def _power_of_two_near(value: float) -> float:
    """A power of two: scaling by it is exact, so that ties stay ties."""
    return float(2.0 ** np.floor(np.log2(value)))


def _radius(distance: FloatArray, norms: FloatArray, dimension: int) -> FloatArray:
    """The engine's squared distance below which every point within `distance` must show.

    distance : (n,) exact squared distances from points of these norms, (n,).

    The engine may expand |x - y|^2 = |x|^2 + |y|^2 - 2 x.y in float32. A dot product of length d
    errs by at most d u / (1 - d u) |x| |y|, u = 2^-24; rounding the coordinates to float32 and the
    final sums add a few u more: in all at most c (|x| + |y|)^2 with the c below. A point y within
    the distance has |y| <= |x| + distance^(1/2), however far the other points are. What float32
    cannot represent at all is added last.
    """
    c = (dimension + 16) * 2.0**-24 * 1.01
    reach = np.sqrt(np.maximum(distance, 0.0))
    unrepresentable = dimension * float(np.finfo(np.float32).tiny)
    return distance + c * (2 * norms + reach) ** 2 + unrepresentable


def _blocks(size: int, bytes_per_row: int, block_bytes: int) -> Iterator[IndexArray]:
    rows = max(1, min(size, block_bytes // max(1, bytes_per_row)))
    for start in range(0, size, rows):
        yield np.arange(start, min(start + rows, size))


def _with_itself(found: IndexArray, rows: IndexArray) -> IndexArray:
    """Replace the last candidate where a row's own index is missing (it has many duplicates)."""
    missing = ~(found == rows[:, None]).any(axis=1)
    found[missing, -1] = rows[missing]
    return found


def _order(
    data: FloatArray, rows: IndexArray, found: IndexArray, k: int
) -> tuple[IndexArray, FloatArray]:
    """The k best candidates of each row by (itself, float64 distance, index), and distances."""
    found = np.sort(found, axis=1)
    difference = data[found]
    difference -= data[rows, None, :]
    distance = np.einsum("ijk,ijk->ij", difference, difference)
    distance[found == rows[:, None]] = -1.0
    best = np.argsort(distance, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(found, best, axis=1), np.take_along_axis(distance, best, axis=1)


def _search_again(
    index: faiss.IndexFlatL2,
    centred: npt.NDArray[np.float32],
    data: FloatArray,
    norms: FloatArray,
    uncertain: IndexArray,
    neighbours: IndexArray,
    block_bytes: int,
) -> None:
    """Settle the uncertain rows in place, from all points that may be as near as their k-th."""
    size, dimension = data.shape
    k = neighbours.shape[1]
    for rows in _blocks(len(uncertain), 16 * size, block_bytes):
        block = uncertain[rows]
        difference = data[neighbours[block]] - data[block, None, :]
        furthest = np.einsum("ijk,ijk->ij", difference, difference).max(axis=1)
        radius = _radius(furthest, norms[block], dimension)
        # One search with the block's largest radius finds more than a row needs, never less.
        largest = np.nextafter(np.float32(radius.max()), np.float32(np.inf))
        limits, _, found = index.range_search(centred[block], float(largest))
        for place, row in enumerate(block):
            near = found[limits[place] : limits[place + 1]].astype(np.int64)
            neighbours[row] = _nearest_of(data, row, near, k, block_bytes)


def _nearest_of(
    data: FloatArray, row: int, candidates: IndexArray, k: int, block_bytes: int
) -> IndexArray:
    """The k best of one row's candidates, whatever their number."""
    best = np.array([row], dtype=np.int64)
    length = max(k, block_bytes // (8 * data.shape[1]))
    for start in range(0, len(candidates), length):
        several = np.union1d(best, candidates[start : start + length])
        best = _order(data, np.array([row]), several[None, :], k)[0][0]
    return best
