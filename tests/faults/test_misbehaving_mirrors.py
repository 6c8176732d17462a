"""A run whose mirrors misbehave: every one is told with its fault, and a good one mends it.

What `retrieve` does in each case is in tests/data/test_download.py.
"""

import hashlib
import io
import tarfile
import threading
import zipfile

import pytest
import yaml

ROWS = "\n".join(" ".join(str(row % (column + 2)) for column in range(14)) for row in range(506))
CONTENT = ROWS.encode()
WRONG = CONTENT[:-1] + b"9"
FILE = "boston/housing.data"
DATASET = "results/datasets/boston.npz"


def tar_with(kind, name="housing.data"):
    """A tar archive of the right file and a member of a kind that must not be."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for path, content in (("housing.data", CONTENT), (name, b"x")):
            info = tarfile.TarInfo(path)
            if (path, content) != ("housing.data", CONTENT):
                info.type, info.linkname = kind, "/etc/passwd"
            info.size = len(content) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def zip_with(name, attributes=0):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("housing.data", CONTENT)
        info = zipfile.ZipInfo(name)
        info.external_attr = attributes << 16
        archive.writestr(info, b"/etc/passwd")
    return file.getvalue()


ARCHIVES = {
    "climbs.tgz": (tar_with(tarfile.REGTYPE, "../../escaped"), "leaves the archive"),
    "absolute.tgz": (tar_with(tarfile.REGTYPE, "/tmp/escaped"), "leaves the archive"),
    "symbolic.tgz": (tar_with(tarfile.SYMTYPE, "odd"), "link or device"),
    "hard.tgz": (tar_with(tarfile.LNKTYPE, "odd"), "link or device"),
    "device.tgz": (tar_with(tarfile.CHRTYPE, "odd"), "link or device"),
    "climbs.zip": (zip_with("../../escaped"), "leaves the archive"),
    "symbolic.zip": (zip_with("odd", 0o120777), "link or device"),
}


@pytest.fixture
def boston(project, server):
    """A project whose data set has this file, with archives at the public addresses."""
    path = project.folder / "data/registry.yaml"
    registry = yaml.safe_load(path.read_text("utf-8"))
    (file,) = registry["boston"]["files"]
    urls = [{"url": f"{server.url}/{name}", "member": "housing.data"} for name in ARCHIVES]
    file.update(size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest(), urls=urls)
    path.write_text(yaml.safe_dump(registry), "utf-8")
    mirrors = [f"{server.url}/{name}" for name in ("stalls", "cuts", "lies", "wrong", "absent")]
    project.config["datasets"]["boston"] = {"kind": "boston"}
    project.config["data"] = {"mirrors": mirrors, "retries": 0, "timeout": 1.0}
    project.write_config()
    return project


def test_every_mirror_fails_in_its_own_way_until_one_does_not(boston, server):
    release = threading.Event()

    def stalls(handler, count, asked):
        handler.answer(200, CONTENT[:100], length=len(CONTENT))
        handler.wfile.flush()
        release.wait(30)

    server.behaviours |= {
        f"stalls/{FILE}": stalls,
        f"cuts/{FILE}": lambda handler, *_: handler.answer(200, CONTENT[:50], len(CONTENT)),
        f"lies/{FILE}": lambda handler, *_: handler.answer(200, CONTENT, len(CONTENT) + 7),
        f"wrong/{FILE}": lambda handler, *_: handler.answer(200, WRONG),
    }
    for name, (content, _) in ARCHIVES.items():
        server.behaviours[name] = lambda handler, *_, content=content: handler.answer(200, content)
    try:
        done = boston.snakemake(DATASET)
    finally:
        release.set()
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Traceback" not in said
    assert f"RetrievalError: {FILE} ({len(CONTENT)} bytes, sha256" in said
    failures = {line.split(": ")[0].strip(): line for line in said.splitlines() if "  http" in line}
    expected = {"stalls": "timed out", "cuts": "", "lies": "", "wrong": "sha256", "absent": "404"}
    for mirror, words in expected.items():
        assert words in failures[f"{server.url}/{mirror}/{FILE}"]
    for name, (_, words) in ARCHIVES.items():
        assert words in failures[f"{server.url}/{name} (member housing.data)"]
    assert not (boston.folder / DATASET).exists()
    downloads = boston.folder / "data/downloads"
    assert not (downloads / FILE).exists()
    assert not list(boston.folder.rglob("escaped"))
    assert not (boston.folder.parent / "escaped").exists()

    server.behaviours[f"absent/{FILE}"] = lambda handler, *_: handler.answer(200, CONTENT)
    boston.run(DATASET)
    assert (downloads / FILE).read_bytes() == CONTENT
    assert [path.name for path in (downloads / "boston").iterdir()] == ["housing.data"]
