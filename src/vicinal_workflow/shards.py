"""Parameters of a shard of networks: one file, every tensor with the network's number before it."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


def join_networks(networks: Mapping[int, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """`{3: {"head.bias": t}}` as `{"3/head.bias": t}`."""
    return {
        f"{number}/{name}": value
        for number, parameters in networks.items()
        for name, value in parameters.items()
    }


def split_networks(parameters: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """The networks by number, in rising order."""
    networks: dict[int, dict[str, Tensor]] = {}
    for name, value in parameters.items():
        number, _, own = name.partition("/")
        networks.setdefault(int(number), {})[own] = value
    return dict(sorted(networks.items()))
