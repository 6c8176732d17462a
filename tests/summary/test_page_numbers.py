"""Numbers and times on the summary page, as a person reads them."""

from __future__ import annotations

import numpy as np
import pytest

from vicinal_workflow.page import Cell, StageTime, stage_table


def test_a_cell_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(TypeError, match="text, a number or None"):
        Cell([1]).shown(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "error", "decimals", "text"),
    [
        (91.3, None, 2, "91.30"),
        (13.314159, None, None, "13.31"),
        (0.5, None, None, "0.5"),
        (9.9996, None, None, "10"),
        (0.0, None, None, "0"),
        (-0.001, None, 2, "0.00"),
        (-1.5, None, None, "−1.5"),
        (60000, None, None, "60\u202f000"),
        (np.int64(5), None, None, "5"),
        (np.float32(0.25), None, None, "0.25"),
        (1.22e-4, None, None, "1.22 × 10⁻⁴"),
        (9.99996e-5, None, None, "1 × 10⁻⁴"),
        (1.22e-4, 0.13e-4, None, "(1.22 ± 0.13) × 10⁻⁴"),
        (1022.130, 330.589, None, "1022 ± 331"),
        (0.126, 0.032, None, "0.126 ± 0.032"),
        (98.87, 0.01, 2, "98.87 ± 0.01"),
        (98.87, float("nan"), 2, "98.87"),
        (1.0, 0.0, None, "1.000 ± 0.000"),
        (float("inf"), None, 2, "∞"),
        (np.bool_(True), None, None, "yes"),
        (False, None, None, "no"),
        ("", None, None, "–"),
        (None, 0.1, 2, "–"),
    ],
)
def test_numbers_read_well(
    value: float | None, error: float | None, decimals: int | None, text: str
) -> None:
    assert Cell(value, error=error).shown(decimals) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.01, "<0.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (245.0, "4 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7630.0, "2 h 07 min"),
    ],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    table = stage_table([StageTime("s", 1, seconds, seconds)])
    assert table.groups[0].rows[0][3].shown(None) == text  # type: ignore[union-attr]
