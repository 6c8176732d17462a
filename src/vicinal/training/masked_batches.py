"""Batches for pretraining BERT on sentence pairs: order, exchanged sentences, masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.models.wordpiece import TokenizedPairs

NOT_PREDICTED = -100
_BATCHES_PER_POOL = 32  # sequences are sorted by length within so many batches
_Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class PairBatch:
    """Token numbers, token types and mask, int64 (n, L), and which pairs are exchanged, (n,)."""

    input_ids: Tensor
    token_types: Tensor
    attention_mask: Tensor
    exchanged: Tensor


class PairBatcher:
    """Draws the batches of an epoch from tokenised pairs.

    positions : the longest sequence that the model takes. exchange : the probability that a pair
    gets the second sentence of another pair, drawn uniformly.
    """

    def __init__(
        self, tokens: TokenizedPairs, batch_size: int, exchange: float, positions: int
    ) -> None:
        self.tokens, self.batch_size = tokens, batch_size
        self.exchange, self.positions = exchange, positions
        first = (tokens.token_type_ids == 0) & (tokens.attention_mask == 1)
        self._first_lengths: npt.NDArray[np.int64] = first.sum(axis=1)
        self._second_lengths = tokens.lengths - self._first_lengths

    def __len__(self) -> int:
        """Batches of an epoch; the last drawn may be smaller."""
        return -(-len(self.tokens) // self.batch_size)

    def draw_epoch(self, generator: torch.Generator) -> list[tuple[_Rows, _Rows]]:
        """The batches in training order: pairs, and the pairs that give the second sentences.

        Sequences of similar length share a batch, to save padding.
        """
        count, size = len(self.tokens), self.batch_size
        order = torch.randperm(count, generator=generator).numpy()
        partners = np.arange(count)
        if self.exchange > 0:
            chosen = torch.rand(count, generator=generator).numpy() < self.exchange
            shift = torch.randint(1, count, (count,), generator=generator).numpy()
            partners[chosen] = (partners + shift)[chosen] % count
        lengths = self._first_lengths + self._second_lengths[partners]
        pools = np.arange(count) // (size * _BATCHES_PER_POOL)
        order = order[np.lexsort((lengths[order], pools))]
        batches = [order[start : start + size] for start in range(0, count, size)]
        turns = torch.randperm(len(batches), generator=generator).tolist()
        return [(batches[turn], partners[batches[turn]]) for turn in turns]

    def assemble(self, rows: _Rows, partners: _Rows) -> PairBatch:
        """[CLS] first sentence of `rows` [SEP] second of `partners` [SEP], padded on the right.

        A pair that the exchange made too long loses the end of its second sentence.
        """
        lengths = self._first_lengths[rows] + self._second_lengths[partners]
        width = min(int(lengths.max()), self.positions)
        ids = np.full((len(rows), width), self.tokens.special_tokens["[PAD]"], dtype=np.int64)
        types, mask = np.zeros_like(ids), np.zeros_like(ids)
        for line, (row, partner) in enumerate(zip(rows, partners, strict=True)):
            cut, begin = self._first_lengths[row], self._first_lengths[partner]
            end = min(int(lengths[line]), width)
            ids[line, :cut] = self.tokens.input_ids[row, :cut]
            ids[line, cut:end] = self.tokens.input_ids[partner, begin : begin + end - cut]
            ids[line, end - 1] = self.tokens.special_tokens["[SEP]"]
            types[line, cut:end] = 1
            mask[line, :end] = 1
        exchanged = (rows != partners).astype(np.int64)
        return PairBatch(*(torch.from_numpy(array) for array in (ids, types, mask, exchanged)))


def mask_tokens(
    input_ids: Tensor,
    special_tokens: Mapping[str, int],
    ordinary_ids: Tensor,
    probability: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Masked copy of token numbers (n, L), and the tokens to predict, `NOT_PREDICTED` elsewhere.

    Each token is to be predicted with `probability`, and then replaced by [MASK] (80 %), by a
    random one of `ordinary_ids` (10 %) or kept (10 %). Special tokens, padding among them, are
    never predicted. Tensors and generator are on the CPU.
    """
    special = torch.tensor(sorted(special_tokens.values()))
    draw = torch.rand(input_ids.shape, generator=generator)
    chosen = (draw < probability) & ~torch.isin(input_ids, special)
    targets = torch.where(chosen, input_ids, NOT_PREDICTED)
    fate = torch.rand(input_ids.shape, generator=generator)
    drawn = torch.randint(len(ordinary_ids), input_ids.shape, generator=generator)
    masked = torch.where(chosen & (fate < 0.8), special_tokens["[MASK]"], input_ids)
    return torch.where(chosen & (fate >= 0.9), ordinary_ids[drawn], masked), targets
