# What the summary rests on; it holds no rule.


def measured_tables():
    """Name -> file of the tables whose numbers stand beside the papers'."""
    return {
        name: f"<results>/{path}"
        for part in PLAN.parts.values()
        for name, path in part.measured_tables().items()
    }


def page_parts():
    """What the summary page shows of each part: tables by name, pictures with their captions."""
    return {
        name: {
            "tables": {
                table: f"{RESULTS}/{path}" for table, path in part.page_tables().items()
            },
            "figures": [
                {
                    "path": f"{RESULTS}/{job.artifacts[0]}",
                    "title": title,
                    "caption": caption,
                }
                for job, title, caption in part.figures()
            ],
        }
        for name, part in PLAN.parts.items()
    }


def benchmark_files():
    """Stage -> where Snakemake records the times of its jobs."""
    files = {}
    for job in PLAN.jobs():
        path = f"{RESULTS}/benchmarks/{job.stage}/{job.name}".rstrip("/")
        files.setdefault(job.stage, []).append(f"{path}.tsv")
    return files


def other_results(name):
    """An input function: a file in the summary of the results to compare with."""

    def path(wildcards):
        if OTHER_RESULTS is None:
            raise WorkflowError(
                f"compare: no other results are named; add {HOW_TO_NAME}"
            )
        return f"{OTHER_RESULTS}/summary/{name}"

    return path


def page_templates():
    """What the page is made of beside modules."""
    folder = ROOT / "src/vicinal_workflow/templates"
    return sorted(os.path.relpath(path) for path in folder.iterdir())
