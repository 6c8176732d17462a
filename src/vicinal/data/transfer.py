"""One file over HTTP: resumed, retried, and never longer than allowed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3
from tqdm import tqdm

BLOCK = 2**14  # bytes a read; at most so many are lost where a connection breaks
TRANSIENT_STATUS = (408, 425, 429)  # worth another attempt, beside every 5xx
BROKEN_CONNECTION = (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError)


class SourceRefused(Exception):
    """The source cannot deliver the file; asking it again is useless."""


class TransferBroken(Exception):
    """The transfer broke off: what has arrived stays, and another attempt may complete it."""


@dataclass(frozen=True)
class Patience:
    """How long to insist on one source.

    retries : further attempts after a broken one.        pause : seconds before the first of them,
    doubled before each later one.        timeout : seconds without an answer or a byte.
    """

    retries: int
    timeout: float
    pause: float


def download(
    url: str, part: Path, *, size: int | None, limit: int, patience: Patience, progress: bool
) -> None:
    """Fill `part` from `url`, continuing what it holds where the server answers a range request.

    size : exact number of bytes, None where unknown. A `part` of that size asks for nothing.
    limit : bytes that `part` may never exceed.
    Raises SourceRefused; an incomplete `part` then stays for another source, an overlong one does
    not.
    """
    for attempt in range(patience.retries + 1):
        try:
            return _request(url, part, size, limit, patience.timeout, progress)
        except (TransferBroken, *BROKEN_CONNECTION) as error:
            if attempt == patience.retries:
                raise SourceRefused(f"{error} (attempts: {attempt + 1})") from error
            time.sleep(patience.pause * 2**attempt)


def write_blocks(
    blocks: Iterable[bytes], part: Path, *, start: int, limit: int, total: int | None, bar: bool
) -> int:
    """Append `blocks` to the first `start` bytes of `part`; returns its new size.

    Raises SourceRefused, and deletes `part`, before a byte beyond `limit` is written.
    """
    written = start
    with (
        part.open("ab" if start else "wb") as outgoing,
        tqdm(
            desc=part.name.removesuffix(".part"),
            initial=start,
            total=total,
            unit="B",
            unit_scale=True,
            disable=not bar,
        ) as shown,
    ):
        for block in blocks:
            written += len(block)
            if written > limit:
                part.unlink()
                raise SourceRefused(f"sends more than the {limit} bytes allowed")
            outgoing.write(block)
            shown.update(len(block))
    return written


def _request(
    url: str, part: Path, size: int | None, limit: int, timeout: float, progress: bool
) -> None:
    """One request; a server that does not continue where `part` ends starts it over."""
    start = part.stat().st_size if part.exists() else 0
    if start == size:
        return
    if start >= limit:
        part.unlink()
        start = 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
        if response.headers.get("Content-Range") == f"bytes */{start}":  # nothing is missing
            return
        if start and not _continues(response, start, size):
            start = 0
            if response.status_code != 200:  # an unusable range: ask for the whole
                part.unlink()
                response.close()
                return _request(url, part, size, limit, timeout, progress)
        _check_status(response)
        total = _total(response, start, size, limit)
        # The bytes as sent: a .gz file served with `Content-Encoding: gzip` must stay one.
        blocks = response.raw.stream(BLOCK, decode_content=False)
        got = write_blocks(blocks, part, start=start, limit=limit, total=total, bar=progress)
    if total is not None and got < total:
        raise TransferBroken(f"the body ended after {got} of {total} bytes")


def _continues(response: requests.Response, start: int, size: int | None) -> bool:
    """Whether the body continues a part of `start` bytes; true for errors unrelated to ranges."""
    if response.status_code not in (200, 206, 416):
        return True
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if response.status_code != 206 or found is None or int(found[1]) != start:
        return False
    return size is None or found[2] in ("*", str(size))


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status in (200, 206):
        return
    answer = f"HTTP {status} {response.reason}"
    if status >= 500 or status in TRANSIENT_STATUS:
        raise TransferBroken(answer)
    raise SourceRefused(answer)


def _total(response: requests.Response, start: int, size: int | None, limit: int) -> int | None:
    """Size of the whole file; refuses a body announced to be of another size, unread."""
    length = response.headers.get("Content-Length", "")
    if not length.isdigit():
        return size
    announced = start + int(length)
    if size is not None and announced != size:
        raise SourceRefused(f"announces a file of {announced} bytes, expected {size}")
    if announced > limit:
        raise SourceRefused(f"announces {announced} bytes, more than the {limit} allowed")
    return announced
