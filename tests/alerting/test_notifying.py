"""Each message once to each channel; at least once when killed in between; nobody is told of a replay."""

from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from tenure.alerting.config import AlertPolicy
from tenure.alerting.message import write_message
from tenure.alerting.stage import stopped_period
from tenure.domain.findings import Finding, Severity
from tenure.domain.incidents import (
    Cost,
    Incident,
    IncidentKind,
    IncidentSeverity,
    IncidentState,
    Signal,
    Telling,
)
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.tables import INCIDENTS, NOTIFICATIONS
from tenure.errors import NotifyError
from tenure.running.incidents import courses, incidents_of
from tenure.running.notifying import Delivery, Wording, notify
from tenure.running.records import record_incidents
from tenure.stores.delta import DeltaStore

JULY, AUGUST = date(2024, 7, 1), date(2024, 8, 1)
WORDING = Wording("loans", PeriodUnit.MONTH, "https://reports.example.org/loans/")
OUTAGE = Incident(
    id=f"feed outage:clicks:{JULY}",
    kind=IncidentKind.FEED,
    subject="clicks",
    state=IncidentState.OPENED,
    severity=IncidentSeverity.CRITICAL,
    since=JULY,
    as_of=JULY,
    summary="no row of `clicks` became known",
    advice="Ask who delivers `clicks`.",
    worst=Signal("psi", "clicks_a", 12.7, 0.25, 300),
    signals=(Signal("psi", "clicks_a", 12.7, 0.25, 300),),
    n_signals=9,
    cost=Cost(60, "decisions fell otherwise than before", 60.0, 300.0),
    answer="retraining was decided (age)",
    link=f"{JULY}/report.html",
    telling=Telling.OPENED,
    last_told=JULY,
    last_telling=Telling.OPENED,
    told_severity=IncidentSeverity.CRITICAL,
)


@dataclass
class Channel:
    """A channel that remembers, and fails while it is told to."""

    name: str
    fails: bool = False
    dies_after: int | None = None
    got: list = field(default_factory=list)

    def send(self, message):
        if self.fails:
            raise NotifyError(f"the channel `{self.name}` did not take the message", transient=True)
        self.got.append(message.id)
        if self.dies_after is not None and len(self.got) >= self.dies_after:
            raise KeyboardInterrupt


@pytest.fixture
def store(tmp_path):
    made = DeltaStore(str(tmp_path / "datamart"))
    record_incidents([OUTAGE], as_of=JULY, store=made)
    return made


def tell(store, *channels, as_of=JULY):
    return notify(as_of, channels, wording=WORDING, store=store)


def outcomes(store):
    rows = store.read(NOTIFICATIONS).to_pylist()
    return {(row["message"], row["channel"]): row["outcome"] for row in rows}


def test_a_message_says_what_since_when_how_large_what_it_costs_what_to_do_and_where_to_look():
    message = write_message(
        OUTAGE, project="loans", telling=Telling.OPENED, unit=PeriodUnit.MONTH, reports=WORDING.reports
    )
    assert message.title == "[critical] loans: feed outage of `clicks`"
    assert message.body.splitlines() == [
        "no row of `clicks` became known",
        "since: 2024-07-01 (period 2024-07-01, number 1 of it; told: opened)",
        "how large: psi 12.7 (limit 0.25) of clicks_a on 300 rows; 9 measurements and findings in all",
        "may cost: 60 decisions fell otherwise than before; 60 to 300 by the cost table, if each is wrong",
        "answered: retraining was decided (age)",
        "do: Ask who delivers `clicks`.",
        "look at: https://reports.example.org/loans/2024-07-01/report.html",
    ]


def test_a_second_run_of_the_period_tells_nobody_again(store):
    one, other = Channel("one"), Channel("other")
    assert [each.outcome for each in tell(store, one, other)] == [Delivery.SENT, Delivery.SENT]
    assert tell(store, one, other) == ()
    assert (len(one.got), len(other.got)) == (1, 1)


def test_a_channel_that_fails_does_not_keep_the_others_from_theirs_and_is_tried_by_the_next_run(store):
    good, bad = Channel("good"), Channel("bad", fails=True)
    tried = tell(store, bad, good)
    assert [(each.channel, each.outcome) for each in tried] == [
        ("bad", Delivery.FAILED),
        ("good", Delivery.SENT),
    ]
    bad.fails = False
    record_incidents([], as_of=AUGUST, store=store)
    (again,) = tell(store, bad, good, as_of=AUGUST)
    assert (again.channel, again.message.as_of) == ("bad", JULY)
    assert (len(good.got), len(bad.got)) == (1, 1)


def test_killed_after_sending_and_before_writing_it_down_it_is_sent_again(store):
    dying = Channel("one", dies_after=1)
    with pytest.raises(KeyboardInterrupt):
        tell(store, dying)
    assert set(outcomes(store).values()) == {"pending"}
    dying.dies_after = None
    tell(store, dying)
    assert len(dying.got) == 2
    assert set(outcomes(store).values()) == {"sent"}


def test_killed_before_it_was_sent_the_next_period_sends_it(store):
    dying, other = Channel("one", dies_after=1), Channel("other")
    with pytest.raises(KeyboardInterrupt):
        tell(store, dying, other)
    record_incidents([], as_of=AUGUST, store=store)
    assert [each.channel for each in tell(store, other, as_of=AUGUST)] == ["other"]


def test_periods_that_were_only_replayed_are_told_to_nobody_later(store):
    record_incidents([], as_of=AUGUST, store=store)
    channel = Channel("one")
    assert tell(store, channel, as_of=AUGUST) == ()
    assert channel.got == []


def test_an_incident_that_is_not_worth_a_message_is_not_sent(store):
    record_incidents([replace(OUTAGE, as_of=AUGUST, telling=None)], as_of=AUGUST, store=store)
    assert tell(store, Channel("one"), as_of=AUGUST) == ()


def test_a_stopped_period_is_an_incident_and_leaves_the_others_open(store):
    finding = Finding("VAL001", Severity.ERROR, "`income` is not there", scope="loans", hint="ask for it.")
    opened = stopped_period(Period(AUGUST), [finding], stage="validate", alert=AlertPolicy(), store=store)
    assert {(each.title, each.state.value, each.telling) for each in opened.incidents} == {
        ("the period was stopped", "opened", Telling.OPENED),
        ("feed outage of `clicks`", "ongoing", None),
    }
    stopped = next(each for each in opened.incidents if each.kind is IncidentKind.STOPPED)
    assert "`income` is not there" in stopped.summary
    assert stopped.advice.endswith("Ask for it.")


def test_a_course_goes_from_the_opening_to_the_resolution(store):
    over = replace(OUTAGE, as_of=AUGUST, state=IncidentState.RESOLVED, summary="over", answer="")
    record_incidents([over], as_of=AUGUST, store=store)
    (course,) = courses(store)
    assert (course.since, course.until, course.n_periods) == (JULY, AUGUST, 1)
    assert (course.summary, course.answers) == (OUTAGE.summary, (OUTAGE.answer,))
    assert courses(store, until=JULY)[0].until is None
    assert incidents_of(JULY, store) == (OUTAGE,)


def test_the_same_incidents_written_twice_change_nothing(store):
    before = store.content_hash(INCIDENTS)
    record_incidents([OUTAGE], as_of=JULY, store=store)
    assert store.content_hash(INCIDENTS) == before
