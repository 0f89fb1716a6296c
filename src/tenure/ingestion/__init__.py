"""raw files -> bronze: what became known in a period, exactly as received."""

from tenure.ingestion.stage import ingest, withdraw

__all__ = ["ingest", "withdraw"]
