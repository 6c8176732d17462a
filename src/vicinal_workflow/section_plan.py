"""What the plans of parts that one key of a study's settings describes have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

Config = Mapping[str, Any]


@dataclass(frozen=True)
class SectionPlan:
    """The plan of a part that the key `key` of the study `study` describes.

    config, paper : completed configurations, of the run and of the preset at the paper's scale.
    """

    study = ""
    key: ClassVar[str]

    config: Config
    paper: Config

    @property
    def settings(self) -> Mapping[str, Any] | None:
        """The part's settings; None leaves it out."""
        settings: Mapping[str, Any] | None = self.config[self.study][self.key]
        return settings

    def drawn(self) -> Iterator[dict[str, Any]]:
        """No lines of the comparison that need no file: what is drawn has numbers."""
        yield from ()
