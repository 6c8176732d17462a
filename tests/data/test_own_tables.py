"""A user's own tables and texts: what is read, split and inferred, and what is said of faults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vicinal.data.build import build_dataset, own_files


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(tmp_path: Path, count: int = 20) -> Path:
    """Columns that name their row: a = number, b = 10 number; y = number modulo 2."""
    rows = [f"{n},row {n},{10 * n}.5,{n % 2}" for n in range(count)]
    return write(tmp_path / "own.csv", "a,name,b,y", *rows)


def read_csv(path: Path, seed: int = 3, **options: Any) -> Any:
    return build_dataset("csv", {}, {"path": str(path), "label": "y"} | options, seed)


def test_a_table_is_read_and_split_without_loss(tmp_path: Path) -> None:
    dataset = read_csv(table(tmp_path), test_fraction=0.3)
    assert dataset.task == "classification"
    assert dataset.class_names == ("0", "1")
    assert [len(dataset.labels[split]) for split in ("train", "test")] == [14, 6]
    inputs = np.concatenate([dataset.inputs["train"], dataset.inputs["test"]])
    labels = np.concatenate([dataset.labels["train"], dataset.labels["test"]])
    order = np.argsort(inputs[:, 0])
    np.testing.assert_array_equal(inputs[order, 0], np.arange(20))
    np.testing.assert_array_equal(inputs[order, 1], 10 * np.arange(20) + 0.5)
    np.testing.assert_array_equal(labels[order], np.arange(20) % 2)
    assert dataset.labels["test"].sum() == 3  # proportions are kept
    other = read_csv(table(tmp_path), test_fraction=0.3, seed=4)
    assert not np.array_equal(other.inputs["test"], dataset.inputs["test"])


def test_named_columns_come_in_the_order_asked_for(tmp_path: Path) -> None:
    dataset = read_csv(table(tmp_path), columns=["b"])
    assert dataset.inputs["train"].shape == (16, 1)
    dataset = read_csv(table(tmp_path), columns=["b", "a"])
    np.testing.assert_array_equal(
        dataset.inputs["train"][:, 0], 10 * dataset.inputs["train"][:, 1] + 0.5
    )


def test_a_written_index_and_text_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", ",a,note,y", *(f"{n},{-n},n/a,{n % 2}" for n in range(9)))
    inputs = read_csv(path).inputs["train"]
    assert inputs.shape == (7, 1)
    assert inputs.max() <= 0  # the column a, not the index


def test_a_second_file_is_the_test_split_in_its_order(tmp_path: Path) -> None:
    test = write(tmp_path / "test.csv", "y;b;a", "1;7;8", "0;9;10")
    path = write(tmp_path / "own.csv", "a;b;y", "1;2;0", "3;4;1")
    dataset = read_csv(path, separator=";", test_path=str(test))
    np.testing.assert_array_equal(dataset.inputs["train"], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(dataset.inputs["test"], [[8, 7], [10, 9]])
    np.testing.assert_array_equal(dataset.labels["test"], [1, 0])
    options = {"path": str(path), "test_path": str(test)}
    assert own_files("csv", options) == [path, test]
    assert own_files("csv", options | {"test_path": None}) == [path]
    assert own_files("digits", {}) == []


@pytest.mark.parametrize(
    ("labels", "task", "names"),
    [
        (["no", "yes"] * 5, "classification", ("no", "yes")),
        (["10", "9"] * 5, "classification", ("9", "10")),
        (["1.0", "2.0"] * 5, "classification", ("1.0", "2.0")),
        ([str(n % 20) for n in range(200)], "classification", tuple(map(str, range(20)))),
        ([str(n % 21) for n in range(210)], "regression", ()),
        (["0.5", "1"] * 5, "regression", ()),
    ],
)
def test_the_rule_that_tells_the_task(
    tmp_path: Path, labels: list[str], task: str, names: tuple[str, ...]
) -> None:
    rows = [f"{n},{label}" for n, label in enumerate(labels)]
    dataset = read_csv(write(tmp_path / "own.csv", "a,y", *rows))
    assert (dataset.task, dataset.class_names) == (task, names)


def test_values_are_standardised_by_the_training_split_or_left(tmp_path: Path) -> None:
    rows = [f"{n},{1000 + n * n}.25" for n in range(30)]
    path = write(tmp_path / "own.csv", "a,y", *rows)
    raw, scaled = read_csv(path, label_scale="as_is"), read_csv(path)
    for split in ("train", "test"):
        np.testing.assert_array_equal(raw.labels[split], 1000.25 + raw.inputs[split][:, 0] ** 2)
    train = raw.labels["train"]
    np.testing.assert_allclose(
        scaled.labels["test"], (raw.labels["test"] - train.mean()) / train.std()
    )
    assert scaled.labels["train"].mean() == pytest.approx(0)
    assert scaled.labels["train"].std() == pytest.approx(1)
    as_values = read_csv(table(tmp_path), task="regression", label_scale="as_is")
    assert set(as_values.labels["train"]) == {0.0, 1.0}


def test_quoted_cells_and_other_separators(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", '"a",b, y ', '"1","2",x', "", "3,4,z", "5,6,x", "7,8,z")
    dataset = read_csv(path, test_fraction=0.5)
    assert dataset.class_names == ("x", "z")
    found = np.concatenate([dataset.inputs["train"], dataset.inputs["test"]])
    assert sorted(found.ravel().tolist()) == [1, 2, 3, 4, 5, 6, 7, 8]


GOOD = ["a,b,y", "1,2,0", "3,4,1", "5,6,0", "7,8,1"]


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (GOOD, {"label": "z"}, r"own.csv: no column 'z'; the header has a, b, y$"),
        (GOOD, {"separator": ";"}, "no column 'y'.*is the separator right"),
        (GOOD, {"separator": ""}, "separator is ''; one character"),
        (GOOD, {"columns": ["a", "c"]}, "no column 'c'"),
        (GOOD, {"columns": ["a", "y"]}, "column 'y' is the label"),
        (GOOD, {"task": "ranking"}, "task is 'ranking'; allowed are infer, classification"),
        (GOOD, {"label_scale": "log"}, "label_scale is 'log'; allowed are standard, as_is"),
        (GOOD, {"test_fraction": 1.5}, "test_fraction is 1.5"),
        (GOOD, {"test_fraction": 0.2}, "4 samples into 3 and 1; both need one of each of the 2"),
        ([*GOOD, "9,x,1"], {}, "row 6, column b: the cell 'x' is no finite number"),
        ([*GOOD, "9,,1"], {}, "row 6, column b: an empty cell"),
        ([*GOOD, "9,nan,1"], {}, "row 6, column b: the cell 'nan'"),
        ([*GOOD, "9,inf,1"], {}, "row 6, column b: the cell 'inf'"),
        ([*GOOD, "9,1_0,1"], {}, "row 6, column b: the cell '1_0'"),
        ([*GOOD, "", "9,10,"], {}, "row 7, column y: the label is empty"),
        ([*GOOD, "9,10,high"], {}, "row 6, column y: the label 'high' is no number, others are"),
        ([*GOOD, "9,10,nan"], {"task": "regression"}, "row 6, column y: the label 'nan' is no fin"),
        ([*GOOD, "9,10,2"], {}, "row 6, column y: class '2' has this sample only"),
        ([*GOOD, "9,10"], {}, "row 6: 2 cells; the header has 3 columns"),
        ([*GOOD, '"9,10,1'], {}, "row 6: unexpected end of data"),
        (["a,a,y", "1,2,0"], {}, "column 'a' stands in the header 2 times"),
        (["a,b,y", "1,2,0", "3,4,0"], {}, "all labels are '0'; classes are at least two"),
        (["a,y", "1,0.5", "2,0.5"], {}, "all training labels are 0.5"),
        (["name,y", "p,0", "q,1"], {}, "no column of numbers beside the label 'y'"),
        (["a,b,y"], {}, "no rows below the header"),
        ([""], {}, "the file is empty; a header line is needed"),
    ],
)
def test_faults_of_a_table(
    tmp_path: Path, lines: Sequence[str], options: dict[str, Any], message: str
) -> None:
    path = write(tmp_path / "own.csv", *lines)
    with pytest.raises(ValueError, match=message):
        read_csv(path, **options)


def test_faults_between_two_files_and_unreadable_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", *GOOD)
    test = write(tmp_path / "test.csv", "a,b,y", "1,2,0", "1,2,7")
    with pytest.raises(ValueError, match=r"test.csv, row 3, column y: class '7' has no sample in"):
        read_csv(path, test_path=str(test))
    with pytest.raises(ValueError, match=r"test.csv: no column 'b'"):
        read_csv(path, test_path=str(write(tmp_path / "test.csv", "a,y", "1,0")))
    (tmp_path / "latin.csv").write_bytes("a,y\n1,é\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin.csv: not UTF-8"):
        read_csv(tmp_path / "latin.csv")
    with pytest.raises(FileNotFoundError, match=r"absent\.csv"):
        read_csv(tmp_path / "absent.csv")
    with pytest.raises(ValueError, match="option label is missing"):
        build_dataset("csv", {}, {"path": str(path)}, 0)
    with pytest.raises(ValueError, match="unknown option lable; allowed: path, label, columns"):
        read_csv(path, lable="y")


# Texts


def read_text(path: Path, **options: Any) -> Any:
    return build_dataset("text", {}, {"path": str(path), "label": "y"} | options, 0)


def test_texts_single_and_in_pairs(tmp_path: Path) -> None:
    lines = ["first,second,y", '"Ay, ""so""",No.,good', "Zwei Wörter,3,bad"]
    path, test = write(tmp_path / "own.csv", *lines), write(tmp_path / "test.csv", *lines)
    dataset = read_text(path, columns=["first", "second"], test_path=str(test))
    assert dataset.input_kind == "text"
    assert dataset.inputs["train"].tolist() == [['Ay, "so"', "No."], ["Zwei Wörter", "3"]]
    assert dataset.class_names == ("bad", "good")
    assert dataset.labels["test"].tolist() == [1, 0]
    single = read_text(path, columns=["second"], test_path=str(test))
    assert single.inputs["test"].tolist() == [["No."], ["3"]]


def test_texts_without_quoting(tmp_path: Path) -> None:
    lines = ["s\ty", '"open\t0.5', 'a "b" c\t2']
    path = write(tmp_path / "own.tsv", *lines)
    options = {"columns": ["s"], "separator": "\t", "quotes": False, "test_path": str(path)}
    dataset = read_text(path, **options, label_scale="as_is")
    assert dataset.inputs["train"].tolist() == [['"open'], ['a "b" c']]
    assert dataset.labels["train"].tolist() == [0.5, 2]
    with pytest.raises(ValueError, match=r"own.tsv, row 2: "):
        read_text(path, **options | {"quotes": True})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["s", "t"]}, "row 3, column t: the text is empty"),
        ({"columns": ["s", "u"]}, "no column 'u'; the header has s, t, y"),
        ({"columns": []}, "one or two columns"),
        ({"columns": ["s", "s"]}, "each named once"),
        ({"columns": ["y"]}, "beside the label"),
        ({"columns": ["s"]}, "row 2, column y: class 'p' has this sample only"),
    ],
)
def test_faults_of_texts(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "own.csv", "s,t,y", "a b,c,p", "d,  ,q", "e,f,q")
    with pytest.raises(ValueError, match=message):
        read_text(path, **options)
