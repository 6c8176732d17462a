"""The default run in an empty folder, study by study, and a last call that has nothing to do.

    python benchmarks/default_run.py [--cores 2]

Aims on two cores: `vbsw` under 180 s, `gradients` 120 s, `bayes` and `witness` 90 s,
the last call 10 s.
"""

import argparse
import subprocess
import sys
import tempfile
import time

AIMS = {"vbsw": 180, "gradients": 120, "bayes": 90, "witness": 90}


def timed_run(cores, results, *targets):
    command = [sys.executable, "-m", "snakemake", "--cores", cores, *targets, "--config", results]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - started, done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", default="2")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = f"results_dir={folder}/results"
        for study, aim in AIMS.items():
            seconds, _ = timed_run(arguments.cores, results, study)
            print(f"{study:12} {seconds:6.1f} s   {seconds / aim:.2f} of the aim ({aim} s)")
        summary, _ = timed_run(arguments.cores, results)
        seconds, said = timed_run(arguments.cores, results)
    if "Nothing to be done" not in said:
        raise SystemExit("the last call had something to do:\n" + said)
    print(f"summary      {summary:6.1f} s")
    print(f"last call    {seconds:6.1f} s   {seconds / 10:.2f} of the aim (10 s)")


if __name__ == "__main__":
    main()
