"""The default run in an empty folder, and a second call that has nothing to do.

    python benchmarks/default_run.py [--cores 2]

Aims on two cores: the run under 180 s (while VBSW is the only study), the second call under 10 s.
"""

import argparse
import subprocess
import sys
import tempfile
import time


def timed_run(cores, results):
    command = [sys.executable, "-m", "snakemake", "--cores", cores, "--config", results]
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
        first, _ = timed_run(arguments.cores, results)
        second, said = timed_run(arguments.cores, results)
    if "Nothing to be done" not in said:
        raise SystemExit("the second call had something to do:\n" + said)
    print(f"default run    {first:6.1f} s   {first / 180:.2f} of the aim (180 s)")
    print(f"second call    {second:6.1f} s   {second / 10:.2f} of the aim (10 s)")


if __name__ == "__main__":
    main()
