"""Algorithm 1 against plain PyTorch, one trial at a time; pairs, copies and resumption."""

import copy
import functools
import io

import numpy as np
import pytest
import torch
from torch.nn import functional

from vicinal.gradients.gan import GanTraining
from vicinal.gradients.gan_metrics import mean_image_rmse
from vicinal.gradients.gan_settings import GanSettings
from vicinal.models.gan import GanShape

SHAPE = GanShape(noise=3, generator=(7, 6), discriminator=(6, 5), activation="silu")


pytestmark = pytest.mark.usefixtures("one_thread")


def pictures(count=40):
    return np.random.default_rng(0).integers(0, 256, (count, 1, 4, 4)).astype(np.uint8)


def training(seeds=(1, 2), **changes):
    chosen = {"iterations": 6, "batch_size": 5, "record_every": 2, "learning_rate": 1e-2} | changes
    return GanTraining(pictures(), GanSettings(**({"shape": SHAPE} | chosen)), seeds=seeds)


def parameters(run):
    return [p.detach().clone() for n in (run.generator, run.discriminator) for p in n.parameters()]


def all_equal(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def remember_draws(run):
    """What the training draws from now on: batches, and noises for the measure, for D, for G."""
    drawn = {}
    for name in ("_draw_reals", "_draw_noise"):
        drawn[name] = []

        def draw(original, found):
            found.append(original())
            return found[-1]

        setattr(run, name, functools.partial(draw, getattr(run, name), drawn[name]))
    return drawn


class Plain:
    """One trial of algorithm 1 as one would write it, with torch.func and PyTorch's own losses."""

    def __init__(self, run, trial, weight, stored):
        self.weight, self.stored = weight, stored
        self.made, self.judged = (
            [p[trial].detach().clone().requires_grad_() for p in network.parameters()]
            for network in (run.generator, run.discriminator)
        )
        settings = run.settings
        self.steps = [
            torch.optim.Adam(own, settings.learning_rate, (settings.momentum, 0.999), eps=1e-7)
            for own in (self.made, self.judged)
        ]

    def generate(self, noise):
        for weight, bias in zip(self.made[:-2:2], self.made[1:-2:2], strict=True):
            noise = functional.leaky_relu(noise @ weight + bias, 0.2)
        return torch.tanh(noise @ self.made[-2] + self.made[-1])

    def probability(self, images, own=None):
        own = self.judged if own is None else own
        for weight, bias in zip(own[:-2:2], own[1:-2:2], strict=True):
            images = functional.silu(images @ weight + bias)
        return torch.sigmoid(images @ own[-2] + own[-1])[..., 0]

    def derivatives(self, images, own):
        return torch.stack(
            [torch.func.jacrev(lambda x: self.probability(x[None], own)[0])(x) for x in images]
        )

    def iterate(self, reals, for_fakes, unused, for_generator):
        reals = reals.flatten(1)
        before = [p.detach().clone() for p in self.judged]
        judgements = torch.cat(
            [self.probability(reals), self.probability(self.generate(for_fakes))]
        )
        truth = torch.tensor([1.0] * len(reals) + [0.0] * len(for_fakes))
        d_loss = functional.binary_cross_entropy(judgements, truth)
        self.descend(1, d_loss)
        after = [p.detach().clone() for p in self.judged]
        on_reals = (self.probability(reals) > 0.5).float().mean()
        fakes_before = (self.probability(self.generate(unused)) <= 0.5).float().mean()
        fakes = self.generate(for_generator)
        g_loss = functional.binary_cross_entropy(
            self.probability(fakes, after), truth[: len(reals)]
        )
        at_reals = self.derivatives(reals, before if self.stored == "before" else after)
        matching = functional.mse_loss(self.derivatives(fakes, after), at_reals)
        self.descend(0, g_loss + self.weight * matching)
        fakes_after = (self.probability(self.generate(unused)) <= 0.5).float().mean()
        found = (d_loss, g_loss, matching, on_reals, fakes_before, fakes_after)
        return [value.item() for value in found]

    def descend(self, which, loss):
        own = (self.made, self.judged)[which]
        for parameter, gradient in zip(own, torch.autograd.grad(loss, own), strict=True):
            parameter.grad = gradient
        self.steps[which].step()


@pytest.mark.parametrize("stored", ["before", "after"])
def test_training_equals_plain_pytorch_trial_by_trial(stored):
    run = training(iterations=3, record_every=1, gradient_weight=20.0, stored=stored)
    plain = [Plain(run, trial, 20.0, stored) for trial in range(2)]
    drawn = remember_draws(run)
    records = list(run.run())
    for trial, one in enumerate(plain):
        for number, record in enumerate(records):
            noises = [noise[trial] for noise in drawn["_draw_noise"][3 * number : 3 * number + 3]]
            unused, for_fakes, for_generator = noises
            expected = one.iterate(
                drawn["_draw_reals"][number][trial], for_fakes, unused, for_generator
            )
            values = [value[trial] for value in list(record.as_dict().values())[1:-1]]
            np.testing.assert_allclose(values, expected, rtol=2e-4)
            drop = (record.accuracy_on_fakes_before[trial] - expected[-1]) / 2
            assert record.accuracy_drop[trial] == pytest.approx(drop)
        found = [p[trial] for p in parameters(run)]
        for ours, theirs in zip(found, one.made + one.judged, strict=True):
            np.testing.assert_allclose(ours, theirs.detach(), rtol=1e-3, atol=1e-5)


def test_without_weight_it_is_the_conventional_gan_bit_by_bit():
    run = training(gradient_weight=0.0)
    made, judged = copy.deepcopy(run.generator), copy.deepcopy(run.discriminator)
    steps = [
        torch.optim.Adam(n.parameters(), 1e-2, (0.5, 0.999), eps=1e-7, fused=True)
        for n in (made, judged)
    ]
    drawn = remember_draws(run)
    records = list(run.run())
    for number in range(6):
        reals = drawn["_draw_reals"][number]
        _, for_fakes, for_generator = drawn["_draw_noise"][3 * number : 3 * number + 3]
        logits = judged(torch.cat([reals, made(for_fakes).detach()], dim=1))
        loss = functional.softplus(-logits[:, :5]).mean(1) + functional.softplus(
            logits[:, 5:]
        ).mean(1)
        steps[1].zero_grad()
        (loss / 2).sum().backward()
        steps[1].step()
        steps[0].zero_grad()
        functional.softplus(-judged(made(for_generator))).mean(1).sum().backward()
        steps[0].step()
    assert all_equal(parameters(run), [*made.parameters(), *judged.parameters()])
    assert all(record.matching_loss is None for record in records)


def test_the_gradient_discriminator_is_a_copy_that_the_generators_step_leaves_alone():
    run = training()
    next(run.run())
    copied, original = run.gradient_discriminator, run.discriminator
    assert all_equal(copied.parameters(), original.parameters())
    assert not {p.data_ptr() for p in copied.parameters()} & {
        p.data_ptr() for p in original.parameters()
    }
    before, made = copy.deepcopy(copied), copy.deepcopy(run.generator)
    stored = run._derivatives_at(run._draw_reals())
    run._update_generator(run._draw_noise(), stored)
    assert all_equal(before.parameters(), copied.parameters())
    assert all_equal(before.parameters(), original.parameters())
    assert not any(
        torch.equal(a, b)
        for a, b in zip(made.parameters(), run.generator.parameters(), strict=True)
    )
    run._update_discriminator(run._draw_reals(), run._draw_reals())
    assert all_equal(before.parameters(), copied.parameters())
    assert not all_equal(before.parameters(), original.parameters())


@pytest.mark.parametrize("gradient_weight", [0.0, 3.0])
@pytest.mark.parametrize("stop_after", [2, 4])
def test_resumed_equals_unbroken_bit_by_bit(gradient_weight, stop_after):
    def content(record):
        return record.as_dict() | {"seconds": 0}

    unbroken = training(gradient_weight=gradient_weight)
    expected = [content(record) for record in unbroken.run()]
    first, records, file = training(gradient_weight=gradient_weight), [], io.BytesIO()
    for record in first.run():
        records.append(content(record))
        if first.iteration == stop_after:
            state = first.state_dict()
            next(first.run())  # a state is a copy: what comes later must not reach it
            torch.save(state, file)
            break
    file.seek(0)
    resumed = training(gradient_weight=gradient_weight)
    next(resumed.run())  # whatever it did before must not matter
    resumed.load_state_dict(torch.load(file, weights_only=True))
    records += [content(record) for record in resumed.run()]
    assert records == expected
    assert all_equal(parameters(unbroken), parameters(resumed))


def test_trials_trained_together_equal_trials_trained_alone():
    together = training(seeds=(4, 9, 2))
    records = list(together.run())
    for trial, seed in enumerate((4, 9, 2)):
        alone = training(seeds=(seed,))
        last = list(alone.run())[-1]
        assert last.matching_loss[0] == pytest.approx(records[-1].matching_loss[trial], rel=1e-3)
        for ours, theirs in zip(parameters(together), parameters(alone), strict=True):
            np.testing.assert_allclose(ours[trial], theirs[0], rtol=1e-3, atol=1e-5)


def test_trainings_with_and_without_gradients_share_weights_batches_and_noise():
    pair = [training(gradient_weight=weight) for weight in (0.0, 1.0)]
    assert all_equal(*map(parameters, pair))
    drawn = [remember_draws(run) for run in pair]
    for run in pair:
        list(run.run())
    assert not all_equal(*map(parameters, pair))
    for name in ("_draw_reals", "_draw_noise"):
        assert all_equal(drawn[0][name], drawn[1][name])
    assert not torch.equal(drawn[0]["_draw_noise"][0], drawn[0]["_draw_noise"][1])
    assert not torch.equal(*drawn[0]["_draw_noise"][0])  # trials draw each their own


def test_reals_are_the_given_images_between_minus_one_and_one():
    reals = training()._draw_reals()
    known = pictures().reshape(40, -1) / 127.5 - 1
    for row in reals.flatten(0, 1).flatten(1).numpy():
        assert (np.abs(known - row).max(axis=1) < 1e-6).sum() == 1


def test_records_are_means_and_how_many_there_are_changes_nothing():
    each, some = training(iterations=5, record_every=1), training(iterations=5, record_every=3)
    fine, coarse = list(each.run()), list(some.run())
    assert [record.iteration for record in coarse] == [3, 5]
    assert all_equal(parameters(each), parameters(some))
    for name in ("discriminator_loss", "matching_loss", "accuracy_on_fakes_after"):
        values = np.array([getattr(record, name) for record in fine])
        np.testing.assert_allclose(getattr(coarse[0], name), values[:3].mean(0), rtol=1e-6)
        np.testing.assert_allclose(getattr(coarse[1], name), values[3:].mean(0), rtol=1e-6)


def test_global_random_state_is_neither_read_nor_moved():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first = training()
    list(first.run())
    first.generate(2, seed=0)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(1)
    second = training()
    list(second.run())
    assert all_equal(parameters(first), parameters(second))


def test_generated_images_depend_on_the_seed_alone():
    run = training()
    images = run.generate(10, seed=3)
    assert images.dtype == np.uint8
    assert images.shape == (2, 10, 1, 4, 4)
    np.testing.assert_array_equal(images, run.generate(10, seed=3))
    # In other blocks the products may be rounded otherwise, by a grey level at most.
    other = run.generate(10, seed=3, block=3)
    assert np.abs(images.astype(int) - other.astype(int)).max() <= 1
    assert (images != run.generate(10, seed=4)).any()
    noise = torch.randn(10, 3, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        expected = (run.generator(noise.expand(2, -1, -1)).numpy() + 1) * 127.5
    assert np.abs(images - expected).max() <= 0.5 + 1e-4


@pytest.mark.parametrize("gradient_weight", [0.0, 1.0])
def test_the_generator_learns_what_images_look_like(gradient_weight):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 60, (200, 1, 4, 4))
    images[:, :, 1:3] += 180
    images = images.astype(np.uint8)
    shape = GanShape(noise=4, generator=(32,), discriminator=(32,))
    settings = GanSettings(shape, 300, 32, 2e-3, gradient_weight=gradient_weight, record_every=300)
    run = GanTraining(images, settings, seeds=range(3))
    before = mean_image_rmse(images, run.generate(200, seed=0))
    list(run.run())
    after = mean_image_rmse(images, run.generate(200, seed=0))
    assert (after < before / 3).all()
    assert after.max() < 0.12


def test_images_and_seeds_that_do_not_serve():
    with pytest.raises(ValueError, match="needed are uint8"):
        GanTraining(pictures() / 255, GanSettings(), seeds=[0])
    with pytest.raises(ValueError, match="needed are uint8"):
        GanTraining(pictures()[:, 0], GanSettings(), seeds=[0])
    with pytest.raises(ValueError, match="no seeds"):
        training(seeds=())


def test_a_loss_that_is_not_finite_ends_the_training_with_its_trial():
    run = training()
    run.discriminator.layers[1].weight.data[1] = torch.inf
    with pytest.raises(ArithmeticError, match="trial 1 is not finite by iteration 2"):
        list(run.run())
