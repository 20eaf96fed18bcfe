"""Find a Chromium for the tests of the page, or install Debian's where that can be done: `python chromium.py`.

`CHROMIUM` names one; else the first on the path counts. Installing needs root, or sudo without a password on a CI
machine, and apt-get. Where none can be had the tests of the page are skipped, and say so.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LONGEST = 240  # seconds an installation may take
HOW = "install Chromium (Debian and Ubuntu: apt install chromium), or name one: CHROMIUM=/path/to/chromium"


def find():
    """The path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for path in map(shutil.which, NAMES) if path), None)


def obtain():
    """The path of a Chromium, after an attempt to install one where there is none; None where none can be had."""
    found = find()
    if found or os.environ.get("CHROMIUM"):
        return found
    prefix = _as_root()
    if prefix is None or shutil.which("apt-get") is None:
        return None
    with open(os.path.join(tempfile.gettempdir(), "commonweight-chromium.lock"), "w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)  # several test processes ask at once
        return find() or _installed(prefix)


def _as_root():
    """What to put before a command so that root runs it; None where that cannot be."""
    if os.geteuid() == 0:
        return []
    if os.environ.get("CI") and shutil.which("sudo"):
        return ["sudo", "-n"]
    return None


def _installed(prefix):
    sys.stderr.write("Installing Chromium for the tests of the page (once)\n")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        try:
            subprocess.run(
                prefix + ["apt-get"] + command, env=environment, timeout=LONGEST, check=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            return None
    return find()


if __name__ == "__main__":
    if obtain() is None:
        sys.stderr.write("No Chromium: the tests of the page in a browser will be skipped; %s\n" % HOW)
