"""The best model and its training rows → what its answers will be explained with, as files of the bundle."""

from tenure.training.explaining.background import background_of
from tenure.training.explaining.forms import members_of
from tenure.training.explaining.making import reasons_files
from tenure.training.explaining.words import wordings_of

__all__ = ["background_of", "members_of", "reasons_files", "wordings_of"]
