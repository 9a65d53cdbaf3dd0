"""Headless Chromium for tests of pages, spoken to through its debugging pipe."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["MISSING", "Browser", "Page", "browser", "find"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = "no Chromium or Chrome is installed"
PATIENCE = 20.0
"""Seconds to wait for an answer on a busy machine; it has come within one."""
# The browser reads commands from descriptor 3 and writes answers to 4.
STARTUP = (
    "import fcntl, os, sys; "
    "a, b = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3]); "
    "os.dup2(a, 3); os.dup2(b, 4); os.execv(sys.argv[3], sys.argv[3:])"
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
VIRTUAL = {"Enter": 13, "Escape": 27, "End": 35, "Home": 36, " ": 32}
"""Numbers that the browser's own actions, such as closing a dialog, go by."""


def find() -> str | None:
    """The path of a Chromium, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """A running Chromium; every page is a tab of its own."""

    def __init__(self, program: str, profile: str) -> None:
        read, theirs_out = os.pipe()
        theirs_in, self._write = os.pipe()
        self._read = read
        arguments = [str(theirs_in), str(theirs_out), program, *FLAGS, f"--user-data-dir={profile}"]
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-c", STARTUP, *arguments],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._last = 0
        self._buffer = b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what happens meanwhile goes to ``events``."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._next(method)
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def _next(self, method: str) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            chunk = os.read(self._read, 1 << 16) if ready else b""
            if not chunk:
                raise RuntimeError(f"Chromium did not answer {method}")
            self._buffer += chunk
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(
        self,
        path: Path,
        *,
        size: tuple[int, int] = (1280, 800),
        dark: bool = False,
        scripts: bool = True,
        calm: bool = True,
        fragment: str = "",
    ) -> Page:
        """A tab with a local file, as large as ``size``; ``calm`` asks for reduced motion."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        page.call("Runtime.enable")
        page.call("Log.enable")
        page.call("Page.enable")
        page.call("Network.enable")
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if calm else "no-preference"},
        ]
        page.call("Emulation.setEmulatedMedia", features=features)
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=size[0],
            height=size[1],
            deviceScaleFactor=1,
            mobile=size[0] < 600,
        )
        if not scripts:
            page.call("Emulation.setScriptExecutionDisabled", value=True)
        page.call("Page.navigate", url=path.resolve().as_uri() + fragment)
        end = time.monotonic() + PATIENCE
        while not page.seen("Page.loadEventFired"):
            if time.monotonic() > end:
                raise RuntimeError(f"{path} did not load")
            self.call("Browser.getVersion")  # any call collects events
            time.sleep(0.01)
        return page

    def close(self) -> None:
        """End the browser, and wait until it has."""
        with contextlib.suppress(RuntimeError, OSError):
            self.call("Browser.close")
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        os.close(self._read)
        os.close(self._write)


class Page:
    """A tab."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser, self._session, self._target = browser, session, target

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command for this tab."""
        return self._browser.call(method, self._session, **params)

    def _own(self) -> Iterator[dict[str, Any]]:
        return (e for e in self._browser.events if e.get("sessionId") == self._session)

    def seen(self, method: str) -> bool:
        """Whether an event of that name has happened."""
        return any(e["method"] == method for e in self._own())

    def eval(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited if it is a promise."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.eval(script):
            if time.monotonic() > end:
                raise RuntimeError(f"still not: {script}")
            time.sleep(0.02)

    def key(self, key: str, shift: bool = False) -> None:
        """Press and release a key."""
        code = {" ": "Space"}.get(key, key if len(key) > 1 else "")
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        common: dict[str, Any] = {"key": key, "code": code, "modifiers": 8 if shift else 0}
        common["windowsVirtualKeyCode"] = VIRTUAL.get(key, 0)
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def mouse(self, kind: str, x: float, y: float, **params: Any) -> None:
        """A mouse event: ``mouseMoved``, ``mousePressed``, ``mouseReleased``, ``mouseWheel``."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **params)

    def errors(self) -> list[str]:
        """What the page complained about, and all that it asked of the network."""
        self._browser.call("Browser.getVersion")
        bad = []
        for e in self._own():
            name, p = e["method"], e["params"]
            if name == "Runtime.exceptionThrown":
                details = p["exceptionDetails"]
                bad.append(str(details.get("exception", {}).get("description", details)))
            elif name == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
                bad.append(p["entry"]["text"])
            elif name == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
                bad.append(str(p["args"]))
            elif name == "Network.requestWillBeSent":
                url = p["request"]["url"]
                if not url.startswith(("file:", "data:", "about:")):
                    bad.append(f"asked for {url}")
        return bad

    def screenshot(self, path: Path, whole: bool = False) -> None:
        """A PNG of what is seen, or of the whole page."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(data["data"]))

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium with a profile of its own, both gone at the end."""
    program = find()
    if program is None:
        raise RuntimeError(MISSING)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        running = Browser(program, profile)
        try:
            yield running
        finally:
            running.close()
