"""What is taken away is what was shown: the same numbers in every file, the same bytes every time."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from app.choices import Choice
from app.exports import ANSWER, FIGURES, data_file, figure_file, figure_names, file_name, table_names
from simulation.results.tables import RUN_TABLES, TABLES

MAGIC = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}


@pytest.mark.parametrize("kind", MAGIC)
def test_a_figure_is_a_file_of_its_kind_and_the_same_every_time(kind, snapshot):
    name = next(iter(FIGURES))
    first, second = (figure_file(name, kind, snapshot=snapshot, compared=None) for _ in range(2))
    assert first.startswith(MAGIC[kind])
    assert first == second


def test_there_is_a_figure_of_every_chart_and_every_section(snapshot):
    for name in figure_names(snapshot=snapshot, compared=None):
        assert figure_file(name, "svg", snapshot=snapshot, compared=None, before=snapshot.indicators)


@pytest.mark.parametrize("table", RUN_TABLES)
def test_csv_and_parquet_hold_the_table_of_the_run_with_all_digits(table, snapshot):
    with snapshot.reading() as economy:
        meant = getattr(economy.results(), table)
    parquet = pd.read_parquet(io.BytesIO(data_file(table, "parquet", snapshot=snapshot, compared=None)))
    csv = pd.read_csv(
        io.BytesIO(data_file(table, "csv", snapshot=snapshot, compared=None)), keep_default_na=False, na_values=[""],
        float_precision="round_trip", dtype={c.name: c.dtype for c in TABLES[table].columns if c.dtype == "str"},
    )  # fmt: skip
    pd.testing.assert_frame_equal(parquet, meant)
    for column in TABLES[table].columns:
        if column.dtype != "str":
            assert csv[column.name].equals(meant[column.name].astype(csv[column.name].dtype)), column.name


def test_where_nothing_is_simulated_nothing_is_offered():
    assert figure_names(snapshot=None, compared=None) == ()
    assert table_names(snapshot=None, compared=None) == ()
    with pytest.raises(LookupError):
        data_file("indicators", "csv", snapshot=None, compared=None)


def test_a_file_name_says_which_world_and_is_safe_on_any_disk():
    assert file_name(Choice(draw=3), "Access: Best models", "pdf") == (
        "commonweight-baseline-open-draw3-Access--Best-models.pdf"
    )
    assert "/" not in file_name(Choice(scenario="limits/bass"), "x", "csv")


def test_a_file_of_the_comparison_is_of_both_arms_and_of_no_single_draw():
    assert file_name(Choice(draw=3), ANSWER, "csv") == "commonweight-baseline-both-arms-answers.csv"
