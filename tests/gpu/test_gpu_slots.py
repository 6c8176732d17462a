"""No more jobs on a GPU than are allowed, without GPUs: real processes, devices only by name."""

import collections
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vicinal_workflow import gpu_slots
from vicinal_workflow.gpu_slots import slot_folder, take_slot

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
JOB = """
import logging, sys, time
from pathlib import Path
from vicinal_workflow.gpu_slots import take_slot
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
folder, seconds, allowed, *devices = sys.argv[1:]
slot = take_slot(devices, int(allowed), Path(folder), pause=0.02)
print(slot.uuid, time.monotonic(), flush=True)
time.sleep(float(seconds))
print(time.monotonic(), flush=True)
"""


def start(folder, seconds, allowed, devices):
    """A job that holds one of the devices for some seconds."""
    return subprocess.Popen(
        [sys.executable, "-c", JOB, str(folder), str(seconds), str(allowed), *devices],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(jobs):
    """(device, from, until) of each job, and what it logged."""
    held, logs = [], []
    for job in jobs:
        output, log = job.communicate(timeout=60)
        assert job.returncode == 0, log
        device, begun, ended = output.split()
        held.append((device, float(begun), float(ended)))
        logs.append(log)
    return held, logs


def most_at_a_time(held):
    """Device -> the largest number of its jobs that overlap."""
    most = {}
    for device in {name for name, _, _ in held}:
        own = [(begun, ended) for name, begun, ended in held if name == device]
        most[device] = max(sum(b <= begun < e for b, e in own) for begun, _ in own)
    return most


@pytest.mark.parametrize("allowed", [1, 2])
def test_a_device_never_has_more_jobs_than_allowed(tmp_path, allowed):
    held, logs = finish([start(tmp_path, 0.7, allowed, ["a", "b", "c"]) for _ in range(12)])
    assert most_at_a_time(held) == dict.fromkeys("abc", allowed)  # neither more, nor left idle
    used = collections.Counter(device for device, _, _ in held)
    assert max(used.values()) - min(used.values()) <= 2
    waited = [log for log in logs if f"waiting for a GPU (jobs_per_gpu: {allowed}), held" in log]
    assert len(waited) >= 12 - 3 * allowed
    assert all("running on GPU" in log for log in logs)


def test_jobs_go_where_fewest_are(tmp_path):
    held = [take_slot(["a", "b", "c"], 4, tmp_path) for _ in range(12)]
    for first in range(0, 12, 3):
        assert sorted(slot.uuid for slot in held[first : first + 3]) == ["a", "b", "c"]


def wait_for_line(job):
    line = job.stdout.readline()
    assert line, job.stderr.read()
    return line.split()[0]


def test_a_killed_holder_frees_its_slot(tmp_path, caplog):
    caplog.set_level(logging.INFO, "vicinal")
    jobs = [start(tmp_path, 60, 1, ["a", "b"]) for _ in range(2)]
    devices = {wait_for_line(job): job for job in jobs}
    assert set(devices) == {"a", "b"}
    waiting = start(tmp_path, 0, 1, ["a", "b"])
    message = waiting.stderr.readline()
    for device, job in devices.items():
        assert f"{device} by process {job.pid}" in message
    assert waiting.poll() is None
    devices["b"].send_signal(signal.SIGKILL)
    assert wait_for_line(waiting) == "b"
    devices["a"].send_signal(signal.SIGKILL)
    for job in (*jobs, waiting):
        job.communicate()
    assert take_slot(["a", "b"], 1, tmp_path).uuid in "ab"


def test_fewer_jobs_may_be_allowed_while_some_run(tmp_path):
    first, second = (take_slot(["a"], 2, tmp_path) for _ in range(2))
    first.file.close()
    # The slot that was taken first is free, but one job is as many as are allowed now.
    waiting = start(tmp_path, 0, 1, ["a"])
    assert "waiting" in waiting.stderr.readline()
    second.file.close()
    assert wait_for_line(waiting) == "a"
    waiting.communicate()


def test_another_s_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu_slots, "MACHINE_FOLDER", tmp_path)
    assert slot_folder() == slot_folder()
    slot_folder().rmdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"vicinal-gpus-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="not your own"):
        slot_folder()


HOLD = """
import json, logging, os, sys
from pathlib import Path
from vicinal_workflow import gpu_slots
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
gpu_slots.MACHINE_FOLDER = Path(sys.argv[1])
devices = gpu_slots.visible_devices()
gpu_slots.hold_gpu()
gpu_slots.hold_gpu()  # the second time it changes nothing
print(json.dumps([devices, os.environ.get("CUDA_VISIBLE_DEVICES"), gpu_slots.holds_gpu()]))
"""


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    """The folder of a CUDA driver of devices that are not there."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (cc) to make a CUDA driver of pretended devices with")
    folder = tmp_path_factory.mktemp("driver")
    source = Path(__file__).with_name("fake_cuda.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "libcuda.so.1", source], check=True)
    return folder


def with_four_gpus(driver, environment, *program):
    """A program's end on a machine with four pretended GPUs."""
    plain = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    plain |= {"PYTHONPATH": str(SOURCE), "LD_LIBRARY_PATH": str(driver), "FAKE_GPUS": "4"}
    done = subprocess.run(
        [sys.executable, "-c", *program],
        env=plain | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done


def hold(driver, machine, **environment):
    """What a process sees and holds: devices, the variable afterwards, whether it holds a slot."""
    done = with_four_gpus(driver, environment, HOLD, str(machine))
    return (*json.loads(done.stdout), done.stderr)


def uuid(number):
    return f"00000000-0000-0000-0000-{number:012x}"


@pytest.mark.parametrize(
    ("named", "devices"),
    [
        (None, {0: "0", 1: "1", 2: "2", 3: "3"}),
        ("3,1", {3: "3", 1: "1"}),
        ("GPU-2, GPU-0", {2: "GPU-2", 0: "GPU-0"}),
        ("2,9,1", {2: "2"}),  # CUDA stops at the first that is not there
        ("1", {1: "1"}),
    ],
)
def test_one_of_the_visible_devices_is_left_visible(driver, tmp_path, named, devices):
    environment = {} if named is None else {"CUDA_VISIBLE_DEVICES": named}
    found, left, held, log = hold(driver, tmp_path, **environment)
    assert found == {uuid(number): name for number, name in devices.items()}
    assert left in devices.values()
    assert held
    assert log.count("running on GPU") == 1
    number = next(number for number, name in devices.items() if name == left)
    assert f"running on GPU {uuid(number)}" in log


@pytest.mark.parametrize("named", ["", "-1"])
def test_without_a_visible_device_nothing_is_held(driver, tmp_path, named):
    assert hold(driver, tmp_path, CUDA_VISIBLE_DEVICES=named) == ({}, named, False, "")
    assert not list(tmp_path.iterdir())


def test_a_driver_s_error_is_told(driver, tmp_path):
    found, _, held, log = hold(driver, tmp_path, FAKE_CUDA_ERROR="999")
    assert (found, held) == ({}, False)
    assert "cuInit of the CUDA driver failed with error 999" in log


def test_one_device_under_two_names_is_one_device(driver, tmp_path, monkeypatch):
    """A scheduler may name a device otherwise than a user: it is its UUID that is locked."""
    monkeypatch.setattr(gpu_slots, "MACHINE_FOLDER", tmp_path)
    _slot = take_slot([uuid(2)], 1, slot_folder())
    _, left, _, _ = hold(driver, tmp_path, CUDA_VISIBLE_DEVICES="GPU-2,GPU-3")
    assert left == "GPU-3"
    _, left, _, log = hold(driver, tmp_path, CUDA_VISIBLE_DEVICES="GPU-2", VICINAL_JOBS_PER_GPU="2")
    assert (left, "waiting" in log) == ("GPU-2", False)


SNAKEFILE = """
rule all:
    input:
        expand("{job}.json", job=range(8)),


rule train:
    output:
        "{job}.json",
    log:
        "{job}.log",
    resources:
        gpu=1,
    script:
        "job.py"
"""
SCRIPT = """
import json, os, time
from pathlib import Path
from vicinal_workflow import gpu_slots
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
gpu_slots.MACHINE_FOLDER = Path("machine")
gpu_slots.hold_gpu()
begun = time.monotonic()
time.sleep(1)
record = [os.environ["CUDA_VISIBLE_DEVICES"], begun, time.monotonic()]
Path(snakemake.output[0]).write_text(json.dumps(record))
"""


def test_jobs_under_the_profile_have_a_device_each(driver, tmp_path):
    """Also where the profile is told of more devices than there are: the rest of the jobs wait."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "job.py").write_text(SCRIPT)
    (tmp_path / "machine").mkdir()
    profile = ROOT / "workflow/profiles/gpu"
    command = [sys.executable, "-m", "snakemake", "--profile", str(profile), "--cores", "8"]
    environment = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    environment |= {"PYTHONPATH": str(SOURCE), "LD_LIBRARY_PATH": str(driver)}
    done = subprocess.run(
        [*command, "--resources", "gpu=8"],
        cwd=tmp_path,
        env=environment | {"FAKE_GPUS": "2"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    held = [json.loads((tmp_path / f"{job}.json").read_text()) for job in range(8)]
    assert most_at_a_time(held) == {"0": 1, "1": 1}
    waited = ["waiting" in (tmp_path / f"{job}.log").read_text() for job in range(8)]
    assert any(waited)


# As with a build of torch that has CUDA, or with one that has not.
MACHINE = """
import sys, torch
from vicinal_workflow.manifest import describe_machine
torch.version.cuda = sys.argv[2] or None
print(describe_machine(sys.argv[1])["device"])
"""


@pytest.mark.parametrize(
    ("choice", "build", "environment", "device"),
    [
        ("auto", "13.0", {}, "pretended GPU 0"),
        ("auto", "13.0", {"CUDA_VISIBLE_DEVICES": "2"}, "pretended GPU 2"),
        ("auto", "13.0", {"CUDA_VISIBLE_DEVICES": ""}, "CPU"),
        ("auto", "", {}, "CPU"),
        ("cpu", "13.0", {}, "CPU"),
        ("auto", "13.0", {"FAKE_CUDA_ERROR": "999"}, "CPU (cuInit of the CUDA driver failed"),
    ],
)
def test_the_manifest_names_the_device_without_taking_it(
    driver, choice, build, environment, device
):
    assert with_four_gpus(driver, environment, MACHINE, choice, build).stdout.startswith(device)
