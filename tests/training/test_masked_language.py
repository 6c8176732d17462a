"""Pretraining of BERT: masks, batches, learning, and resuming to the same bits."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch

from vicinal.data.sentence_pairs import sentence_pairs
from vicinal.models.bert_heads import PretrainingNetwork
from vicinal.models.tiny_bert import random_bert, tiny_bert_config
from vicinal.models.wordpiece import encode_pairs, train_wordpiece, wordpiece_tokenizer
from vicinal.training.masked_batches import NOT_PREDICTED, PairBatcher, mask_tokens
from vicinal.training.masked_language import MaskedLanguageSettings, MaskedLanguageTraining

TEXTS = sentence_pairs("paraphrase", 60, 2, seed=0).inputs["train"]
VOCABULARY = train_wordpiece(TEXTS.ravel().tolist(), 400)
TOKENS = encode_pairs(wordpiece_tokenizer(VOCABULARY, 96), TEXTS)


pytestmark = pytest.mark.usefixtures("one_thread")


def training(seed: int = 0, dropout: float = 0.1, **settings: Any) -> MaskedLanguageTraining:
    model = random_bert(tiny_bert_config(len(VOCABULARY), 96, dropout), seed=0)
    chosen = {"epochs": 3, "batch_size": 16} | settings
    return MaskedLanguageTraining(model, TOKENS, MaskedLanguageSettings(**chosen), seed)


def parameters(run: MaskedLanguageTraining) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in run.model.named_parameters()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def test_masks_have_the_published_shares() -> None:
    special = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4}
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, 1000, (400, 500), generator=generator)
    ordinary = torch.arange(5, 1000)
    masked, targets = mask_tokens(ids, special, ordinary, 0.15, generator)
    chosen = targets != NOT_PREDICTED
    assert not chosen[ids < 5].any()
    assert torch.equal(targets[chosen], ids[chosen])
    assert torch.equal(masked[~chosen], ids[~chosen])
    count = int((ids >= 5).sum())
    shares = {
        0.15: chosen.sum() / count,
        0.8: (masked[chosen] == 4).double().mean(),
        0.1: (masked[chosen] == ids[chosen]).double().mean() - 0.1 / 995,
    }
    for share, measured in shares.items():
        trials = count if share == 0.15 else count * 0.15
        assert abs(measured - share) < 5 * (share * (1 - share) / trials) ** 0.5
    random = masked[chosen & (masked != 4) & (masked != ids)]
    assert random.min() >= 5
    # Uniform over 995 tokens: 5 standard deviations of the mean.
    assert abs(random.double().mean() - 502) < 5 * 287 / len(random) ** 0.5


def test_every_pair_once_an_epoch_in_batches_of_similar_length() -> None:
    batcher = PairBatcher(TOKENS, 16, exchange=0.0, positions=96)
    batches = batcher.draw_epoch(torch.Generator().manual_seed(0))
    assert len(batches) == len(batcher) == 4
    rows = np.concatenate([rows for rows, _ in batches])
    assert sorted(rows) == list(range(60))
    assert all(np.array_equal(rows, partners) for rows, partners in batches)
    inside = [np.ptp(TOKENS.lengths[rows]) for rows, _ in batches]
    assert max(inside) < np.ptp(TOKENS.lengths)
    for rows, partners in batches:
        batch = batcher.assemble(rows, partners)
        width = int(TOKENS.lengths[rows].max())
        assert torch.equal(batch.input_ids, torch.from_numpy(TOKENS.input_ids[rows, :width]))
        assert torch.equal(batch.token_types, torch.from_numpy(TOKENS.token_type_ids[rows, :width]))
        assert torch.equal(
            batch.attention_mask, torch.from_numpy(TOKENS.attention_mask[rows, :width])
        )
        assert not batch.exchanged.any()


def test_exchanged_pairs_equal_freshly_encoded_ones() -> None:
    """The assembled tokens are what the tokeniser gives for the exchanged sentences."""
    batcher = PairBatcher(TOKENS, 16, exchange=0.5, positions=96)
    exchanged = 0
    for rows, partners in batcher.draw_epoch(torch.Generator().manual_seed(0)):
        batch = batcher.assemble(rows, partners)
        texts = np.stack([TEXTS[rows, 0], TEXTS[partners, 1]], axis=1)
        expected = encode_pairs(wordpiece_tokenizer(VOCABULARY, 96), texts)
        assert torch.equal(batch.input_ids, torch.from_numpy(expected.input_ids))
        assert torch.equal(batch.token_types, torch.from_numpy(expected.token_type_ids))
        assert torch.equal(batch.attention_mask, torch.from_numpy(expected.attention_mask))
        assert batch.exchanged.tolist() == (rows != partners).tolist()
        exchanged += int(batch.exchanged.sum())
    assert 15 <= exchanged <= 45


def test_exchanged_pairs_that_grow_too_long_are_cut() -> None:
    positions = int(TOKENS.lengths.max())
    batcher = PairBatcher(TOKENS, 1, exchange=0.5, positions=positions)
    first = (TOKENS.token_type_ids == 0).astype(int) * TOKENS.attention_mask
    longest_first = int(first.sum(1).argmax())
    longest_second = int((TOKENS.lengths - first.sum(1)).argmax())
    total = first.sum(1)[longest_first] + (TOKENS.lengths - first.sum(1))[longest_second]
    assert total > positions, "the sample no longer tests the cut"
    batch = batcher.assemble(np.array([longest_first]), np.array([longest_second]))
    assert batch.input_ids.shape == (1, positions)
    assert batch.input_ids[0, -1] == TOKENS.special_tokens["[SEP]"]
    assert batch.attention_mask.all()


def test_only_the_predicted_places_are_projected() -> None:
    """The logits equal a full projection taken at those places and tokens."""
    model = random_bert(tiny_bert_config(len(VOCABULARY), 96), seed=0)
    candidates = torch.tensor([7, 9, 30])
    network = PretrainingNetwork(model, candidates, torch.Generator().manual_seed(1)).eval()
    ids, types, mask = (
        torch.from_numpy(array[:4])
        for array in (TOKENS.input_ids, TOKENS.token_type_ids, TOKENS.attention_mask)
    )
    predicted = torch.zeros_like(ids, dtype=torch.bool)
    predicted[[0, 2, 3], [1, 5, 2]] = True
    with torch.no_grad():
        words, pairs = network(ids, types, mask, predicted)
        states = model(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        hidden = network.norm(torch.nn.functional.gelu(network.dense(states)))
        full = hidden @ model.embeddings.word_embeddings.weight.T
    assert words.shape == (3, 3)
    torch.testing.assert_close(words, full[[0, 2, 3], [1, 5, 2]][:, candidates])
    torch.testing.assert_close(pairs, network.pair(states[:, 0]))


def test_the_loss_falls_from_chance() -> None:
    records = list(training(epochs=15, learning_rate=2e-3, exchange=0.5).run())
    assert [record["epoch"] for record in records] == list(range(1, 16))
    chance = np.log(len(np.unique(TOKENS.input_ids)) - 3)
    assert abs(records[0]["loss"] - chance) < 0.5
    assert records[-1]["loss"] < records[0]["loss"] - 0.5
    assert records[-1]["masked_accuracy"] > 2 / len(VOCABULARY)
    assert records[0]["exchange_loss"] == pytest.approx(np.log(2), abs=0.1)
    assert 0 < records[-1]["learning_rate"] < records[0]["learning_rate"]


def test_exchanges_are_learned() -> None:
    """Two kinds of pairs, told apart by whether their two halves share a word."""
    texts = np.array([["red red", "red red"], ["blue blue", "blue blue"]] * 30)
    vocabulary = train_wordpiece(texts.ravel().tolist(), 40)
    tokens = encode_pairs(wordpiece_tokenizer(vocabulary, 16), texts)
    model = random_bert(tiny_bert_config(len(vocabulary), 16, dropout=0.0), seed=0)
    settings = MaskedLanguageSettings(
        epochs=30, batch_size=20, learning_rate=2e-3, mask_probability=0.01, exchange=0.9
    )
    last = list(MaskedLanguageTraining(model, tokens, settings, seed=0).run())[-1]
    # About half of the exchanges bring the same words, so that 45 % of the pairs show nothing.
    assert last["exchange_accuracy"] > 0.8


@pytest.mark.parametrize(("dropout", "exchange"), [(0.1, 0.5), (0.0, 0.0)])
def test_stopped_and_resumed_equals_unbroken_bit_for_bit(dropout: float, exchange: float) -> None:
    unbroken = training(dropout=dropout, exchange=exchange, epochs=4)
    records = list(unbroken.run())

    stopped = training(dropout=dropout, exchange=exchange, epochs=4)
    run = stopped.run()
    next(run)
    next(run)
    stream = io.BytesIO()
    torch.save(stopped.state_dict(), stream)

    torch.manual_seed(123)  # neither another global state nor another start may matter
    resumed = training(dropout=dropout, exchange=exchange, epochs=4, seed=99)
    stream.seek(0)
    resumed.load_state_dict(torch.load(stream, weights_only=True))
    assert resumed.epoch == 2
    rest = list(resumed.run())
    assert same(parameters(unbroken), parameters(resumed))
    keys = ("epoch", "loss", "masked_accuracy", "exchange_loss", "learning_rate")
    assert [[r[k] for k in keys] for r in rest] == [[r[k] for k in keys] for r in records[2:]]


def test_a_state_is_a_copy() -> None:
    run = training(epochs=2)
    steps = run.run()
    next(steps)
    state = run.state_dict()
    before = {name: tensor.clone() for name, tensor in state["network"].items()}
    moments = state["optimiser"]["state"][0]["exp_avg"].clone()
    next(steps)
    assert same(before, state["network"])
    assert torch.equal(moments, state["optimiser"]["state"][0]["exp_avg"])


def test_the_seed_decides_and_the_global_state_stays() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (training(seed=seed, epochs=1) for seed in (1, 1, 2))
    for run in (first, again, other):
        list(run.run())
    assert torch.equal(torch.get_rng_state(), before)
    assert same(parameters(first), parameters(again))
    assert not same(parameters(first), parameters(other))


def test_a_finished_training_has_nothing_left() -> None:
    run = training(epochs=1)
    assert len(list(run.run())) == 1
    assert list(run.run()) == []
    assert not run.model.training


def test_without_exchange_its_records_are_empty() -> None:
    (record,) = training(epochs=1, exchange=0.0).run()
    assert record["exchange_loss"] is None
    assert record["exchange_accuracy"] is None


def test_bad_settings_and_inputs_are_named() -> None:
    with pytest.raises(ValueError, match="epochs 0"):
        MaskedLanguageSettings(epochs=0)
    with pytest.raises(ValueError, match=r"mask_probability 1\.5"):
        MaskedLanguageSettings(epochs=1, mask_probability=1.5)
    with pytest.raises(ValueError, match="learning_rate -1"):
        MaskedLanguageSettings(epochs=1, learning_rate=-1)
    settings = MaskedLanguageSettings(epochs=1)
    short = random_bert(tiny_bert_config(len(VOCABULARY), 16), seed=0)
    with pytest.raises(ValueError, match="the model has 16 positions"):
        MaskedLanguageTraining(short, TOKENS, settings, seed=0)
    few = random_bert(tiny_bert_config(20, 96), seed=0)
    with pytest.raises(ValueError, match="vocabulary has 20"):
        MaskedLanguageTraining(few, TOKENS, settings, seed=0)
    longer = training(epochs=3)
    list(longer.run())
    with pytest.raises(ValueError, match="state is of epoch 3; this training has 2"):
        training(epochs=2).load_state_dict(longer.state_dict())


def test_single_sentences_are_pretrained_without_exchange() -> None:
    tokens = encode_pairs(wordpiece_tokenizer(VOCABULARY, 96), TEXTS[:, :1])
    batcher = PairBatcher(tokens, 16, exchange=0.0, positions=96)
    for rows, partners in batcher.draw_epoch(torch.Generator().manual_seed(0)):
        batch = batcher.assemble(rows, partners)
        width = batch.input_ids.shape[1]
        np.testing.assert_array_equal(batch.input_ids, tokens.input_ids[rows, :width])
        np.testing.assert_array_equal(batch.attention_mask, tokens.attention_mask[rows, :width])
        assert not batch.token_types.any()
    model = random_bert(tiny_bert_config(len(VOCABULARY), 96), seed=0)
    run = MaskedLanguageTraining(model, tokens, MaskedLanguageSettings(1, exchange=0.0), 0)
    (record,) = run.run()
    assert record["masked_accuracy"] is not None
    with pytest.raises(ValueError, match=r"exchange is 0\.5, but single sentences .* set it to 0"):
        MaskedLanguageTraining(model, tokens, MaskedLanguageSettings(1), 0)
