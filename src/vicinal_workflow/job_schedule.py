"""When jobs of known times are done that wait for one another and share cores."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from vicinal_workflow.dry_run import PlannedJob


@dataclass(frozen=True)
class Limits:
    """What jobs share.

    cores : places for jobs.            gpus : devices; None for any number.
    each_one : whether a job takes one place (of a cluster), not as many as it has threads.
    """

    cores: int
    gpus: int | None = None
    each_one: bool = False

    def cores_of(self, job: PlannedJob) -> int:
        """How many of the cores a job takes; Snakemake scales down those that ask for too many."""
        return 1 if self.each_one else min(job.threads, self.cores)

    def gpus_of(self, job: PlannedJob) -> int:
        """How many devices a job takes."""
        return 0 if self.gpus is None else min(job.gpus, self.gpus)


def waits_for(jobs: Sequence[PlannedJob]) -> list[list[int]]:
    """The places of the jobs that make each job's inputs."""
    maker = {path: place for place, job in enumerate(jobs) for path in job.outputs}
    return [sorted({maker[path] for path in job.inputs if path in maker}) for job in jobs]


def longest_chain(jobs: Sequence[PlannedJob], seconds: Sequence[float]) -> float:
    """Seconds of the longest chain of jobs that wait for one another: no machine is faster."""
    return total_time(jobs, seconds, Limits(max(1, sum(job.threads for job in jobs))))


def shortest_time(jobs: Sequence[PlannedJob], seconds: Sequence[float], limits: Limits) -> float:
    """What no order of the jobs goes below: the longest chain, or the work over the cores."""
    pairs = list(zip(jobs, seconds, strict=True))
    bounds = [
        longest_chain(jobs, seconds),
        sum(s * limits.cores_of(job) for job, s in pairs) / limits.cores,
    ]
    if limits.gpus:
        bounds.append(sum(s * limits.gpus_of(job) for job, s in pairs) / limits.gpus)
    return max(bounds)


def total_time(jobs: Sequence[PlannedJob], seconds: Sequence[float], limits: Limits) -> float:
    """Seconds until all jobs are done, each started in the given order as soon as there is place.

    Raises ValueError where jobs wait for one another in a circle.
    """
    waiting = [set(makers) for makers in waits_for(jobs)]
    awaited: list[list[int]] = [[] for _ in jobs]
    for place, makers in enumerate(waiting):
        for maker in makers:
            awaited[maker].append(place)
    ready = [place for place, makers in enumerate(waiting) if not makers]
    running: list[tuple[float, int]] = []
    cores, gpus, now, done = limits.cores, limits.gpus or 0, 0.0, 0
    while ready or running:
        left = []
        for place in ready:
            needs = limits.cores_of(jobs[place]), limits.gpus_of(jobs[place])
            if needs[0] <= cores and needs[1] <= gpus:
                cores, gpus = cores - needs[0], gpus - needs[1]
                heapq.heappush(running, (now + seconds[place], place))
            else:
                left.append(place)
        now, place = heapq.heappop(running)
        cores, gpus = cores + limits.cores_of(jobs[place]), gpus + limits.gpus_of(jobs[place])
        done += 1
        for follower in awaited[place]:
            waiting[follower].discard(place)
            if not waiting[follower]:
                left.append(follower)
        ready = sorted(left)
    if done < len(jobs):
        raise ValueError("jobs wait for one another in a circle")
    return now
