"""A simulator of the user's own, named in the configuration."""

OWN = """
import torch

from vicinal.gradients.simulation import Simulator


def decay():
    times = torch.arange(1, 4, dtype=torch.float64)

    def function(x):
        return x[0] * torch.exp(-x[1] * times)

    return Simulator("decay", function, lower=(0.5, 0.1), upper=(2.0, 1.0), steps=3)
"""


def test_a_simulator_of_ones_own(project):
    (project.folder / "mine.py").write_text(OWN)
    cosine = project.config["gradients"]["problems"]["cosine"]
    project.config["gradients"]["problems"]["decay"] = {
        **cosine, "simulator": {"name": "module", "module": "mine:decay"},
    }  # fmt: skip
    project.write_config()
    target = "results/gradients/figures/surrogate_errors_decay.png"
    project.run(target)
    assert (project.folder / target).stat().st_size > 5000
    with project.edited_file(project.folder / "mine.py", "\n# edited\n"):
        assert project.jobs(target) == {
            "draw_runs": 1, "train_surrogates": 2, "plot_surrogate_errors": 1,
        }  # fmt: skip
    (project.folder / "mine.py").unlink()
    failed = project.snakemake(target)
    assert failed.returncode != 0
    message = "gradients.problems.decay.simulator.module: no module 'mine' in"
    assert message in failed.stdout + failed.stderr


def test_nan_from_a_simulator_names_theta(project):
    text = OWN.replace("x[0] * torch", "torch.log(x[0] - 1) * torch")
    (project.folder / "mine.py").write_text(text)
    cosine = project.config["gradients"]["problems"]["cosine"]
    cosine["simulator"] = {"name": "module", "module": "mine:decay"}
    project.write_config()
    failed = project.snakemake("results/gradients/surrogates/cosine/runs.npz")
    assert failed.returncode != 0
    output = failed.stdout + failed.stderr
    assert "simulator decay: the value at row" in output
    assert "is not finite; there, theta_1 = 0." in output
