"""WordPiece vocabularies and sentences as token arrays, as BERT (uncased) reads them.

A vocabulary is a list of tokens, the token's number being its place: the lines of a `vocab.txt`.
Text is cleaned, lower-cased, stripped of accents and split at blanks and punctuation; a pair
becomes [CLS] A [SEP] B [SEP] with token types 0 and 1, a single sentence [CLS] A [SEP] (Devlin et
al. 2019, section 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, trainers
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LONGEST_WORD = 100  # characters; a longer word is [UNK], BERT's own setting


@dataclass(frozen=True)
class TokenizedPairs:
    """Sentence pairs, or single sentences, as padded arrays.

    input_ids, token_type_ids, attention_mask : int64 (N, longest sequence); the mask is 1 on
        tokens and 0 on padding, which stands on the right.
    special_tokens : the number of each of `SPECIAL_TOKENS`.
    """

    input_ids: npt.NDArray[np.int64]
    token_type_ids: npt.NDArray[np.int64]
    attention_mask: npt.NDArray[np.int64]
    special_tokens: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each sequence, [CLS] and every [SEP] included; (N,)."""
        lengths: npt.NDArray[np.int64] = self.attention_mask.sum(axis=1)
        return lengths


def read_vocabulary(path: Path) -> list[str]:
    """The tokens of a `vocab.txt`, one a line. Raises ValueError naming what is wrong in it."""
    vocabulary = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    try:
        check_vocabulary(vocabulary)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return vocabulary


def check_vocabulary(vocabulary: Sequence[str]) -> None:
    """Raise ValueError for repeated tokens or a missing special token."""
    missing = [token for token in SPECIAL_TOKENS if token not in vocabulary]
    if missing:
        raise ValueError(f"the vocabulary lacks {', '.join(missing)}")
    if len(set(vocabulary)) < len(vocabulary):
        token, times = Counter(vocabulary).most_common(1)[0]
        raise ValueError(f"token {token!r} stands in the vocabulary {times} times")


def train_wordpiece(sentences: Iterable[str], vocabulary_size: int) -> list[str]:
    """A vocabulary of at most `vocabulary_size` tokens learned from the sentences.

    The special tokens come first, then the characters in code-point order, at a word's beginning
    and (with ##) inside it, then the merged pieces, most frequent pair first. The same sentences
    give the same list in every process.
    Raises ValueError where the characters alone exceed the size.
    """
    lines = list(sentences)
    words = [
        word
        for line in lines
        for word, _ in BertPreTokenizer().pre_tokenize_str(_normalizer().normalize_str(line))
    ]
    first = sorted({word[0] for word in words})
    inner = sorted({f"##{letter}" for word in words for letter in word[1:]})
    # Fixed in advance: the library would number the inner letters in the order of a hash map.
    alphabet = [*SPECIAL_TOKENS, *first, *inner]
    if len(alphabet) > vocabulary_size:
        raise ValueError(
            f"vocabulary_size {vocabulary_size} is below the {len(alphabet)} special tokens and "
            "characters of the text"
        )
    tokenizer = _bare_tokenizer({})
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary_size,
        min_frequency=2,
        special_tokens=alphabet,
        show_progress=False,
        continuing_subword_prefix="##",
    )
    tokenizer.train_from_iterator(words, trainer)
    numbers: dict[str, int] = tokenizer.get_vocab()
    return sorted(numbers, key=numbers.__getitem__)


def wordpiece_tokenizer(vocabulary: Sequence[str], max_length: int) -> Tokenizer:
    """BERT's uncased tokeniser for pairs of at most `max_length` tokens.

    A longer pair loses tokens at the end of its longer sentence first.
    Raises ValueError for a vocabulary without the special tokens or a `max_length` below 5 (three
    special tokens and one of each sentence).
    """
    check_vocabulary(vocabulary)
    if max_length < 5:
        raise ValueError(f"max_length is {max_length}; a pair takes at least 5 tokens")
    numbers = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = _bare_tokenizer(numbers)
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, numbers[token]) for token in ("[CLS]", "[SEP]")],
    )
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    tokenizer.enable_truncation(max_length, strategy="longest_first")
    tokenizer.enable_padding(pad_id=numbers["[PAD]"], pad_token="[PAD]")
    return tokenizer


def encode_pairs(tokenizer: Tokenizer, texts: npt.NDArray[np.str_]) -> TokenizedPairs:
    """Tokens of sentence pairs; texts : unicode (N, 2), N at least 1.

    Single sentences (N, 1) become sequences without a second part.
    Raises ValueError for another shape or dtype.
    """
    if texts.dtype.kind != "U" or texts.ndim != 2 or texts.shape[1] not in (1, 2) or not len(texts):
        raise ValueError(
            f"texts of dtype {texts.dtype} and shape {texts.shape}; sentence pairs are unicode "
            "(N, 2), single sentences (N, 1), with N at least 1"
        )
    rows: list[list[str]] = texts.tolist()
    encodings = tokenizer.encode_batch([row[0] if len(row) == 1 else tuple(row) for row in rows])

    def array(attribute: str) -> npt.NDArray[np.int64]:
        values: list[Any] = [getattr(encoding, attribute) for encoding in encodings]
        return np.array(values, dtype=np.int64)

    numbers = tokenizer.get_vocab()
    special = {token: int(numbers[token]) for token in SPECIAL_TOKENS}
    return TokenizedPairs(array("ids"), array("type_ids"), array("attention_mask"), special)


def _normalizer() -> BertNormalizer:
    return BertNormalizer(clean_text=True, handle_chinese_chars=True, lowercase=True)


def _bare_tokenizer(numbers: Mapping[str, int]) -> Tokenizer:
    model = WordPiece(
        vocab=dict(numbers), unk_token="[UNK]", max_input_chars_per_word=_LONGEST_WORD
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer
