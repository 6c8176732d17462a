"""What a run is expected to take: records, schedules, and the estimate of a run beside its time."""

import itertools
import re
import subprocess
import sys

import pytest

from vicinal_workflow.dry_run import DryRunError, PlannedJob, planned_jobs
from vicinal_workflow.estimate import _limits, _parsed, described, main
from vicinal_workflow.job_schedule import Limits, longest_chain, shortest_time, total_time
from vicinal_workflow.recorded_times import Expected, RecordedTimes, recorded_seconds


def job(output, *inputs, rule="work", threads=1, gpus=0, reason=""):
    record = f"results/benchmarks/{rule}/{output}.tsv"
    return PlannedJob(rule, "", record, inputs, (output,), threads, gpus, reason)


def write_record(path, *seconds):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{s}\t0:00:00\n" for s in seconds)
    path.write_text("s\th:m:s\n" + lines, "utf-8")


# Four jobs of which d waits for b and c, and these for a.
DIAMOND = [job("a"), job("b", "a"), job("c", "a"), job("d", "b", "c", "given")]


def test_a_diamond_of_jobs_by_hand():
    seconds = [1.0, 2.0, 5.0, 1.0]
    assert longest_chain(DIAMOND, seconds) == 1 + 5 + 1
    assert total_time(DIAMOND, seconds, Limits(1)) == 9
    assert total_time(DIAMOND, seconds, Limits(2)) == 7
    assert shortest_time(DIAMOND, seconds, Limits(1)) == 9
    assert shortest_time(DIAMOND, seconds, Limits(2)) == 7


def test_threads_and_devices_limit_what_runs_at_once():
    wide = [job("a", threads=2), job("b", threads=2)]
    assert total_time(wide, [3.0, 3.0], Limits(2)) == 6
    assert total_time(wide, [3.0, 3.0], Limits(4)) == 3
    # Snakemake gives a job no more threads than there are cores.
    assert total_time(wide, [3.0, 3.0], Limits(1)) == 6
    # A cluster's jobs do not share cores.
    assert total_time(wide, [3.0, 3.0], Limits(2, each_one=True)) == 3
    trainings = [job("a", gpus=1), job("b", gpus=1), job("c")]
    assert total_time(trainings, [3.0, 4.0, 5.0], Limits(8)) == 5
    assert total_time(trainings, [3.0, 4.0, 5.0], Limits(8, gpus=1)) == 7
    assert shortest_time(trainings, [3.0, 4.0, 5.0], Limits(8, gpus=1)) == 7


def test_no_order_beats_the_bound():
    # Every order of jobs that do not wait, over the two cores: the best of them is above the bound.
    seconds = [2.0, 3.0, 4.0, 5.0, 1.5]
    jobs = [job(str(number)) for number in range(5)]
    best = min(
        total_time(jobs, [seconds[place] for place in order], Limits(2))
        for order in itertools.permutations(range(5))
    )
    assert shortest_time(jobs, seconds, Limits(2)) <= best == 8.0


def test_jobs_in_a_circle_are_refused():
    with pytest.raises(ValueError, match="circle"):
        total_time([job("a", "b"), job("b", "a")], [1.0, 1.0], Limits(2))


def test_a_job_is_expected_to_take_its_own_record_then_the_rules_median(tmp_path):
    here = tmp_path / "here"
    write_record(here / "results/benchmarks/work/a.tsv", 3, 5)
    write_record(tmp_path / "results2/benchmarks/work/b.tsv", 10)
    write_record(tmp_path / "results2/benchmarks/work/a.tsv", 1000)
    write_record(tmp_path / "results2/benchmarks/work/deep/er.tsv", 30)
    write_record(tmp_path / "results2/benchmarks/single.tsv", 7)
    times = RecordedTimes(here, [tmp_path / "results2"])
    for found, seconds, source in (
        (times.expected(job("a")), 4.0, "own"),
        (times.expected(job("b")), 10.0, "other"),
        # The median of its own folder's records comes before that of others.
        (times.expected(job("c")), 4.0, "rule"),
        (
            times.expected(PlannedJob("single", record="results/benchmarks/single.tsv")),
            7.0,
            "other",
        ),
        (times.expected(job("a", rule="new")), None, None),
        (times.expected(PlannedJob("all")), 0.0, None),
    ):
        assert (found.seconds, found.source) == (seconds, source)
    alone = RecordedTimes(tmp_path / "nothing", [tmp_path / "results2/benchmarks"])
    assert alone.expected(job("c")).seconds == 30.0
    with pytest.raises(NotADirectoryError, match="nowhere"):
        RecordedTimes(here, [tmp_path / "nowhere"])


@pytest.mark.parametrize("text", ["", "s\th:m:s\n", "s\th:m:s\n-\t", "time\n3\n", "s\nnan\n"])
def test_half_a_record_is_no_record(tmp_path, text):
    (tmp_path / "record.tsv").write_text(text)
    assert recorded_seconds(tmp_path / "record.tsv") is None


def test_what_is_not_recorded_is_told_and_never_invented():
    edited = job("a", reason="Params have changed since last execution")
    expected = [
        Expected(edited, 60.0, "own"),
        Expected(job("b"), 30.0, "rule"),
        Expected(job("c", rule="unknown"), None),
        Expected(PlannedJob("all", inputs=("a", "b", "c")), 0.0),
    ]
    text = "\n".join(described(expected, Limits(2)))
    assert re.search(r"^3 jobs", text, re.M)
    assert re.search(r"^  own +1  recorded here; 1 before an edit of its settings$", text, re.M)
    assert re.search(r"^  median +1  .* perhaps at another scale$", text, re.M)
    assert re.search(r"^  none +1  .* the run takes longer than this$", text, re.M)
    assert not re.search(r"^  other", text, re.M)
    assert re.search(r"^work +2 +1 +- +1 +- +1 min 00 s +1 min 30 s$", text, re.M)
    assert re.search(r"^unknown +1 +- +- +- +1 +\? +\?$", text, re.M)
    assert re.search(r"^on 2 cores, about +1 min 00 s$", text, re.M)
    unknown = "\n".join(described(expected[2:], Limits(2)))
    assert "about" not in unknown
    assert described([], Limits(2)) == ["Nothing would run."]


def test_what_a_cache_has_takes_no_time():
    in_cache = PlannedJob("work", "", None, (), ("a",), cached=True)
    expected = [RecordedTimes().expected(in_cache), Expected(job("b", "a"), 3.0, "own")]
    text = "\n".join(described(expected, Limits(2)))
    assert re.search(r"^1 job, .*\n  own +1 .*\nand 1 that the cache has$", text, re.M)
    assert re.search(r"^on 2 cores, about +3.0 s$", text, re.M)


def test_small_rules_share_a_line_if_they_are_recorded():
    expected = [Expected(job("a"), 1000.0, "own"), Expected(job("b", rule="new"), None)]
    expected += [Expected(job("c", rule=f"small_{n}"), 1.0, "own") for n in range(3)]
    text = "\n".join(described(expected, Limits(2)))
    assert "3 other rules" in text
    assert "new " in text
    assert "small_0" not in text
    assert "small_0" in "\n".join(described(expected, Limits(2), every_rule=True))


def test_a_wrong_number_or_folder_is_told(capsys, tmp_path):
    assert main(["--cores", "none"]) == 1
    assert "'none'" in capsys.readouterr().err
    assert main(["--gpus", "0"]) == 1
    assert main(["--benchmarks", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "limits"),
    [
        # On one machine Snakemake takes --jobs for --cores.
        (["-j", "3"], Limits(3)),
        (["--executor", "slurm", "-j", "3"], Limits(3, each_one=True)),
        (["--profile", "workflow/profiles/slurm"], Limits(100, each_one=True)),
        (["--profile", "workflow/profiles/slurm", "--jobs", "7"], Limits(7, each_one=True)),
        (["--profile", "workflow/profiles/gpu", "--cores", "8"], Limits(8, gpus=4)),
        (["--profile", "workflow/profiles/gpu", "-c", "8", "--gpus", "2"], Limits(8, gpus=2)),
    ],
)
def test_cores_jobs_and_gpus_are_those_of_snakemake(arguments, limits):
    own, rest = _parsed(arguments)
    assert _limits(own) == limits
    assert ("--profile" in rest) == ("--profile" in arguments)


def test_a_cluster_without_jobs_and_a_profile_that_is_none_are_refused(capsys, tmp_path):
    assert main(["--executor", "slurm"]) == 1
    assert "Add --jobs" in capsys.readouterr().err
    assert main(["--profile", "nowhere"]) == 1
    assert "--profile nowhere: no such folder" in capsys.readouterr().err
    (tmp_path / "profile.yaml").write_text("- no mapping")
    assert main(["--profile", str(tmp_path)]) == 1
    assert "a mapping is needed, not list" in capsys.readouterr().err


def estimated(run, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "vicinal_workflow.estimate", *arguments],
        cwd=run.folder,
        env=run.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def seconds_of(text, line):
    found = re.search(rf"^{line} +(?:(\d+) min )?([\d.]+) s$", text, re.M)
    assert found, text
    return 60 * int(found[1] or 0) + float(found[2])


def test_the_estimate_of_the_whole_run_is_near_what_it_took(tiny_run):
    done = estimated(tiny_run, "--cores", "2", "--forceall")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^  own +\d+  recorded here$", done.stdout, re.M)
    assert not re.search(r"^  (other|median|none) ", done.stdout, re.M)
    log = min((tiny_run.folder / ".snakemake/log").iterdir()).read_text("utf-8")
    hours, minutes, seconds = re.search(r"^Elapsed time: (\d+):(\d+):([\d.]+)$", log, re.M).groups()
    took = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    assert seconds_of(done.stdout, "on 2 cores, about") == pytest.approx(took, rel=0.25)
    at_least = seconds_of(done.stdout, "on 2 cores, at least")
    assert at_least <= seconds_of(done.stdout, "on 2 cores, about") + 1
    assert seconds_of(done.stdout, "all jobs one after another") == pytest.approx(
        2 * at_least, rel=0.05
    )


def test_after_an_edit_exactly_the_jobs_of_a_dry_run_are_estimated(tiny_run):
    def edit(config):
        config["vbsw"]["experiments"]["digits_lenet5"]["k"] = 6

    with tiny_run.edited_config(edit):
        jobs = planned_jobs(["--cores", "2"], tiny_run.folder)
        counts = {rule: sum(job.rule == rule for job in jobs) for rule in {j.rule for j in jobs}}
        assert counts == tiny_run.jobs()
        done = estimated(tiny_run, "--cores", "2", "--quiet")
        # The weights' own settings are other ones; the heads' are not.
        assert "recorded here; 2 before an edit of its settings" in done.stdout
    assert "Nothing would run." in estimated(tiny_run, "--cores", "2").stdout


def test_a_dry_run_tells_what_a_cache_has(project, tmp_path, monkeypatch):
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    made, target = "results/datasets/diabetes.npz", "results/features/diabetes_inputs/0.npz"
    project.run(made, "--cache")
    for path in (project.folder / "results").rglob("*.npz"):
        path.unlink()
    jobs = {job.rule: job for job in planned_jobs([target, "--cache"], project.folder)}
    assert jobs["build_dataset"].cached
    assert not jobs["extract_columns"].cached
    assert jobs["extract_columns"].record.endswith("extract_columns/diabetes_inputs/0.tsv")


def test_a_run_that_snakemake_refuses_has_no_estimate(project):
    with pytest.raises(DryRunError, match="no_such_target"):
        planned_jobs(["no_such_target"], project.folder)
    project.config["seed"] = "none"
    project.write_config()
    done = estimated(project)
    assert done.returncode == 1
    assert "seed" in done.stderr
    assert "Traceback" not in done.stderr
