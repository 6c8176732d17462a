"""The layers above BERT while it is pretrained: one predicts tokens, one judges the pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers.models.bert.modeling_bert import BertModel


class PretrainingNetwork(nn.Module):
    """BERT with its token head (Devlin et al. 2019) and a linear layer on the [CLS] vector.

    The token head is dense, GELU, layer norm, and a projection to the vocabulary that shares the
    embedding matrix; the soft-max runs over the `candidates` only. The pair layer sees the last
    layer's [CLS] vector itself, without a pooler, so that what it needs is linear in the features
    taken later.

    encoder : used in place. candidates : int64 (C,) token numbers. generator : of the new layers'
    parameters, N(0, initializer_range).
    """

    def __init__(self, encoder: BertModel, candidates: Tensor, generator: torch.Generator) -> None:
        super().__init__()
        config = encoder.config
        width = int(config.hidden_size)
        self.encoder = encoder
        with torch.random.fork_rng(devices=[]):  # layers first draw from the global random state
            self.dense, self.pair = nn.Linear(width, width), nn.Linear(width, 2)
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.candidates: Tensor
        self.register_buffer("candidates", candidates)
        self.bias = nn.Parameter(torch.zeros(len(candidates)))
        for layer in (self.dense, self.pair):
            nn.init.normal_(layer.weight, std=config.initializer_range, generator=generator)
            nn.init.zeros_(layer.bias)

    def forward(
        self, input_ids: Tensor, token_types: Tensor, attention_mask: Tensor, predicted: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits of the tokens at the places where `predicted` is True, and of each pair.

        The first three are int64 (N, L), `predicted` bool (N, L). Returns (P, C) for the
        P places in row-major order, and (N, 2). Only those places pass through the projection.
        """
        states = self.encoder(
            input_ids=input_ids, token_type_ids=token_types, attention_mask=attention_mask
        ).last_hidden_state
        hidden = self.norm(nn.functional.gelu(self.dense(states[predicted])))
        embeddings = self.encoder.embeddings.word_embeddings.weight[self.candidates]
        return nn.functional.linear(hidden, embeddings, self.bias), self.pair(states[:, 0])
