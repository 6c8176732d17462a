"""The picture of documents holds what it was given, and can be drawn."""

import io

import numpy as np
import pytest

from vicinal.figures.document_centroids import document_centroids

RNG = np.random.default_rng(0)


def arrays(classes=3, known=True):
    labels = np.arange(30) % classes
    found = {
        "points": RNG.normal(size=(30, 2)),
        "classes": labels,
        "clusters": (labels + 1) % classes,  # the same groups, by other numbers
        "classes_kept": RNG.random(30) < 0.5,
        "clusters_kept": RNG.random(30) < 0.5,
        "class_names": np.array([f"class {number}" for number in range(classes)]),
    }
    for groups in ("classes", "clusters"):
        for method in ("all", "hermite"):
            found[f"{groups}_{method}"] = RNG.normal(size=(classes, 2))
    if known:
        found |= {"outliers": RNG.random(30) < 0.4, "reference": RNG.normal(size=(classes, 2))}
    return found


def legend_texts(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


@pytest.mark.parametrize(("classes", "known"), [(3, True), (3, False), (12, True)])
def test_documents_and_centroids_are_drawn(classes, known):
    given = arrays(classes, known)
    figure = document_centroids(given)
    for panel, groups in zip(figure.axes, ("classes", "clusters"), strict=True):
        drawn = [part.get_offsets() for part in panel.collections]
        outliers = given.get("outliers", np.zeros(30, bool))
        kept = given[f"{groups}_kept"]
        marks = (~outliers & ~kept, ~outliers & kept, outliers & ~kept, outliers & kept)
        for offsets, mark in zip(drawn, marks, strict=False):
            np.testing.assert_array_equal(offsets, given["points"][mark])
        for offsets, method in zip(drawn[-2:], ("all", "hermite"), strict=True):
            np.testing.assert_array_equal(offsets, given[f"{groups}_{method}"])
        assert len(drawn) == 6 + known
    texts = legend_texts(figure)
    assert texts[:classes] == list(given["class_names"])
    assert ("true centre" in texts) == known
    assert ("of no topic, significant" in texts) == known
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=40)
    assert len(file.getvalue()) > 2000


def test_clusters_have_the_colours_of_their_classes():
    given = arrays(known=False)
    classes, clusters = document_centroids(given).axes
    of_class, of_cluster = (panel.collections[-1].get_facecolors() for panel in (classes, clusters))
    # Cluster k + 1 is class k.
    np.testing.assert_array_equal(of_cluster[[1, 2, 0]], of_class)
