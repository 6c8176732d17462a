"""Every data set by its kind: the raw files it needs and how it is built from them.

To add a data set: a reader of its own file beside this one, an entry in data/registry.yaml where
it has raw files, a builder below, and a line in `KINDS`. The last four kinds read a user's own
files, whose paths are among their options.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vicinal.data import own_builders
from vicinal.data.dataset import Dataset

Files = Mapping[str, Path]


@dataclass(frozen=True)
class Kind:
    """A kind of data set: registry entry of its raw files (or None), and its builder.

    The builder's parameters beyond `files` and `seed` are the options of the kind.
    own_files : for a kind of the user's own files, those that its options name.
    """

    entry: str | None
    builder: Callable[..., Dataset]
    own_files: Callable[[Mapping[str, Any]], list[Path]] | None = None

    @property
    def options(self) -> dict[str, inspect.Parameter]:
        """Allowed options by name."""
        parameters = inspect.signature(self.builder).parameters
        return {name: p for name, p in parameters.items() if name not in ("files", "seed")}


def build_dataset(kind: str, files: Files, options: Mapping[str, Any], seed: int) -> Dataset:
    """The data set of `kind`, with train and test splits.

    files : base name of the registry's path -> local file; not needed for kinds without raw files
        nor for those of a user's own files, which are named by the options.
    options : of the kind, see the builders.        seed : for what is random, from 0.
    Raises ValueError for an unknown kind or option, a required option or file that is missing,
    and for raw files that cannot be read.
    """
    if kind not in KINDS:
        raise ValueError(f"data set kind {kind!r}; known are {', '.join(KINDS)}")
    allowed = KINDS[kind].options
    unknown = [name for name in options if name not in allowed]
    if unknown:
        known = ", ".join(allowed) or "none"
        raise ValueError(f"data set {kind}: unknown option {', '.join(unknown)}; allowed: {known}")
    required = [name for name, p in allowed.items() if p.default is inspect.Parameter.empty]
    missing = [name for name in required if name not in options]
    if missing:
        raise ValueError(f"data set {kind}: option {', '.join(missing)} is missing")
    return KINDS[kind].builder(files, seed, **options)


def own_files(kind: str, options: Mapping[str, Any]) -> list[Path]:
    """The user's own files that a data set is read from: what it depends on beside its options.

    Empty for the other kinds. Paths are relative to the working directory, as in the options.
    Raises ValueError for a file that is not there, and a folder that is not one of images.
    """
    find = KINDS[kind].own_files
    return find(options) if find is not None else []


def _file(files: Files, name: str) -> Path:
    if name not in files:
        given = ", ".join(files) or "none"
        raise ValueError(f"the raw file {name} is missing; given: {given}")
    return files[name]


def _mnist(files: Files, seed: int) -> Dataset:
    from vicinal.data.mnist import mnist

    return mnist(
        train_images=_file(files, "train-images-idx3-ubyte.gz"),
        train_labels=_file(files, "train-labels-idx1-ubyte.gz"),
        test_images=_file(files, "t10k-images-idx3-ubyte.gz"),
        test_labels=_file(files, "t10k-labels-idx1-ubyte.gz"),
    )


def _cifar10(files: Files, seed: int) -> Dataset:
    from vicinal.data.cifar10 import cifar10

    return cifar10(_file(files, "cifar-10-binary.tar.gz"))


def _rte(files: Files, seed: int) -> Dataset:
    from vicinal.data.glue import rte

    return rte(_file(files, "train.tsv"), _file(files, "dev.tsv"))


def _stsb(files: Files, seed: int) -> Dataset:
    from vicinal.data.glue import stsb

    return stsb(_file(files, "train.tsv"), _file(files, "dev.tsv"))


def _mrpc(files: Files, seed: int) -> Dataset:
    from vicinal.data.glue import mrpc_from_originals

    return mrpc_from_originals(
        _file(files, "msr_paraphrase_train.txt"), _file(files, "dev_ids.tsv")
    )


def _mrpc_built(files: Files, seed: int) -> Dataset:
    from vicinal.data.glue import mrpc

    return mrpc(_file(files, "train.tsv"), _file(files, "dev.tsv"))


def _boston(files: Files, seed: int, *, test_fraction: float = 0.2) -> Dataset:
    from vicinal.data.boston import boston

    return boston(_file(files, "housing.data"), test_fraction, seed)


def _california_housing(files: Files, seed: int, *, test_fraction: float = 0.2) -> Dataset:
    from vicinal.data.california_housing import california_housing

    return california_housing(_file(files, "cal_housing.tgz"), test_fraction, seed)


def _science_news(
    files: Files, seed: int, *, near_duplicates: bool = False, test_fraction: float = 0.2
) -> Dataset:
    from vicinal.data.science_news import science_news

    return science_news(_file(files, "SN_basic.npz"), near_duplicates, test_fraction, seed)


def _digits(files: Files, seed: int, *, test_fraction: float = 0.2) -> Dataset:
    from vicinal.data.embedded import digits

    return digits(test_fraction, seed)


def _breast_cancer(files: Files, seed: int, *, test_fraction: float = 0.2) -> Dataset:
    from vicinal.data.embedded import breast_cancer

    return breast_cancer(test_fraction, seed)


def _diabetes(files: Files, seed: int, *, test_fraction: float = 0.2) -> Dataset:
    from vicinal.data.embedded import diabetes

    return diabetes(test_fraction, seed)


def _double_moon(
    files: Files,
    seed: int,
    *,
    n_train: int = 300,
    noise_train: float = 0.2,
    n_test: int = 500,
    noise_test: float = 0.15,
) -> Dataset:
    from vicinal.data.double_moon import double_moon

    return double_moon(n_train, noise_train, n_test, noise_test, seed)


def _sentence_pairs(
    files: Files,
    seed: int,
    *,
    task: Literal["entailment", "similarity", "paraphrase"],
    n_train: int,
    n_test: int,
) -> Dataset:
    from vicinal.data.sentence_pairs import sentence_pairs

    return sentence_pairs(task, n_train, n_test, seed)


def _printed_digits(
    files: Files, seed: int, *, size: int = 8, samples: int = 500, test_fraction: float = 0.2
) -> Dataset:
    from vicinal.data.printed_digits import printed_digits

    return printed_digits(size, samples, test_fraction, seed)


def _topic_documents(
    files: Files,
    seed: int,
    *,
    n_train: int = 400,
    n_test: int = 400,
    topics: int = 8,
    words: int = 400,
    length: float = 80.0,
    topical: float = 0.4,
    second: float = 0.2,
    outliers: float = 0.15,
) -> Dataset:
    from vicinal.data.topic_documents import TopicSettings, topic_documents

    settings = TopicSettings(topics, words, length, topical, second, outliers)
    return topic_documents(n_train, n_test, settings, seed)


def _lalonde(
    files: Files,
    seed: int,
    *,
    sample: Literal["dehejia_wahba", "lalonde"] = "dehejia_wahba",
    controls: Literal["experimental", "psid", "cps"] = "psid",
) -> Dataset:
    from vicinal.data.lalonde import lalonde

    start = {"dehejia_wahba": "nswre74", "lalonde": "nsw"}[sample]
    comparison = None if controls == "experimental" else f"{controls}_controls.txt"
    return lalonde(
        treated=_file(files, f"{start}_treated.txt"),
        control=_file(files, f"{start}_control.txt"),
        comparison=None if comparison is None else _file(files, comparison),
    )


def _observational_study(
    files: Files,
    seed: int,
    *,
    n_train: int = 600,
    n_test: int = 400,
    covariates: int = 4,
    curvature: float = 1.0,
    strength: float = 1.0,
    confounding: float = 1.0,
    effect: float = 1.0,
    heterogeneity: float = 0.0,
    treated: float = 0.3,
    noise: float = 1.0,
) -> Dataset:
    from vicinal.data.observational_study import observational_study

    return observational_study(
        *(n_train, n_test, covariates, curvature, strength, confounding),
        *(effect, heterogeneity, treated, noise, seed),
    )


KINDS: dict[str, Kind] = {
    "mnist": Kind("mnist", _mnist),
    "cifar10": Kind("cifar10", _cifar10),
    "rte": Kind("glue_rte", _rte),
    "stsb": Kind("glue_stsb", _stsb),
    "mrpc": Kind("glue_mrpc", _mrpc),
    "mrpc_built": Kind("glue_mrpc_built", _mrpc_built),
    "boston": Kind("boston", _boston),
    "california_housing": Kind("california_housing", _california_housing),
    "science_news": Kind("science_news_public", _science_news),
    "lalonde": Kind("lalonde", _lalonde),
    "digits": Kind(None, _digits),
    "breast_cancer": Kind(None, _breast_cancer),
    "diabetes": Kind(None, _diabetes),
    "double_moon": Kind(None, _double_moon),
    "sentence_pairs": Kind(None, _sentence_pairs),
    "printed_digits": Kind(None, _printed_digits),
    "topic_documents": Kind(None, _topic_documents),
    "observational_study": Kind(None, _observational_study),
    "csv": Kind(None, own_builders.csv, own_builders.named_files),
    "npz": Kind(None, own_builders.npz, own_builders.named_files),
    "images": Kind(None, own_builders.images, own_builders.folder_files),
    "text": Kind(None, own_builders.text, own_builders.named_files),
}
REGISTRY_ENTRY: dict[str, str | None] = {name: kind.entry for name, kind in KINDS.items()}
