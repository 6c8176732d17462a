"""One raw file, from the mirrors first, verified."""

import json
import os
from pathlib import Path

from vicinal.data.download import mirrors_from_text, retrieve
from vicinal.data.registry import RegistryFile, Source
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
settings = json.loads(os.environ["VICINAL_DOWNLOAD"])
mirrors = [*mirrors_from_text(os.environ.get("VICINAL_DATA_MIRROR", "")), *settings["mirrors"]]
described = snakemake.params.file
sources = tuple(Source(**source) for source in settings["sources"][described["path"]])
retrieve(
    RegistryFile(**described, sources=sources),
    Path(snakemake.output[0]),
    mirrors=mirrors,
    retries=settings["retries"],
    timeout=settings["timeout"],
    progress=True,
)
