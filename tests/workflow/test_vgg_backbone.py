"""A VGG in the workflow: trained, restored for its features, made anew when its shape changes."""

import numpy as np

TARGET = "results/features/digits_vgg/0.npz"
AGAIN = {"train_backbone": 1, "extract_network_features": 1}


def test_a_vgg_is_made_anew_when_its_shape_changes(project):
    entry = {"dataset": "digits", "architecture": "vgg", "width": 2, "training": {"epochs": 1}}
    project.config["backbones"]["digits_vgg"] = entry
    project.write_config()
    project.run(TARGET)
    with np.load(project.folder / TARGET) as features:
        widths = {array.shape[-1] for name, array in features.items() if "features" in name}
    assert widths == {8 * 2}
    for change in ({"width": 3}, {"batch_norm": False}):
        with project.edited_config(lambda c, new=change: c["backbones"]["digits_vgg"].update(new)):
            jobs = project.jobs(TARGET)
            jobs.pop("total", None)
            assert jobs == AGAIN
    with project.edited_config(
        lambda c: c["backbones"]["digits_vgg"].update(networks_per_job=1, width=2, batch_norm=True)
    ):
        assert project.jobs(TARGET) == {}


def test_printed_digits_are_built_at_their_size(project):
    project.config["datasets"]["printed_digits"].update(size=12, samples=100)
    project.write_config()
    target = "results/datasets/printed_digits.npz"
    project.run(target)
    with np.load(project.folder / target) as arrays:
        shapes = {array.shape[1:] for array in arrays.values() if array.ndim == 4}
    assert shapes == {(1, 12, 12)}
    edited = project.folder / "src/vicinal/data/embedded.py"
    with project.edited_file(edited, "\n# edited\n"):
        assert project.jobs(target) == {}
    with project.edited_file(project.folder / "src/vicinal/data/printed_digits.py", "\n# edited\n"):
        assert project.jobs(target) == {"build_dataset": 1}
