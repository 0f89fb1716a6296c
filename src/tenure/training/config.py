"""The section ``model`` of a project file: how candidates are trained."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self, TypeAlias

from pydantic import Field, model_validator

from tenure.domain.costs import CostPolicy
from tenure.domain.evaluations import Task
from tenure.domain.sources import Section
from tenure.domain.splits import SplitPolicy
from tenure.training.encoding.policy import EncodingPolicy


class AlgorithmName(StrEnum):
    """What can be fitted."""

    XGBOOST = "xgboost"
    LIGHTGBM = "lightgbm"
    RANDOM_FOREST = "random_forest"
    DECISION_TREE = "decision_tree"
    LOGISTIC_REGRESSION = "logistic_regression"
    SCORECARD = "scorecard"


DEFAULT_ALGORITHMS = tuple(name for name in AlgorithmName if name is not AlgorithmName.SCORECARD)
"""What competes where nobody says: everything that can be asked for more than two classes, too."""


class TuningMetric(StrEnum):
    """What trials are compared on, on validation."""

    ROC_AUC = "roc_auc"
    GINI = "gini"
    KS = "ks"
    ACCURACY = "accuracy"
    F1 = "f1"
    BRIER = "brier"
    LOG_LOSS = "log_loss"


class Imbalance(StrEnum):
    """What is done about rare classes."""

    NONE = "none"
    CLASS_WEIGHT = "class_weight"


class SmotePolicy(Section):
    """How many rows of rare classes are made up between real ones, among those fitted on."""

    max_ratio: float = Field(default=2.0, gt=1)
    """No class grows to more than so many times its rows, nor beyond the largest class."""
    neighbours: int = Field(default=5, ge=1)
    """Among how many nearest rows of its class a row looks for the other end of the line."""


class Oversampling(Section):
    """Rare classes made larger before a model is fitted."""

    smote: SmotePolicy
    """Rows between real ones (SMOTE); needs the extra `imbalance`."""


ImbalancePolicy: TypeAlias = Imbalance | Oversampling


class Objective(StrEnum):
    """What a threshold can make as large as possible."""

    F1 = "f1"
    ACCURACY = "accuracy"
    YOUDEN = "youden"


class Monotone(StrEnum):
    """Which way the score may go when a feature rises and everything else stays."""

    INCREASING = "increasing"
    DECREASING = "decreasing"


class Device(StrEnum):
    """What boosters compute on."""

    CPU = "cpu"
    CUDA = "cuda"


class TuningPolicy(Section):
    """How long hyperparameters are searched for, and what makes one better than another."""

    trials: int = Field(default=20, ge=1)
    """Trials per algorithm; the first one is always the algorithm's defaults, or `start`."""
    metric: TuningMetric = TuningMetric.ROC_AUC
    """Compared on validation; the mean over classes where there are more than two. A metric that
    needs a threshold is taken at the threshold the trial's model would be given."""
    start: dict[AlgorithmName, dict[str, float | int | str]] = Field(default={})
    """Parameters that an algorithm's first trial tries in place of its defaults, by name."""
    warm_start: bool = True
    """Whether the parameters of the model in office are tried right after those, if its algorithm is
    among those that compete."""
    pruning: bool = False
    """Whether a forest or booster that is worse than the median of earlier trials with as many
    estimators is given up. It never is before it has 30 % of `n_estimators`, nor before five trials."""
    workers: int = Field(default=1, ge=1, le=64)
    """How many processes may search for one algorithm's parameters at once, if there are as many jobs.
    So many trials are drawn together, before anything is known of any of them. What is found depends on
    this number, and neither on how many jobs there are nor on which of them is done first."""
    seconds: float | None = Field(default=None, gt=0)
    """No new trial begins once the search of all algorithms took this long; each has one trial at
    least. What is found then depends on the machine's speed: leave it out where a run must be
    repeatable."""


class Calibration(StrEnum):
    """How probabilities are made to keep their promise."""

    NONE = "none"
    AUTO = "auto"
    ISOTONIC = "isotonic"
    PLATT = "platt"


class EnsemblePolicy(Section):
    """Several tuned models as one."""

    blend: int | None = Field(default=None, ge=2)
    """The weighted mean of the best model of each of at most so many algorithms, the best ones on
    validation; weights are chosen there, too. It is taken where it does better than the best one alone
    on rows that its weights were not chosen on."""
    stack: int | None = Field(default=None, ge=2)
    """A logistic regression on what the best models of at most so many algorithms say. It is fitted on
    training rows, each told by models that were not fitted on it: five folds, by time or by entity as the
    split is. It is taken where it does better on validation than the best model alone and the blend.
    With `tuning.seconds`, a quarter of them is kept for it; where five fits of each model would take
    longer than what the search left, it is not tried."""

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.blend is None and self.stack is None:
            raise ValueError("give `blend`, `stack` or both: of how many algorithms")
        return self


class ThresholdPolicy(Section):
    """How the least score that counts as positive is chosen, on validation. Give one of the three."""

    maximise: Objective | None = None
    """``f1`` (the default when nothing is given), ``accuracy``, or ``youden`` (recall minus false
    positive rate)."""
    min_recall: float | None = Field(default=None, gt=0, le=1)
    """The best precision among the thresholds that find at least this share of the positives."""
    cost: CostPolicy | None = None
    """The lowest mean cost per row."""

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        given = [name for name in ("maximise", "min_recall", "cost") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of `maximise`, `min_recall` and `cost`; there are {', '.join(given)}")
        return self


class ScorecardPolicy(Section):
    """What the points of a scorecard mean: the more, the less probable the positive class."""

    points: float = 600
    """What a row has whose odds are ``odds``."""
    odds: float = Field(default=50, gt=0)
    """To one, against the positive class."""
    points_to_double: float = Field(default=20, ge=1)
    """Points more for twice the odds."""


class ModelConfig(Section):
    """What is predicted, with what, and how the best candidate is found."""

    task: Task = Task.BINARY
    """``binary`` or ``multiclass``."""
    positive: str | None = None
    """The class whose probability is the score of a binary task; the last one in alphabetical order
    when absent."""
    split: SplitPolicy = SplitPolicy()
    """Which events are trained, validated and tested on."""
    algorithms: tuple[AlgorithmName, ...] = Field(default=DEFAULT_ALGORITHMS, min_length=1)
    """What competes; the best on validation is the candidate. ``scorecard``, for binary tasks, is a table of
    bins and points that can be read and added up on paper."""
    tuning: TuningPolicy = TuningPolicy()
    """How hyperparameters are searched for."""
    imbalance: ImbalancePolicy = Imbalance.NONE
    """``none``; ``class_weight``: rows count in inverse proportion to the share of their class; or
    ``{smote: {max_ratio: 2}}``: rare classes are made larger, in the rows that are fitted on only."""
    ensemble: EnsemblePolicy | None = None
    """``{blend: 3, stack: 3}`` lets models of different algorithms answer together where that is better."""
    calibration: Calibration = Calibration.NONE
    """``platt`` (a logistic curve), ``isotonic`` (rising pieces), or ``auto`` (the better of both):
    probabilities are mapped where that lowers the Brier score of two classes, the log loss of more, on
    validation rows that the mapping was not learned on. The threshold is chosen after."""
    threshold: ThresholdPolicy = ThresholdPolicy()
    """How the threshold of a binary task is chosen."""
    encoding: EncodingPolicy = EncodingPolicy()
    """How categories and texts become numbers."""
    min_labels: int = Field(default=200, ge=10)
    """Fewer labelled rows than this train nothing."""
    min_class_rows: int = Field(default=5, ge=1)
    """Every side of the split must have this many rows of every class."""
    refit: bool = False
    """Whether the winner is fitted once more, on train and validation together, with the parameters
    and the threshold that were chosen: worth it where labelled rows are few, or age quickly."""
    monotone: dict[str, Monotone] = Field(default={})
    """Features, by name, whose rise may only raise (``increasing``) or only lower (``decreasing``) the
    probability of the positive class, everything else being equal. Null has no place in that order with
    boosters and scorecards; trees and forests take it for the lowest value. Binary tasks only, and not
    with ``logistic_regression``."""
    scorecard: ScorecardPolicy = ScorecardPolicy()
    """The points of a ``scorecard``. They say the same on every scale: no probability depends on it."""
    device: Device = Device.CPU
    """``cuda`` computes XGBoost and LightGBM on a graphics card, if their libraries were built for one;
    the other algorithms use the processor. Results then need not be the same to the last bit."""
    n_estimators: int = Field(default=200, ge=20)
    """Trees of a random forest, and the most a booster may have."""
    checkpoint_every: int = Field(default=20, ge=1)
    """Random forest and boosters grow in chunks of so many estimators, and are saved after each."""

    @model_validator(mode="after")
    def _positive_of_two(self) -> Self:
        if self.task is Task.MULTICLASS and self.positive is not None:
            raise ValueError("`positive` names the positive class of a binary task; the task is multiclass")
        return self

    @model_validator(mode="after")
    def _directions_that_can_be_kept(self) -> Self:
        if self.monotone and self.task is not Task.BINARY:
            raise ValueError(
                "`monotone` is about the positive class of a binary task; the task is multiclass"
            )
        if self.monotone and AlgorithmName.LOGISTIC_REGRESSION in self.algorithms:
            others = [name.value for name in self.algorithms if name is not AlgorithmName.LOGISTIC_REGRESSION]
            raise ValueError(
                "`logistic_regression` cannot keep `monotone`: set `algorithms` without it"
                f" ({', '.join(others or ['xgboost'])})"
            )
        return self

    @model_validator(mode="after")
    def _scorecard_of_two(self) -> Self:
        if self.task is not Task.BINARY and AlgorithmName.SCORECARD in self.algorithms:
            raise ValueError(
                "`scorecard` tells two classes apart; the task is multiclass: leave it out of `algorithms`"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _each_once(cls, value: Any) -> Any:
        names = value.get("algorithms", ()) if isinstance(value, dict) else ()
        repeated = sorted({str(name) for name in names if list(names).count(name) > 1})
        if repeated:
            raise ValueError(f"`algorithms` names {', '.join(repeated)} more than once")
        return value
