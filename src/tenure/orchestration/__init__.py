"""Schedulers: the loop by the clock of this machine, under Airflow and under Prefect, never twice at once."""
