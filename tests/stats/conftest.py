"""Property tests here have no time limit an example: a busy machine is no defect of a formula."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
