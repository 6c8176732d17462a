"""The VAE against torch.distributions and quadrature, one repetition alone, and its training."""

import io

import numpy as np
import pytest
import torch
from torch import distributions

from vicinal.models.vae import VAE, VaeShape, decode_codes, encode_images, restore_vae
from vicinal.training.vae import VaeSettings, VaeTraining

SHAPE = VaeShape(hidden=(7, 5))


pytestmark = pytest.mark.usefixtures("one_thread")


def pictures(count=30):
    return np.random.default_rng(0).integers(0, 256, (count, 1, 3, 4)).astype(np.uint8)


def vae(*seeds):
    return VAE((1, 3, 4), SHAPE, [torch.Generator().manual_seed(seed) for seed in seeds])


def training(seeds=(1, 2), **changes):
    chosen = {"epochs": 5, "batch_size": 8, "learning_rate": 1e-2} | changes
    return VaeTraining(pictures(), VaeSettings(SHAPE, **chosen), seeds=seeds)


def pixels(count=30):
    return torch.tensor(pictures(count)).float() / 255


def parameters(run):
    return {name: value.clone() for name, value in run.vae.state_dict().items()}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def test_the_parts_of_the_bound_are_those_of_torch_distributions():
    network = vae(3, 4)
    images = pixels(6).expand(2, -1, -1, -1, -1)
    noise = torch.randn(2, 6, 2, generator=torch.Generator().manual_seed(5))
    error, divergence = network.bound_terms(images, noise)
    mean, log_variance = network.encode(images)
    posterior = distributions.Normal(mean, (log_variance / 2).exp())
    prior = distributions.Normal(0.0, 1.0)
    expected = distributions.kl_divergence(posterior, prior).sum(dim=2)
    torch.testing.assert_close(divergence, expected)
    codes = mean + posterior.scale * noise
    pixel = distributions.ContinuousBernoulli(logits=network.decode(codes))
    likelihood = pixel.log_prob(images) - pixel._cont_bern_log_norm()
    torch.testing.assert_close(error, -likelihood.flatten(2).sum(dim=2))


def test_the_bound_is_above_by_the_divergence_from_the_exact_posterior():
    """-log p(x), and that divergence, by quadrature over the plane of codes."""
    network = vae(3)
    with torch.no_grad():
        network.encoder[-1].bias += torch.tensor([0.8, -0.5, -1.0, 0.3])
    image = (pixels(1) > 0.5).float()[None]
    axis = torch.linspace(-6, 6, 241)
    grid = torch.cartesian_prod(axis, axis)[None]
    with torch.no_grad():
        logits = network.decode(grid)
        pixel = distributions.Bernoulli(logits=logits).log_prob(image.expand_as(logits))
        prior = distributions.Normal(0.0, 1.0).log_prob(grid).sum(dim=2)
        joint = pixel.flatten(2).sum(dim=2) + prior
        evidence = joint.logsumexp(dim=1) + 2 * torch.log(axis[1] - axis[0])
        noise = torch.randn(1, 20_000, 2, generator=torch.Generator().manual_seed(0))
        error, divergence = network.bound_terms(image.expand(1, 20_000, -1, -1, -1), noise)
        gap = (error + divergence).mean() + evidence
        mean, log_variance = network.encode(image)
        q = distributions.Normal(mean, (log_variance / 2).exp()).log_prob(grid).sum(dim=2)
        weight = q.exp() * (axis[1] - axis[0]) ** 2
        exact = (weight * (q - joint + evidence)).sum()
    assert exact > 0.1
    assert gap.item() == pytest.approx(exact.item(), abs=0.02)


def test_repetitions_share_nothing():
    """Trained together or alone, each ends where its seed leads."""
    together, alone = training(seeds=(1, 2)), training(seeds=(2,))
    records = [list(run.run()) for run in (together, alone)]
    for name, value in parameters(together).items():
        torch.testing.assert_close(value[1:], parameters(alone)[name], rtol=1e-4, atol=1e-6)
    both, one = records[0][-1], records[1][-1]
    assert both.reconstruction[1] == pytest.approx(one.reconstruction[0], rel=1e-5)
    assert both.divergence[1] == pytest.approx(one.divergence[0], rel=1e-4)
    assert not torch.equal(*parameters(together)["encoder.0.weight"])


def test_a_step_is_adam_on_the_mean_bound_of_the_batch():
    run = training(seeds=(4,), epochs=1, batch_size=30, learning_rate=0.5)
    network = restore_vae(parameters(run), (1, 3, 4))
    draws = torch.Generator()
    draws.set_state(run.draws[0].get_state())
    order = torch.randperm(30, generator=draws)
    noise = torch.randn(30, 2, generator=draws)
    rate = 0.0  # of one step: the cycle ends at zero
    (record,) = run.run()
    terms = [t.mean() for t in network.bound_terms(pixels()[order][None], noise[None])]
    assert record.reconstruction == pytest.approx([terms[0].item()], rel=1e-5)
    assert record.divergence == pytest.approx([terms[1].item()], rel=1e-5)
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(rate)

    run = training(seeds=(4,), epochs=2, batch_size=30, learning_rate=0.5)
    optimizer = torch.optim.Adam(network.parameters(), run.settings.rate(0, 1), eps=1e-7)
    sum(terms).backward()
    optimizer.step()
    run._train_epoch()
    for name, value in network.state_dict().items():
        torch.testing.assert_close(run.vae.state_dict()[name], value, msg=name)


def test_training_lowers_the_bound():
    settings = VaeSettings(SHAPE, epochs=60, batch_size=8, learning_rate=2e-2)
    two = pictures(2)[np.arange(30) % 2]
    first, *_, last = VaeTraining(two, settings, seeds=(1, 2)).run()
    sums = [np.add(record.reconstruction, record.divergence) for record in (first, last)]
    assert (sums[1] < sums[0] - 0.5).all()


def test_a_stopped_training_ends_in_the_bits_of_an_unbroken_one():
    unbroken = training()
    expected = [record.as_dict() | {"seconds": 0} for record in unbroken.run()]
    stopped = training()
    records = stopped.run()
    found = [next(records), next(records)]
    file = io.BytesIO()
    torch.save(stopped.state_dict(), file)
    list(records)  # what it does after the state was taken must not touch the state
    file.seek(0)
    resumed = training(seeds=(8, 9))
    resumed.load_state_dict(torch.load(file, weights_only=True))
    found += resumed.run()
    assert [record.as_dict() | {"seconds": 0} for record in found] == expected
    assert_same(parameters(resumed), parameters(unbroken))


def test_records_come_every_few_epochs_and_after_the_last():
    assert [record.epoch for record in training(record_every=2).run()] == [2, 4, 5]
    assert training(record_every=9).epochs == 5


def test_the_parameters_bring_the_shape():
    run = training(seeds=(1, 2, 3), epochs=1)
    list(run.run())
    restored = restore_vae(parameters(run), (1, 3, 4))
    assert (restored.repetitions, restored.latent) == (3, 2)
    codes = encode_images(restored, pictures(), block=7)
    assert (codes.shape, codes.dtype) == ((3, 30, 2), np.float64)
    expected = run.vae.encode(pixels().expand(3, -1, -1, -1, -1))[0]
    np.testing.assert_allclose(codes, expected.detach(), rtol=1e-5, atol=1e-6)
    with pytest.raises(RuntimeError, match="size mismatch"):
        restore_vae(parameters(run), (1, 4, 4))
    with pytest.raises(RuntimeError, match=r"not the parameters of a VAE: encoder\.0\.weight"):
        restore_vae({"head.weight": torch.zeros(1, 2, 3)}, (1, 3, 4))


def test_decoded_images_are_the_probabilities_in_grey_levels():
    network = vae(3, 4)
    codes = np.random.default_rng(1).normal(size=(2, 9, 2))
    images = decode_codes(network, codes, block=4)
    assert (images.shape, images.dtype) == ((2, 9, 1, 3, 4), np.uint8)
    probability = torch.sigmoid(network.decode(torch.tensor(codes).float())).detach().numpy()
    assert np.abs(images / 255 - probability).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: VaeShape(hidden=()), r"hidden is \[\]; needed are widths"),
        (lambda: VaeShape(latent=0), "latent is 0; it must be at least 1"),
        (lambda: VaeSettings(epochs=0), "epochs is 0; it must be at least 1"),
        (lambda: VaeSettings(learning_rate=0), "learning_rate is 0; it must be above 0"),
        (lambda: training(seeds=()), "no seeds are given"),
        (
            lambda: VaeTraining(np.zeros((2, 3)), VaeSettings(), seeds=[1]),
            r"images have dtype float64 and shape \(2, 3\); needed are uint8",
        ),
    ],
)
def test_values_out_of_range_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_loss_that_is_not_finite_names_the_repetition():
    run = training(seeds=(1, 2))
    with torch.no_grad():
        run.vae.decoder[0].weight[1] = torch.nan
    with pytest.raises(ArithmeticError, match="loss of repetition 1 is not finite by epoch 1"):
        list(run.run())
