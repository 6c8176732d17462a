"""The dry runs shown in docs/reruns.md, made again in a copy of the project where all is finished.

PYTHONPATH=tests python tests/reruns_page.py     writes what they print now into the page
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from project import ROOT, Project

PAGE = ROOT / "docs/reruns.md"
BLOCK = re.compile(r"```console\n(.*?)```\n", re.S)
OVERLAY = re.compile(r"```yaml\n(# (\w+\.yaml)\n.*?)```", re.S)
NOTHING = "Nothing to be done (all requested files are present and up to date)."
TABLE = re.compile(r"^job +count\n-+ +-+\n.*?^total +\d+\n", re.M | re.S)
REASONS = re.compile(r"^Reasons:\n(?:^    .*\n)+", re.M)


def finished_run(folder):
    """The project after its default run, but for the work: files are empty, records are true."""
    folder.mkdir()
    project = Project(folder)
    shutil.copy(ROOT / "config.yaml", folder / "config.yaml")
    plan = project.run("--dry-run").stdout
    for line in re.findall(r"^    output: (.*)$", plan, re.M):
        for path in line.split(", "):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).touch()
    project.run("--touch", "--forceall")
    for name, text in overlays().items():
        (folder / name).write_text(text, "utf-8")
    return project


def overlays():
    """Name -> content of the files of settings that the page shows."""
    return {name: text for text, name in OVERLAY.findall(PAGE.read_text("utf-8"))}


def examples():
    """The commands of each block that ends in a dry run, with what the page shows of its output."""
    for block in BLOCK.findall(PAGE.read_text("utf-8")):
        commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
        shown = "".join(line for line in block.splitlines(True) if not line.startswith("$ "))
        if "snakemake" in commands[-1] and "--dry-run" in commands[-1]:
            yield commands, shown


def printed(project, commands):
    """Table of jobs, and reasons, that the commands print in a copy of a project."""
    folder = Path(tempfile.mkdtemp()) / "project"
    try:
        copy = Project.copied(project.folder, folder)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-ec", "\n".join(commands)],
            cwd=folder,
            env=copy.environment | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=540,
        )
    finally:
        shutil.rmtree(folder.parent)
    assert done.returncode == 0, (commands, done.stdout[-2000:] + done.stderr[-4000:])
    text = done.stdout + done.stderr
    if NOTHING in text:
        return f"{NOTHING}\n"
    table, reasons = TABLE.search(text), REASONS.search(text)
    return table[0] + ("\n" + reasons[0] if reasons else "")


def rewrite():
    """Write what the dry runs print into the page; reasons where it shows some."""
    with tempfile.TemporaryDirectory() as folder:
        project = finished_run(Path(folder) / "finished")
        for commands, shown in examples():
            found = printed(project, commands)
            if "Reasons:" not in shown:
                found = found.partition("\nReasons:")[0]
            lines = "".join(f"$ {command}\n" for command in commands)
            page = PAGE.read_text("utf-8")
            PAGE.write_text(page.replace(lines + shown + "```", lines + found + "```"), "utf-8")
            print(commands, found, sep="\n")


if __name__ == "__main__":
    rewrite()
