"""Documents' significance and centroids on data whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from vicinal.data.topic_documents import TopicSettings
from vicinal.witness.document_comparison import (
    Findings,
    measure_sample,
    picture,
    repetition_scores,
)
from vicinal.witness.document_samples import CorpusHalves, DocumentSample, DrawnDocuments
from vicinal.witness.document_significance import (
    TUNING_FRACTION,
    WitnessSettings,
    apply_variants,
    choose_variants,
    significance_scores,
)
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.permutation_test import WitnessTest
from vicinal.witness.robust_centroids import matched_centroids, relative_distance

SETTINGS = WitnessSettings(n=4, n_permutations=50)
CENTRES = np.array([[0.0, 0], [6, 0], [0, 6]])


def blobs(size=60, strays=12, seed=0):
    """Three round classes, and points astray with labels of their own."""
    rng = np.random.default_rng(seed)
    labels = np.arange(size) % 3
    points = CENTRES[labels] + rng.normal(size=(size, 2))
    outliers = np.arange(size) >= size - strays
    points[outliers] = rng.normal(4, 1, (strays, 2))
    return points, labels, outliers


def sample(**changes):
    points, labels, outliers = blobs()
    held_out, held_out_labels, held_out_outliers = blobs(seed=1)
    made = DocumentSample(
        points, labels, held_out, held_out_labels, outliers, held_out_outliers, CENTRES
    )
    return replace(made, **changes)


def made_up(statistics, predicted, significant, threshold=1.0):
    statistics = np.asarray(statistics, dtype=float)
    none = np.zeros(len(statistics))
    top = statistics.max(axis=1)
    return WitnessTest(
        top, np.full(len(statistics), threshold), top / threshold, none, np.asarray(predicted),
        np.asarray(significant), none > 0, statistics, statistics, level=0.05, n_permutations=99,
    )  # fmt: skip


def test_scores_of_significance_by_hand():
    test = made_up(
        [[3.0, 0, 0], [0, 2.5, 0], [0, 0, 0.5], [0.4, 0, 0], [2, 0, 0], [0, 0.1, 0]],
        [0, 1, 2, 0, 0, 1],
        [True, True, False, False, True, False],
    )
    labels = np.array([0, 2, 2, 0, 1, 1])
    plain = significance_scores(test, labels, None)
    assert plain == pytest.approx(
        {
            "significant": 3 / 6,
            "accuracy": 4 / 6,
            "accuracy_significant": 1 / 3,
            "accuracy_others": 3 / 3,
            # Right are 3, 0.5, 0.4, 0.1 against wrong 2.5 and 2: only the first is larger.
            "auroc_wrong": 2 / 8,
        }
    )
    scores = significance_scores(test, labels, np.arange(6) >= 4)
    assert scores == pytest.approx(
        {
            "significant": 2 / 4,
            "accuracy": 3 / 4,
            "accuracy_significant": 1 / 2,
            "accuracy_others": 2 / 2,
            "auroc_wrong": 1 / 3,
            "outliers_significant": 1 / 2,
            # 3, 2.5, 0.5, 0.4 against 2 and 0.1.
            "auroc_outliers": 6 / 8,
        }
    )
    everything = significance_scores(replace(test, significant=np.ones(6, bool)), labels, None)
    assert np.isnan(everything["accuracy_others"])
    right = significance_scores(test, np.asarray(test.predicted), np.zeros(6, bool))
    assert np.isnan([right["auroc_wrong"], right["auroc_outliers"]]).all()


def test_all_witnesses_are_made_of_the_same_documents():
    points, labels, _ = blobs(90)
    found = {
        sigma: choose_variants(points, labels, replace(SETTINGS, sigma=sigma), 5)
        for sigma in ("tuned", "median_nn", 0.7)
    }
    first = found["tuned"].sample
    assert len(first) == round((1 - TUNING_FRACTION) * 90)
    for variants in found.values():
        np.testing.assert_array_equal(variants.sample, first)
        kernels = variants.kernels
        assert [kernel for kernel, _ in kernels.values()] == ["hermite", "gaussian", "gaussian"]
        assert kernels["gaussian_equal"][1] == kernels["hermite"][1]
        assert kernels["gaussian_own"] == found["tuned"].kernels["gaussian_own"]
    assert found[0.7].kernels["hermite"][1] == 0.7
    own = points[first]
    distances = np.linalg.norm(own[:, None] - own, axis=2) + np.diag(np.full(len(own), np.inf))
    nearest = np.median(distances.min(axis=1))
    assert found["median_nn"].kernels["hermite"][1] == pytest.approx(nearest)
    # The same share is set aside as the witness itself would.
    tuned = HermiteWitness(4, "tuned", kernel="gaussian", random_state=5).fit(points, labels)
    assert tuned.sigma_ == pytest.approx(found["tuned"].kernels["gaussian_own"][1])
    tuned = HermiteWitness(4, "tuned", random_state=5).fit(points, labels)
    assert found["tuned"].kernels["hermite"][1] == tuned.sigma_


def test_units_are_chosen_in_many_dimensions():
    """The kernel's values would overflow there without their common factor."""
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 2
    points = rng.normal(size=(120, 400)) + labels[:, None]
    variants = choose_variants(points, labels, replace(SETTINGS, sigma="tuned"), 0)
    tests = apply_variants(variants, points, labels, points, SETTINGS, 0)
    assert (tests["hermite"].predicted == labels).mean() > 0.9


def test_groups_of_one_document_are_left_out():
    points, labels, _ = blobs()
    variants = choose_variants(points, labels, SETTINGS, 0)
    groups = labels.copy()
    groups[variants.sample[0]] = 3
    tests = apply_variants(variants, points, groups, points, SETTINGS, 0)
    assert tests["hermite"].class_statistics.shape == (60, 3)
    assert tests.keys() == variants.kernels.keys()
    kept = variants.sample[1:]
    alone = HermiteWitness(4, variants.kernels["hermite"][1], n_permutations=50, random_state=0)
    expected = alone.fit(points[kept], groups[kept]).test(points)
    np.testing.assert_allclose(tests["hermite"].threshold, expected.threshold)


def test_strays_do_not_move_centroids_of_significant_documents():
    found = measure_sample(sample(), SETTINGS, 0)
    points, labels, outliers = blobs()
    scores = found.scores
    for method in ("all", "hermite", "regular"):
        marks = {
            "all": np.ones(60, bool),
            "hermite": found.kept("classes", "hermite"),
            "regular": ~outliers,
        }
        kept = marks[method]
        means = [points[kept & (labels == group)].mean(axis=0) for group in range(3)]
        np.testing.assert_allclose(found.centroids["classes", method], means)
        expected = relative_distance(np.stack(means), CENTRES)
        assert scores["classes", method, "distance"] == pytest.approx(expected)
    assert scores["classes", "hermite", "outliers_kept"] < 0.1
    assert scores["classes", "hermite", "kept"] > 0.8
    distance = {m: scores["classes", m, "distance"] for m in ("all", "hermite", "regular")}
    assert distance["hermite"] < 0.5 * distance["all"]
    assert scores["classes", "regular", "kept"] == 1
    assert scores["classes", "hermite", "empty"] == 0
    assert scores["classes", "hermite", "accuracy"] > 0.9
    assert scores["classes", "hermite", "outliers_significant"] < 0.5
    sizes = {m: found.centroids["clusters", m].shape for m in ("all", "trimmed", "median")}
    assert set(sizes.values()) == {(3, 2)}


def test_labels_are_those_of_the_nearest_centroid():
    made = sample()
    found = measure_sample(made, SETTINGS, 0)
    regular = ~made.held_out_outliers
    for key in (("classes", "median"), ("clusters", "all"), ("clusters", "hermite")):
        centres = found.centroids[key]
        nearest = np.linalg.norm(made.held_out[:, None] - centres, axis=2).argmin(axis=1)
        expected = adjusted_rand_score(made.held_out_labels[regular], nearest[regular])
        assert found.scores[*key, "rand_index"] == pytest.approx(expected)
    # Centroids of all documents of a cluster are k-means' own.
    own = np.linalg.norm(made.points[:, None] - found.centroids["clusters", "all"], axis=2)
    np.testing.assert_array_equal(own.argmin(axis=1), found.groups["clusters"])


def test_the_same_seed_gives_the_same_scores():
    first, again, other = (measure_sample(sample(), SETTINGS, seed).scores for seed in (4, 4, 5))
    assert first == pytest.approx(again, abs=0, nan_ok=True)
    assert first != pytest.approx(other, nan_ok=True)


def test_what_is_not_known_is_not_measured():
    made = sample(outliers=None, held_out_outliers=None, reference=None)
    found = measure_sample(made, SETTINGS, 0)
    metrics = {metric for _, _, metric in found.scores}
    assert not metrics & {"distance", "outliers_kept", "outliers_significant", "auroc_outliers"}
    assert ("classes", "regular") not in found.centroids
    arrays = picture(made, found)
    assert not {"outliers", "reference"} & arrays.keys()
    np.testing.assert_array_equal(arrays["classes_all"], found.centroids["classes", "all"])


def test_halves_are_averaged_and_their_centroids_held_together():
    rng = np.random.default_rng(3)
    first, second = Findings({("classes", "all", "rand_index"): 0.2}), Findings()
    second.scores = {("classes", "all", "rand_index"): 0.6}
    for found in (first, second):
        for groups in ("classes", "clusters"):
            found.centroids[groups, "all"] = CENTRES + rng.normal(0, 0.1, CENTRES.shape)
    second.centroids["clusters", "all"] = second.centroids["clusters", "all"][[2, 0, 1]]
    scores = repetition_scores([first, second])
    assert scores["classes", "all", "rand_index"] == pytest.approx(0.4)
    own, others = (found.centroids["classes", "all"] for found in (first, second))
    assert scores["classes", "all", "instability"] == pytest.approx(relative_distance(own, others))
    own, others = (found.centroids["clusters", "all"] for found in (first, second))
    matched = relative_distance(own, matched_centroids(own, others))
    assert scores["clusters", "all", "instability"] == pytest.approx(matched)
    assert matched < 0.1
    assert repetition_scores([first]) == first.scores


def test_halves_divide_every_class():
    labels = np.repeat([0, 1, 2], [7, 2, 12])
    corpus = CorpusHalves(np.arange(21.0)[:, None], labels)
    more = set()
    for seed in range(20):
        first, second = corpus.samples(np.random.default_rng(seed))
        together = np.concatenate([first.points, second.points])[:, 0]
        np.testing.assert_array_equal(np.sort(together), np.arange(21))
        np.testing.assert_array_equal(first.points, second.held_out)
        np.testing.assert_array_equal(second.labels, first.held_out_labels)
        np.testing.assert_array_equal(labels[first.points[:, 0].astype(int)], first.labels)
        sizes = np.bincount(first.labels)
        assert tuple(sizes[1:]) == (1, 6)
        more.add(int(sizes[0]))
    assert more == {3, 4}


def test_a_corpus_needs_two_documents_of_each_class():
    words = np.random.default_rng(0).integers(1, 5, (6, 4)).astype(float)
    for labels, message in (([0, 0, 1, 1, 1, 2], "class 2.* has 1 "), ([0] * 3 + [2] * 3, "has 0")):
        with pytest.raises(ValueError, match=message):
            CorpusHalves.of_words(words, np.array(labels), 2)


def test_drawn_documents_have_their_true_centres():
    topics = TopicSettings(topics=3, words=40, length=60, topical=0.8, outliers=0.2)
    source = DrawnDocuments(topics, n_train=600, n_test=50, n_reference=400, components=2)
    (made,) = source.samples(np.random.default_rng(0))
    assert made.classes == 3
    for group in range(3):
        own = made.points[(made.labels == group) & ~made.outliers]
        error = own.std(axis=0) * (1 / len(own) + 1 / 400) ** 0.5
        assert (np.abs(own.mean(axis=0) - made.reference[group]) < 5 * error).all()
    assert len(made.held_out) == 50
    with pytest.raises(ValueError, match="among 2 documents one of 3 topics"):
        replace(source, n_train=2).samples(np.random.default_rng(0))
