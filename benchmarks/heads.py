"""All heads as one batched program against one head after another in plain PyTorch.

    python benchmarks/heads.py [--threads 2]

30 heads (10 seeds x 3 weightings), 25 epochs, batch 25, 50 000 x 64 features, 10 classes. Some
heads are trained one after another, over some of the epochs, and their time is scaled up; they
start from the same parameters and see the same batches, so that their outputs must agree with the
batched ones. Aim: at least 10 x faster.
"""

import argparse
import time

import numpy as np
import torch
from torch import nn

from vicinal.training.heads import HeadSettings, train_heads

SAMPLES, DIMENSION, CLASSES, SEEDS, WEIGHTINGS = 50_000, 64, 10, 10, 3


def one_head(features, labels, weights, seed, settings, epochs):
    """The usual way: nn.Linear, autograd, torch.optim.Adam."""
    generator = torch.Generator().manual_seed(seed)
    head = nn.Linear(DIMENSION, CLASSES)
    limit = (6 / (DIMENSION + CLASSES)) ** 0.5
    start = torch.rand(DIMENSION, CLASSES, generator=generator)
    head.weight.data = ((start * 2 - 1) * limit).T.contiguous()
    head.bias.data.zero_()
    optimizer = torch.optim.Adam(head.parameters(), settings.learning_rate, eps=settings.epsilon)
    for _ in range(epochs):
        order = torch.randperm(len(labels), generator=generator)
        for batch in order.split(settings.batch_size):
            optimizer.zero_grad()
            losses = nn.functional.cross_entropy(
                head(features[batch]), labels[batch], reduction="none"
            )
            (losses * weights[batch]).mean().backward()
            optimizer.step()
    return head


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--heads", type=int, default=2, help="heads trained one after another")
    parser.add_argument("--epochs", type=int, default=5, help="epochs of those heads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, SAMPLES)
    centres = rng.normal(size=(CLASSES, DIMENSION))
    features = (centres[labels] + 2 * rng.normal(size=(SAMPLES, DIMENSION))).astype(np.float32)
    weights = rng.uniform(1, 40, size=(WEIGHTINGS, SAMPLES))
    settings = HeadSettings(epochs=25, batch_size=25)

    started = time.perf_counter()
    train_heads(features, labels, weights, range(SEEDS), settings)
    batched = time.perf_counter() - started

    shorter = HeadSettings(epochs=arguments.epochs, batch_size=25)
    outputs = train_heads(features, labels, weights, range(SEEDS), shorter).predict(features[:5000])
    x, y = torch.tensor(features), torch.tensor(labels)
    w = torch.tensor(weights / weights.mean(axis=1, keepdims=True), dtype=torch.float32)
    alone_seconds, furthest = 0.0, 0.0
    for number in range(arguments.heads):
        started = time.perf_counter()
        head = one_head(x, y, w[number % WEIGHTINGS], number, shorter, arguments.epochs)
        alone_seconds += time.perf_counter() - started
        alone = head(x[:5000]).detach().numpy()
        furthest = max(furthest, np.abs(alone - outputs[number, number % WEIGHTINGS]).max())
    scale = SEEDS * WEIGHTINGS / arguments.heads * settings.epochs / arguments.epochs
    alone_seconds *= scale
    print(f"30 heads, batched               {batched:8.1f} s")
    print(f"30 heads, one after another     {alone_seconds:8.1f} s   ({1 / scale:.3f} of it run)")
    print(f"ratio                           {alone_seconds / batched:8.1f} x (aim: at least 10)")
    size = np.abs(outputs).max()
    print(f"largest difference of logits    {furthest:8.1e}   (logits up to {size:.1f})")


if __name__ == "__main__":
    main()
