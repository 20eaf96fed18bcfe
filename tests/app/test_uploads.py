"""What a user sends is of limited size and never chooses a place on the server's disk."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from app.sweep_view import browse, folders_in, outcomes_of, paths_option
from app.uploads import Refused, read_upload, scenario_text, unpack_results
from scenarios import read_scenario
from simulation import compare, simulate


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder with the results of two small pairs."""
    folder = tmp_path_factory.mktemp("results") / "answer"
    small = read_scenario("baseline", overrides={"companies.count": 200, "horizon.months": 4})
    compare(small, pairs=2, workers=1, out=folder)
    return folder


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def files_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {f"{folder.name}/{path.relative_to(folder)}": path.read_bytes() for path in files}


def upload(content: bytes, *, claims: int | None = None) -> dict:
    return {"name": "x", "size": len(content) if claims is None else claims, "file_obj": io.BytesIO(content)}


def test_a_zipped_results_folder_is_browsed_like_the_folder_itself(results, tmp_path):
    folder = unpack_results(zipped(files_of(results)), tmp_path)
    assert outcomes_of(folder) == outcomes_of(results)
    sent, found = browse(folder, "access_small"), browse(results, "access_small")
    assert sent.means.equals(found.means)
    assert [series["name"] for series in paths_option(found)["series"]] == ["baseline, closed", "baseline, open"]


def test_the_path_of_a_group_is_the_mean_of_its_runs(results):
    scenario = read_scenario("baseline", overrides={"companies.count": 200, "horizon.months": 4})
    worlds = [simulate(scenario, draw=draw, arm="closed").indicators["access_mean"] for draw in (1, 2)]
    paths = browse(results, "access_mean").paths
    closed = paths.loc[paths["arm"] == "closed", "value"]
    assert closed.tolist() == pytest.approx(((worlds[0] + worlds[1]) / 2).tolist())


def test_names_that_lead_out_of_the_folder_are_passed_over(results, tmp_path):
    evil = {"../evil.txt": b"x", "/etc/evil": b"x", "answer/../../indicators/evil.parquet": b"x", "answer/run.py": b"x",
            "answer/indicators/../../evil.parquet": b"x"}  # fmt: skip
    inner = tmp_path / "inner"
    inner.mkdir()
    unpack_results(zipped(files_of(results) | evil), inner)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inner"]
    assert not [path for path in inner.rglob("*") if path.is_file() and path.suffix not in (".parquet", ".json")]


@pytest.mark.parametrize("content", [b"", b"PK nonsense", zipped({"a.txt": b"x"})])
def test_what_is_no_results_folder_is_refused_in_words(content, tmp_path):
    with pytest.raises(Refused):
        unpack_results(content, tmp_path)


def test_a_zip_that_unpacks_too_large_is_refused(results, tmp_path, monkeypatch):
    monkeypatch.setattr("app.uploads.LARGEST_RESULTS", 10_000)
    with pytest.raises(Refused, match="larger than"):
        unpack_results(zipped(files_of(results) | {"answer/indicators/big.parquet": b"0" * 50_000}), tmp_path)


def test_a_file_larger_than_allowed_is_refused_whatever_size_it_claims():
    with pytest.raises(Refused):
        read_upload(upload(b"x" * 2_000), largest=1_000)
    with pytest.raises(Refused):
        read_upload(upload(b"x" * 2_000, claims=10), largest=1_000)
    assert read_upload(upload(b"x" * 10), largest=1_000) == b"x" * 10


def test_a_scenario_that_is_no_text_is_refused():
    with pytest.raises(Refused, match="UTF-8"):
        scenario_text(upload(b"\xff\xfe\x00"))


def test_only_finished_folders_are_offered(results, tmp_path):
    assert folders_in(results.parent) == [results.name]
    assert folders_in(tmp_path / "nowhere") == []
    assert folders_in(None) == []
