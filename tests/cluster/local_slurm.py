"""A real SLURM of one node on this machine, for tests: start and stop.

    apt-get install --yes --no-install-recommends slurm-wlm munge
    python tests/cluster/local_slurm.py start      # as root; then sinfo, sbatch and squeue work
    python tests/cluster/local_slurm.py stop

Two partitions, `cpu` (the default) and `gpu`, are on the one node; /dev/null and /dev/zero stand in
for its GPUs. There is no accounting. The programs of SLURM that Snakemake's plugin calls find their
configuration only in /etc/slurm: where there is one of another's, it is left alone and the start
refused.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

CONFIGURATION = Path("/etc/slurm")
MINE = "# Written by vicinal's tests/cluster/local_slurm.py, which takes it away again."
STATE = Path("/run/vicinal_slurm")
MUNGE_SOCKET = Path("/run/munge/munge.socket.2")
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "srun", "munged")
# What stages ask for is booked, not there: a small machine runs them all the same, and a job that
# only waits is run beside those that keep its cores busy.
BOOKED_MB = 256_000
BOOKED_CPUS = (os.cpu_count() or 1) + 1
SLURM_CONF = """{mine}
ClusterName=vicinal
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation={state}/slurmctld
SlurmdSpoolDir={state}/slurmd
SlurmctldPidFile={state}/slurmctld.pid
SlurmdPidFile={state}/slurmd.pid
SlurmctldLogFile={state}/slurmctld.log
SlurmdLogFile={state}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=2
MinJobAge=3600
ReturnToService=2
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:2 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES MaxTime=7-0 State=UP
PartitionName=gpu Nodes={host} Default=NO MaxTime=7-0 State=UP
"""
FILES = {
    "slurm.conf": SLURM_CONF,
    "gres.conf": "{mine}\nName=gpu File=/dev/null\nName=gpu File=/dev/zero\n",
    "cgroup.conf": "{mine}\nIgnoreSystemd=yes\n",
}


def why_not() -> str | None:
    """The reason for which no SLURM can be started here; None where one can."""
    if not sys.platform.startswith("linux"):
        return "SLURM runs on Linux"
    if os.geteuid() != 0:
        return "starting SLURM needs root"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed: apt-get install slurm-wlm munge"
    for name in FILES:
        path = CONFIGURATION / name
        if path.exists() and MINE not in path.read_text("utf-8", errors="replace"):
            return f"{path} is not of these tests: this machine has a SLURM of its own"
    return None


def is_up() -> bool:
    """Whether `start` has been called, and `stop` not."""
    return any(_running(name) for name in ("slurmctld", "slurmd"))


def jobs(folder: Path) -> list[dict[str, str]]:
    """What SLURM knows of every job, also an ended one, that was submitted from a folder."""
    lines = _output("scontrol", "--oneliner", "show", "job").splitlines()
    found = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines]
    return [job for job in found if job.get("WorkDir") == str(folder)]


def start() -> None:
    """Write the configuration, start the daemons, and wait until the node takes jobs."""
    if reason := why_not():
        raise SystemExit(reason)
    if is_up():
        raise SystemExit("already started; stop it first")
    shutil.rmtree(STATE, ignore_errors=True)
    for folder in ("slurmctld", "slurmd"):
        (STATE / folder).mkdir(parents=True)
    CONFIGURATION.mkdir(exist_ok=True)
    values = {
        "mine": MINE,
        "host": socket.gethostname().split(".")[0],
        "state": STATE,
        "cpus": BOOKED_CPUS,
        "memory": BOOKED_MB,
    }
    for name, text in FILES.items():
        (CONFIGURATION / name).write_text(text.format(**values), "utf-8")
    try:
        _start_munge()
        for daemon in ("slurmctld", "slurmd"):
            subprocess.run([daemon], check=True, stderr=subprocess.DEVNULL)
        _wait("the node does not come up", _node_is_idle)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        logs = [path.read_text("utf-8", errors="replace")[-3000:] for path in STATE.glob("*.log")]
        stop()
        raise SystemExit("\n".join([str(error), *logs])) from error


def stop() -> None:
    """Cancel what runs, end the daemons that `start` has started, and remove their files."""
    if _running("slurmctld") and _running("slurmd"):
        subprocess.run(["scancel", "--user", "root"], check=False, capture_output=True)
        _wait("jobs do not end", lambda: not _output("squeue", "--noheader"))
    for daemon in ("slurmctld", "slurmd", "munged"):
        _end(daemon)
    for name in FILES:
        path = CONFIGURATION / name
        if path.exists() and MINE in path.read_text("utf-8", errors="replace"):
            path.unlink()
    shutil.rmtree(STATE, ignore_errors=True)


def _start_munge() -> None:
    """The authentication between SLURM's programs; one that runs already is left as it is."""
    if subprocess.run(["munge", "-n"], check=False, capture_output=True).returncode == 0:
        return
    MUNGE_SOCKET.parent.mkdir(exist_ok=True)
    shutil.chown(MUNGE_SOCKET.parent, "munge", "munge")
    MUNGE_SOCKET.parent.chmod(0o755)
    own = STATE / "munge"
    own.mkdir()
    shutil.chown(own, "munge", "munge")
    files = {"pid": own / "munged.pid", "log": own / "munged.log", "seed": own / "munge.seed"}
    arguments = [f"--{name}-file={path}" for name, path in files.items()]
    subprocess.run(
        ["runuser", "-u", "munge", "--", shutil.which("munged") or "munged", *arguments],
        check=True,
        capture_output=True,
    )


def _pid_file(daemon: str) -> Path:
    return STATE / ("munge/munged.pid" if daemon == "munged" else f"{daemon}.pid")


def _running(daemon: str) -> int | None:
    """The number of a daemon's process that `start` has started."""
    try:
        pid = int(_pid_file(daemon).read_text())
        alive = daemon in Path(f"/proc/{pid}/cmdline").read_text()
    except (OSError, ValueError):
        return None
    return pid if alive else None


def _end(daemon: str) -> None:
    pid = _running(daemon)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    _wait(f"{daemon} does not end", lambda: _running(daemon) is None)


def _node_is_idle() -> bool:
    return _output("sinfo", "--noheader", "--format=%T", "--partition=gpu") == "idle"


def _output(*command: str) -> str:
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def _wait(complaint: str, done: Callable[[], bool], seconds: float = 60) -> None:
    for _ in range(int(seconds * 10)):
        if done():
            return
        time.sleep(0.1)
    raise RuntimeError(f"{complaint} within {seconds:.0f} s")


if __name__ == "__main__":
    commands = {"start": start, "stop": stop}
    if sys.argv[1:] not in (["start"], ["stop"]):
        raise SystemExit("usage: local_slurm.py start | stop")
    commands[sys.argv[1]]()
