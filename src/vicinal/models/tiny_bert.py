"""Tiny BERT (Turc et al. 2019): 2 layers, hidden size 128, 2 heads; its [CLS] vectors as features.

Novello et al. 2020, section 5.3, take the published `google/bert_uncased_L-2_H-128_A-2` as it is.
Here its parameters come from the hub, from a folder, from a random initialisation, or from
pretraining on the task's own text (`vicinal.training.masked_language`). The pooler, which no
feature uses, is left out. Transformers is imported on first use: it takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from vicinal.models.wordpiece import TokenizedPairs

if TYPE_CHECKING:
    from transformers.models.bert.configuration_bert import BertConfig
    from transformers.models.bert.modeling_bert import BertModel

HUB_NAME = "google/bert_uncased_L-2_H-128_A-2"
HUB_REVISION = "30b0a37ccaaa32f332884b96992754e246e48c5f"
FOLDER_FILES = ("config.json", "model.safetensors", "vocab.txt")


def tiny_bert_config(
    vocabulary_size: int,
    max_length: int = 512,
    dropout: float = 0.1,
    initializer_range: float = 0.02,
) -> BertConfig:
    """The published architecture for a vocabulary; `max_length` is the number of positions.

    `dropout` acts in training only (hidden states and attention); `initializer_range` is the
    standard deviation of random parameters.
    """
    from transformers.models.bert.configuration_bert import BertConfig

    return BertConfig(
        vocab_size=vocabulary_size,
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=512,
        max_position_embeddings=max_length,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        initializer_range=initializer_range,
    )


def random_bert(config: BertConfig, seed: int, word_scale: float = 1.0) -> BertModel:
    """BERT with random parameters, drawn on the CPU; the global random state is left as it was.

    Matrices and embeddings N(0, initializer_range), biases 0, layer norms 1, the padding
    embedding 0; the word embeddings are multiplied by `word_scale`. At BERT's own scale 1 the
    word makes a third of a token's variance, beside position and type; a larger share lets a
    short pretraining see sooner which words two sentences have in common.
    """
    # fork_rng restores the CPU's state; `torch.manual_seed` would reach a GPU's as well.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = _bert_model_class()(config, add_pooling_layer=False)
    with torch.no_grad():
        model.embeddings.word_embeddings.weight.mul_(word_scale)
    model.train(mode=False)
    return model


def bert_with(config: BertConfig, tensors: Mapping[str, torch.Tensor]) -> BertModel:
    """BERT with the given parameters, under the names of a `BertModel` or a whole pretrained BERT.

    Heads and the pooler are left out, and TensorFlow's names (`LayerNorm.gamma`, `.beta`), which
    Google's checkpoints keep, are translated.
    Raises ValueError where parameters are missing, left over or of another shape.
    """
    prefixed = any(name.startswith("bert.") for name in tensors)
    encoder = {
        _current_name(name.removeprefix("bert.")): tensor
        for name, tensor in tensors.items()
        if name.startswith("bert.") or not prefixed
    }
    wanted = {
        name: tensor
        for name, tensor in encoder.items()
        if not name.startswith(("pooler.", "cls.")) and not name.endswith("position_ids")
    }
    model = random_bert(config, seed=0)
    try:
        model.load_state_dict(wanted, strict=True)
    except RuntimeError as error:
        raise ValueError(f"the parameters do not fit the configuration: {error}") from error
    return model


def from_folder(folder: Path) -> BertModel:
    """BERT of a folder holding config.json and model.safetensors (vocab.txt is its vocabulary).

    Raises FileNotFoundError naming a missing file; a pytorch_model.bin is a pickle and never
    loaded.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from transformers.models.bert.configuration_bert import BertConfig

    missing = [name for name in FOLDER_FILES if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"{folder} lacks {', '.join(missing)}; a BERT folder holds {', '.join(FOLDER_FILES)} "
            "(weights of a pytorch_model.bin have to be converted to model.safetensors)"
        )
    config = BertConfig.from_json_file(folder / "config.json")
    try:
        parameters = load_file(folder / "model.safetensors")
    except SafetensorError as error:
        raise ValueError(f"{folder}/model.safetensors: cannot be read: {error}") from error
    try:
        return bert_with(config, parameters)
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from error


def hub_folder(name: str = HUB_NAME, revision: str = HUB_REVISION) -> Path:
    """Download (or find in the hub's cache) the three files of a BERT at a commit; their folder.

    Raises ConnectionError where the hub cannot be reached, FileNotFoundError where the revision
    holds no model.safetensors.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    advice = f"; put {', '.join(FOLDER_FILES)} of {name} in a folder and choose the source `folder`"
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=list(FOLDER_FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ConnectionError(
            f"{name} at revision {revision} could not be fetched from the hub: {error}{advice}"
        ) from error
    if not (folder / "model.safetensors").is_file():
        raise FileNotFoundError(
            f"{name} at revision {revision} holds no model.safetensors, and pickled weights are "
            f"never loaded{advice}"
        )
    return folder


def from_hub(name: str = HUB_NAME, revision: str = HUB_REVISION) -> BertModel:
    """The BERT of a hub repository at a commit; see `hub_folder` for what is raised."""
    return from_folder(hub_folder(name, revision))


def cls_features(
    model: BertModel,
    tokens: TokenizedPairs,
    *,
    attention_mask: bool = True,
    batch_size: int = 64,
    device: str | torch.device = "cpu",
    pad_to: int | None = None,
) -> npt.NDArray[np.float32]:
    """The last layer's vector at [CLS] of every pair; float32 (N, hidden size), in input order.

    attention_mask : True hides the padding, so that neither it nor the batch matters beyond float
        tolerance; sequences of similar length share a batch. False lets every token attend to the
        padding, as the authors' program does.
    pad_to : common length of all sequences; by default the batch's longest with the mask, and
        the model's number of positions without it.
    Raises ValueError where a sequence is longer than `pad_to` or than the model's positions.
    """
    positions = int(model.config.max_position_embeddings)
    if pad_to is None and not attention_mask:
        pad_to = positions
    longest = int(tokens.lengths.max())
    if longest > (pad_to or positions) or (pad_to or 0) > positions:
        raise ValueError(
            f"pairs of up to {longest} tokens with pad_to {pad_to}; the model has {positions} "
            "positions"
        )
    features = np.empty((len(tokens), model.config.hidden_size), dtype=np.float32)
    model.train(mode=False)
    torch.nn.Module.to(model, device)  # transformers' own `to` is mistyped
    with torch.inference_mode():
        for rows in _batches_by_length(tokens.lengths, batch_size):
            width = pad_to or int(tokens.lengths[rows].max())
            ids, types, mask = (
                torch.from_numpy(_columns(array[rows], width, fill)).to(device)
                for array, fill in (
                    (tokens.input_ids, tokens.special_tokens["[PAD]"]),
                    (tokens.token_type_ids, 0),
                    (tokens.attention_mask, 0),
                )
            )
            mask = mask if attention_mask else torch.ones_like(mask)
            states = model(input_ids=ids, token_type_ids=types, attention_mask=mask)
            features[rows] = states.last_hidden_state[:, 0].cpu().numpy()
    return features


def _batches_by_length(
    lengths: npt.NDArray[np.int64], batch_size: int
) -> Iterator[npt.NDArray[np.intp]]:
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def _columns(rows: npt.NDArray[np.int64], width: int, fill: int) -> npt.NDArray[np.int64]:
    """The first `width` columns, filled up on the right where there are fewer."""
    missing = max(0, width - rows.shape[1])
    return np.pad(rows[:, :width], ((0, 0), (0, missing)), constant_values=fill)


def _current_name(name: str) -> str:
    for old, new in (("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")):
        name = name.replace(old, new)
    return name


def _bert_model_class() -> type[BertModel]:
    from vicinal.models import torchvision_operators

    # Transformers imports torchvision where it is installed, which fails without its operators.
    torchvision_operators.declare_missing()
    from transformers.models.bert.modeling_bert import BertModel

    return BertModel
