"""A headless Chromium driven over a pipe by its DevTools protocol: no package is needed."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60.0  # seconds, on a machine that others use too
# Names of other hosts do not resolve: a page that needs the network would show.
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--remote-debugging-pipe", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
)

# First out of the way of 3 and 4: one of the two may be such a number already.
START = """
import os, sys
reads, writes = (os.dup2(int(number), 200 + place) for place, number in enumerate(sys.argv[1:3]))
os.dup2(reads, 3)
os.dup2(writes, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """A browser of its own, closed at the end of a `with` block.

    Commands and answers are JSON ended by a zero byte, on the child's descriptors 3 and 4.
    """

    def __init__(self, profile: Path) -> None:
        reads, self.to = os.pipe()
        self.source, writes = os.pipe()
        browser = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}"]
        command = [sys.executable, "-c", START, str(reads), str(writes), *browser]
        self.process = subprocess.Popen(
            command, pass_fds=(reads, writes), stderr=subprocess.DEVNULL
        )
        os.close(reads)
        os.close(writes)
        self.numbers = itertools.count(1)
        self.pending = b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *stopped_by: object) -> None:
        self.process.terminate()
        self.process.wait(20)
        os.close(self.to)
        os.close(self.source)

    def call(self, method: str, session: str = "", **params: object) -> dict[str, Any]:
        """Send a command and return its result; events that come meanwhile are kept."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.pending:
            read = os.read(self.source, 1 << 16)
            if not read:
                raise RuntimeError("the browser ended")
            self.pending += read
        line, self.pending = self.pending.split(b"\0", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def open(self, address: str) -> "Tab":
        """Return a new tab with the page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Network.enable", session)
        self.call("Page.navigate", session, url=address)
        return Tab(self, target, session)

    def requested(self) -> list[str]:
        """Return the addresses that pages asked for, so far."""
        sent = [e for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [str(event["params"]["request"]["url"]) for event in sent]


class Tab:
    """One page."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self.browser, self.target, self.session = browser, target, session

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression."""
        result = self.browser.call(
            "Runtime.evaluate", self.session, expression=script, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until the expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.run(script):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {script}\n{self.text()}")
            time.sleep(0.05)

    def text(self) -> str:
        """Return what can be read on the page, fields included."""
        fields = "[...document.querySelectorAll('textarea, input')].map((field) => field.value)"
        return str(self.run(f"document.body.innerText + ' | ' + {fields}.join(' | ')"))

    def field(self, name: str) -> str:
        """Return what stands in the field of an element, or an empty text."""
        return str(self.run(f"({self._field(name)} || {{value: ''}}).value"))

    def wait_field(self, name: str, start: str) -> None:
        """Wait until a field's text begins so."""
        value = f"({self._field(name)} || {{value: ''}}).value"
        self.wait(f"{value}.startsWith({json.dumps(start)})")

    def _field(self, name: str) -> str:
        return f"document.querySelector('#{name} textarea, #{name} input')"

    def click(self, name: str) -> None:
        """Click an element, once it is there."""
        self.wait(f"document.getElementById('{name}') !== null")
        self.run(f"document.getElementById('{name}').click()")

    def press(self, key: str) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if kind == "keyDown" else {}
            self.browser.call("Input.dispatchKeyEvent", self.session, type=kind, key=key, **text)

    def close(self) -> None:
        """Close the tab, as a person does in the middle of things."""
        self.browser.call("Target.closeTarget", targetId=self.target)
