"""The ways to deploy a version, compared: what each is here, when to choose it, what it risks."""

from __future__ import annotations

from tenure.governance.model import Section, Statement, Table, command, file, key, table
from tenure.project import Project

OPTIONS = {
    "batch": (
        "each period's population into gold/predictions",
        "decisions are taken in batches, or a score may be a period old",
        "a score does not know what happened since",
    ),
    "online": (
        "`tenure serve`: a request per row, a promotion without a restart",
        "the decision waits for the score",
        "features of the request may differ from those of training; every answer is logged to be compared",
    ),
    "shadow": (
        "`serve.challenger` with mode shadow: both score, the champion answers",
        "before a first promotion, or when a candidate behaves otherwise than on test rows",
        "says nothing of what acting on the answer changes; a second score per row",
    ),
    "ab": (
        "`serve.challenger` with mode ab: the challenger answers a share of the entities",
        "what acting on the answer changes has to be known",
        "a share of people is answered by a version that is not in office: who answers for that?",
    ),
    "canary": (
        "mode ab with a small share, raised by hand; or one instance of several with the new version",
        "a failure must reach few before it is seen",
        "nothing raises the share or returns by itself: a person looks at `tenure ab report` and the alerts",
    ),
}
"""By their names in ``report.sop.deployment``: what it is here, when to choose it, what it risks."""
WORDS = {"batch": "batch", "online": "online", "shadow": "shadow", "ab": "A/B", "canary": "canary"}


def deployment(project: Project) -> Section:
    """The options compared, with those that the project uses."""
    used = project.report.sop.deployment
    chosen = (
        Statement(f"In use: {', '.join(WORDS[name] for name in used)}.", key("report.sop.deployment"))
        if used
        else Statement("Which of these is in use is not stated.", key("report.sop.deployment"), is_open=True)
    )
    tried = project.serve.challenger
    trial = (
        f"A challenger is tried on live requests: {tried.mode.value}"
        + (f", {tried.share:.0%} of the entities." if tried.mode.value == "ab" else ".")
        if tried
        else "No challenger is tried on live requests."
    )
    rows = tuple(
        (WORDS[name], what, when, risk, "yes" if name in used else "")
        for name, (what, when, risk) in OPTIONS.items()
    )
    return Section(
        "Deployment",
        (
            chosen,
            Statement(
                trial, key("serve.challenger") + command("tenure ab report") + table("gold/predictions")
            ),
            Statement(
                "Before clients are sent to a server it is asked whether it answers as it should; it serves "
                "the last good "
                "bundle when the registry does not answer.",
                command("tenure smoke", "tenure serve") + file("serving/last_good"),
            ),
        ),
        Table(("option", "here", "choose it when", "what it risks", "in use"), rows),
    )
