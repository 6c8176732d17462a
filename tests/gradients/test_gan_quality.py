"""Distances of sets of images, by set, metric and trial; generators that come back from a file."""

import numpy as np
import pytest
import torch

from vicinal.gradients.gan import GanTraining
from vicinal.gradients.gan_metrics import frechet_distance, mean_image_rmse, pixel_divergence
from vicinal.gradients.gan_quality import embedding_by, image_quality
from vicinal.gradients.gan_settings import GanSettings
from vicinal.models.backbone import extract_features, pixel_scaling
from vicinal.models.gan import GanShape, generate_images, restore_generator
from vicinal.models.registry import build_backbone


def images(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def flat(pictures):
    return pictures.reshape(len(pictures), -1) / 255.0


TRAINING = images(30, 1, 4, 4)
COMPARED = {
    "true": images(1, 12, 1, 4, 4, seed=1),
    "generated": images(3, 20, 1, 4, 4, seed=2) // 2,
}


def test_each_set_and_trial_has_its_own_distances():
    found = image_quality(TRAINING, COMPARED, bins=4, embed=flat)
    assert {name: {k: v.shape for k, v in own.items()} for name, own in found.items()} == {
        "true": {"kl": (1,), "rmse": (1,), "frechet": (1,)},
        "generated": {"kl": (3,), "rmse": (3,), "frechet": (3,)},
    }
    for name, sets in COMPARED.items():
        # Of the first twelve, the number of the smallest set: all metrics depend on it.
        for trial, own in enumerate(sets[:, :12]):
            got = {metric: values[trial] for metric, values in found[name].items()}
            assert got["kl"] == pytest.approx(float(pixel_divergence(TRAINING, own, bins=4)))
            assert got["rmse"] == pytest.approx(float(mean_image_rmse(TRAINING, own)))
            # Against as many training images.
            expected = frechet_distance(flat(TRAINING[:12]), flat(own))
            assert got["frechet"] == pytest.approx(float(expected))
    assert (found["generated"]["rmse"] > found["true"]["rmse"]).all()


def test_the_training_images_may_be_the_smallest_set():
    found = image_quality(TRAINING[:5], COMPARED, bins=4, embed=flat)
    expected = frechet_distance(flat(TRAINING[:5]), flat(COMPARED["generated"][2][:5]))
    assert found["generated"]["frechet"][2] == pytest.approx(float(expected))


def test_without_features_there_is_no_frechet_distance():
    found = image_quality(TRAINING, COMPARED, bins=4)
    assert all(set(own) == {"kl", "rmse"} for own in found.values())


def test_images_as_the_training_images_have_no_distance():
    found = image_quality(TRAINING, {"same": TRAINING[None]}, bins=4, embed=flat)
    for values in found["same"].values():
        assert values == pytest.approx([0], abs=1e-9)


def test_an_embedding_is_the_features_of_the_network():
    network = build_backbone("lenet5", pixel_scaling(TRAINING, "channels"), 1, 10, 0)
    found = embedding_by(network)(TRAINING)
    assert found.shape == (30, 84)
    np.testing.assert_array_equal(found, extract_features(network, TRAINING)[0])


def test_a_generator_comes_back_from_its_parameters():
    shape = GanShape(noise=3, generator=(7, 6), discriminator=(5,))
    run = GanTraining(TRAINING, GanSettings(shape, 3, 4), seeds=[1, 2, 3])
    list(run.run())
    parameters = {name: value.clone() for name, value in run.generator.state_dict().items()}
    restored = restore_generator(parameters, (1, 4, 4), shape)
    for found in (generate_images(restored, 9, seed=5), run.generate(9, seed=5)):
        assert found.shape == (3, 9, 1, 4, 4)
        np.testing.assert_array_equal(found, generate_images(restored, 9, seed=5))
    with pytest.raises(RuntimeError, match="size mismatch"):
        restore_generator(parameters, (1, 4, 5), shape)
    assert not torch.equal(*parameters["layers.0.weight"][:2])
