"""Write the locks anew from pyproject.toml: exact versions with hashes, and no address of any index.

`run.txt` is what running needs, `app.txt` adds what the page in the browser needs, `paper.txt` what the paper needs,
and `full.txt` what testing needs besides, at the same versions. Needs uv on the path.
"""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
OPTIONS = (
    "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet",
)
ADDRESS = re.compile(r"://|--index|--find-links|--extra-index")


def lock(name: str, extras: tuple[str, ...], constraints: tuple[str, ...] = ()) -> None:
    """Resolve the named extras into `name`.txt; raises `SystemExit` where the result holds an address."""
    command = ["uv", "pip", "compile", "pyproject.toml", *OPTIONS, "-o", f"requirements/{name}.txt"]
    command += [f"--extra={extra}" for extra in extras] + [f"-c={file}" for file in constraints]
    subprocess.run(command, check=True, cwd=FOLDER.parent, stdout=subprocess.DEVNULL)
    found = ADDRESS.search((FOLDER / f"{name}.txt").read_text())
    if found:
        raise SystemExit(f"requirements/{name}.txt holds an address ({found.group()}); write it without")


def main() -> None:
    """Write every lock, each at the versions of those before it."""
    lock("run", extras=("build",))
    lock("app", extras=("build", "app"), constraints=("requirements/run.txt",))
    lock("paper", extras=("build", "paper"), constraints=("requirements/run.txt",))
    every = ("build", "dev", "analysis", "app", "cluster", "docs", "paper")
    lock("full", extras=every, constraints=("requirements/app.txt", "requirements/paper.txt"))


if __name__ == "__main__":
    sys.exit(main())
