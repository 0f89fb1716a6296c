"""Schedulers: the loop by the clock of this machine, and under Prefect, step by step, never twice at once."""
