"""Tiny BERT on disk: parameters with the architecture in their metadata, and the vocabulary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vicinal.models.tiny_bert import bert_with
from vicinal_workflow.artifacts import FilePath, read_parameters, write_parameters, written_whole

if TYPE_CHECKING:
    from transformers.models.bert.modeling_bert import BertModel


def write_bert(paths: Any, model: BertModel, vocabulary: Sequence[str]) -> None:
    """Write BERT to `paths.parameters`, with its architecture, and to `paths.vocabulary`."""
    with written_whole(paths.vocabulary) as temporary:
        temporary.write_text("\n".join(vocabulary) + "\n", "utf-8")
    write_parameters(
        paths.parameters, model.state_dict(), config=model.config.to_json_string(use_diff=False)
    )


def read_bert(path: FilePath) -> BertModel:
    """The BERT that `write_bert` wrote."""
    from transformers.models.bert.configuration_bert import BertConfig

    parameters, metadata = read_parameters(path)
    return bert_with(BertConfig(**json.loads(metadata["config"])), parameters)
