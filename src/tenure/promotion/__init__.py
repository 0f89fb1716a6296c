"""verdict → registry alias: who is in office from the next period on."""

from tenure.promotion.approval import approve, waiting
from tenure.promotion.rollback import rollback, rollback_target
from tenure.promotion.stage import promote

__all__ = ["approve", "promote", "rollback", "rollback_target", "waiting"]
