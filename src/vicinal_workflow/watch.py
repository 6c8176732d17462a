"""Live progress of a running workflow in the terminal, from its logs.

python -m vicinal_workflow.watch [RESULTS_FOLDER] [--once]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from vicinal_workflow.run_log import RunLog, newest_run
from vicinal_workflow.run_process import is_alive, open_paths
from vicinal_workflow.watch_picture import picture

# Seconds between two pictures, and between two looks whether Snakemake is still there.
DRAWN_EVERY, LOOKED_EVERY = 1.5, 10.0
HOME, CLEAR_LINE, CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
CLEAR, HIDE_CURSOR, SHOW_CURSOR = "\x1b[2J", "\x1b[?25l", "\x1b[?25h"


def fitted(lines: Sequence[str], columns: int, rows: int) -> list[str]:
    """The lines that fit on a screen, each cut to its width; the last says how many do not."""
    shown = [line if len(line) <= columns else line[: columns - 1] + "…" for line in lines]
    if len(shown) > rows:
        shown = [*shown[: rows - 1], f"and {len(shown) - rows + 1} more lines"]
    return shown


def watch(run: RunLog) -> None:
    """Draw the run again and again, until it ends or was killed, or Ctrl-C."""
    alive, looked = True, time.monotonic() - LOOKED_EVERY
    sys.stdout.write(CLEAR + HIDE_CURSOR)
    try:
        while alive:
            run.update()
            if run.ended or time.monotonic() - looked >= LOOKED_EVERY:
                alive, looked = is_alive(run), time.monotonic()
            size = shutil.get_terminal_size()
            lines = fitted(picture(run, datetime.now(), alive), size.columns, size.lines - 1)
            drawn = "".join(f"{line}{CLEAR_LINE}\n" for line in lines)
            sys.stdout.write(HOME + drawn + CLEAR_BELOW)
            sys.stdout.flush()
            if alive:
                time.sleep(DRAWN_EVERY)
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        sys.stdout.write(SHOW_CURSOR)
        sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Show the newest run of the present folder; the status that the process ends with."""
    parser = argparse.ArgumentParser(
        prog="python -m vicinal_workflow.watch",
        description="Progress of the newest run of Snakemake in this folder, until it ends.",
    )
    parser.add_argument(
        "results", nargs="?", help="results folder, where runs of several share a folder"
    )
    parser.add_argument("--once", action="store_true", help="print how it stands now, and end")
    parsed = parser.parse_args(arguments)
    run = newest_run(Path(), parsed.results, open_paths())
    if run is None:
        whose = f" of {parsed.results}" if parsed.results else ""
        print(f"no run{whose}: Snakemake has left no log in .snakemake/log", file=sys.stderr)
        return 1
    if parsed.once or not sys.stdout.isatty():
        print("\n".join(picture(run, datetime.now(), is_alive(run))))
    else:
        watch(run)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
