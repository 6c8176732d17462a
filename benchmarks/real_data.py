"""The whole chain on real data: MNIST, GLUE, and CIFAR-10 twice.

    python benchmarks/real_data.py --mirror FOLDER [--cores 2] [--results FOLDER]

Runs the laptop preset with three LeNet-5 and three epochs of ResNet-20. Aims: each LeNet-5 at least
98.8 % on MNIST's test set; tiny BERT pretrained, features and heads for MRPC, RTE and STS-B within
30 minutes; the ready ResNet-20's own head exactly 91.73 % on CIFAR-10.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import yaml

GLUE = ("mrpc", "rte", "stsb")


def run(arguments, results, experiments):
    """Seconds that the experiments take from raw files to their comparison."""
    overlay = {
        "results_dir": str(results),
        "threads": 1 if len(experiments) > 1 else int(arguments.cores),
        "backbones": {
            "mnist_lenet5": {"networks": 3},
            "cifar10_resnet20": {"training": {"epochs": 3}},
        },
    }
    path = results.parent / "overlay.yaml"
    path.write_text(yaml.safe_dump(overlay))
    targets = [f"{results}/vbsw/comparisons/{name}_methods.csv" for name in experiments]
    command = [sys.executable, "-m", "snakemake", "--cores", arguments.cores, "--configfile"]
    command += ["workflow/presets/laptop.yaml", str(path), "--", *targets]
    environment = os.environ | {"VICINAL_DATA_MIRROR": arguments.mirror}
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - started


def own_scores(results, experiment):
    """Test accuracy of each network with its own head."""
    tables = (results / "vbsw/heads" / experiment).glob("*.csv")
    scores = pd.concat(map(pd.read_csv, tables))
    return scores[(scores["weighting"] == "network") & (scores["split"] == "test")]["value"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", required=True, help="folder or URL with the raw files")
    parser.add_argument("--cores", default="2")
    parser.add_argument("--results", type=Path, help="kept there; otherwise temporary")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = arguments.results or Path(folder) / "results"
        results.mkdir(parents=True, exist_ok=True)
        seconds = run(arguments, results, ["mnist_lenet5"])
        lowest = own_scores(results, "mnist_lenet5").min()
        print(f"MNIST, 3 LeNet-5        {seconds:6.0f} s   lowest {lowest:.2f} % (aim: 98.8)")
        seconds = run(arguments, results, GLUE)
        print(
            f"GLUE, 3 tasks           {seconds:6.0f} s   {seconds / 1800:.2f} of the aim (1800 s)"
        )
        seconds = run(arguments, results, ["cifar10_ready_resnet20"])
        (own,) = own_scores(results, "cifar10_ready_resnet20")
        print(f"CIFAR-10, ready network {seconds:6.0f} s   {own:.2f} % (aim: exactly 91.73)")
        seconds = run(arguments, results, ["cifar10_resnet20"])
        (own,) = own_scores(results, "cifar10_resnet20")
        print(f"CIFAR-10, 3 epochs here {seconds:6.0f} s   {own:.2f} %")


if __name__ == "__main__":
    main()
