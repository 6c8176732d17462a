"""Archives are read in memory, and unsafe ones are refused."""

from __future__ import annotations

import hashlib
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from vicinal.data.archives import ArchiveError, member_digests, read_members


def tar(path: Path, *members: tarfile.TarInfo | tuple[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_tar_and_zip_give_the_same(tmp_path: Path) -> None:
    contents = {"a/b.txt": b"first", "c.bin": bytes(100_000)}
    tarred = tar(tmp_path / "x.tgz", special("a", tarfile.DIRTYPE), *contents.items())
    zipped = tmp_path / "x.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("a")
        for name, content in contents.items():
            archive.writestr(name, content)
    expected = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    assert member_digests(tarred) == member_digests(zipped) == expected
    assert read_members(tarred, ("c.bin",)) == read_members(zipped, ("c.bin",))
    assert read_members(zipped, ("a/b.txt",)) == {"a/b.txt": b"first"}


def test_a_leading_dot_is_dropped(tmp_path: Path) -> None:
    assert read_members(tar(tmp_path / "x.tgz", ("./a/b", b"1")), ("a/b",)) == {"a/b": b"1"}


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "..\\up"])
@pytest.mark.parametrize("wanted", ["good", "other"])
def test_a_name_that_leaves_the_archive_is_refused(tmp_path: Path, name: str, wanted: str) -> None:
    archive = tar(tmp_path / "x.tgz", ("good", b"1"), (name, b"2"))
    with pytest.raises(ArchiveError, match="leaves the archive"):
        read_members(archive, (wanted,))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr(name, b"2")
    with pytest.raises(ArchiveError, match="leaves the archive"):
        member_digests(tmp_path / "x.zip")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    archive = tar(tmp_path / "x.tgz", ("good", b"1"), special("odd", kind, "good"))
    with pytest.raises(ArchiveError, match="'odd' is a link or device"):
        member_digests(archive)


def test_a_zipped_link_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("odd")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr(info, "/etc/passwd")
    with pytest.raises(ArchiveError, match="link or device"):
        member_digests(tmp_path / "x.zip")


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="occurs twice"):
        member_digests(tar(tmp_path / "x.tgz", ("a", b"1"), ("./a", b"2")))


def test_an_absent_member_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no member b, c"):
        read_members(tar(tmp_path / "x.tgz", ("a", b"1")), ("a", "b", "c"))


@pytest.mark.parametrize("kept", [0, 10, 60, 16_000])
def test_a_broken_tar_is_refused(tmp_path: Path, kept: int) -> None:
    content = b"".join(hashlib.sha512(bytes([number])).digest() for number in range(256)) * 2
    archive = tar(tmp_path / "x.tgz", ("a", content))
    archive.write_bytes(archive.read_bytes()[:kept])
    with pytest.raises(ArchiveError, match="broken archive"):
        member_digests(archive)


def test_a_broken_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("a", b"content")
    path.write_bytes(path.read_bytes().replace(b"content", b"CONTENT"))
    with pytest.raises(ArchiveError, match="CRC"):
        read_members(path, ("a",))


def test_a_giant_member_is_refused_unread(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a")
    info.size = 2**40
    (tmp_path / "x.tar").write_bytes(info.tobuf() + bytes(1024))
    with pytest.raises(ArchiveError, match="declares 1099511627776 bytes"):
        member_digests(tmp_path / "x.tar")
