"""`commonweight app` listens on this machine unless told, and refuses what it cannot serve in one line."""

from __future__ import annotations

import socket

import pytest

import app.serving
from simulation.cli import exit_code


@pytest.fixture
def served(monkeypatch):
    """What the command asked the server to do, which is not started."""
    calls = []
    monkeypatch.setattr(app.serving, "serve", lambda **asked: calls.append(asked))
    return calls


def test_the_page_is_for_this_machine_unless_it_is_opened(served, tmp_path):
    assert exit_code(["app"]) == 0
    assert exit_code(["app", "--host", "0.0.0.0", "--port", "9000", "--results", str(tmp_path)]) == 0
    assert served == [
        {"host": "127.0.0.1", "port": 8765, "results": None},
        {"host": "0.0.0.0", "port": 9000, "results": tmp_path},
    ]


def test_a_port_that_is_taken_is_refused_before_anything_is_loaded(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert exit_code(["app", "--port", str(taken.getsockname()[1])]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("words", [["--port", "99999"], ["--host", "no.such.host.invalid"], ["--results", "/nowhere"]])
def test_what_cannot_be_served_is_one_line_and_code_two(words, capsys):
    assert exit_code(["app", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False)]
)
def test_only_addresses_of_this_machine_go_without_a_warning(host, here):
    assert app.serving.is_loopback(host) == here


def test_nothing_of_solara_may_ask_elsewhere(monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith("SOLARA_"):
            monkeypatch.delenv(name)
    before = dict(os.environ)
    app.serving.prepare()
    made = {name: value for name, value in os.environ.items() if before.get(name) != value}
    os.environ.clear()
    os.environ.update(before)
    assert made["SOLARA_MODE"] == "production"
    assert made["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "false"
    assert made["SOLARA_ASSETS_CDN"].startswith("http://127.0.0.1")
