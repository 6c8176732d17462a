"""Downloads against a local server that misbehaves in every way a server can."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from http_server import Handler, Server
from vicinal.data.download import RetrievalError, mirrors_from_text, retrieve
from vicinal.data.registry import RegistryFile, Source

CONTENT = b"".join(hashlib.sha256(bytes([i, j])).digest() for i in range(125) for j in range(50))
WRONG = bytes(reversed(CONTENT))
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PATH = "some/set.bin"
HALF = len(CONTENT) // 2
SPANS = [f"bytes 0-9/{len(CONTENT)}", f"bytes 1000-9/{len(CONTENT) + 1}", "nonsense"]


def file(*sources: Source, path: str = PATH) -> RegistryFile:
    return RegistryFile(path, len(CONTENT), DIGEST, {}, sources)


def fetch(
    described: RegistryFile,
    destination: Path,
    *mirrors: str,
    retries: int = 2,
    timeout: float = 0.3,
) -> Path:
    return retrieve(
        described,
        destination,
        mirrors=mirrors,
        retries=retries,
        timeout=timeout,
        progress=False,
        pause=0.01,
    )


def good(handler: Handler, count: int, asked: str | None) -> None:
    handler.answer_range(CONTENT, asked)


def wrong(handler: Handler, count: int, asked: str | None) -> None:
    handler.answer_range(WRONG, asked)


def breaks_once(handler: Handler, count: int, asked: str | None) -> None:
    """Announces all, sends half, hangs up; later a good server with ranges."""
    if count == 1:
        handler.answer(200, CONTENT[:HALF], length=len(CONTENT))
    else:
        handler.answer_range(CONTENT, asked)


def only(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir())


def test_plain_download(server: Server, tmp_path: Path) -> None:
    server.behaviours[PATH] = good
    destination = tmp_path / "new" / "set.bin"
    assert fetch(file(), destination, server.url + "/") == destination
    assert destination.read_bytes() == CONTENT
    assert only(destination.parent) == ["set.bin"]


def test_resumes_with_only_the_rest(server: Server, tmp_path: Path) -> None:
    server.behaviours[PATH] = breaks_once
    fetch(file(), tmp_path / "x", server.url)
    assert (tmp_path / "x").read_bytes() == CONTENT
    (_, first), (_, second) = server.asked
    assert first is None
    assert second is not None
    start = int(second.removeprefix("bytes=").removesuffix("-"))
    assert HALF - 2**14 <= start <= HALF
    assert server.sent == [HALF, len(CONTENT) - start]


def test_a_later_call_resumes(server: Server, tmp_path: Path) -> None:
    server.behaviours[PATH] = good
    (tmp_path / "x.part").write_bytes(CONTENT[:1000])
    fetch(file(), tmp_path / "x", server.url)
    assert server.asked == [(PATH, "bytes=1000-")]
    assert server.sent == [len(CONTENT) - 1000]


def test_a_complete_part_asks_for_nothing(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(CONTENT)
    fetch(file(), tmp_path / "x", server.url)
    assert server.asked == []


@pytest.mark.parametrize("inherited", [WRONG[:1000], WRONG, CONTENT + b"more"])
def test_a_wrong_part_is_started_over(server: Server, tmp_path: Path, inherited: bytes) -> None:
    server.behaviours[PATH] = good
    (tmp_path / "x.part").write_bytes(inherited)
    assert fetch(file(), tmp_path / "x", server.url).read_bytes() == CONTENT
    assert server.asked[-1] == (PATH, None)


def test_another_source_continues_a_broken_one(server: Server, tmp_path: Path) -> None:
    server.behaviours[f"a/{PATH}"] = breaks_once
    server.behaviours["good"] = good
    described = file(Source(f"{server.url}/good"))
    fetch(described, tmp_path / "x", f"{server.url}/a", retries=0)
    path, asked = server.asked[-1]
    assert path == "good"
    assert asked is not None


def test_ranges_ignored_starts_over(server: Server, tmp_path: Path) -> None:
    server.behaviours[PATH] = lambda handler, *_: handler.answer(200, CONTENT)
    (tmp_path / "x.part").write_bytes(CONTENT[:1000])
    assert fetch(file(), tmp_path / "x", server.url).read_bytes() == CONTENT


@pytest.mark.parametrize("span", SPANS)
def test_a_range_that_does_not_fit_starts_over(server: Server, tmp_path: Path, span: str) -> None:
    def behaviour(handler: Handler, count: int, asked: str | None) -> None:
        if asked:
            handler.answer(206, CONTENT[1000:], Content_Range=span)
        else:
            handler.answer(200, CONTENT)

    server.behaviours[PATH] = behaviour
    (tmp_path / "x.part").write_bytes(CONTENT[:1000])
    assert fetch(file(), tmp_path / "x", server.url, retries=0).read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == ["bytes=1000-", None]


def test_a_server_error_passes(server: Server, tmp_path: Path) -> None:
    def behaviour(handler: Handler, count: int, asked: str | None) -> None:
        if count <= 2:
            handler.answer(500, b"sorry")
        else:
            good(handler, count, asked)

    server.behaviours[PATH] = behaviour
    assert fetch(file(), tmp_path / "x", server.url).read_bytes() == CONTENT
    assert len(server.asked) == 3


def test_a_server_error_that_stays(server: Server, tmp_path: Path) -> None:
    server.behaviours[PATH] = lambda handler, *_: handler.answer(503, b"")
    with pytest.raises(RetrievalError, match=r"HTTP 503 .*attempts: 3"):
        fetch(file(), tmp_path / "x", server.url)
    assert len(server.asked) == 3


def test_absent_is_not_asked_again(server: Server, tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match="HTTP 404"):
        fetch(file(), tmp_path / "x", server.url)
    assert len(server.asked) == 1


def test_always_truncated(server: Server, tmp_path: Path) -> None:
    def behaviour(handler: Handler, count: int, asked: str | None) -> None:
        handler.answer(200, CONTENT[:HALF], length=len(CONTENT))

    server.behaviours[PATH] = behaviour
    with pytest.raises(RetrievalError, match="attempts: 3"):
        fetch(file(), tmp_path / "x", server.url)
    assert only(tmp_path) == ["x.part"]


def test_truncated_without_a_length(server: Server, tmp_path: Path) -> None:
    def behaviour(handler: Handler, count: int, asked: str | None) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(CONTENT if count == 2 else CONTENT[:HALF])

    server.behaviours[PATH] = behaviour
    assert fetch(file(), tmp_path / "x", server.url).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_another_length_is_refused_unread(server: Server, tmp_path: Path) -> None:
    server.behaviours[PATH] = lambda handler, *_: handler.answer(200, b"<html>please log in")
    with pytest.raises(RetrievalError, match=rf"announces a file of 19 bytes, .*{len(CONTENT)}"):
        fetch(file(), tmp_path / "x", server.url)
    assert len(server.asked) == 1


def test_more_than_the_size_is_never_written(server: Server, tmp_path: Path) -> None:
    def behaviour(handler: Handler, count: int, asked: str | None) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(CONTENT + bytes(10**6))

    server.behaviours[PATH] = behaviour
    with pytest.raises(RetrievalError, match=f"more than the {len(CONTENT)} bytes"):
        fetch(file(), tmp_path / "x", server.url)
    assert only(tmp_path) == []


def test_wrong_bytes_then_the_next_source(server: Server, tmp_path: Path) -> None:
    server.behaviours[f"a/{PATH}"] = wrong
    server.behaviours[f"b/{PATH}"] = good
    fetch(file(), tmp_path / "x", f"{server.url}/a", f"{server.url}/b")
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert [asked for _, asked in server.asked] == [None, None]


def test_wrong_bytes_everywhere(server: Server, tmp_path: Path) -> None:
    server.behaviours[PATH] = wrong
    with pytest.raises(RetrievalError) as caught:
        fetch(file(Source(f"{server.url}/elsewhere")), tmp_path / "x", server.url)
    message = str(caught.value)
    assert f"{server.url}/{PATH}: found {len(WRONG)} bytes" in message
    assert hashlib.sha256(WRONG).hexdigest() in message
    assert DIGEST in message
    assert f"{server.url}/elsewhere: HTTP 404" in message
    assert only(tmp_path) == []


@pytest.mark.parametrize("sent", [0, HALF])
def test_a_stall_ends_in_the_timeout(server: Server, tmp_path: Path, sent: int) -> None:
    release = threading.Event()

    def behaviour(handler: Handler, count: int, asked: str | None) -> None:
        if sent:
            handler.answer(200, CONTENT[:sent], length=len(CONTENT))
            handler.wfile.flush()
        release.wait(10)

    server.behaviours[PATH] = behaviour
    begun = time.monotonic()
    try:
        with pytest.raises(RetrievalError, match="timed out"):
            fetch(file(), tmp_path / "x", server.url, retries=1, timeout=0.2)
        assert time.monotonic() - begun < 5
    finally:
        release.set()


def test_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as closed:
        url = closed.url
    with pytest.raises(RetrievalError, match=r"attempts: 2"):
        fetch(file(), tmp_path / "x", url, retries=1)


def test_half_written_is_never_visible(server: Server, tmp_path: Path) -> None:
    destination = tmp_path / "x"
    seen: list[bool] = []

    def behaviour(handler: Handler, count: int, asked: str | None) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        for start in range(0, len(CONTENT), 2**15):
            handler.wfile.write(CONTENT[start : start + 2**15])
            handler.wfile.flush()
            time.sleep(0.01)
            seen.append(destination.exists())

    server.behaviours[PATH] = behaviour
    fetch(file(), destination, server.url)
    assert len(seen) > 3
    assert not any(seen[:-1])
    assert destination.read_bytes() == CONTENT


def test_sent_compressed_stays_compressed(server: Server, tmp_path: Path) -> None:
    server.behaviours[PATH] = lambda handler, *_: handler.answer(
        200, CONTENT, Content_Encoding="gzip"
    )
    assert fetch(file(), tmp_path / "x", server.url).read_bytes() == CONTENT


def test_a_corrupted_folder_then_a_good_one(tmp_path: Path) -> None:
    for name, content in (("bad", WRONG), ("long", CONTENT + b"x"), ("good", CONTENT)):
        (tmp_path / name / "some").mkdir(parents=True)
        (tmp_path / name / PATH).write_bytes(content)
    mirrors = [str(tmp_path / name) for name in ("absent", "bad", "long", "good")]
    destination = tmp_path / "out" / "x"
    assert fetch(file(), destination, *mirrors).read_bytes() == CONTENT
    assert only(destination.parent) == ["x"]
    destination.unlink()
    with pytest.raises(RetrievalError) as caught:
        fetch(file(), destination, *mirrors[:3])
    message = str(caught.value)
    assert f"{tmp_path}/absent/{PATH}: no such file" in message
    assert f"{tmp_path}/bad/{PATH}: found {len(WRONG)} bytes with sha256" in message
    assert f"{tmp_path}/long/{PATH}: sends more" in message
    assert only(destination.parent) == []


def test_a_folder_mirror_spares_the_part_of_a_download(tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(CONTENT[:10])
    (tmp_path / "some").mkdir()
    (tmp_path / PATH).write_bytes(WRONG)
    with pytest.raises(RetrievalError):
        fetch(file(), tmp_path / "x", str(tmp_path))
    assert (tmp_path / "x.part").read_bytes() == CONTENT[:10]


def test_mirrors_come_first(server: Server, tmp_path: Path) -> None:
    server.behaviours["canonical"] = good
    (tmp_path / "some").mkdir()
    (tmp_path / PATH).write_bytes(CONTENT)
    fetch(file(Source(f"{server.url}/canonical")), tmp_path / "x", str(tmp_path))
    assert server.asked == []


def test_a_right_destination_is_kept_and_a_wrong_one_replaced(
    server: Server, tmp_path: Path
) -> None:
    server.behaviours[PATH] = good
    (tmp_path / "x").write_bytes(CONTENT)
    fetch(file(), tmp_path / "x")
    (tmp_path / "x").write_bytes(WRONG)
    assert fetch(file(), tmp_path / "x", server.url).read_bytes() == CONTENT
    (tmp_path / "x").write_bytes(WRONG)
    with pytest.raises(RetrievalError):
        fetch(file(), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_without_address_and_mirror_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError) as caught:
        fetch(file(), tmp_path / "x")
    message = str(caught.value)
    assert "has no public address" in message
    assert "data.mirrors" in message
    assert "VICINAL_DATA_MIRROR" in message
    assert "No mirror is set" in message


def tar_bytes(*members: tuple[str, bytes], link: str | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        if link is not None:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return buffer.getvalue()


def zip_bytes(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("pack", [tar_bytes, zip_bytes])
def test_a_member_of_an_archive(server: Server, tmp_path: Path, pack: Callable[..., bytes]) -> None:
    packed = pack(("A/other", b"1"), ("A/set.bin", CONTENT))
    server.behaviours["a"] = lambda handler, *_: handler.answer(200, packed)
    fetch(file(Source(f"{server.url}/a", "A/set.bin")), tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert only(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (zip_bytes(("A/other", b"1")), "no member A/set.bin"),
        (zip_bytes(("A/set.bin", WRONG)), "expected .* sha256"),
        (zip_bytes(("A/set.bin", CONTENT), ("../up", b"1")), "leaves the archive"),
        (tar_bytes(("A/set.bin", CONTENT), ("/up", b"1")), "leaves the archive"),
        (tar_bytes(("A/set.bin", CONTENT), link="A/link"), "link or device"),
        (tar_bytes(("A/set.bin", CONTENT))[:-5000], "broken archive"),
        (b"<html>please log in", "broken archive"),
    ],
)
def test_a_wrong_archive(server: Server, tmp_path: Path, packed: bytes, message: str) -> None:
    server.behaviours["a"] = lambda handler, *_: handler.answer(200, packed)
    with pytest.raises(RetrievalError, match=message):
        fetch(file(Source(f"{server.url}/a", "A/set.bin")), tmp_path / "x")
    assert only(tmp_path) == []


def archive_file(size: int, *sources: Source) -> RegistryFile:
    return RegistryFile("a/set.tgz", size, None, {"A/set.bin": DIGEST}, sources)


def test_a_repacked_archive_is_accepted(server: Server, tmp_path: Path) -> None:
    packed = tar_bytes(("./A/set.bin", CONTENT), ("A/readme.html", b"more"))
    server.behaviours["a"] = lambda handler, *_: handler.answer(200, packed)
    described = archive_file(len(packed) - 1000, Source(f"{server.url}/a"))
    assert fetch(described, tmp_path / "x").read_bytes() == packed


def test_a_repacked_archive_resumes(server: Server, tmp_path: Path) -> None:
    packed = tar_bytes(("A/set.bin", CONTENT))
    server.behaviours["a"] = lambda handler, _, asked: handler.answer_range(packed, asked)
    described = archive_file(len(packed), Source(f"{server.url}/a"))
    for held in (1000, len(packed)):
        (tmp_path / "x.part").write_bytes(packed[:held])
        assert fetch(described, tmp_path / "x").read_bytes() == packed
        (tmp_path / "x").unlink()
    assert server.sent == [len(packed) - 1000, 0]


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (tar_bytes(("A/set.bin", WRONG)), f"member A/set.bin has sha256 .* expected {DIGEST}"),
        (tar_bytes(("A/other.bin", CONTENT)), "no member A/set.bin"),
        (tar_bytes(("A/set.bin", CONTENT), link="B"), "link or device"),
        (bytes(3 * 10**6), "more than the"),
    ],
)
def test_an_archive_with_wrong_members(
    server: Server, tmp_path: Path, packed: bytes, message: str
) -> None:
    server.behaviours["a"] = lambda handler, *_: handler.answer(200, packed)
    with pytest.raises(RetrievalError, match=message):
        fetch(archive_file(10**6, Source(f"{server.url}/a")), tmp_path / "x")
    assert only(tmp_path) == []


def test_mirrors_in_one_text() -> None:
    assert mirrors_from_text(" /a b ;http://x:80/y;; ") == ("/a b", "http://x:80/y")
    assert mirrors_from_text("") == ()
