"""Pretraining of BERT on a task's own text: predict masked tokens, recognise exchanged sentences.

Devlin et al. 2019, section 3.1. The last layer's [CLS] vector, which no masked token reads, is
trained only by the second task: with probability `exchange` a pair's second sentence is another
pair's, and a linear layer on [CLS] tells (BERT's next-sentence prediction, without the pooler).
`exchange=0` trains on masked tokens alone.

The soft-max runs over the tokens that occur in the training text, and random tokens are drawn from
them: the rest of a large vocabulary is never a target, and would double the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vicinal.models.bert_heads import PretrainingNetwork
from vicinal.models.wordpiece import TokenizedPairs
from vicinal.training.masked_batches import NOT_PREDICTED, PairBatcher, mask_tokens

if TYPE_CHECKING:
    from transformers.models.bert.modeling_bert import BertModel


@dataclass(frozen=True)
class MaskedLanguageSettings:
    """Schedule of a pretraining.

    The learning rate rises linearly to `learning_rate` over the first `warmup` (a fraction) of
    the steps and falls linearly towards 0. `gradient_norm` is the largest norm of a step's
    gradient. Raises ValueError for values out of range.
    """

    epochs: int
    batch_size: int = 32
    learning_rate: float = 1e-3
    warmup: float = 0.1
    mask_probability: float = 0.15
    exchange: float = 0.5
    weight_decay: float = 0.01
    gradient_norm: float = 1.0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1:
            raise ValueError(
                f"epochs {self.epochs} and batch_size {self.batch_size} must be at least 1"
            )
        if not (0 < self.mask_probability < 1 and 0 <= self.warmup < 1 and 0 <= self.exchange < 1):
            raise ValueError(
                f"mask_probability {self.mask_probability} must lie between 0 and 1, warmup "
                f"{self.warmup} and exchange {self.exchange} from 0 to below 1"
            )
        if self.learning_rate <= 0 or self.gradient_norm <= 0 or self.weight_decay < 0:
            raise ValueError(
                f"learning_rate {self.learning_rate} and gradient_norm {self.gradient_norm} must "
                f"be positive, weight_decay {self.weight_decay} not negative"
            )


class EpochRecord(TypedDict):
    """One epoch: mean loss and accuracy of predicted tokens and of exchanges, seconds of work.

    Those of exchanges are None without that task, those of tokens None where none was masked.
    `learning_rate` is the last step's.
    """

    epoch: int
    loss: float | None
    masked_accuracy: float | None
    exchange_loss: float | None
    exchange_accuracy: float | None
    learning_rate: float
    seconds: float


class MaskedLanguageTraining:
    """A pretraining that can be stopped after any epoch and resumed to the same bits.

    model : trained in place, on `device`. tokens : the training pairs. seed : of the heads'
    initial parameters, the order, the exchanges, the masks and the dropout. All come from one CPU
    generator; PyTorch's dropout knows only the global random state, which is seeded from the
    generator for every step and put back after it.
    Raises ValueError for sequences longer than the model's positions, token numbers beyond its
    vocabulary, and `exchange` with a single pair or with single sentences.
    """

    def __init__(
        self,
        model: BertModel,
        tokens: TokenizedPairs,
        settings: MaskedLanguageSettings,
        seed: int,
        device: str | torch.device = "cpu",
    ) -> None:
        _check_fit(model, tokens, settings)
        self.model, self.settings, self.device = model, settings, torch.device(device)
        self.epoch = 0
        self._special_tokens = tokens.special_tokens
        self._batcher = PairBatcher(
            tokens, settings.batch_size, settings.exchange, model.config.max_position_embeddings
        )
        self._generator = torch.Generator().manual_seed(seed)
        special = list(tokens.special_tokens.values())
        self._candidates = torch.from_numpy(np.setdiff1d(tokens.input_ids, special))
        self._network = PretrainingNetwork(model, self._candidates, self._generator).to(self.device)
        self._optimiser = _adamw(self._network, settings.weight_decay)

    @property
    def epochs(self) -> int:
        """Epochs of the whole training."""
        return self.settings.epochs

    def run(self) -> Iterator[EpochRecord]:
        """Train from the current epoch to the last, giving a record after each."""
        while self.epoch < self.epochs:
            started = time.perf_counter()
            self._network.train()
            totals = torch.zeros(6, dtype=torch.float64)
            rate = 0.0
            for number, (rows, partners) in enumerate(self._batcher.draw_epoch(self._generator)):
                rate = self._learning_rate(self.epoch * len(self._batcher) + number)
                totals += self._step(rows, partners, rate)
            self._network.eval()
            self.epoch += 1
            yield _record(self.epoch, totals.tolist(), rate, time.perf_counter() - started)

    def state_dict(self) -> dict[str, Any]:
        """A copy of all that the rest of the training depends on: tensors and plain numbers."""
        state = {
            "epoch": self.epoch,
            "network": dict(self._network.state_dict()),
            "optimiser": self._optimiser.state_dict(),
            "generator": self._generator.get_state(),
        }
        copied: dict[str, Any] = _copied(state)
        return copied

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of the same pairs, settings and architecture.

        Raises ValueError for a state beyond the last epoch, RuntimeError for one of another
        network.
        """
        if not 0 <= state["epoch"] <= self.epochs:
            raise ValueError(
                f"the state is of epoch {state['epoch']}; this training has {self.epochs}"
            )
        self._network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(_copied(state["optimiser"]))
        self._generator.set_state(state["generator"].cpu())
        self.epoch = int(state["epoch"])

    def _learning_rate(self, step: int) -> float:
        steps = self.epochs * len(self._batcher)
        rising = int(self.settings.warmup * steps)
        if step < rising:
            return self.settings.learning_rate * (step + 1) / (rising + 1)
        return self.settings.learning_rate * (steps - step) / (steps - rising)

    def _step(
        self, rows: npt.NDArray[np.intp], partners: npt.NDArray[np.intp], rate: float
    ) -> Tensor:
        """One update. Returns sums: token loss, hits, tokens; exchange loss, hits, pairs."""
        batch = self._batcher.assemble(rows, partners)
        masked, targets = mask_tokens(
            batch.input_ids,
            self._special_tokens,
            self._candidates,
            self.settings.mask_probability,
            self._generator,
        )
        predicted = targets != NOT_PREDICTED
        inputs = (masked, batch.token_types, batch.attention_mask, predicted)
        with self._seeded_dropout():
            words, pairs = self._network(*(tensor.to(self.device) for tensor in inputs))
        wanted = torch.searchsorted(self._candidates, targets[predicted])
        word_sums = _sums(words, wanted.to(self.device))
        loss = word_sums[0] / max(1, int(predicted.sum()))
        pair_sums = torch.zeros_like(word_sums)
        if self.settings.exchange > 0:
            pair_sums = _sums(pairs, batch.exchanged.to(self.device))
            loss = loss + pair_sums[0] / len(rows)
        self._update(loss, rate)
        return torch.cat([word_sums, pair_sums]).detach().double().cpu()

    @contextmanager
    def _seeded_dropout(self) -> Iterator[None]:
        seed = int(torch.randint(2**62, (), generator=self._generator))
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.default_generator.manual_seed(seed)
            if devices:
                torch.cuda.manual_seed(seed)
            yield

    def _update(self, loss: Tensor, rate: float) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self._network.parameters(), self.settings.gradient_norm)
        self._optimiser.step()


def _check_fit(model: BertModel, tokens: TokenizedPairs, settings: MaskedLanguageSettings) -> None:
    positions, size = model.config.max_position_embeddings, model.config.vocab_size
    if tokens.lengths.max() > positions:
        raise ValueError(
            f"pairs of up to {tokens.lengths.max()} tokens; the model has {positions} positions"
        )
    if tokens.input_ids.max() >= size:
        raise ValueError(
            f"token number {tokens.input_ids.max()}; the model's vocabulary has {size}"
        )
    if settings.exchange > 0 and len(tokens) < 2:
        raise ValueError("exchange needs at least 2 pairs; set it to 0")
    if settings.exchange > 0 and not tokens.token_type_ids.any():
        raise ValueError(
            f"exchange is {settings.exchange}, but single sentences have no second one to "
            "exchange; set it to 0"
        )


def _adamw(network: nn.Module, weight_decay: float) -> torch.optim.AdamW:
    """AdamW that decays matrices, and neither biases nor layer norms."""
    parameters = list(network.parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ]
    )


def _sums(logits: Tensor, targets: Tensor) -> Tensor:
    """Summed cross-entropy, number of right guesses and number of targets; (3,)."""
    loss = nn.functional.cross_entropy(logits, targets, reduction="sum")
    hits = (logits.argmax(dim=1) == targets).sum()
    return torch.stack([loss, hits.to(loss), loss.new_tensor(len(targets))])


def _record(epoch: int, totals: list[float], rate: float, seconds: float) -> EpochRecord:
    loss, hits, tokens, exchange_loss, exchange_hits, pairs = totals
    return EpochRecord(
        epoch=epoch,
        loss=loss / tokens if tokens else None,
        masked_accuracy=hits / tokens if tokens else None,
        exchange_loss=exchange_loss / pairs if pairs else None,
        exchange_accuracy=exchange_hits / pairs if pairs else None,
        learning_rate=rate,
        seconds=seconds,
    )


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().cpu().clone()
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copied(item) for item in value)
    return value
