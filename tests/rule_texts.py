"""What the rules' own texts say, without Snakemake."""

import re

from project import ROOT


def rules_with(text):
    """The rules in whose text another occurs."""
    paths = (ROOT / "workflow/rules").glob("*.smk")
    blocks = [
        block
        for path in paths
        for block in re.split(r"^(?=rule )", path.read_text("utf-8"), flags=re.M)[1:]
    ]
    return {re.match(r"rule (\w+):", block)[1] for block in blocks if text in block}
