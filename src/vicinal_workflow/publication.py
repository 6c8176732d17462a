"""What a part of a study publishes: its figures beside the paper's, its claims, its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from vicinal_workflow.artifacts import read_table, write_metadata, write_table, written_whole
from vicinal_workflow.checksums import whole
from vicinal_workflow.page import Figure, Study
from vicinal_workflow.plan import Part, Plan
from vicinal_workflow.published import NOT_RUN, compare_with_published, join_measured
from vicinal_workflow.studies import PartResults, page_studies

CLAIM_COLUMNS = ["tone", "text"]
# The rule that makes a published table or figure; without a rule of its own, the study's.
_PREFIXES = {"vbsw": "vbsw", "gradients": "gradients", "bayes": "hwa", "witness": "witness"}
_OTHER_TARGETS = {
    ("bayes", "section3_3"): "hwa_surface",
    ("vbsw", "claim"): "vbsw",
    ("vbsw", "table8"): "vbsw",
}


@dataclass(frozen=True)
class Publication:
    """A part's results.

    rows : the comparison's lines that the part measured, with `target`, the rule that makes them.
    claims : a line a verdict; see `page.Verdict`.
    pictures : file name -> PNG.
    facts : title, question and reference, and of each picture its title and caption.
    """

    rows: pd.DataFrame
    claims: pd.DataFrame
    pictures: Mapping[str, bytes]
    facts: Mapping[str, Any]

    @property
    def targets(self) -> list[str]:
        """The rules that make the rows, each once."""
        return sorted(set(self.rows["target"]))


def target_of(study: str, item: str) -> str:
    """The rule that makes a published table or figure."""
    return _OTHER_TARGETS.get((study, item), f"{_PREFIXES[study]}_{item}")


def missing_files(part: Part, results: Path) -> list[str]:
    """What a part still lacks below a results folder before it can be published."""
    wanted = [*part.page_tables().values(), *part.measured_tables().values()]
    wanted += [job.artifacts[0] for job, _, _ in part.figures()]
    return [path for path in dict.fromkeys(wanted) if not (results / path).exists()]


def publication_of(name: str, plan: Plan, published: pd.DataFrame, results: Path) -> Publication:
    """A part's results, all of whose files are there.

    published : the papers' figures, as `data/published.csv` lists them.
    Raises ValueError for a part that the configuration leaves out.
    """
    part = plan.parts[name]
    tables = {key: read_table(results / path) for key, path in part.page_tables().items()}
    drawn = [
        (Path(job.artifacts[0]).name, title, caption) for job, title, caption in part.figures()
    ]
    pictures = {
        Path(job.artifacts[0]).name: whole(results / job.artifacts[0]).read_bytes()
        for job, _, _ in part.figures()
    }
    rows = _rows(part, published, results)
    shown = [Figure(title, caption, pictures[file], "png") for file, title, caption in drawn]
    studies = page_studies({name: PartResults(tables, shown)}, rows, plan.vbsw.described_grids())
    if not studies:
        raise ValueError(f"{name}: the configuration leaves this part out")
    (study,) = studies
    return Publication(
        rows=rows,
        claims=pd.DataFrame([[v.tone, v.text] for v in study.verdicts], columns=CLAIM_COLUMNS),
        pictures=pictures,
        facts=_facts(part, study, drawn),
    )


def write_publication(folder: Path, publication: Publication, run: Mapping[str, Any]) -> None:
    """Write a part's results into a folder of its own, and remove what lay there before.

    run : what made them: configuration file, commit, machine, and jobs and seconds of each target.
    """
    for old in folder.glob("*"):
        old.unlink()
    write_table(folder / "rows.csv", publication.rows)
    write_table(folder / "claims.csv", publication.claims)
    write_metadata(folder / "run.json", {**publication.facts, **run})
    for name, image in publication.pictures.items():
        with written_whole(folder / name) as temporary:
            temporary.write_bytes(image)
    # The repository keeps these files as they are; their records would only be noise beside them.
    for record in folder.glob(".*.sha256"):
        record.unlink()


def _rows(part: Part, published: pd.DataFrame, results: Path) -> pd.DataFrame:
    tables = {key: read_table(results / path) for key, path in part.measured_tables().items()}
    measured = [join_measured(tables), pd.DataFrame(list(part.drawn()))]
    compared = compare_with_published(published, pd.concat(measured))
    # Also those that were asked and came out undecided, which have no number.
    rows = compared[compared["scale"] != NOT_RUN].copy()
    rows["target"] = [target_of(*pair) for pair in zip(rows["study"], rows["item"], strict=True)]
    return rows


def _facts(part: Part, study: Study, drawn: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "study": part.study,
        "title": study.title,
        "question": study.question,
        "reference": study.reference,
        "figures": [
            {"file": file, "title": title, "caption": caption} for file, title, caption in drawn
        ],
    }
