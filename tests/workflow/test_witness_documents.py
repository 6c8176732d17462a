"""Documents in the workflow: faults, the plan, tables, verdicts, what is made and runs again."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from checkout import PAPER, REGISTRY, ROOT, SCHEMA
from project import Project
from vicinal.data.dataset import Dataset
from vicinal_workflow.artifacts import read_arrays, write_dataset
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.studies import PartResults, page_studies
from vicinal_workflow.witness_documents_claims import CLAIMS
from vicinal_workflow.witness_documents_names import METHODS, REGULAR, VARIANTS
from vicinal_workflow.witness_documents_section import witness_documents_section
from vicinal_workflow.witness_documents_source import (
    corpus_source,
    drawn_source,
    witness_settings,
)
from vicinal_workflow.witness_documents_tables import (
    document_differences,
    scores_table,
    summarise_documents,
)

ALL = {"compare_documents": 1, "build_document_tables": 1, "plot_documents": 1}
TARGET = {**ALL, "witness_section5_4": 1}
OURS = "embedding, degree, sigma and measures ours (paper: lost)"


def completed(documents=None, **datasets):
    config = load_yaml(ROOT / "config.yaml")
    for name, changes in datasets.items():
        config["datasets"].setdefault(name, {}).update(changes)
    config["witness"]["documents"].update(documents or {})
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("documents", "datasets", "message"),
    [
        ({"dataset": "nothing"}, {}, "dataset: 'nothing' is not an entry of datasets; known are"),
        ({"dataset": "digits"}, {}, "it holds inputs of kind image, needed is a table of words"),
        ({"dataset": "diabetes"}, {}, "it holds values, needed are classes"),
        ({"sigma": "median"}, {}, r"sigma: 'median' is not allowed; allowed is a number or a text"),
        ({"sigma": 0}, {}, "sigma: 0 is not allowed; allowed is a number or a text, above 0"),
        ({"components": 1}, {}, "components: 1 is not allowed; allowed is an integer, at least 2"),
        (
            {"components": 40},
            {"topic_documents": {"words": 40}},
            "components: 40 is not allowed; documents of datasets.topic_documents allow at most 39",
        ),
        (
            {},
            {"topic_documents": {"label_noise": 0.1}},
            "datasets.topic_documents.label_noise: only 0 is allowed; `witness.documents` draws",
        ),
        ({}, {"topic_documents": {"outliers": 1}}, "outliers: 1 is not allowed; allowed is"),
        ({"draws": 3}, {}, "unknown key 'draws'"),
    ],
)
def test_faults_are_named(documents, datasets, message):
    with pytest.raises(ConfigurationError) as error:
        completed(documents, **datasets)
    assert "1 fault(s)" in str(error.value)
    assert message in str(error.value)


def test_drawn_documents_need_no_file_and_others_do():
    drawn = Plan(completed(), PAPER, REGISTRY).witness_documents
    assert drawn.files == []
    assert drawn.described() == {
        "data": "topic_documents",
        "scale": f"{OURS}; topic_documents in place of science_news",
        "unit": "draws",
    }
    assert [job.stage for job in drawn.jobs()] == list(ALL)
    assert drawn.generated["outliers"] == 0.3
    real = completed({"dataset": "science_news"}, science_news={"kind": "science_news"})
    read = Plan(real, PAPER, REGISTRY).witness_documents
    assert (read.generated, read.files) == (None, ["datasets/science_news.npz"])
    # How a data set is split does not matter where its splits are put together.
    assert read.described() == {"data": "science_news", "scale": OURS, "unit": "splits"}
    assert [job.stage for job in read.jobs()] == ["retrieve_file", "build_dataset", *ALL]
    assert read.jobs()[0].name == "science_news/SN_basic.npz"


def test_the_papers_preset_is_complete():
    written = load_yaml(ROOT / "workflow/presets/paper.yaml")["witness"]["documents"]
    assert load_yaml(ROOT / "config.yaml")["witness"]["documents"].keys() <= written.keys()
    assert Plan(PAPER, PAPER, REGISTRY).witness_documents.scale == OURS


def test_null_leaves_the_part_out():
    config = completed()
    config["witness"]["documents"] = None
    part = Plan(config, PAPER, REGISTRY).witness_documents
    assert (part.jobs(), part.page_tables(), part.measured_tables()) == ([], {}, {})
    assert (part.described(), part.files, part.generated) == ({}, [], None)
    assert list(part.figures()) == []
    part.check_own_files()
    studies = page_studies(
        {"witness_documents": PartResults({}, [])}, pd.DataFrame({"study": []}), {}
    )
    assert studies == []


def test_an_own_file_that_is_not_there_is_named():
    own = completed({"dataset": "mine"}, mine={"kind": "csv", "path": "no.csv", "label": "class"})
    part = Plan(own, PAPER, REGISTRY).witness_documents
    with pytest.raises(ValueError, match=r"datasets\.mine\.path: no\.csv"):
        part.check_own_files()


def test_settings_become_sources():
    config = completed({"permutations": 7, "sigma": 0.5, "reference": 11})
    documents = config["witness"]["documents"]
    plan = Plan(config, PAPER, REGISTRY).witness_documents
    source = drawn_source(documents, plan.generated)
    assert (source.n_train, source.n_test, source.n_reference, source.components) == (
        300, 300, 11, 7,
    )  # fmt: skip
    assert (source.topics.outliers, source.topics.words) == (0.3, 400)
    settings = witness_settings(documents)
    assert (settings.n, settings.sigma, settings.n_permutations) == (4, 0.5, 7)
    rng = np.random.default_rng(0)
    words = {split: rng.random((size, 6)) for split, size in (("train", 7), ("test", 3))}
    labels = {split: np.arange(len(own)) % 2 for split, own in words.items()}
    corpus = corpus_source({"components": 2}, Dataset("classification", words, labels, ("a", "b")))
    assert corpus.points.shape == (10, 2)
    np.testing.assert_array_equal(corpus.labels, [*(np.arange(7) % 2), *(np.arange(3) % 2)])


def repetitions(count=6, seed=0, real=False):
    """Made-up scores: significant documents' centroids are nearer to the true ones by 0.1."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        scores = {}
        noise = rng.normal(0, 0.01)
        centre = "instability" if real else "distance"
        for groups in ("classes", "clusters"):
            for method in METHODS:
                if method == REGULAR and real:
                    continue
                near = 0.1 if method == "hermite" else 0
                near = near if groups == "classes" else -near
                own = rng.normal(0, 0.005)
                scores[groups, method, centre] = 0.3 - near + noise + own
                scores[groups, method, "rand_index"] = 0.5 + rng.normal(0, 0.2)
                if method not in ("all", "median"):
                    scores[groups, method, "kept"] = 0.6
                    scores[groups, method, "empty"] = 0.0
        for variant in VARIANTS:
            for metric, value in (
                ("significant", 0.7), ("accuracy", 0.8), ("accuracy_significant", 0.9),
                ("accuracy_others", 0.5), ("auroc_wrong", 0.6),
            ):  # fmt: skip
                scores["classes", variant, metric] = value + rng.normal(0, 0.01)
            if not real:
                scores["classes", variant, "outliers_significant"] = 0.2 + rng.normal(0, 0.01)
                scores["classes", variant, "auroc_outliers"] = 0.7 + rng.normal(0, 0.01)
        found.append(scores)
    return found


def tables(real=False, count=6):
    unit = "splits" if real else "draws"
    scores = scores_table(repetitions(count, real=real))
    described = {"data": "made up", "scale": "ours", "unit": unit}
    return {
        "document_scores": summarise_documents(scores, unit).assign(**described),
        "document_differences": document_differences(scores, unit).assign(**described),
    }


def test_means_and_differences_against_scipy():
    scores = scores_table(repetitions())
    own = scores[(scores["groups"] == "classes") & (scores["metric"] == "distance")]
    grid = own.pivot(index="repetition", columns="method", values="value")
    # The order of lines must not matter.
    shuffled = scores.sample(frac=1, random_state=0)
    keys = ["groups", "method", "metric"]
    summary = summarise_documents(shuffled, "draws").set_index(keys)
    line = summary.loc["classes", "all", "distance"]
    low, high = stats.t.interval(0.95, 5, grid["all"].mean(), stats.sem(grid["all"]))
    assert (line["mean"], line["n"]) == (pytest.approx(grid["all"].mean()), 6)
    assert line["half_width"] == pytest.approx((high - low) / 2)
    pair = [*keys, "over", "over_metric"]
    differences = document_differences(shuffled, "draws").set_index(pair)
    found = differences.loc["classes", "hermite", "distance", "all", "distance"]
    assert found["mean"] == pytest.approx((grid["hermite"] - grid["all"]).mean())
    assert found["p_value"] == pytest.approx(stats.ttest_rel(grid["hermite"], grid["all"]).pvalue)
    # Splits of one corpus leave more to chance than draws do.
    wide = document_differences(shuffled, "splits").set_index(pair)
    factor = ((1 / 6 + 1) / (1 / 6)) ** 0.5
    widths = [
        table.loc["classes", "hermite", "distance", "all", "distance"][["low", "high"]]
        .diff()
        .iloc[1]
        for table in (differences, wide)
    ]
    assert widths[1] / widths[0] == pytest.approx(factor)


def test_what_was_not_measured_has_no_line():
    scores = repetitions(3)
    for number, own in enumerate(scores):
        own["classes", "hermite", "accuracy_others"] = np.nan if number < 2 else 0.4
        own["classes", "gaussian_own", "accuracy_others"] = np.nan
    table = scores_table(scores)
    lines = summarise_documents(table, "draws").set_index(["method", "metric"])
    assert lines.loc[("hermite", "accuracy_others"), "n"].item() == 1
    assert ("gaussian_own", "accuracy_others") not in lines.index
    differences = document_differences(table, "draws")
    within = differences[differences["over_metric"] == "accuracy_others"].set_index("method")
    assert within.loc["hermite", "n"] == 1
    assert "gaussian_own" not in within.index


@pytest.mark.parametrize("real", [False, True])
def test_the_page_answers_in_words(real):
    shown, verdicts = witness_documents_section(tables(real), pd.DataFrame())
    assert all(len(table.columns) <= 9 for table in shown)
    significance, centroids = shown
    assert [row[0] for row in significance.groups[0].rows] == [
        "Hermite kernel", "Gaussian kernel, same σ",
        "Gaussian kernel, own best σ (t of held-out F)",
    ]  # fmt: skip
    assert len(significance.columns) == (7 if real else 9)
    methods = [row[0] for row in centroids.groups[1].rows]
    assert len(methods) == len(METHODS) - real
    titles = [column.title for column in centroids.columns]
    distance = titles.index("distance")
    rows = {row[0]: row for row in centroids.groups[0].rows}
    assert rows["all documents"][distance].value == pytest.approx(30, abs=2)
    hermite = rows["Hermite kernel"][distance + 1]
    assert hermite.value == pytest.approx(-10, abs=2)
    assert hermite.emphasis == "for"
    assert ("Nadeau" in centroids.caption) == real
    texts = {verdict.text: verdict.tone for verdict in verdicts}
    assert len(texts) == len(verdicts) == (13 if real else 16)
    where = "move {} from half to half than" if real else "are {} the true centres than"
    words = ("less", "more") if real else ("nearer to", "farther from")
    for start, word, tone in (
        ("(known classes) ", words[0], "for"),
        ("(k-means clusters) ", words[1], "against"),
    ):
        sentence = f"{start}{where.format(word)} those of all documents"
        assert [tone for text, tone in texts.items() if sentence in text] == [tone]
    (labels,) = [v for v in verdicts if "k-means' own" in v.text]
    assert labels.tone == "open"
    assert "whether labels" in labels.text
    assert not any("nan" in text for text in texts)


def test_every_claim_is_one_of_the_differences():
    lines = pd.concat([tables(real)["document_differences"] for real in (False, True)])
    keys = ["groups", "method", "metric", "over", "over_metric"]
    found = set(lines[keys].itertuples(index=False, name=None))
    for claim in CLAIMS:
        assert (claim.groups, "hermite", claim.metric, claim.over, claim.over_metric) in found


def test_one_repetition_has_no_interval():
    shown, verdicts = witness_documents_section(tables(count=1), pd.DataFrame())
    assert {verdict.tone for verdict in verdicts} == {"open"}
    assert not any("nan" in verdict.text for verdict in verdicts)
    texts = [cell.shown(1) for row in shown[1].groups[0].rows for cell in row[1:]]
    assert not any("nan" in text for text in texts)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The project after this part alone. Leave it as you found it."""
    project = Project(tmp_path_factory.mktemp("documents"))
    assert project.jobs("witness_section5_4") == TARGET
    project.run("witness_section5_4")
    return project


def test_tables_and_the_figure_are_made(made):
    results = made.folder / "results/witness"
    scores = pd.read_csv(results / "tables/document_scores.csv")
    assert scores["scale"].eq(f"{OURS}; topic_documents in place of science_news").all()
    assert set(scores["method"]) == set(METHODS)
    differences = pd.read_csv(results / "tables/document_differences.csv")
    assert differences["n"].max() == 2
    read = {"document_scores": scores, "document_differences": differences}
    assert len(witness_documents_section(read, pd.DataFrame())[1]) > 10
    for suffix in ("png", "svg"):
        assert (results / f"figures/documents.{suffix}").stat().st_size > 5000
    example = read_arrays(results / "documents/example.npz")
    assert example["points"].shape == (90, 2)
    assert list(example["class_names"]) == ["topic 0", "topic 1", "topic 2"]


@pytest.mark.parametrize(
    ("section", "change"),
    [("witness", {"n": 5}), ("datasets", {"outliers": 0.2})],
)
def test_editing_a_setting_runs_what_is_behind_it(made, section, change):
    def edit(config):
        entry = {"witness": "documents", "datasets": "topic_documents"}[section]
        config[section][entry].update(change)

    with made.edited_config(edit):
        assert made.jobs("witness_section5_4") == TARGET
    assert made.jobs("witness_section5_4") == {}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("vicinal/figures/document_centroids.py", {"plot_documents": 1}),
        ("vicinal/repeated_splits.py", ALL),
        ("vicinal/witness/robust_centroids.py", ALL),
        ("vicinal_workflow/witness_documents_section.py", {}),
    ],
)
def test_editing_a_module_runs_what_imports_it(made, module, expected):
    with made.edited_file(made.folder / "src" / module, "\n# edited\n"):
        found = made.jobs("witness_section5_4")
    assert found == ({**expected, "witness_section5_4": 1} if expected else {})


def test_two_runs_give_the_same_bytes(made):
    """In another folder, with another number of cores."""
    folder = made.folder / "again"
    made.run(
        *(f"again/witness/figures/documents.{suffix}" for suffix in ("png", "svg")),
        *(f"again/witness/tables/document_{name}.csv" for name in ("scores", "differences")),
        *("--config", "results_dir=again", "--cores", "1"),
    )
    files = [path for path in (folder / "witness").rglob("[!.]*") if path.is_file()]
    assert len(files) == 6
    made.assert_same_bytes(files, folder)


def test_further_repetitions_leave_the_first_as_they_are(made):
    with made.edited_config(lambda c: c["witness"]["documents"].update(repetitions=3)):
        made.run("more/witness/documents/scores.csv", "--config", "results_dir=more")
    more, few = (
        pd.read_csv(made.folder / folder / "witness/documents/scores.csv")
        for folder in ("more", "results")
    )
    pd.testing.assert_frame_equal(more[more["repetition"] < 2], few)


def test_a_corpus_is_split_into_halves(made):
    """A data set that is read: its documents are found in the halves, and no truth is needed."""
    rng = np.random.default_rng(0)
    topics = rng.dirichlet(np.full(30, 0.1), 3)
    labels = np.arange(90) % 3
    words = rng.multinomial(50, 0.7 * topics[labels] + 0.3 / 30).astype(float)
    parts = {"train": slice(60), "test": slice(60, 90)}
    dataset = Dataset(
        "classification",
        {split: words[rows] for split, rows in parts.items()},
        {split: labels[rows] for split, rows in parts.items()},
        ("a", "b", "c"),
    )
    path = made.folder / "corpus/datasets/news.npz"
    write_dataset(path, dataset)

    def edit(config):
        config["datasets"]["news"] = {"kind": "science_news"}
        config["witness"]["documents"]["dataset"] = "news"

    target = "corpus/witness/tables/document_scores.csv"
    with made.edited_config(edit):
        raw = made.folder / "data/downloads/science_news/SN_basic.npz"
        raw.parent.mkdir(parents=True, exist_ok=True)
        raw.write_bytes(b"never read")
        path.touch()
        made.run(target, "--config", "results_dir=corpus", "--rerun-triggers", "mtime")
    scores = pd.read_csv(made.folder / target)
    assert set(scores["unit"]) == {"splits"}
    assert {"instability", "rand_index"} <= set(scores["metric"])
    assert not {"distance", "auroc_outliers"} & set(scores["metric"])
    lines = scores.set_index(["groups", "method", "metric"])["mean"]
    assert lines["classes", "all", "rand_index"] > 0.8
    example = read_arrays(made.folder / "corpus/witness/documents/example.npz")
    assert len(example["points"]) == 45


def test_the_page_has_the_part(tiny_run):
    page = (tiny_run.folder / "results/summary/index.html").read_text("utf-8")
    for text in ("documents and robust centroids", "Section 5.4: centroids of significant"):
        assert text in page
    listed = tiny_run.run("--list-target-rules").stdout
    assert "\nwitness_section5_4 (" in listed
