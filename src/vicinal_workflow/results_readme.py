"""The README's part about results: a table of the most telling claims, and five pictures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vicinal_workflow.artifacts import read_metadata
from vicinal_workflow.paper_claims import OUTCOMES, Judgement, PaperClaim
from vicinal_workflow.report_labels import STUDIES
from vicinal_workflow.results_page import judged_claims

START = "<!-- results: written by vicinal_workflow.publish -->"
END = "<!-- end of results -->"
# Part and picture, in the order in which they are shown.
PICTURES = (
    ("vbsw", "gains.png"),
    ("surrogates", "surrogate_errors_cosine.png"),
    ("bayes", "curves_cifar10_vgg16th.png"),
    ("witness_toy", "toy_points.png"),
    ("witness_latent", "latent_space.png"),
)


def with_results(readme: str, folder: Path, claims: Sequence[PaperClaim]) -> str:
    """The README with its part about results written anew, between its two marks.

    folder : of a folder a part, as `publish` writes them, below the README's `docs`.
    Raises ValueError for a README without the marks.
    """
    if START not in readme or END not in readme:
        raise ValueError(f"the README lacks the marks {START} and {END}")
    block = "\n".join([START, *_lines(folder, judged_claims(folder, claims)), END])
    return re.sub(
        f"{re.escape(START)}.*?{re.escape(END)}", lambda _: block, readme, flags=re.DOTALL
    )


def _lines(folder: Path, judgements: Sequence[Judgement]) -> Iterator[str]:
    counts = Counter(judgement.outcome for judgement in judgements)
    said = [f"{counts[key]} {words.lower()}" for key, words in OUTCOMES.items() if counts[key]]
    yield (
        f"Of the {len(judgements)} claims that we read in the four papers: {', '.join(said)}. "
        "Each, with the numbers that decide it, and every published figure beside ours: "
        "[docs/results.md](docs/results.md)."
    )
    yield from ("", "| claim | here | what decides it |", "| --- | --- | --- |")
    for study, title in STUDIES.items():
        for judgement in judgements:
            if judgement.claim.study == study and judgement.claim.headline:
                yield _row(judgement, title)
    yield ""
    yield from _pictures(folder)


def _row(judgement: Judgement, paper: str) -> str:
    claim = judgement.claim
    cells = (
        f"{claim.claim} ({paper}, {claim.where})",
        OUTCOMES[judgement.outcome].lower(),
        " ".join(judgement.evidence).replace("|", "\\|"),
    )
    return f"| {' | '.join(cells)} |"


def _pictures(folder: Path, pictures: Iterable[tuple[str, str]] = PICTURES) -> Iterator[str]:
    """Those of the pictures that are published, each with its title and caption."""
    for part, file in pictures:
        if not (folder / part / file).exists():
            continue
        figures = read_metadata(folder / part / "run.json")["figures"]
        (own,) = [figure for figure in figures if figure["file"] == file]
        yield f"![{own['title']}](docs/{folder.name}/{part}/{file})"
        yield from ("", f"*{own['title']}.* {own['caption']}", "")
