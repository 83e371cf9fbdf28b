"""A headless Chromium that a test drives over a pipe: no network, no libraries.

The DevTools protocol: JSON messages that end with a zero byte, to the browser on its file
descriptor 3 and from it on 4.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find():
    """The path of a browser, or None."""
    for name in (os.environ.get("UNPARK_CHROMIUM", ""),) + NAMES:
        path = shutil.which(name) if name else None
        if path:
            return path
    return None


class Failed(Exception):
    """What the page or the browser did wrong."""


class Browser:
    def __init__(self, path):
        self.profile = tempfile.mkdtemp(prefix="unpark-page-")
        to_read, self.to = os.pipe()
        self.back, back_write = os.pipe()
        # Both ends move out of the way of 3 and 4 before they are put there.
        to_read, back_write = self._high(to_read), self._high(back_write)

        def prepare():
            os.dup2(to_read, 3)
            os.dup2(back_write, 4)

        arguments = [path, "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                     "--no-first-run", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--disable-background-networking", "--disable-component-update", "--mute-audio",
                     "--user-data-dir=" + self.profile, "about:blank"]
        self.process = subprocess.Popen(arguments, preexec_fn=prepare, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(back_write)
        self.buffer = b""
        self.number = 0
        self.events = []

    @staticmethod
    def _high(descriptor):
        import fcntl
        high = fcntl.fcntl(descriptor, fcntl.F_DUPFD, 20)
        os.close(descriptor)
        return high

    def close(self):
        try:
            self.send("Browser.close")
            self.process.wait(10)
        except (Failed, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.profile, ignore_errors=True)

    def send(self, method, session=None, **parameters):
        """Calls a method and returns its result. Events that come meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        while True:
            answer = self._next(60)
            if answer is None:
                raise Failed("the browser did not answer " + method)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Failed(method + ": " + answer["error"]["message"])
                return answer["result"]
            self.events.append(answer)

    def _next(self, seconds):
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                return None
            data = os.read(self.back, 1 << 16)
            if not data:
                raise Failed("the browser ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def wait_event(self, method, session, seconds=30):
        end = time.monotonic() + seconds
        while True:
            for i, event in enumerate(self.events):
                if event.get("method") == method and event.get("sessionId") == session:
                    return self.events.pop(i)
            event = self._next(end - time.monotonic())
            if event is None:
                raise Failed(f"no {method} within {seconds} s")
            self.events.append(event)


class Tab:
    """One page, with what it logged and what it asked the network for."""

    def __init__(self, browser, width=1280, height=860, dark=False):
        self.browser = browser
        target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(domain + ".enable")
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.media(dark)

    def send(self, method, **parameters):
        return self.browser.send(method, self.session, **parameters)

    def media(self, dark, kind=""):
        self.send("Emulation.setEmulatedMedia", media=kind, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, url):
        """Loads a page and returns how many seconds that took."""
        begin = time.monotonic()
        self.send("Page.navigate", url=url)
        self.browser.wait_event("Page.loadEventFired", self.session, 60)
        self.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.monotonic() - begin

    def eval(self, code):
        answer = self.send("Runtime.evaluate", expression=code, awaitPromise=True,
                           returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failed(code + ": " + details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def key(self, key, text=None):
        names = {"Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""), "ArrowDown": ("ArrowDown", 40, ""),
                 "ArrowUp": ("ArrowUp", 38, ""), "ArrowLeft": ("ArrowLeft", 37, ""),
                 "ArrowRight": ("ArrowRight", 39, ""), "Tab": ("Tab", 9, "")}
        code, number, produced = names.get(key, ("", ord(key.upper()[0]), key))
        self.send("Input.dispatchKeyEvent", type="keyDown" if produced else "rawKeyDown", key=key,
                  code=code, windowsVirtualKeyCode=number, text=produced)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, code=code,
                  windowsVirtualKeyCode=number)

    def type(self, words):
        self.send("Input.insertText", text=words)

    def mouse(self, kind, x, y, **more):
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, selector):
        x, y = self.center(selector)
        self.click_at(x, y)

    def click_at(self, x, y):
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def center(self, selector):
        at = self.eval("""(() => {
          const element = document.querySelector(%s);
          if (!element) return null;
          element.scrollIntoView({block: 'center'});
          const box = element.getBoundingClientRect();
          return box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
        })()""" % json.dumps(selector))
        if at is None:
            raise Failed("nothing to click at " + selector)
        return at

    def picture(self, path):
        data = base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])
        with open(path, "wb") as out:
            out.write(data)

    def pdf(self):
        return base64.b64decode(self.send("Page.printToPDF", printBackground=True)["data"])

    def complaints(self):
        """What the console, the log or an exception said, and requests to anything but files."""
        self.eval("0")
        out = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            method, what = event["method"], event.get("params", {})
            if method == "Runtime.exceptionThrown":
                details = what["exceptionDetails"]
                out.append("exception: " + details.get("exception", {}).get("description", details["text"]))
            elif method == "Runtime.consoleAPICalled":
                out.append("console: " + json.dumps(what["args"]))
            elif method == "Log.entryAdded":
                out.append("log: " + what["entry"]["text"])
            elif method == "Network.requestWillBeSent":
                url = what["request"]["url"]
                if url != self.allowed.split("#")[0]:
                    out.append("request: " + url)
        return out

    allowed = ""

    def close(self):
        self.browser.send("Target.closeTarget", targetId=self.target)
