"""Adapters: what the ports ask for, answered by delta-rs, DuckDB, MLflow, or plain memory."""
