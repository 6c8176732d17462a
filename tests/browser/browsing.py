"""Pages in headless Chromium, opened from disk, and what they ask for, log and show.

The browser is driven over a pipe by its DevTools protocol: messages of JSON, each ended by a zero.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --window-size=1500,900 "
    "--remote-debugging-pipe"
)
PATIENCE = 240  # seconds for one answer, on a machine that is busy otherwise


@dataclass
class Visit:
    """What came of a page.

    answers : what the reader's steps said.    requests : all but the page itself and its own data.
    errors : uncaught ones, rejected promises, and what was logged as an error.
    logged : everything else that was written to the console.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)


def visit(page: Path, steps: str, folder: Path) -> Visit:
    """Open a page and do what a reader would.

    steps : JavaScript that fills `said`; `await drawn()` lets the page draw what it has to.
    folder : where the browser may keep what it likes.
    """
    with _Browser(folder / "profile") as browser:
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.ask("Target.attachToTarget", targetId=target, flatten=True)
        browser.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.ask(f"{domain}.enable")
        browser.ask("Page.navigate", url=page.as_uri())
        browser.wait_for("Page.loadEventFired")
        reader = (
            "(async () => { const said = {};"
            "const drawn = () => new Promise((done) => setTimeout(done, 5));"
            f"{steps}\n; return JSON.stringify(said); }})()"
        )
        done = browser.ask(
            "Runtime.evaluate", expression=reader, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        found = _seen(browser.events, page)
        found.answers = json.loads(done["result"]["value"])
    return found


def _seen(events: list[dict[str, Any]], page: Path) -> Visit:
    found = Visit()
    for event in events:
        name, about = event["method"], event["params"]
        if name == "Network.requestWillBeSent":
            url = about["request"]["url"]
            if url != page.as_uri() and not url.startswith("data:"):
                found.requests.append(url)
        elif name == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            exception = details.get("exception", {})
            found.errors.append(str(exception.get("description", exception.get("value", details))))
        elif name == "Runtime.consoleAPICalled":
            words = " ".join(str(a.get("value", a.get("description"))) for a in about["args"])
            (found.errors if about["type"] in ("error", "assert") else found.logged).append(words)
        elif name == "Log.entryAdded":
            entry = about["entry"]
            (found.errors if entry["level"] == "error" else found.logged).append(entry["text"])
    return found


class _Browser:
    """A browser, and the messages to and from it."""

    def __init__(self, profile: Path) -> None:
        self.session = ""
        self.events: list[dict[str, Any]] = []
        self._number = 0
        self._unread = b""
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # It reads from descriptor 3 and writes to 4, whatever numbers ours have.
        command = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                command,
                "-",
                str(BROWSER),
                *OPTIONS.split(),
                f"--user-data-dir={profile}",
            ],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)

    def __enter__(self) -> _Browser:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command; what happens meanwhile is kept in `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result

    def wait_for(self, event: str) -> None:
        """Return once it has happened."""
        while not any(known["method"] == event for known in self.events):
            self._next()

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._in], [], [], max(0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            content = os.read(self._in, 1 << 20)
            assert content, "the browser has ended"
            self._unread += content
        content, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(content)
        if "method" in message:
            self.events.append(message)
        return message
