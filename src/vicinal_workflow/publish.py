"""Publish what a results folder holds, and write the page and the README's part of it anew.

python -m vicinal_workflow.publish results_laptop --configfile workflow/presets/laptop.yaml
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from vicinal.data.registry import load_registry
from vicinal_workflow.artifacts import read_table
from vicinal_workflow.checksums import MANIFEST, read_manifest
from vicinal_workflow.configuration import ConfigurationError, load_schema, load_yaml
from vicinal_workflow.dry_run import DryRunError, planned_jobs
from vicinal_workflow.manifest import run_data
from vicinal_workflow.paper_claims import read_claims
from vicinal_workflow.plan import Plan, plan_of
from vicinal_workflow.publication import (
    Publication,
    missing_files,
    publication_of,
    write_publication,
)
from vicinal_workflow.recorded_times import RecordedTimes
from vicinal_workflow.results_page import item_name, results_page
from vicinal_workflow.results_readme import with_results

PUBLISHED = Path("data/published.csv")
CLAIMS = Path("data/claims.yaml")
INTO = Path("docs/results")
PAGE = Path("docs/results.md")
README = Path("README.md")


def plan_of_run(configfiles: Sequence[str]) -> Plan:
    """The plan of `config.yaml` with files over it, as Snakemake lays one over the other."""
    config = load_yaml(Path("config.yaml"))
    for file in configfiles:
        update_config(config, load_yaml(Path(file)))
    return plan_of(
        config,
        load_schema(Path("workflow/schemas/config.schema.yaml")),
        load_yaml(Path("workflow/presets/paper.yaml")),
        load_registry(Path("data/registry.yaml")),
    )


def recorded(target: str, configfiles: Sequence[str], times: RecordedTimes) -> dict[str, Any]:
    """What making a target from nothing took: its jobs, their seconds, and how many have no record.

    Only a job's own record counts: the median of others says nothing of what was measured.
    """
    overlay = ["--configfile", *configfiles] if configfiles else []
    jobs = [
        times.expected(job)
        for job in planned_jobs(["--forceall", target, *overlay])
        if not job.is_target
    ]
    own = [one.seconds for one in jobs if one.source == "own" and one.seconds is not None]
    return {
        "jobs": len(jobs),
        "seconds": round(sum(own), 1),
        "without_record": len(jobs) - len(own),
    }


def publish(
    results: Path, configfiles: Sequence[str], names: Sequence[str], folder: str | None = None
) -> list[str]:
    """Publish the named parts, or all that are finished; a line for each that the run has.

    folder : takes the place of the one named part's own, for a run that has some of its tables.

    Raises ValueError for a name that is no part's, for a named part that is not finished, and for
    a folder without one named part.
    """
    if folder is not None and len(names) != 1:
        raise ValueError(f"folder {folder}: needed is one part, which it shall hold")
    plan = plan_of_run(configfiles)
    unknown = sorted(set(names) - set(plan.parts))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no such part; there are {', '.join(plan.parts)}")
    made_in = plan.config["results_dir"]
    if results.resolve() != Path(made_in).resolve():
        raise ValueError(f"{results}: this configuration's results are in {made_in}")
    times = RecordedTimes(".", [])
    made_with, remark = _made_with(results, plan.config["device"])
    published, said = read_table(PUBLISHED), [remark]
    for name, part in plan.parts.items():
        if (names and name not in names) or not (part.page_tables() or list(part.figures())):
            continue
        missing = missing_files(part, results)
        if missing and names:
            raise ValueError(f"{name}: {len(missing)} files are missing, such as {missing[0]}")
        if missing:
            said.append(f"{name}: not finished, {len(missing)} files are missing")
            continue
        made = publication_of(name, plan, published, results)
        if folder is not None:
            made = _of_some_tables(made, part.study)
        targets = {target: recorded(target, configfiles, times) for target in made.targets}
        run = {"configfile": " ".join(configfiles) or None, "targets": targets, **made_with}
        write_publication(INTO / (folder or name), made, run)
        said.append(f"{name}: {len(made.rows)} rows, {len(made.claims)} claims")
    return said


def _of_some_tables(made: Publication, study: str) -> Publication:
    """The rows of a run's tables, which the title names; others are in the whole part's folder."""
    rows = made.rows[made.rows["target"] != study]
    items = ", ".join(map(item_name, dict.fromkeys(rows["item"])))
    title = f"{made.facts['title']} ({items})"
    return replace(made, rows=rows, facts={**made.facts, "title": title})


def _made_with(results: Path, device: str) -> tuple[dict[str, Any], str]:
    """Commit, versions and machine of the run, and where they are from."""
    now = run_data(device)
    if not (results / MANIFEST).exists():
        return now, "no manifest: commit, versions and machine are those of this moment"
    manifest = read_manifest(results)
    return {key: manifest[key] for key in now}, "commit, versions and machine: the manifest's"


def main(arguments: Sequence[str]) -> int:
    """Publish, write the page, and tell what was done; the status that the process ends with."""
    parser = argparse.ArgumentParser(
        prog="python -m vicinal_workflow.publish",
        description="Publish what a results folder holds, below docs/results; run it in the "
        "project's folder.",
    )
    parser.add_argument(
        "results", type=Path, nargs="?", help="a results folder; none: only the page"
    )
    parser.add_argument(
        "--configfile",
        nargs="+",
        default=[],
        help="the files over config.yaml that made the results, in their order",
    )
    parser.add_argument("--part", action="append", default=[], help="this part alone; repeatable")
    parser.add_argument(
        "--folder", help="its folder, where the run has only some tables of the one part"
    )
    own = parser.parse_args(arguments)
    try:
        said = publish(own.results, own.configfile, own.part, own.folder) if own.results else []
        claims = read_claims(load_yaml(CLAIMS))
        readme = with_results(README.read_text("utf-8"), INTO, claims)
        PAGE.write_text(results_page(INTO, read_table(PUBLISHED), claims), "utf-8")
        README.write_text(readme, "utf-8")
    except (ValueError, ConfigurationError, DryRunError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join([*said, f"{PAGE} and {README} are written"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
