"""gold/features as a feature view of Feast: an entity, and every column that is no key and no time."""

from datetime import timedelta
from pathlib import Path

from feast import Entity, FeatureView, FileSource, ValueType

customer = Entity(name="customer", join_keys=["Customer_ID"], value_type=ValueType.STRING)

gold = FileSource(
    name="gold_features",
    path=str(Path(__file__).parent / "data" / "gold"),  # made by link_gold.py
    timestamp_field="event_time",
    created_timestamp_column="known_at",
)

customer_features = FeatureView(
    name="customer_features",
    entities=[customer],
    ttl=timedelta(0),  # no row is too old
    source=gold,
)
