"""How a run stands, in lines of text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from vicinal_workflow.page_numbers import duration_text
from vicinal_workflow.progress_log import Progress, progress_of, read_lines
from vicinal_workflow.run_log import RunLog, RunningJob

BAR = 40
# A training that has written nothing for so many seconds, and so many times a line's, is told.
SILENT_SECONDS, SILENT_LINES = 60, 5


def picture(run: RunLog, now: datetime, alive: bool = True) -> list[str]:
    """The lines that tell how a run stands: its jobs done, those in training, running, failed.

    alive : whether the process that writes the log is there; False after a kill, too.
    """
    training, others = [], []
    for job in run.jobs.values():
        log = next((log for log in _begun(run, job) if log.suffix == ".jsonl"), None)
        progress = None if log is None else progress_of(read_lines(log))
        if log is None or progress is None:
            others.append(f"  {_named(job)}{_waiting(run, job, now) if alive else ''}")
        else:
            training += [f"  {_named(job)}", f"    {_training(progress, log, now, alive)}"]
    failed = []
    for job in run.failed.values():
        failed += [f"  {_named(job)}", *_fault(run, job)]
    were = "" if alive else "left "
    lines = [_headline(run, now, alive), _bar(run)]
    for title, told in ((f"{were}training", training), (f"{were}running", others)):
        lines += ["", title, *told] if told else []
    lines += ["", "failed", *failed] if failed else []
    return lines


def _headline(run: RunLog, now: datetime, alive: bool) -> str:
    if run.started is None and not alive:
        words = run.path.read_text("utf-8", errors="replace").split("\n")
        said = next((line.strip() for line in reversed(words) if line.strip()), "no word")
        return f"no run: the last call of snakemake ended before one began, with: {said}"
    if run.started is None:
        return "a run that has not told its start"
    since = f"{run.started:%H:%M:%S}" if run.started.date() == now.date() else f"{run.started}"
    if not run.ended and not alive:
        return f"the run of {since} was killed: nothing writes its log"
    last = datetime.fromtimestamp(run.path.stat().st_mtime) if run.ended else now
    taken = duration_text(max(0.0, (last - run.started).total_seconds()))
    if not run.ended:
        return f"the run of {since}, for {taken}"
    if run.failed or run.done < run.total:
        return f"the run of {since} stopped before its end, after {taken}"
    return f"the run of {since} came to its end, after {taken}"


def _bar(run: RunLog) -> str:
    if not run.total:
        return (
            "no job"
            if run.ended or run.started is None
            else "no job yet: Snakemake works out what is to be done"
        )
    filled = BAR * run.done // run.total
    running = "" if run.ended else f", {len(run.jobs)} running"
    failed = f", {len(run.failed)} failed" if run.failed else ""
    return f"[{'#' * filled:.<{BAR}}] {run.done} of {run.total} jobs done{running}{failed}"


def _named(job: RunningJob) -> str:
    attempt = f" (attempt {job.attempts})" if job.attempts > 1 else ""
    return f"{job.rule} {job.name}".rstrip() + attempt


def _waiting(run: RunLog, job: RunningJob, now: datetime) -> str:
    """For how long a job has been running, or announced: a stage begins with its log."""
    if job.started is None:
        return ""
    taken = duration_text(max(0.0, (now - job.started).total_seconds()))
    begun = not job.logs or _begun(run, job)
    return f"   for {taken}" if begun else f"   announced {taken} ago, not begun"


def _begun(run: RunLog, job: RunningJob) -> list[Path]:
    """The logs that the job has begun; while it waits, those of an earlier run may be there."""
    since = 0.0 if job.started is None else job.started.timestamp()
    logs = [run.folder / log for log in job.logs]
    return [log for log in logs if log.exists() and log.stat().st_mtime >= since]


def _training(progress: Progress, log: Path, now: datetime, alive: bool) -> str:
    """`network 3 of 5, epoch 7 of 10   4.1 s left, 300 ms an epoch   loss 0.255`."""
    place = f"{progress.unit} {_of(progress.done, progress.of)}"
    if progress.part is not None:
        place = f"{progress.part} {_of(progress.number, progress.parts)}, {place}"
    speed = []
    if alive and progress.is_over:
        speed.append("writes what it made")
    elif alive and progress.left is not None:
        speed.append(f"{duration_text(progress.left)} left")
    if progress.seconds is not None:
        speed.append(f"{_short(progress.seconds)} an {progress.unit}")
    silent = now.timestamp() - log.stat().st_mtime
    line = (progress.seconds or 0.0) * progress.step
    if alive and not progress.is_over and silent > max(SILENT_SECONDS, SILENT_LINES * line):
        speed.append(f"silent for {duration_text(silent)}")
    measures = [f"{name.replace('_', ' ')} {x:.3g}" for name, x in progress.measures.items()]
    return "   ".join(filter(None, [place, ", ".join(speed), ", ".join(measures)]))


def _of(number: int, count: int | None) -> str:
    return str(number) if count is None else f"{number} of {count}"


def _short(seconds: float) -> str:
    """As `duration_text`, with the milliseconds of short epochs."""
    return f"{1000 * seconds:.0f} ms" if seconds < 0.9995 else duration_text(seconds)


def _fault(run: RunLog, job: RunningJob) -> list[str]:
    """Where the job's log is, and the line in it that tells the fault."""
    lines = []
    for name in job.logs:
        if not name.endswith(".log"):
            continue
        lines.append(f"    {name}")
        try:
            text = (run.folder / name).read_text("utf-8", errors="replace").splitlines()
        except OSError:
            continue
        marks = [place for place, line in enumerate(text) if line.startswith("(traceback in ")]
        lines += [f"    {text[place - 1]}" for place in marks[-1:] if place]
    return lines
