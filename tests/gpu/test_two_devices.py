"""Every training and measurement on a device that is not the CPU, by a pretended one.

What a CUDA device would refuse fails; what is computed equals what the CPU computes.
"""

import copy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from pretended_device import PRETENDED, pretended_device

from project import tiny
from vicinal.bayes.posterior import posterior_of
from vicinal.data.dataset import Dataset
from vicinal.gradients import hyperparameter_lattice as lattice
from vicinal.gradients import surrogate_arguments
from vicinal.gradients.gan import GanTraining
from vicinal.gradients.gan_quality import embedding_by
from vicinal.gradients.gan_settings import GanSettings, GanShape
from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.surrogate import GradientSurrogate
from vicinal.models.backbone import extract_features
from vicinal.models.gan import generate_images, restore_generator
from vicinal.models.registry import backbone_for
from vicinal.models.user_module import user_features
from vicinal.models.vae import VaeShape, decode_codes, encode_images
from vicinal.training.heads import HeadSettings, train_heads
from vicinal.training.network import NetworkTraining, TrainingSettings
from vicinal.training.vae import VaeSettings, VaeTraining
from vicinal.vbsw.grid import train_grid
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.latent_space import mean_probabilities
from vicinal_workflow.bayes_names import FAMILY_OF
from vicinal_workflow.bayes_records import measure_method, splits_of
from vicinal_workflow.bayes_repetitions import Repetitions
from vicinal_workflow.bayes_runs import initial_model, methods_of, surface_loss
from vicinal_workflow.bayes_states import restore_run
from vicinal_workflow.configuration import complete_configuration, load_schema

ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 1, 8, 8)).astype(np.uint8)
CLASSES = np.arange(40) % 3
TABLE = RNG.normal(size=(40, 4))
PICTURES = Dataset("classification", {"train": IMAGES}, {"train": CLASSES}, ("a", "b", "c"))
COLUMNS = Dataset("regression", {"train": TABLE}, {"train": TABLE[:, 0]}, ())


def plain(found):
    """All arrays and tensors of nested results, as arrays of the CPU."""
    if isinstance(found, torch.Tensor):
        return [found.detach().cpu().numpy()]
    if isinstance(found, dict):
        return [array for value in found.values() for array in plain(value)]
    if isinstance(found, list | tuple):
        return [array for value in found for array in plain(value)]
    return [] if found is None else [np.asarray(found)]


def cpu_copy(state):
    """A state as it comes back from a checkpoint: its tensors on the CPU."""
    if isinstance(state, torch.Tensor):
        return state.detach().cpu().clone()
    if isinstance(state, dict):
        return {key: cpu_copy(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(cpu_copy(value) for value in state)
    return copy.copy(state)


def resumed(build):
    """The second half of a training that was stopped in the middle."""
    first = build()
    running = first.run()
    next(running)
    state = cpu_copy(first.state_dict())
    second = build()
    second.load_state_dict(state)
    list(second.run())
    return second


def networks(device):
    found = []
    cases = [
        (PICTURES, IMAGES, CLASSES, {"architecture": "resnet20", "scaling": "mean_image"}),
        (PICTURES, IMAGES, CLASSES, {"architecture": "vgg", "width": 2}),
        (COLUMNS, TABLE, TABLE[:, 0], {"architecture": "mlp", "hidden": (5,)}),
    ]
    for dataset, inputs, labels, shape in cases:
        of_images = inputs is IMAGES
        settings = TrainingSettings(
            epochs=3, batch_size=16, shift=0.2 * of_images, flip=of_images, schedule="one_cycle"
        )

        def build(dataset=dataset, inputs=inputs, labels=labels, shape=shape, settings=settings):
            network = backbone_for(dataset, seed=1, **shape)
            validation = (inputs[:9], labels[:9])
            return NetworkTraining(
                network, inputs, labels, settings, seed=2, validation=validation, device=device
            )

        trained = resumed(build)
        found += [
            trained.network.state_dict(),
            extract_features(trained.network, inputs, device=device),
        ]
    return found


def active_bias(device):
    settings = TrainingSettings(epochs=4, batch_size=16, weighting="active_bias", optimizer="sgd")

    def build():
        network = backbone_for(PICTURES, seed=1, architecture="lenet5", scaling="unit")
        return NetworkTraining(network, IMAGES, CLASSES, settings, seed=2, device=device)

    trained = resumed(build)
    return [
        trained.network.state_dict(),
        mean_probabilities([trained.network], IMAGES, device=device),
    ]


def module(device):
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 3))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(0.5)
    with torch.no_grad():
        # Without its decorator: a tensor of inference mode cannot pretend.
        return user_features.__wrapped__(network, TABLE, device=device)


def heads(device):
    found = []
    weights = np.random.default_rng(3).uniform(0.5, 2, (2, 3, 40))
    for settings, targets in [
        (HeadSettings(epochs=3), CLASSES),
        (HeadSettings(epochs=3, hidden=(4,), loss="binary_cross_entropy"), CLASSES % 2),
        (HeadSettings(epochs=3, loss="squared_error", batch_size=None), TABLE[:, 0]),
        (HeadSettings(epochs=3, loss="squared_error", hidden=(3,), activation="tanh"), TABLE[:, 0]),
    ]:
        trained = train_heads(TABLE, targets, weights, [1, 2], settings, device=device)
        found += [trained.parameters(), trained.predict(TABLE)]
    return found


def grid(device):
    settings = HeadSettings(epochs=2, batch_size=10)
    made = train_grid(TABLE, CLASSES, [3, 5], [5, 10], [1, 2], settings, device=device)
    scores = made.scores("accuracy", (TABLE, CLASSES))
    return [scores.test, scores.uniform_test]


def surrogates(device):
    outputs, slopes = np.sin(TABLE[:, :1]), np.cos(TABLE[:, :1])[:, :, None] * np.eye(1, 4)
    found = []
    for arguments in ({}, {"polish": 2}, {"hidden": (5,), "dtype": "float64"}):
        surrogate = GradientSurrogate(epochs=2, device=device, **arguments)
        surrogate.fit(TABLE, outputs, slopes)
        found += [surrogate.predict(TABLE), surrogate.predict_gradient(TABLE)]
    return found


@cache
def simulated():
    """Runs of a simulator, which are drawn on the CPU in any case."""
    rng = np.random.default_rng(0)
    return lattice.draw_repetitions(
        make_simulator("cosine"), repetitions=2, size=8, validation=5, test=10, rng=rng
    )


def search(device):
    data = simulated()
    template = GradientSurrogate(epochs=2, device=device)
    cell = lattice.LatticeCell(complexity=2, layers=2, learning_rate=0.02)
    result = lattice.train_lattice_cell(data, cell, 8, template, [4, 5], width_factor=3)
    return {key: value for key, value in vars(result).items() if key != "seconds"}


def gan(device):
    shape = GanShape(noise=3, generator=(6,), discriminator=(5,))
    settings = GanSettings(shape, iterations=4, batch_size=5, record_every=2)
    trained = resumed(lambda: GanTraining(IMAGES, settings, seeds=(1, 2), device=device))
    state = {name: value.cpu() for name, value in trained.generator.state_dict().items()}
    generator = restore_generator(state, IMAGES.shape[1:], shape).to(device)
    network = backbone_for(PICTURES, seed=1, architecture="lenet5", scaling="unit")
    made = generate_images(generator, 6, seed=0)
    return [state, made, embedding_by(network, device)(made[0])]


def vae(device):
    settings = VaeSettings(VaeShape((6,)), epochs=4, batch_size=8, record_every=2)
    trained = resumed(lambda: VaeTraining(IMAGES, settings, seeds=(1, 2), device=device))
    codes = encode_images(trained.vae, IMAGES)
    return [trained.vae.state_dict(), codes, decode_codes(trained.vae, codes)]


def witness(device):
    found = []
    for arguments in (
        {"path": "features", "sigma": 1.0},
        {"path": "pairwise", "sigma": 1.0, "kernel": "gaussian", "radius": 0.3},
        {"sigma": "tuned"},
    ):
        fitted = HermiteWitness(3, n_permutations=9, device=str(device), **arguments)
        tested = fitted.fit(TABLE[:, :2], CLASSES).test(TABLE[:5, :2])
        found += [tested.statistic, tested.threshold, tested.p_values]
    return found


def bert(device):
    from vicinal.models.tiny_bert import cls_features, random_bert, tiny_bert_config
    from vicinal.models.wordpiece import encode_pairs, train_wordpiece, wordpiece_tokenizer
    from vicinal.training.masked_language import MaskedLanguageSettings, MaskedLanguageTraining

    texts = np.array([["a red cat sat", "the cat is red"], ["one dog ran", "no dog is here"]] * 6)
    vocabulary = train_wordpiece(texts.ravel().tolist(), 60)
    tokens = encode_pairs(wordpiece_tokenizer(vocabulary, 16), texts)
    settings = MaskedLanguageSettings(epochs=2, batch_size=4)

    def build():
        # Dropout is drawn by the device's own generator, which differs from the CPU's.
        model = random_bert(tiny_bert_config(len(vocabulary), 16, dropout=0.0), seed=0)
        return MaskedLanguageTraining(model, tokens, settings, 0, device)

    trained = resumed(build)
    model = trained.model
    return [
        [value for _, value in sorted(model.state_dict().items())],
        cls_features(model, tokens, attention_mask=True, pad_to=None, device=device),
        cls_features(model, tokens, attention_mask=False, pad_to=16, device=device),
    ]


def bayes(device):
    schema = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
    config = complete_configuration(
        tiny(yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))), schema
    )
    experiment = config["bayes"]["experiments"]["digits_lenet5"] | {"batch_size": 8}
    experiment |= {"architecture": "vgg", "width": 1, "batch_norm": True}
    for own in ("hwa", "swa", "sgld"):
        experiment[own] = experiment[own] | {"cycle": 2}
    inputs, labels = (
        dict.fromkeys(("train", "test"), IMAGES),
        dict.fromkeys(("train", "test"), CLASSES),
    )
    dataset = Dataset("classification", inputs, labels, ("a", "b", "c"))
    repetitions = Repetitions("e", experiment, dataset, 0, 2, torch.device(device))
    found = []
    for run in ("bayes_by_backprop", "hwa", "sgd", "swa", "sgld"):
        start = repetitions.start(FAMILY_OF[run], {}, 0)
        list(start.training.run())
        trained = cpu_copy(start.parameters())
        repetition = repetitions.run(run, {0: trained}, True, 0)
        running = repetition.training.run()
        next(running)
        state = cpu_copy(repetition.training.state_dict())
        repetition = repetitions.run(run, {0: trained}, True, 0)
        repetition.training.load_state_dict(state)
        list(repetition.training.run())
        found.append([list(line.values())[1:] for line in repetition.measure()])
        kept = cpu_copy(repetition.parameters())
        model = initial_model(dataset, experiment, FAMILY_OF[run], 0, None)
        follower = restore_run(run, model.to(device), experiment, kept)
        for _, method in methods_of(run, model, follower, 2, 5):
            metrics, bins = measure_method(method, splits_of(dataset), 40, 5)
            found += [list(metrics.values()), [value for line in bins for value in line.values()]]
        if run == "hwa":
            loss = surface_loss(model, dataset, images=20, samples=2, seed=3)
            size = sum(value.numel() for value in posterior_of(model).mean.values())
            found.append(loss(np.zeros(size)))
    return found


STAGES = [
    networks,
    active_bias,
    module,
    heads,
    grid,
    surrogates,
    search,
    gan,
    vae,
    witness,
    bert,
    bayes,
]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_a_device_gives_what_the_cpu_gives(stage, monkeypatch):
    expected = plain(stage("cpu"))
    monkeypatch.setattr(surrogate_arguments, "as_device", torch.device)
    monkeypatch.setattr("vicinal.gradients.surrogate.as_device", torch.device)
    with pretended_device():
        found = plain(stage(str(PRETENDED)))
    assert len(found) == len(expected) > 0
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_two_devices_are_refused():
    with pretended_device():
        here, there = torch.ones(3), torch.ones(3, device=PRETENDED)
        with pytest.raises(RuntimeError, match="two devices"):
            here + there
        with pytest.raises(RuntimeError):
            there.numpy()
        with pytest.raises(RuntimeError, match="a generator of cpu"):
            torch.rand(3, device=PRETENDED, generator=torch.Generator())
        assert (there + torch.tensor(1.0)).cpu().tolist() == [2, 2, 2]
