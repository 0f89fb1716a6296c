"""The section ``serve`` of the project file."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from tenure.domain.durations import Duration
from tenure.domain.sources import Section

OnlineAddress = Annotated[
    str, Field(pattern=r"^(sqlite|\$\{[A-Za-z_][A-Za-z0-9_]*\}|(rediss?|postgresql)://[^@\s?]*)$")
]
"""Where the online store is: an address with a user or a password stays in the environment."""
ENTITY_SECRET = "TENURE_ENTITY_SECRET"  # noqa: S105 - the name of a variable
"""Environment variable: what personal keys are hashed with before they are written down."""


class PredictionLogConfig(Section):
    """How much of the disk the log of answered requests may take."""

    segment_bytes: int = Field(default=64 * 2**20, ge=2**10)
    """A worker begins a new file of its log when the one it writes is as large as this."""
    max_bytes: int = Field(default=10 * 2**30, ge=2**10)
    """Everything below ``log/``, archives included. Beyond it, requests are refused with status 507:
    what is not written down is not answered."""
    min_free_bytes: int = Field(default=2**26, ge=0)
    """With less than this free on the disk, requests are refused with status 507, too."""


class ChallengerMode(StrEnum):
    """How the challenger is tried on live requests."""

    SHADOW = "shadow"
    AB = "ab"


class ChallengerConfig(Section):
    """How the challenger, the registry's ``staging``, is tried on live requests beside the champion."""

    mode: ChallengerMode = ChallengerMode.SHADOW
    """``shadow``: both score every row, the champion answers. ``ab``: the challenger answers a share of the
    entities, the champion the others."""
    share: float = Field(default=0.1, gt=0, lt=1)
    """``ab``: share of the entities that the challenger answers."""
    salt: str = ""
    """``ab``: another text deals the entities anew. The same one gives an entity the same arm in every
    worker, after every restart; a larger `share` moves no entity from the challenger to the champion."""
    slowest_ms: float = Field(default=5.0, gt=0)
    """A challenger that takes longer than this for one row, at the median of its first rows, is not asked:
    a request waits for both in `shadow`."""
    min_rows: int = Field(default=100, ge=2)
    """``tenure ab report`` names no winner while an arm has fewer answers with a label."""
    detect: float = Field(default=0.02, gt=0)
    """Smallest difference worth finding, in the metric of the gate. With enough rows to find it and none
    found, the champion stays."""
    power: float = Field(default=0.8, gt=0.5, lt=1)
    """How surely a true difference of `detect` is to be found by then."""
    looks: int = Field(default=1, ge=1)
    """How often the report will be looked at before it decides: the error of 5 % is shared among them."""


class ReasonsConfig(Section):
    """The reasons that an answer gives when it is asked to explain itself."""

    top: int = Field(default=4, ge=1, le=4)
    """How many at most. More than four are not likely to help an applicant."""
    max_rows: int = Field(default=100, ge=1)
    """Most rows of a batch of JSON that may be explained at once; more are refused with status 413."""


class ServeConfig(Section):
    """How the model in office answers over HTTP."""

    folder: str = "serving"
    """Folder of the prediction log and of the last good bundle, relative to the project file."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that share the port; ``tenure serve --workers`` overrides it."""
    poll_seconds: float = Field(default=2.0, gt=0)
    """How often the registry is asked who is in office: in the background, never in a request."""
    required: tuple[str, ...] = ()
    """Features that a row must have; the others are null where a request leaves them out, as in
    training."""
    features: Literal["request", "online"] = "request"
    """Where features come from: all of them from the request; or, with ``online``, those that a request
    leaves out from the online store, by the entity's keys. `tenure build` then fills the store."""
    online: OnlineAddress = "sqlite"
    """The online store: ``sqlite`` (a file below `folder`), ``redis://host:port/0``,
    ``postgresql://host/name``, or the environment variable that holds such an address, as
    ``${FEATURE_STORE}``. An address with user or password is only taken from the environment: it is
    part of no file, log or message."""
    online_seconds: float = Field(default=1.0, gt=0)
    """A look-up that takes longer is refused with status 503."""
    max_age: Duration | None = None
    """Stored features are refused with status 409 when their event is longer ago than this; never when
    absent."""
    max_row_bytes: int = Field(default=2**18, ge=2**10)
    """Longest body of a request for one row; a longer one is refused with status 413."""
    max_batch_bytes: int = Field(default=2**26, ge=2**10)
    """Longest body of a request for a batch; a longer one is refused with status 413."""
    max_rows: int = Field(default=100_000, ge=1)
    """Most rows of a batch; more are refused with status 413."""
    timeout_seconds: float = Field(default=10.0, gt=0)
    """A request whose body is not there by then is refused with status 408; a batch that is not scored by
    then, with status 503."""
    rate_per_second: float | None = Field(default=None, gt=0)
    """Requests per second that one client (by its address) may make; any number when absent. Each worker
    counts for itself and allows its share of it."""
    burst: int = Field(default=100, ge=1)
    """Requests that a client may make at once before `rate_per_second` holds it back."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of proxies whose ``X-Forwarded-For`` says who the client is."""
    reasons: ReasonsConfig = ReasonsConfig()
    """The reasons that an answer gives when it is asked to explain itself."""
    log: PredictionLogConfig = PredictionLogConfig()
    """How much of the disk the log of answered requests may take."""
    challenger: ChallengerConfig | None = None
    """How the challenger is tried on live requests; not at all when absent."""
