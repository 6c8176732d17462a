"""The page of published results, in Markdown, from what `publish` left in its folders."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from vicinal_workflow.artifacts import read_metadata, read_table
from vicinal_workflow.manifest import machine_text
from vicinal_workflow.page_numbers import duration_text, value_text
from vicinal_workflow.paper_claims import Judgement, PaperClaim, claims_lines, judge
from vicinal_workflow.published import KEY
from vicinal_workflow.report_labels import STUDIES

WORDS = {"for": "Reproduced", "against": "Not reproduced", "open": "Open"}
ITEMS = {"claim": "claim", "section3_3": "section 3.3"}

Line = Mapping[Any, Any]


def results_page(folder: Path, published: pd.DataFrame, claims: Sequence[PaperClaim] = ()) -> str:
    """The whole page.

    folder : of a folder a part, with `rows.csv`, `claims.csv`, `run.json` and pictures.
    published : the papers' figures; those that no part measured are listed at the end.
    claims : of the papers; each is on the page with what became of it.
    """
    parts = {path.name: _Part(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    lines = list(_head(parts.values(), published))
    if claims:
        lines += claims_lines(judged_claims(folder, claims))
    for study, title in STUDIES.items():
        own = {name: part for name, part in parts.items() if part.run["study"] == study}
        if own:
            lines += [f"## {title}", ""]
            for name, part in own.items():
                lines += part.lines(f"{folder.name}/{name}")
    lines += _not_run(parts.values(), published)
    return "\n".join(lines).rstrip() + "\n"


def judged_claims(folder: Path, claims: Iterable[PaperClaim]) -> list[Judgement]:
    """What became of each claim, by the folders of the parts."""
    parts = {
        path.name: (read_table(path / "claims.csv"), read_table(path / "rows.csv"))
        for path in folder.iterdir()
        if path.is_dir()
    }
    return [judge(claim, *parts.get(claim.part, (None, None))) for claim in claims]


class _Part:
    """A part's folder, read."""

    def __init__(self, folder: Path) -> None:
        self.run = read_metadata(folder / "run.json")
        self.rows = read_table(folder / "rows.csv")
        self.claims = read_table(folder / "claims.csv")

    def lines(self, address: str) -> Iterator[str]:
        """Claims, a table an item, and pictures; `address` is the folder, from the page."""
        run = self.run
        yield from (f"### {run['title']}", "", f"{run['question']} ({run['reference']}.)", "")
        for claim in self.claims.to_dict("records"):
            yield f"- **{WORDS[claim['tone']]}.** {claim['text']}"
        yield ""
        for item, rows in self.rows.groupby("item", sort=False):
            yield from self._item(str(item), rows.to_dict("records"))
        for figure in run["figures"]:
            yield f"![{figure['title']}]({address}/{figure['file']})"
            yield from ("", f"*{figure['title']}.* {figure['caption']}", "")

    def _item(self, item: str, rows: Sequence[Line]) -> Iterator[str]:
        target = str(rows[0]["target"])
        made = self.run["targets"][target]
        overlay = self.run["configfile"]
        command = f"snakemake --cores {self.run['machine']['cores']} {target}"
        command += f" --configfile {overlay}" if overlay else ""
        yield f"**{item_name(item)}**: `{command}`; {_time(made)}."
        yield ""
        scales = list(dict.fromkeys(str(row["scale"]) for row in rows))
        yield "| row | metric | published | here | n | agrees | scale |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for row in rows:
            number = scales.index(str(row["scale"])) + 1
            yield f"| {' | '.join(_cells(row))} | {number} |"
        yield ""
        yield from (f"{number}. {scale}" for number, scale in enumerate(scales, 1))
        yield ""


def item_name(item: str) -> str:
    """`table2` as `table 2`."""
    letters = item.rstrip("0123456789")
    return ITEMS.get(item, f"{letters} {item[len(letters) :]}".strip())


def _cells(row: Line) -> list[str]:
    agrees = "" if _is_none(row["agrees"]) else ("yes" if row["agrees"] else "no")
    n = "" if _is_none(row["n"]) else f"{row['n']:g}"
    if _is_statement(row):
        both = [_told(row["published"], ""), _told(row["measured"], "undecided")]
    else:
        both = [
            value_text(row[name], _error(row[f"{name}_error"]))
            for name in ("published", "measured")
        ]
    return [str(row["row"]), str(row["metric"]), *both, n, agrees]


def _is_statement(row: Line) -> bool:
    """Whether a line's numbers say that something is so (1), or is not (0)."""
    told = row["published"] in (0, 1) and "(share of" not in str(row["metric"])
    return row["metric"] == "drawn" or bool(told)


def _told(value: float, untold: str) -> str:
    return untold if _is_none(value) else ("yes" if value else "no")


def _error(value: float) -> float | None:
    return None if _is_none(value) else float(value)


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _time(made: Mapping[str, Any]) -> str:
    text = f"{made['jobs']} jobs, {duration_text(made['seconds'])} one after another"
    unknown = made["without_record"]
    return text + (f", and {unknown} of which no time is recorded" if unknown else "")


def _head(parts: Iterable[_Part], published: pd.DataFrame) -> Iterator[str]:
    parts = list(parts)
    rows = pd.concat([part.rows for part in parts]) if parts else pd.DataFrame(columns=[*KEY])
    yield from ("# Results beside the papers'", "")
    yield (
        "Made by `python -m vicinal_workflow.publish` from finished runs; do not edit. Behind it "
        "lies [results/](results), a folder a part: `rows.csv`, `claims.csv`, `run.json` (commit, "
        "versions, machine) and the pictures."
    )
    yield ""
    at_scale = int((rows["scale"] == "paper").sum()) if len(rows) else 0
    compared = list(rows["agrees"].dropna()) if len(rows) else []
    agreeing = sum(map(bool, compared))
    yield (
        f"Of {len(published)} published figures {len(rows)} have one of ours beside them, "
        f"{at_scale} of these at the paper's own data and settings; of {len(compared)} whose both "
        f"errors are known, {agreeing} agree (95 % intervals). `n` counts what the paper counts: "
        "seeds, networks, draws. Errors (±) are of the kind that the paper gives."
    )
    yield ""
    machines = {machine_text(part.run["machine"]) for part in parts}
    yield f"Machines: {'; '.join(sorted(machines)) or 'none yet'}."
    yield ""


def _not_run(parts: Iterable[_Part], published: pd.DataFrame) -> Iterator[str]:
    known = {tuple(row) for part in parts for row in part.rows[KEY].itertuples(index=False)}
    rest = [row for row in published[KEY].itertuples(index=False) if tuple(row) not in known]
    if not rest:
        return
    yield from ("## Not run here", "")
    yield (
        "`--configfile workflow/presets/paper.yaml` has the settings for these; where a smaller "
        "preset leaves them out it is for the time that they take."
    )
    yield ""
    items: dict[tuple[str, str], list[str]] = {}
    for study, item, row, metric in rest:
        items.setdefault((study, item), []).append(f"{row} {metric}")
    for (study, item), lines in items.items():
        yield f"- {STUDIES[study]}, {item_name(item)}: {', '.join(lines)}"
