"""A logger plugin of Snakemake: a line of JSON for every job that a run or a dry run announces."""

import json
from dataclasses import dataclass, field
from logging import LogRecord

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """What `--logger-jobs-file` sets."""

    # A plain type that is there at run time: Snakemake makes the option's parser of it.
    file: str = field(default="", metadata={"help": "File of a line of JSON a job."})


class LogHandler(LogHandlerBase):
    """Writes the announced jobs, whatever --quiet is, and nothing on the screen."""

    writes_to_stream = False
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def emit(self, record: LogRecord) -> None:
        """Append one job to the file."""
        told, settings = record.__dict__, self.settings
        if told.get("event") != LogEvent.JOB_INFO or not isinstance(settings, LogHandlerSettings):
            return
        job = {
            "rule": told["rule_name"],
            "wildcards": dict(told["wildcards"] or {}),
            "benchmark": told["benchmark"],
            "log": list(told["log"]),
            "input": list(told["input"]),
            "output": list(told["output"]),
            "threads": told["threads"],
            "gpu": dict(told["resources"].items()).get("gpu", 0),
            "reason": told["reason"],
        }
        with open(settings.file, "a", encoding="utf-8") as file:
            file.write(json.dumps(job) + "\n")
