"""Small and crowded worlds for tests: reports of every precision, at places that are edges of maps, too."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import strategies as st

from groundtruce.model.table import REPORTS

__all__ = ["ROW", "report_id", "table"]

_START = datetime(2016, 3, 1, tzinfo=UTC)
_LENGTHS_MIN = {"minute": 1, "hour": 60, "day": 1_440, "week": 10_080, "month": 43_200}
_PLACES = [
    (36.2, 37.1),
    (36.21, 37.1),
    (36.25, 37.2),
    (36.6, 37.0),
    (89.99, 10.0),
    (89.98, -170.0),
    (-89.97, 95.0),
    (0.5, 179.99),
    (0.5, -179.99),
    (0.52, 179.8),
]

ROW = st.fixed_dictionaries(
    {
        "source": st.sampled_from("ABCDE"),
        "hour": st.integers(-30, 100),
        "precision": st.sampled_from([*_LENGTHS_MIN, "open", "hour", "day"]),
        "place": st.sampled_from([None, *range(len(_PLACES)), *[0, 1, 2] * 4]),
        "location_radius_m": st.sampled_from([50.0, 500.0, 5_000.0, 25_000.0, 80_000.0, 2e5]),
        "kind": st.sampled_from(["fire", "fire.shelling", "fire.mortar", "civilians.attack"]),
        "weapon": st.sampled_from([None, "mortar", "artillery"]),
        "actor": st.sampled_from([None, "X", "Y", "z"]),
        "involved": st.sampled_from([None, "X|Y", "Y"]),
        "killed_best": st.sampled_from([None, 0, 3]),
        "text": st.sampled_from([None, "shells hit the market square", "a convoy was refused"]),
    }
)
"""What `table` makes a report of."""


def report_id(number: int) -> str:
    """Return the identifier of a row; their order is not that of the rows."""
    return f"R{number * 7_919 % 100_000:05}"


def table(rows: Sequence[dict[str, object]], *, text: bool) -> pl.DataFrame:
    """Return the rows as a report table."""
    made: list[dict[str, object]] = []
    for number, row in enumerate(rows):
        said = {name: value for name, value in row.items() if name in REPORTS.names}
        begin = _START + timedelta(hours=int(str(row["hour"])))
        length = _LENGTHS_MIN.get(str(row["precision"]))
        end = None if length is None else begin + timedelta(minutes=length)
        lat, lon = (None, None) if row["place"] is None else _PLACES[int(str(row["place"]))]
        made.append(
            {
                **said,
                "report_id": report_id(number),
                "occurred_from": begin,
                "occurred_to": end,
                "lat": lat,
                "lon": lon,
                "text": row.get("text") if text else None,
            }
        )
    return pl.DataFrame(made, schema=REPORTS.schema)
