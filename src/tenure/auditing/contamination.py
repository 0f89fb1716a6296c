"""(c) Contamination: the same entity, or the same row, on both sides of a split."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.auditing.config import AuditPolicy
from tenure.auditing.rows import AuditedRows
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.splits import SplitRows, entity_codes
from tenure.domain.tables import LABEL
from tenure.domain.wording import counted

_SCOPE = "split"


def check_entities(rows: AuditedRows, sides: SplitRows) -> Finding:
    """LEAK006: entities with a training row whose outcome window reaches over a later row of theirs.

    A customer who comes back years later is no leak. One whose first loan is still open when the second
    one is tested is: both rows share an outcome.
    """
    codes = entity_codes(rows.table, rows.keys)
    known = rows.table["label_known_at"].to_numpy()
    times = rows.event_times
    later = np.flatnonzero(sides.validation | sides.test)
    first_later: dict[int, np.datetime64] = {}
    for place in later[np.argsort(times[later], kind="stable")]:
        first_later.setdefault(int(codes[place]), times[place])
    train = np.flatnonzero(sides.train)
    shared = [p for p in train if int(codes[p]) in first_later and first_later[int(codes[p])] <= known[p]]
    if not shared:
        message = f"no entity of {train.size:,} training rows is seen again within its outcome window"
        return Finding("LEAK006", Severity.ERROR, message, Outcome.PASSED, _SCOPE)
    return Finding(
        "LEAK006",
        Severity.ERROR,
        f"{counted(len(shared), 'training row belongs', 'training rows belong')} to entities that are "
        f"validated or tested on, too, before the training label was known",
        scope=_SCOPE,
        n_rows=len(shared),
        examples=tuple(str(row) for row in rows.table.select(rows.keys).take(shared[:3]).to_pylist()),
        hint="set `model.split.entity_embargo` to `overlapping` or `always`.",
    )


def check_duplicates(rows: AuditedRows, sides: SplitRows, *, policy: AuditPolicy) -> Finding:
    """LEAK007: test rows with an identical twin, label included, among the training rows."""
    digests = _row_digests(rows)
    seen = set(digests[sides.train])
    twins = np.array([digest in seen for digest in digests[sides.test]], dtype=bool)
    n_twins, n_test = int(twins.sum()), int(sides.test.sum())
    if not n_twins:
        message = f"none of {n_test:,} test rows has an identical twin among the training rows"
        return Finding("LEAK007", Severity.ERROR, message, Outcome.PASSED, _SCOPE)
    above = n_twins > policy.max_duplicate_share * n_test
    return Finding(
        "LEAK007",
        Severity.ERROR if above else Severity.WARNING,
        f"{n_twins:,} of {n_test:,} test rows have an identical twin, label included, among the training "
        f"rows (limit {policy.max_duplicate_share:.1%})",
        scope=_SCOPE,
        n_rows=n_twins,
        hint="drop duplicates in the population's SQL.",
    )


def _row_digests(rows: AuditedRows) -> npt.NDArray[np.object_]:
    """A digest of each row's features and label."""
    names = [column.name for column in rows.columns]
    texts = [rows.table[name].cast(pa.string()).fill_null("\0").to_pylist() for name in (*names, LABEL)]
    joined = ("\x1f".join(cells) for cells in zip(*texts, strict=True))
    digests = [hashlib.blake2b(row.encode(), digest_size=16).digest() for row in joined]
    return np.array(digests, dtype=object)
