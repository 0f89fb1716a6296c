"""What Feast says of customers at moments (a CSV file), from files and from its online store, as CSV files.

Runs in Feast's environment: ``python historical_and_online.py ENTITIES HISTORICAL ONLINE``.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from feast import FeatureStore


def main() -> None:
    """Ask twice and write down both answers."""
    entities, historical, online = (Path(argument) for argument in sys.argv[1:4])
    store = FeatureStore(str(Path(__file__).parent / "feature_repo"))
    view = store.get_feature_view("customer_features")
    wanted = [f"{view.name}:{field.name}" for field in view.features]
    asked = pd.read_csv(entities, dtype={"Customer_ID": str}, parse_dates=["event_timestamp"])
    asked["event_timestamp"] = asked["event_timestamp"].dt.tz_localize(UTC)
    store.get_historical_features(asked, wanted).to_df().to_csv(historical, index=False)
    store.materialize(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    rows = [{"Customer_ID": name} for name in asked["Customer_ID"].unique()]
    store.get_online_features(wanted, rows).to_df().to_csv(online, index=False)


if __name__ == "__main__":
    main()
