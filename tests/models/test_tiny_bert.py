"""Tiny BERT: size, features that ignore padding and batches, sources, and the tokeniser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from vicinal.data.sentence_pairs import sentence_pairs
from vicinal.models.tiny_bert import (
    bert_with,
    cls_features,
    from_folder,
    hub_folder,
    random_bert,
    tiny_bert_config,
)
from vicinal.models.wordpiece import (
    SPECIAL_TOKENS,
    TokenizedPairs,
    encode_pairs,
    read_vocabulary,
    train_wordpiece,
    wordpiece_tokenizer,
)

PAIRS = sentence_pairs("similarity", 40, 10, seed=0)
VOCABULARY = train_wordpiece(PAIRS.inputs["train"].ravel().tolist(), 250)
TOKENS = encode_pairs(wordpiece_tokenizer(VOCABULARY, 64), PAIRS.inputs["train"])
MODEL = random_bert(tiny_bert_config(len(VOCABULARY), 64), seed=0)


def test_parameter_count_is_the_published_one() -> None:
    """4 385 920 with the pooler (hidden x hidden + hidden), which is left out here."""
    hidden, inner, vocabulary, positions, layers = 128, 512, 30522, 512, 2
    embeddings = (vocabulary + positions + 2) * hidden + 2 * hidden
    attention = 4 * (hidden * hidden + hidden) + 2 * hidden
    feed_forward = 2 * hidden * inner + inner + hidden + 2 * hidden
    expected = embeddings + layers * (attention + feed_forward)
    model = random_bert(tiny_bert_config(vocabulary), seed=0)
    assert sum(p.numel() for p in model.parameters()) == expected
    assert expected + hidden * hidden + hidden == 4_385_920


def test_the_seed_decides_and_the_global_state_stays() -> None:
    config = tiny_bert_config(50)
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, again, other = (random_bert(config, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])
    name = "encoder.layer.0.attention.self.query.weight"
    assert not torch.equal(first.state_dict()[name], other.state_dict()[name])


def test_the_scales_of_random_parameters() -> None:
    model = random_bert(tiny_bert_config(2000, initializer_range=0.1), seed=0, word_scale=5.0)
    words = model.embeddings.word_embeddings.weight[1:]
    assert words.std().item() == pytest.approx(0.5, rel=0.02)
    positions = model.embeddings.position_embeddings.weight
    assert positions.std().item() == pytest.approx(0.1, rel=0.02)


def test_features_are_the_models_own_one_by_one() -> None:
    """No padding, no batch: each pair alone through the bare model."""
    features = cls_features(MODEL, TOKENS, batch_size=16)
    assert features.shape == (40, 128)
    assert features.dtype == np.float32
    for row, length in enumerate(TOKENS.lengths):
        ids = torch.from_numpy(TOKENS.input_ids[row : row + 1, :length])
        types = torch.from_numpy(TOKENS.token_type_ids[row : row + 1, :length])
        with torch.no_grad():
            states = MODEL(input_ids=ids, token_type_ids=types).last_hidden_state
        np.testing.assert_allclose(features[row], states[0, 0].numpy(), atol=2e-6)


@pytest.mark.parametrize("batch_size", [1, 7, 40])
@pytest.mark.parametrize("pad_to", [None, 64])
def test_neither_padding_nor_batch_size_matter_with_the_mask(
    batch_size: int, pad_to: int | None
) -> None:
    expected = cls_features(MODEL, TOKENS, batch_size=16)
    features = cls_features(MODEL, TOKENS, batch_size=batch_size, pad_to=pad_to)
    np.testing.assert_allclose(features, expected, atol=2e-6)


def test_without_the_mask_the_padding_is_read() -> None:
    unmasked = cls_features(MODEL, TOKENS, attention_mask=False)
    np.testing.assert_allclose(
        unmasked, cls_features(MODEL, TOKENS, attention_mask=False, pad_to=64), atol=2e-6
    )
    shorter = cls_features(MODEL, TOKENS, attention_mask=False, pad_to=60)
    assert np.abs(unmasked - shorter).max() > 1e-3
    assert np.abs(unmasked - cls_features(MODEL, TOKENS)).max() > 1e-3


def test_too_long_pairs_are_refused() -> None:
    small = random_bert(tiny_bert_config(len(VOCABULARY), 16), seed=0)
    with pytest.raises(ValueError, match="the model has 16 positions"):
        cls_features(small, TOKENS)
    with pytest.raises(ValueError, match="pad_to 10"):
        cls_features(MODEL, TOKENS, pad_to=10)


def _write_folder(folder: Path, tensors: dict[str, torch.Tensor]) -> None:
    MODEL.config.to_json_file(folder / "config.json")
    save_file(tensors, folder / "model.safetensors")
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")


def test_a_folder_with_the_names_of_googles_checkpoint(tmp_path: Path) -> None:
    """Prefixed names, gamma and beta, a pooler and heads, as the hub's file has them."""
    named = {
        "bert."
        + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): tensor.clone()
        for name, tensor in MODEL.state_dict().items()
    }
    assert any("gamma" in name for name in named)
    heads = {
        "bert.pooler.dense.weight": torch.zeros(128, 128),
        "cls.predictions.bias": torch.ones(3),
    }
    _write_folder(tmp_path, named | heads)
    features = cls_features(from_folder(tmp_path), TOKENS)
    assert np.array_equal(features, cls_features(MODEL, TOKENS))
    assert read_vocabulary(tmp_path / "vocab.txt") == VOCABULARY


def test_incomplete_folders_say_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"never read")
    with pytest.raises(FileNotFoundError, match=r"lacks config.json, model.safetensors, vocab.txt"):
        from_folder(tmp_path)
    state = {name: tensor.clone() for name, tensor in MODEL.state_dict().items()}
    del state["embeddings.word_embeddings.weight"]
    _write_folder(tmp_path, state)
    with pytest.raises(ValueError, match=r"Missing key.*word_embeddings"):
        from_folder(tmp_path)


def test_parameters_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="size mismatch"):
        bert_with(tiny_bert_config(77, 64), MODEL.state_dict())


@pytest.mark.parametrize("holds_weights", [True, False])
def test_the_hub_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds_weights: bool
) -> None:
    asked = {}

    def download(name: str, *, revision: str, allow_patterns: list[str]) -> str:
        asked.update(name=name, revision=revision, files=allow_patterns)
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    if holds_weights:
        (tmp_path / "model.safetensors").touch()
        assert hub_folder() == tmp_path
        assert asked["name"] == "google/bert_uncased_L-2_H-128_A-2"
        assert len(asked["revision"]) == 40
        assert not any(pattern.endswith(".bin") or "*" in pattern for pattern in asked["files"])
    else:
        with pytest.raises(FileNotFoundError, match="source `folder`"):
            hub_folder()


def test_an_unreachable_hub_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> str:
        raise OSError("no route")

    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    with pytest.raises(ConnectionError, match=r"no route; put config.json"):
        hub_folder("some/model", "abc")


def test_importing_the_module_does_not_import_transformers() -> None:
    code = "import sys, vicinal.models.tiny_bert; assert 'transformers' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


# The tokeniser


def test_pairs_become_bert_sequences() -> None:
    vocabulary = [*SPECIAL_TOKENS, "the", "cat", "sat", "play", "##ing", "##s", ".", "cafe"]
    tokens = encode_pairs(
        wordpiece_tokenizer(vocabulary, 16),
        np.array([["The cat SAT.", "Playing, plays"], ["Café", "the the"]]),
    )
    number = {token: i for i, token in enumerate(vocabulary)}
    words = [
        "[CLS]",
        "the",
        "cat",
        "sat",
        ".",
        "[SEP]",
        "play",
        "##ing",
        "[UNK]",
        "play",
        "##s",
        "[SEP]",
    ]
    assert tokens.input_ids[0].tolist() == [number[word] for word in words]
    assert tokens.token_type_ids[0].tolist() == [0] * 6 + [1] * 6
    words = ["[CLS]", "cafe", "[SEP]", "the", "the", "[SEP]"]
    assert tokens.input_ids[1].tolist() == [number[w] for w in words] + [number["[PAD]"]] * 6
    assert tokens.lengths.tolist() == [12, 6]
    assert tokens.attention_mask.sum(axis=1).tolist() == [12, 6]
    assert tokens.special_tokens == {token: i for i, token in enumerate(SPECIAL_TOKENS)}


def test_single_sentences_become_sequences_without_a_second_part() -> None:
    vocabulary = [*SPECIAL_TOKENS, "the", "cat", "sat"]
    tokens = encode_pairs(wordpiece_tokenizer(vocabulary, 16), np.array([["The cat"], ["sat"]]))
    number = {token: i for i, token in enumerate(vocabulary)}
    words = [["[CLS]", "the", "cat", "[SEP]"], ["[CLS]", "sat", "[SEP]", "[PAD]"]]
    assert tokens.input_ids.tolist() == [[number[word] for word in row] for row in words]
    assert not tokens.token_type_ids.any()
    assert tokens.lengths.tolist() == [4, 3]
    features = cls_features(random_bert(tiny_bert_config(len(vocabulary), 16), 0), tokens)
    assert features.shape == (2, 128)


def test_long_pairs_are_cut_to_the_length() -> None:
    tokens = encode_pairs(wordpiece_tokenizer(VOCABULARY, 12), PAIRS.inputs["train"])
    assert tokens.lengths.max() == 12
    ends = [row[length - 1] for row, length in zip(tokens.input_ids, tokens.lengths, strict=True)]
    assert set(ends) == {tokens.special_tokens["[SEP]"]}


def test_a_trained_vocabulary_holds_its_own_text() -> None:
    assert tuple(VOCABULARY[:5]) == SPECIAL_TOKENS
    assert len(set(VOCABULARY)) == len(VOCABULARY) <= 250
    assert not any(token != token.lower() for token in VOCABULARY[5:])
    assert (TOKENS.input_ids != TOKENS.special_tokens["[UNK]"]).all()
    tokenizer = wordpiece_tokenizer(VOCABULARY, 64)
    first, second = PAIRS.inputs["train"][0]
    pieces = [VOCABULARY[i] for i in TOKENS.input_ids[0] if i not in range(5)]
    assert "".join(pieces).replace("##", "") == (first + second).lower().replace(" ", "")
    assert tokenizer.get_vocab_size() == len(VOCABULARY)


def test_a_trained_vocabulary_is_the_same_in_every_process() -> None:
    code = (
        "from vicinal.data.sentence_pairs import sentence_pairs\n"
        "from vicinal.models.wordpiece import train_wordpiece\n"
        "pairs = sentence_pairs('similarity', 40, 10, seed=0)\n"
        "print('\\n'.join(train_wordpiece(pairs.inputs['train'].ravel().tolist(), 250)))"
    )
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": ":".join(sys.path)},
        )
        assert done.stdout.split() == VOCABULARY


def test_bad_vocabularies_and_texts_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"lacks \[UNK\]"):
        wordpiece_tokenizer([token for token in VOCABULARY if token != "[UNK]"], 64)
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join([*SPECIAL_TOKENS, "cat", "cat"]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"vocab.txt: token 'cat' stands in the vocabulary 2"):
        read_vocabulary(path)
    with pytest.raises(ValueError, match="vocabulary_size 10 is below"):
        train_wordpiece(["some text"], 10)
    with pytest.raises(ValueError, match="shape"):
        encode_pairs(wordpiece_tokenizer(VOCABULARY, 64), np.array(["one sentence"]))
    with pytest.raises(ValueError, match=r"pairs are unicode \(N, 2\), single sentences \(N, 1\)"):
        encode_pairs(wordpiece_tokenizer(VOCABULARY, 64), np.array([["a", "b", "c"]]))
    with pytest.raises(ValueError, match="max_length is 4"):
        wordpiece_tokenizer(VOCABULARY, 4)


def test_tokens_know_their_number() -> None:
    assert isinstance(TOKENS, TokenizedPairs)
    assert len(TOKENS) == 40
