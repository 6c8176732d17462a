"""Which stages get a GPU, and that they ask for it before anything else asks for CUDA."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vicinal_workflow import stage
from vicinal_workflow.stage import choose_device

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "scripts").glob("*/*.py"))


def rules_by_script():
    """Script -> text of the rule that runs it."""
    found = {}
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        for rule in re.split(r"^rule ", file.read_text("utf-8"), flags=re.M):
            if script := re.search(r'"\.\./\.\./(scripts/\S+\.py)"', rule):
                found[script[1]] = rule
    return found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_rule_asks_for_a_gpu_just_where_its_script_uses_one(script):
    rule = rules_by_script()[str(script.relative_to(ROOT))]
    assert ("gpu=GPUS," in rule) == ("choose_device(" in script.read_text("utf-8"))
    assert not ("gpu=" in rule and "localrule: True" in rule)


IMPORT_ALL = """
import sys, torch
touched = []
for name in ("is_available", "device_count", "init", "current_device", "get_device_properties"):
    setattr(torch.cuda, name, lambda *_, name=name: touched.append(name) or 0)
for statements in sys.argv[1:]:
    exec(statements, {})
from vicinal.models.torchvision_operators import declare_missing
declare_missing()
from transformers import BertForPreTraining, BertModel
assert not touched, touched
"""


def test_no_import_asks_for_cuda():
    """Who asks initialises the driver, which then no longer heeds CUDA_VISIBLE_DEVICES."""
    imports = []
    for script in SCRIPTS:
        body = ast.parse(script.read_text("utf-8")).body
        kept = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        imports.append(ast.unparse(ast.Module(kept, [])))
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *imports],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_device_is_chosen_before_a_user_s_code_is_imported():
    for script in SCRIPTS:
        text = script.read_text("utf-8")
        if "choose_device(" in text and "load_user_module(" in text:
            assert text.index("choose_device(") < text.index("load_user_module("), script


@pytest.fixture
def cuda(monkeypatch):
    """A torch with CUDA and some devices, as far as the choice sees; what was done, in order."""
    done = []
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(stage, "hold_gpu", lambda: done.append("hold"))
    monkeypatch.setattr(stage, "holds_gpu", lambda: "hold" in done)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: not done.append("ask"))
    monkeypatch.setattr(torch.cuda, "init", lambda: done.append("init"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch, "use_deterministic_algorithms", lambda *_, **__: None)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    return done


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_a_slot_is_held_before_cuda_is_asked_for_anything(cuda, device):
    assert choose_device(device) == torch.device("cuda")
    assert cuda[0] == "hold"
    assert cuda[1] == "ask"


def test_on_the_cpu_nothing_is_held(cuda):
    assert choose_device("cpu") == torch.device("cpu")
    assert cuda == []


def test_a_torch_without_cuda_holds_nothing(cuda, monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")
    assert cuda == []


def test_cuda_that_was_asked_for_too_early_is_an_error(cuda, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    with pytest.raises(RuntimeError, match="CUDA sees 4 devices, though one was chosen"):
        choose_device("cuda")
