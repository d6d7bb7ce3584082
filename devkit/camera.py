"""Pictures of a running Odoo, taken by headless Chromium over its DevTools protocol.

Run in the virtual environment: ``python -m devkit.camera URL OUTPUT_DIR SHOTS.json``.
"""

import base64
import http.cookiejar
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import websocket

WIDTHS = {1400: 900, 390: 844}
_BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars "
    "--disable-extensions --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run --remote-debugging-address=127.0.0.1 "
    "--remote-debugging-port=0 --remote-allow-origins=*"
).split()
_PATIENCE = 40  # seconds for a page to be there
_UNHURRIED = 4  # seconds for what a click opens to have come in and faded in


class Camera:
    """One browser, for one person after the other."""

    def __init__(self, url):
        self.url = url
        self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        browser = next(filter(None, map(shutil.which, _BROWSERS)))
        self.process = subprocess.Popen(
            [browser, *_FLAGS, f"--user-data-dir={self.home.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.socket = websocket.create_connection(self._find_page(), timeout=_PATIENCE)
        self.number = 0
        self("Page.enable")

    def _find_page(self):
        port_file = Path(self.home.name) / "DevToolsActivePort"
        deadline = time.monotonic() + _PATIENCE
        while not (port_file.exists() and port_file.read_text()):
            if time.monotonic() > deadline:
                raise SystemExit("Chromium did not start.")
            time.sleep(0.1)
        port = port_file.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as page:
            targets = json.load(page)
        return next(t["webSocketDebuggerUrl"] for t in targets if t["type"] == "page")

    def __call__(self, method, **params):
        self.number += 1
        self.socket.send(
            json.dumps({"id": self.number, "method": method, "params": params})
        )
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                return answer.get("result", {})

    def become(self, login):
        """Sign in; the demo's passwords are the logins. Nobody if empty."""
        self("Network.clearBrowserCookies")
        if not login:
            return
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        with opener.open(f"{self.url}/web/login") as page:
            token = re.search(
                r'name="csrf_token" value="([^"]+)"', page.read().decode()
            )
        form = {"login": login, "password": login, "csrf_token": token.group(1)}
        opener.open(f"{self.url}/web/login", urllib.parse.urlencode(form).encode())
        for cookie in jar:
            self(
                "Network.setCookie",
                name=cookie.name,
                value=cookie.value,
                url=self.url,
            )

    def evaluate(self, expression):
        """Return the value of a JavaScript expression in the page."""
        result = self(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        return result.get("result", {}).get("value")

    def wait_for(self, selector):
        """Wait until an element is there and nothing moves any more."""
        deadline = time.monotonic() + _PATIENCE
        there = f"!!document.querySelector({json.dumps(selector)})"
        while not self.evaluate(there):
            if time.monotonic() > deadline:
                raise SystemExit(f"Nothing like {selector} appeared.")
            time.sleep(0.2)
        time.sleep(1)

    def take(self, shot, width, path):
        """Open a page at a width and keep its picture.

        :param dict shot: ``url``, ``wait`` (CSS), and as needed ``click`` (CSS
                          selectors clicked one after the other) and ``full`` (the
                          whole page)
        """
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=WIDTHS[width],
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self("Page.navigate", url=urllib.parse.urljoin(self.url, shot["url"]))
        time.sleep(0.5)
        self.wait_for(shot["wait"])
        for selector in shot.get("click", ()):
            self.wait_for(selector)
            self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
            time.sleep(_UNHURRIED)
        picture = self(
            "Page.captureScreenshot",
            format="png",
            captureBeyondViewport=bool(shot.get("full")),
        )
        path.write_bytes(base64.b64decode(picture["data"]))

    def close(self):
        """End the browser."""
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.home.cleanup()


def main(url, folder, shots):
    """Take every picture at every width."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    camera = Camera(url)
    try:
        for shot in json.loads(Path(shots).read_text()):
            camera.become(shot.get("login"))
            for width in WIDTHS:
                camera.take(shot, width, folder / f"{shot['name']}-{width}.png")
                print(f"  {shot['name']} at {width}", flush=True)
    finally:
        camera.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
