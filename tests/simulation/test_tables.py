"""Result tables refuse what their schema does not say."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.results.indicator_table import INDICATORS
from simulation.results.schema import TableBuilder, TableError, checked, empty_in_all
from simulation.results.tables import FLOWS, MARKET, TABLES, data_dictionary

REQUIRED = {column.name: 1.0 for column in INDICATORS.own_columns if column.required}


def indicators() -> TableBuilder:
    return TableBuilder(INDICATORS, scenario="baseline", calibration="lean", arm="open", draw=3)


def flows() -> TableBuilder:
    return TableBuilder(FLOWS, scenario="baseline", calibration="lean", arm="open", draw=3)


def test_a_month_carries_the_keys_of_its_run():
    builder = indicators()
    builder.append(0, **REQUIRED)
    builder.append(1, **REQUIRED)
    frame = builder.frame()
    assert list(frame.columns[:5]) == ["scenario", "calibration", "arm", "draw", "month"]
    assert frame["month"].tolist() == [0, 1]
    assert frame["month"].dtype == np.int16
    assert frame["draw"].dtype == np.int32
    assert set(frame["arm"]) == {"open"}


def test_a_column_without_a_mechanism_is_nan_and_named():
    builder = indicators()
    builder.append(0, **REQUIRED, load=0.5)
    assert builder.frame()["control_cloud"].isna().all()
    assert "control_cloud" in builder.not_modelled
    assert "load" not in builder.not_modelled


def test_a_column_that_never_has_a_value_is_named_and_one_that_once_had_is_not():
    builder = indicators()
    builder.append(0, **REQUIRED, load=np.nan, api_hhi=np.nan)
    assert {"load", "api_hhi"} <= set(builder.not_modelled)
    builder.append(1, **REQUIRED, load=0.5, api_hhi=np.nan)
    assert "load" not in builder.not_modelled and "api_hhi" in builder.not_modelled


def test_what_is_empty_in_some_world_only_is_not_empty_in_all():
    assert empty_in_all([("b", "a", "c"), ("a", "b")]) == ("b", "a")
    assert empty_in_all([("a",), ()]) == empty_in_all([]) == ()


def test_a_month_without_the_column_is_nan_in_that_month_only():
    builder = indicators()
    builder.append(0, **REQUIRED)
    builder.append(1, **REQUIRED, load=0.5)
    assert builder.frame()["load"].isna().tolist() == [True, False]


def test_the_answer_never_rests_on_a_missing_number():
    builder = indicators()
    with pytest.raises(TableError, match="profit_lab"):
        builder.append(0, **{name: value for name, value in REQUIRED.items() if name != "profit_lab"})
    builder.append(0, **{**REQUIRED, "welfare": np.nan})
    with pytest.raises(TableError, match=r"welfare.*rests on this column"):
        builder.frame()


def test_an_infinite_price_is_refused():
    builder = indicators()
    builder.append(0, **REQUIRED, price_closed=np.inf)
    with pytest.raises(TableError, match=r"price_closed: infinite in row 0"):
        builder.frame()


def test_a_misspelt_column_gets_the_nearest_name():
    with pytest.raises(TableError, match="did you mean `price_closed`"):
        indicators().append(0, **REQUIRED, price_closd=1.0)


def test_money_booked_is_whole_cents():
    with pytest.raises(TableError, match=r"flows.cents: float64 where int64"):
        flows().append(0, flow="wages", payer="lab_1", payee="households", cents=1.5, cash=True, organic=True)


def test_one_value_holds_for_every_row_of_a_month():
    builder = flows()
    builder.append(
        0,
        flow=["wages", "api_fee"],
        payer="lab_1",
        payee=["workers", "cloud_1"],
        cents=[1, 2],
        cash=True,
        organic=True,
    )
    frame = builder.frame()
    assert frame["payer"].tolist() == ["lab_1", "lab_1"]
    assert frame["cents"].dtype == np.int64
    assert frame["cash"].dtype == np.bool_


def test_a_month_without_rows_adds_none():
    builder = flows()
    none = np.zeros(0, dtype=np.int64)
    builder.append(0, flow=[], payer=[], payee=[], cents=none, cash=none.astype(bool), organic=none.astype(bool))
    assert len(builder.frame()) == 0


def test_columns_of_one_month_have_one_length():
    with pytest.raises(TableError, match="differ in length"):
        flows().append(0, flow=["a", "b"], payer=["x", "y", "z"], payee="w", cents=1, cash=True, organic=True)


def test_what_is_appended_may_change_afterwards_without_harm():
    builder, price = indicators(), np.array([2.0])
    builder.append(0, **REQUIRED, price_closed=price)
    price[0] = -1.0
    assert builder.frame()["price_closed"].tolist() == [2.0]


def test_a_frame_of_another_shape_is_refused():
    builder = indicators()
    builder.append(0, **REQUIRED)
    frame = builder.frame()
    with pytest.raises(TableError, match="`load` is missing"):
        checked(INDICATORS, frame.drop(columns="load"))
    with pytest.raises(TableError, match="no column `sauce`"):
        checked(INDICATORS, frame.assign(sauce=1.0))
    with pytest.raises(TableError, match=r"draw: int64"):
        checked(INDICATORS, frame.assign(draw=frame["draw"].astype("int64")))


def test_every_column_has_a_meaning_and_money_its_unit():
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names))
        for column in table.columns:
            assert column.meaning
            if column.name.endswith("_cents"):
                assert (column.dtype, column.unit) == ("int64", "cents")


def test_the_data_dictionary_lists_every_column():
    text = data_dictionary()
    assert text.count("|`") == sum(len(table.columns) for table in TABLES.values())
    assert "`quantity_served`" in text and MARKET.row[1:] in text
