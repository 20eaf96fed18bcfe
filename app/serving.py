"""The server behind the page: Solara on uvicorn, with everything the page needs at hand and no request to anywhere."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.choices import Choice

HERE = Path(__file__).parent
GONE_AFTER = "5m"  # a page that lost its connection for so long is gone, and its world with it
NOWHERE = "http://127.0.0.1:9/"  # instead of a network of files: what is not installed is not fetched
MOST_PAGES = 200  # kernels of one browser


@dataclass
class Results:
    """Where finished results folders are looked for; nowhere unless the server is told."""

    folder: Path | None = None


RESULTS = Results()


class PortTaken(Exception):
    """Nothing can listen at the address; the message is one line."""


def prepare() -> None:
    """Settings of Solara, to be made before it is imported: no outside request, no watching of files, our looks."""
    os.environ |= {
        "SOLARA_APP": "app.site",
        "SOLARA_MODE": "production",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
        "SOLARA_ASSETS_CDN": NOWHERE,
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
        "SOLARA_ASSETS_EXTRA_LOCATIONS": str(HERE / "assets"),
        "SOLARA_KERNEL_CULL_TIMEOUT": GONE_AFTER,
        "SOLARA_KERNEL_MAX_PER_SESSION": str(MOST_PAGES),
        "SOLARA_THEME_VARIANT": "light",
        "SOLARA_THEME_SHOW_BANNER": "false",
        "SOLARA_THEME_TITLE": "Commonweight",
        "SOLARA_SESSION_HTTP_ONLY": "true",
    }


def serve(*, host: str, port: int, results: Path | None = None, opening: Choice | None = None) -> None:
    """Serve the page until interrupted; raises `PortTaken` where the address is not to be had.

    `results` is a folder whose results folders every user of the page may read, `opening` the world a page opens with.
    """
    RESULTS.folder = None if results is None else results.resolve()
    listener = _listen(host, port)
    prepare()
    import uvicorn
    from solara.server.starlette import app

    from app.controls import scenario_names
    from app.opening import OPENING

    scenario_names()
    OPENING.choice = opening or OPENING.choice
    address = f"http://{'localhost' if is_loopback(host) else host}:{listener.getsockname()[1]}"
    threading.Thread(target=OPENING.prepare, name="opening", daemon=True).start()
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=3)
    if not is_loopback(host):
        sys.stderr.write(
            f"Warning: anybody who can reach {host} can use this page and the processors behind it, without a password "
            "or encryption. Keep it to networks you trust.\n"
        )
    print(f"Commonweight is at {address} (Ctrl-C ends it)", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """A socket at the address, taken before anything heavy is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as reason:
        listener.close()
        raise PortTaken(f"--port: {host}:{port} is not to be had ({reason.strerror}); name another port") from reason
    return listener


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
