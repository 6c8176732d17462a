# How an output is marked for Snakemake's report; it holds no rule.

from vicinal_workflow.report_labels import (
    CATEGORIES,
    SUBCATEGORIES,
    caption_name,
    report_labels,
)


def reported(path, part, title, caption=None):
    """An output that Snakemake's report shows; its title has wildcards, or is made from its file."""

    def labels(wildcards):
        values = dict(wildcards.items())
        file = path.removeprefix("<results>/").format(**values)
        text = title(file) if callable(title) else title.format(**values)
        return report_labels(file, text)

    return report(
        path,
        caption=f"../report/{caption or caption_name(path)}",
        category=CATEGORIES[path.split("/")[1]],
        subcategory=SUBCATEGORIES[part],
        labels=labels,
    )


def reported_picture(path, part):
    """Both files of a picture; the report shows one, under the title that the page gives it."""
    return [reported(f"{path}.png", part, picture_title), f"{path}.svg"]


def picture_title(file):
    """The title of a picture on the summary page; of one that is not there, its name."""
    for part in PLAN.parts.values():
        for job, title, _ in part.figures():
            if job.artifacts[0] == file:
                return title
    return Path(file).stem
