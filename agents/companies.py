"""The adopting companies: one Mesa agent that owns a column per attribute, row i the same company for ever.

`Companies` holds columns and an index and nothing else. Who writes a column is stated beside it, and `commit` refuses
any other writer; equations live in agents/choice.py, agents/peopling.py and simulation/month/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

FOUNDING = "founding"


@dataclass(frozen=True)
class ColumnSpec:
    """Declaration of one column: element type, what it counts, who may write it after founding."""

    per: str  # company | workload
    dtype: str
    unit: str
    meaning: str
    writer: str


COLUMNS: dict[str, ColumnSpec] = {
    "weight": ColumnSpec("company", "float64", "firms", "real firms the row stands for", FOUNDING),
    "employees": ColumnSpec("company", "int32", "employees", "employment", FOUNDING),
    "size_class": ColumnSpec("company", "uint8", "code", "0 small, 1 medium, 2 large", FOUNDING),
    "segment": ColumnSpec("company", "uint8", "code", "0 enterprise, 1 developer", FOUNDING),
    "sector": ColumnSpec("company", "uint8", "code", "sector of activity; the last is research", FOUNDING),
    "jurisdiction": ColumnSpec("company", "uint8", "code", "bloc of the company", FOUNDING),
    "regulated": ColumnSpec("company", "bool", "flag", "data under sector regulation", FOUNDING),
    "no_need": ColumnSpec("company", "bool", "flag", "never has a use for AI", FOUNDING),
    "sensitive": ColumnSpec("company", "bool", "flag", "data mostly sensitive", FOUNDING),
    "volume": ColumnSpec("company", "float64", "tokens/month", "reference volume of all its slots at G = 1", FOUNDING),
    "legacy_bill": ColumnSpec(
        "company", "float64", "share", "ordinary cloud bill over that of all companies, if all had one", FOUNDING
    ),
    "tenancy": ColumnSpec("company", "int16", "seller", "cloud of its ordinary business, -1 on premises", "choice"),
    "opening_deposits": ColumnSpec("company", "int64", "cents", "deposits kept before profit is paid out", FOUNDING),
    "ready": ColumnSpec("company", "bool", "flag", "ready to review AI at all", "readiness"),
    "aware_open": ColumnSpec("company", "bool", "flag", "has heard of hosted and self-run open models", "readiness"),
    "known": ColumnSpec("company", "uint64", "bits", "sellers the company knows", "readiness"),
    "accounts": ColumnSpec("company", "uint64", "bits", "sellers with which an account is open", "choice"),
    "adopted": ColumnSpec("company", "bool", "flag", "has paid for its first use", "choice"),
    "belief_mean": ColumnSpec("company", "float64", "ln ratio", "total over visible cost believed", "beliefs"),
    "belief_variance": ColumnSpec("company", "float64", "1", "variance of that belief", "beliefs"),
    "stigma": ColumnSpec("company", "float64", "share", "friction of self-running after giving up", "beliefs"),
    "deposits": ColumnSpec("company", "int64", "cents", "bank deposits of the row", "settlement"),
    "first_slot": ColumnSpec("company+1", "int64", "slot", "first workload slot of each company", FOUNDING),
    "company": ColumnSpec("workload", "int32", "row", "company that owns the slot", FOUNDING),
    "share": ColumnSpec("workload", "float64", "share", "slot's share of its company's volume", FOUNDING),
    "slot_volume": ColumnSpec("workload", "float64", "tokens/month", "reference volume at G = 1", FOUNDING),
    "generation": ColumnSpec("workload", "int16", "count", "which workload of the slot this is", "births"),
    "live": ColumnSpec("workload", "bool", "flag", "the workload exists", "births"),
    "birth_wait": ColumnSpec("workload", "float64", "1", "birth hazard a free slot still waits for", "births"),
    "retires": ColumnSpec("workload", "float64", "month", "month at which the workload ends", "births"),
    "value": ColumnSpec("workload", "float64", "USD/Mtok", "gross value at full adequacy", "births"),
    "sensitivity": ColumnSpec("workload", "float64", "0..1", "sensitivity of its data", "births"),
    "need_offset": ColumnSpec("workload", "float64", "points", "need above the trend", "births"),
    "need_birth": ColumnSpec("workload", "float64", "points", "trend of needs at its birth", "births"),
    "sla": ColumnSpec("workload", "uint8", "code", "0 internal, 1 customer, 2 core", "births"),
    "reference_price": ColumnSpec("workload", "float64", "USD/Mtok", "closed price at its birth", "births"),
    "held": ColumnSpec("workload", "int16", "offer", "offer in use, -1 none", "choice"),
    "held_quality": ColumnSpec("workload", "float64", "points", "quality of the version in use", "choice"),
    "accepted_bill": ColumnSpec("workload", "float64", "USD/month", "bill accepted at the last review", "choice"),
    "accepted_price": ColumnSpec("workload", "float64", "USD", "price of the offer at the last review", "choice"),
    "accepted_best": ColumnSpec("workload", "float64", "points", "best of the route at the last review", "choice"),
    "taste": ColumnSpec("workload", "float64", "sigma", "taste for the offer in use less that for none", "choice"),
    "tenure": ColumnSpec("workload", "int16", "months", "months on the offer in use", "choice"),
    "taste_month": ColumnSpec("workload", "int16", "month", "month of the last refresh of tastes", "choice"),
    "reviewed": ColumnSpec("workload", "int16", "month", "month of the last review", "choice"),
    "waiting": ColumnSpec("workload", "bool", "flag", "its review waits for an integrator", "choice"),
    "called_in": ColumnSpec("workload", "bool", "flag", "must run under the second bloc's jurisdiction", "law"),
    "data_tb": ColumnSpec("workload", "float64", "TB", "data kept at the provider", FOUNDING),
    "project": ColumnSpec("workload", "uint8", "code", "how far self-running has come (agents.beliefs)", "beliefs"),
    "project_since": ColumnSpec("workload", "int16", "month", "month in which that stage began", "beliefs"),
    "project_offer": ColumnSpec("workload", "int16", "offer", "offer tried in a pilot, -1 none", "beliefs"),
    "project_plan": ColumnSpec("workload", "float64", "ln ratio", "belief with which production began", "beliefs"),
    "payable": ColumnSpec("workload", "int64", "cents", "bills accrued and not yet paid", "settlement"),
}


class WriterError(RuntimeError):
    """A phase wrote a column that belongs to another."""


class Companies(mesa.Agent):  # type: ignore[misc]
    """Columns of the adopting population; `companies.weight` and so on are arrays, declared in COLUMNS."""

    def __init__(self, model: mesa.Model, columns: dict[str, np.ndarray[Any, Any]]) -> None:
        super().__init__(model)
        missing = set(COLUMNS) - set(columns)
        if missing:
            raise WriterError(f"founding left columns empty: {', '.join(sorted(missing))}")
        for name, spec in COLUMNS.items():
            setattr(self, name, np.ascontiguousarray(columns[name], dtype=spec.dtype))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> np.ndarray[Any, Any]: ...

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.weight)

    @property
    def slots(self) -> int:
        """Number of workload slots."""
        return len(self.company)

    def commit(self, writer: str, *, rows: np.ndarray[Any, Any] | None = None, **columns: Any) -> None:
        """Replace columns by new values, or only their entries `rows`; refuses a phase that is not their writer."""
        for name, values in columns.items():
            spec = COLUMNS[name]
            if spec.writer != writer:
                raise WriterError(f"column {name} is written by {spec.writer}, not by {writer}")
            if rows is None:
                setattr(self, name, np.ascontiguousarray(values, dtype=spec.dtype))
            else:
                getattr(self, name)[rows] = values

    def sum_by_company(self, per_slot: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Sum of a workload column over the slots of each company; exact for integers."""
        return np.add.reduceat(per_slot, self.first_slot[:-1])
