"""Schedulers: the same steps, started by somebody else."""
