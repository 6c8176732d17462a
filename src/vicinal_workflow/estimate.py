"""What a run is expected to take, from the recorded times of earlier ones.

python -m vicinal_workflow.estimate [--benchmarks FOLDER] [--gpus N] [arguments of snakemake]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vicinal_workflow.configuration import ConfigurationError, load_yaml
from vicinal_workflow.dry_run import DryRunError, planned_jobs
from vicinal_workflow.job_schedule import Limits, longest_chain, shortest_time, total_time
from vicinal_workflow.page_numbers import duration_text
from vicinal_workflow.recorded_times import Expected, RecordedTimes

# Rules of less than this part of the work share one line.
SMALL = 0.01
# Where times are from: the job's record, another folder's, the median of the rule's jobs, nowhere.
HEADS = ("own", "other", "median", "none")


def described(expected: Sequence[Expected], limits: Limits, every_rule: bool = False) -> list[str]:
    """The lines that tell what the jobs take: a table of the rules, then the whole."""
    if not expected:
        return ["Nothing would run."]
    lines = [*_table(expected, every_rule), "", *_counts(expected)]
    if any(one.source is not None for one in expected):
        lines += ["", *_whole(expected, limits)]
    return lines


def _table(expected: Sequence[Expected], every_rule: bool) -> list[str]:
    """A line a rule, the most seconds first; rules without any record at the end."""
    rules: dict[str, list[Expected]] = {}
    for one in expected:
        if one.job.takes_time:
            rules.setdefault(one.job.rule, []).append(one)
    least = 0.0 if every_rule else SMALL * _seconds(expected)
    small = [rule for rule, jobs in rules.items() if _is_small(jobs, least)]
    if len(small) > 1:
        others = [one for rule in small for one in rules.pop(rule)]
        rules[f"{len(small)} other rules"] = others
    width = max(map(len, rules), default=4)
    heads = "  ".join(f"{head:>6}" for head in HEADS)
    lines = [f"{'rule':{width}}  jobs  {heads}     longest       total"]
    for rule in sorted(rules, key=lambda rule: (rule[0].isdigit(), -_seconds(rules[rule]), rule)):
        jobs = rules[rule]
        known = [one.seconds for one in jobs if one.seconds is not None]
        longest, total = (
            (duration_text(max(known)), duration_text(sum(known))) if known else ("?", "?")
        )
        counts = "  ".join(f"{count or '-':>6}" for count in _counted(jobs))
        lines.append(f"{rule:{width}}  {len(jobs):4}  {counts}  {longest:>10}  {total:>10}")
    return lines


def _seconds(jobs: Sequence[Expected]) -> float:
    return sum(one.seconds or 0.0 for one in jobs)


def _counted(jobs: Sequence[Expected]) -> list[int]:
    """How many of the jobs have which kind of record; at the end, how many have none."""
    sources = [one.source for one in jobs]
    return [sources.count(kind) for kind in ("own", "other", "rule", None)]


def _is_small(jobs: Sequence[Expected], least: float) -> bool:
    """Whether nothing is to be told of a rule but that it takes little."""
    return _seconds(jobs) < least and all(one.seconds is not None for one in jobs)


def _counts(expected: Sequence[Expected]) -> list[str]:
    """How many jobs there are, and what their times rest on."""
    jobs = [one for one in expected if one.job.takes_time]
    cached = sum(one.job.cached for one in expected)
    edited = sum(one.of_other_settings for one in jobs)
    longer = ": the run takes longer than this" if any(one.source for one in jobs) else ""
    told = {
        "own": "recorded here" + (f"; {edited} before an edit of its settings" if edited else ""),
        "other": "recorded in another folder, perhaps at another scale",
        "median": "the median of the rule's jobs, perhaps at another scale",
        "none": "not recorded and not counted" + longer,
    }
    counts = zip(HEADS, _counted(jobs), strict=True)
    lines = [f"  {head:6}  {count:4}  {told[head]}" for head, count in counts if count]
    if cached:
        lines.append(f"and {cached} that the cache has")
    return [f"{_several(len(jobs), 'job')}, by where the times are from", *lines]


def _whole(expected: Sequence[Expected], limits: Limits) -> list[str]:
    """The work, the longest chain, and the time by the clock."""
    jobs = [one.job for one in expected]
    seconds = [one.seconds or 0.0 for one in expected]
    if limits.each_one:
        places = f"with {_several(limits.cores, 'job')} at once"
    else:
        places = f"on {_several(limits.cores, 'core')}"
    if limits.gpus is not None:
        places += f" and {_several(limits.gpus, 'GPU')}"
    told = {
        "all jobs one after another": sum(seconds),
        "the longest chain of jobs": longest_chain(jobs, seconds),
        f"{places}, at least": shortest_time(jobs, seconds, limits),
        f"{places}, about": total_time(jobs, seconds, limits),
    }
    width = max(map(len, told))
    return [f"{name:{width}}  {duration_text(time):>12}" for name, time in told.items()]


def _several(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _parsed(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and those for Snakemake; how many cores and which folder are for both."""
    parser = argparse.ArgumentParser(
        prog="python -m vicinal_workflow.estimate",
        description="What a run is expected to take, from the recorded times of earlier ones.",
        epilog="All other arguments are for snakemake: targets, --configfile, --profile.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--benchmarks",
        metavar="FOLDER",
        action="append",
        default=[],
        help="records (or results) of another tree, asked where this one has none; repeatable",
    )
    parser.add_argument("--every-rule", action="store_true", help="a line for small rules, too")
    parser.add_argument("--gpus", type=int, metavar="N", help="jobs that ask for a GPU share N")
    parser.add_argument("--cores", "-c", metavar="N", help="as for snakemake; all by default")
    parser.add_argument("--jobs", "-j", metavar="N", help="as for snakemake: N jobs at once")
    parser.add_argument("--directory", "-d", metavar="FOLDER", default=".", help="as for snakemake")
    parser.add_argument("--profile", metavar="FOLDER", help="as for snakemake: cores, jobs, GPUs")
    parser.add_argument("--executor", "-e", metavar="NAME", help="as for snakemake")
    own, rest = parser.parse_known_args(arguments)
    for name in ("cores", "jobs", "directory", "profile", "executor"):
        value = getattr(own, name)
        rest += [] if value in (None, ".") else [f"--{name}", value]
    return own, rest


def _limits(own: argparse.Namespace) -> Limits:
    """What Snakemake would share out. On one machine it takes --jobs for --cores.

    Raises ValueError for a number of cores, jobs or GPUs that is none, and for no such profile.
    """
    profile = {} if own.profile is None else _profile(Path(own.profile))
    on_cluster = (own.executor or profile.get("executor", "local")) != "local"
    jobs, cores = own.jobs or profile.get("jobs"), own.cores or profile.get("cores")
    asked = str((jobs if on_cluster else cores or jobs) or "all")
    if asked != "all" and not (asked.isdecimal() and int(asked) > 0):
        raise ValueError(f"cores (or jobs) is {asked!r}; it has to be a number from 1 on, or all")
    gpus = own.gpus if own.gpus is not None else profile.get("resources", {}).get("gpu")
    if gpus is not None and gpus < 1:
        raise ValueError(f"--gpus is {gpus}; it has to be a number from 1 on")
    if on_cluster and asked == "all":
        raise ValueError("how many jobs run at once on the cluster? Add --jobs, such as --jobs 20")
    return Limits((os.cpu_count() or 1) if asked == "all" else int(asked), gpus, on_cluster)


def _profile(folder: Path) -> dict[str, Any]:
    """What a folder with a profile says. Raises ValueError where there is none."""
    for name in ("profile.yaml", "config.yaml"):
        if (folder / name).is_file():
            return dict(load_yaml(folder / name))
    raise ValueError(f"--profile {folder}: no such folder, or no profile.yaml in it")


def main(arguments: Sequence[str]) -> int:
    """Print the estimate; the status that the process ends with."""
    own, rest = _parsed(arguments)
    try:
        limits = _limits(own)
        times = RecordedTimes(own.directory, own.benchmarks)
        jobs = planned_jobs(rest)
    except (ValueError, NotADirectoryError, ConfigurationError, DryRunError) as error:
        print(error, file=sys.stderr)
        return 1
    expected = [times.expected(job) for job in jobs]
    print("\n".join(described(expected, limits, own.every_rule)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
