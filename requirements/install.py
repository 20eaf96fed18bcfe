"""Make `.venv` hold exactly what a lock names, and this project: `python install.py run|app|paper|full [--chosen]`.

Called by the Makefile with any interpreter, so it is written for very old ones too and needs only the standard
library. A stamp in `.venv` remembers the lock, the checkout and the interpreter; nothing happens while they are
unchanged. A lock on a file lets two commands start together.
"""

import hashlib
import json
import os
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "commonweight.json")
HELD_BY = {  # locks that hold all of another
    "run": ("run", "app", "paper", "full"),
    "app": ("app", "full"),
    "paper": ("paper", "full"),
    "full": ("full",),
}


def refuse(message):
    """End with one clear line."""
    sys.stderr.write(message + "\n")
    sys.exit(1)


def fingerprint(lock):
    """What decides whether a set-up is still good: the lock's text, the project's own declaration and its place."""
    text = hashlib.sha256()
    for name in (os.path.join("requirements", lock + ".txt"), "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            text.update(file.read())
    text.update(ROOT.encode())
    return text.hexdigest()


def stamp():
    """What the last finished set-up wrote; empty where there was none."""
    try:
        with open(STAMP) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def ready(lock, chosen):
    """Whether `.venv` holds the lock already, perhaps as part of a larger one, for the chosen interpreter."""
    found = stamp()
    if not os.path.exists(os.path.join(VENV, "bin", "python")):
        return False
    if chosen and found.get("python") != list(sys.version_info[:2]):
        return False
    return any(found.get(name) == fingerprint(name) for name in HELD_BY[lock])


def fresh_environment():
    """Create `.venv`, or clear one that was left half made."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        refuse(
            "%s has no venv module: install it (Debian and Ubuntu: apt install python3-venv), "
            "or name another interpreter: make PYTHON=python3.12" % sys.executable
        )
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        refuse("could not create %s with %s: see the message above" % (VENV, sys.executable))


def usable(chosen):
    """Whether `.venv` has a working interpreter with pip, of the version chosen, that belongs to this place."""
    python = os.path.join(VENV, "bin", "python")
    if not os.path.exists(python) or stamp().get("root", ROOT) != ROOT:
        return False
    probe = "import pip, sys; print(list(sys.version_info[:2]))"
    try:
        version = json.loads(subprocess.check_output([python, "-c", probe], stderr=subprocess.DEVNULL))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False
    return tuple(version) >= OLDEST and (not chosen or version == list(sys.version_info[:2]))


def install(lock):
    """Install the lock with its hashes, then this project in place (an editable project cannot be hash-checked)."""
    python = os.path.join(VENV, "bin", "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    steps = (
        pip + ["--require-hashes", "-r", os.path.join(ROOT, "requirements", lock + ".txt")],
        pip + ["--no-deps", "--no-build-isolation", "-e", ROOT],
    )
    for step in steps:
        if subprocess.call(step, stdout=sys.stderr) != 0:
            refuse("could not install requirements/%s.txt: see the message above, then run the command again" % lock)


def set_up(lock, chosen):
    """Bring `.venv` to the lock and stamp it; the stamp is written last, under a temporary name."""
    sys.stderr.write("Setting up .venv from requirements/%s.txt (once; a minute or two)\n" % lock)
    if not usable(chosen):
        fresh_environment()
    if os.path.exists(STAMP):
        os.remove(STAMP)
    install(lock)
    version = subprocess.check_output(
        [os.path.join(VENV, "bin", "python"), "-c", "import sys; print(list(sys.version_info[:2]))"]
    )
    with open(STAMP + ".part", "w") as file:
        json.dump({lock: fingerprint(lock), "root": ROOT, "python": json.loads(version)}, file)
    os.rename(STAMP + ".part", STAMP)


def main():
    """Do nothing where all is ready; else check the interpreter and do everything."""
    lock, chosen = sys.argv[1], "--chosen" in sys.argv
    if ready(lock, chosen):
        return
    if sys.version_info[:2] < OLDEST:
        refuse(
            "Python %d.%d is too old: commonweight needs 3.11 or newer; name another: make PYTHON=python3.12"
            % sys.version_info[:2]
        )
    import fcntl

    with open(os.path.join(ROOT, ".venv.lock"), "w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        if not ready(lock, chosen):
            set_up(lock, chosen)


if __name__ == "__main__":
    main()
