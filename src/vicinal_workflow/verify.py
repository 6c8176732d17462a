"""`python -m vicinal_workflow.verify [results]`: are all files of a run what was written?

Each is compared with the checksum beside it, or with the manifest where there is none.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from vicinal_workflow.checksums import (
    DAMAGED,
    MANIFEST,
    forget_manifest,
    found_and_recorded,
    listed_artifacts,
    move_aside,
    read_manifest,
)


@dataclass
class Findings:
    """What became of the check.

    damaged : files that are not what was written.
    missing : files that the manifest lists and that are not there.
    whole, unknown : how many are as written; how many have neither a checksum nor a line in the
        manifest.
    """

    damaged: list[Path] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    whole: int = 0
    unknown: int = 0


def check_results(results: Path) -> Findings:
    """Compare every artifact below a folder of results with what was written. Changes nothing."""
    listed = _listed(results)
    findings = Findings(missing=sorted(path for path in listed if not path.exists()))
    for path in sorted({path for path in results.rglob("*") if _is_artifact(path, results)}):
        found, recorded = found_and_recorded(path)
        expected = recorded or listed.get(path)
        if expected is None:
            findings.unknown += 1
        elif found == expected:
            findings.whole += 1
        else:
            findings.damaged.append(path)
    return findings


def set_aside(results: Path, damaged: list[Path]) -> list[str]:
    """Move damaged files aside, and have the next run look for all that the manifest lists.

    Returns a line for each. A link stays whole: it names a file of a cache that others may use.
    """
    lines = []
    for path in damaged:
        shared = f"; delete {os.path.realpath(path)} too" if path.is_symlink() else ""
        lines.append(f"{path} is now {move_aside(path).name}{shared}")
    forget_manifest(results)  # where files are only missing too
    return lines


def _listed(results: Path) -> dict[Path, str]:
    """Path -> checksum of what the manifest lists, wherever the folder is now."""
    path = results / MANIFEST
    if not path.exists():
        return {}
    found, recorded = found_and_recorded(path)
    if recorded not in (None, found):
        return {}  # a damaged manifest is found like any other file
    listed = listed_artifacts(read_manifest(results))
    return {results / artifact: sha256 for artifact, sha256 in listed.items()}


def _is_artifact(path: Path, results: Path) -> bool:
    inside = path.relative_to(results)
    hidden = any(part.startswith(".") for part in inside.parts)
    return (
        path.is_file()
        and not hidden
        and not path.name.endswith(DAMAGED)
        and inside.parts[0] not in ("logs", "benchmarks")
    )


def main(arguments: list[str] | None = None) -> int:
    """Say what was found; the exit status is 1 where a file is damaged or missing."""
    parser = argparse.ArgumentParser(prog="python -m vicinal_workflow.verify", description=__doc__)
    parser.add_argument("results", nargs="?", default="results", type=Path)
    parser.add_argument(
        "--remove", action="store_true", help="move damaged files aside, to be made anew"
    )
    options = parser.parse_args(arguments)
    if not options.results.is_dir():
        parser.error(f"{options.results} is no folder; name the folder of the results")
    try:
        findings = check_results(options.results)
    except (ValueError, OSError) as error:  # a file that cannot be read: the manifest, or the disk
        parser.error(str(error))
    for path in findings.missing:
        print(f"missing: {path}")
    for path in findings.damaged:
        print(f"damaged: {path}")
    print(
        f"{findings.whole} files are what was written, {len(findings.damaged)} are damaged, "
        f"{len(findings.missing)} are missing, {findings.unknown} have no checksum"
    )
    if not findings.damaged and not findings.missing:
        return 0
    if options.remove:
        try:
            moved = set_aside(options.results, findings.damaged)
        except OSError as error:  # results that may not be written to
            parser.error(f"cannot be moved aside: {error}")
        print("\n".join([*moved, "Run the workflow again."]))
    else:
        print("With --remove the damaged are moved aside, and the next run makes them anew.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
