"""The loop under Prefect 3: a flow with one task per step, and a flow that trains when it was decided to.

``tenure`` runs the periods that are over on the day it was scheduled for: all of them, oldest first, so that
a missed schedule is made good by the next. When the newest of them decides to retrain, the flow emits the
event `RETRAIN` and ends; the deployment of ``tenure-training`` starts on it, and does the rest of the period:
audit, train, judge, promote, alert, report. Where nobody answers the event, the next run of ``tenure`` does
that first.

Tasks run their steps in a process of its own (`StepProcess`): what kills a step does not kill the flow, and
the task is tried again. Only what says that a retry may help is: a step that fails otherwise fails the flow.
"""

from tenure.orchestration.prefect.deploying import Deploying, deployments, register_project, serve_project
from tenure.orchestration.prefect.flows import RETRAIN, run_due, train_decided
from tenure.orchestration.prefect.tasks import TASKS

__all__ = [
    "RETRAIN",
    "TASKS",
    "Deploying",
    "deployments",
    "register_project",
    "run_due",
    "serve_project",
    "train_decided",
]
