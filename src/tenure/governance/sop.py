"""The sections of the governance document, each a function of the project file and of what was decided."""

from __future__ import annotations

from datetime import date

from tenure.domain.splits.policy import SplitBy
from tenure.domain.wording import counted
from tenure.features.config import SqlBlock
from tenure.governance.deploying import deployment
from tenure.governance.facts import Decided
from tenure.governance.model import Section, Sop, Statement, Table, command, file, key, table
from tenure.governance.requirements import requirements
from tenure.governance.thresholds import conditions, limits, triggers
from tenure.project import Project

DUTIES = {
    "owner": "answers for the model and for what is decided with it",
    "developer": "writes the project file; mends what a training or the audit says",
    "validator": "challenges data, method and results; has no part in the development",
    "approver": "lets a candidate into office; puts an earlier version back",
    "operator": "runs the periods, is told of incidents, keeps tables and models",
}


def write_down(project: Project, decided: Decided, *, as_of: date | None) -> Sop:
    """The governance document of a project.

    Parameters
    ----------
    project
        What its file says: thresholds, roles, deployment, retention.
    decided
        What ``gold/decisions`` says so far; see `read_decided`.
    as_of
        The last period that it tells of; None before any has run.
    """
    sections = (
        _purpose(project, decided),
        _roles(project),
        _development(project),
        _refresh(project, decided),
        _validation(project),
        _approval(project, decided),
        _monitoring(project),
        _rollback(decided),
        deployment(project),
        _records(project),
        _changes(project),
    )
    return Sop(project.project, as_of, sections, requirements(project))


def _purpose(project: Project, decided: Decided) -> Section:
    said = project.report.sop.purpose or project.report.deck.about
    used = (
        Statement(f"Use: {said}", key("report.sop.purpose", "report.deck.about"))
        if said
        else _open("The decision that the score is used for is not stated.", "report.sop.purpose")
    )
    tier = project.report.sop.tier
    classed = (
        Statement(f"Class in the inventory of models: {tier}", key("report.sop.tier"))
        if tier
        else _open("Its class in the inventory of models is not stated.", "report.sop.tier")
    )
    horizon = project.label.horizon
    known = f"known {horizon} after the event" if horizon else "known when its query says"
    predicted = Statement(
        f"What is predicted: the label of the project's query, {known}; a {project.model.task.value} task. "
        f"Who is scored: the rows of the population's query, each {project.period.value}.",
        key("population", "label", "model.task") + table("gold/features", "gold/labels"),
    )
    return Section("Purpose and scope", (used, classed, predicted, _held(decided)))


def _held(decided: Decided) -> Statement:
    shown = table("gold/decisions") + command("tenure status")
    if decided.office is None:
        return Statement("In office: nobody. Nothing is scored until a candidate has passed the gate.", shown)
    version = decided.office.version
    return Statement(
        f"In office: version {version.version} since {decided.office.since}, bundle "
        f"{version.bundle_sha256[:16]}….",
        shown + file("model-card.html"),
    )


def _roles(project: Project) -> Section:
    roles = project.report.sop.roles
    stated = {role: getattr(roles, role) for role in DUTIES}
    missing = tuple(
        _open(f"The {role} is not stated.", f"report.sop.roles.{role}")
        for role, who in stated.items()
        if not who
    )
    told = Statement(
        "The one who trains is not the one who judges: the gate reads the rows and measures again, and "
        "believes "
        "nothing that training says of itself. Whether the people are independent of each other, too, is for "
        "the institution to see to.",
        key("report.sop.roles") + command("tenure judge"),
    )
    listed = [(role, who or "not stated", DUTIES[role]) for role, who in stated.items()]
    others = [("also named", who, "") for who in project.report.deck.owners]
    return Section("Roles", (told, *missing), Table(("role", "who", "what they do"), (*listed, *others)))


def _development(project: Project) -> Section:
    model = project.model
    names = ", ".join(name.replace("_", " ") for name in model.algorithms)
    muted = project.audit.mute
    noted = "; ".join(f"{mute.code} {mute.column} ({mute.reason})".replace("  ", " ") for mute in muted)
    ahead = [
        block.sql for block in project.features if isinstance(block, SqlBlock) and not block.point_in_time
    ]
    reach = (
        f"no feature reaches a row that became known after its event, but for {', '.join(ahead)}, which the "
        "audit looks at"
        if ahead
        else "no feature reaches a row that became known after its event"
    )
    split = (
        "Entities are dealt to the sides by a hash; how a model ages is not measured"
        if model.split.by is SplitBy.ENTITY
        else "The test rows are the latest"
    )
    return Section(
        "Development",
        (
            Statement(
                f"Sources: {', '.join(project.sources)}. A row counts from the moment it was known; {reach}.",
                key("sources", "features") + table("gold/features"),
            ),
            Statement(
                f"Candidates: {names}; {counted(model.tuning.trials, 'trial')} each, compared by "
                f"{model.tuning.metric.value} on "
                f"validation rows. {split}; nothing is chosen on the test rows.",
                key("model.algorithms", "model.tuning", "model.split") + file("bundle: provenance.json"),
            ),
            Statement(
                "A leakage audit comes before every training; a finding of severity error stops it. "
                + (f"Muted: {noted}." if muted else "Nothing is muted."),
                key("audit.mute") + table("gold/findings") + command("tenure audit"),
            ),
            Statement(
                "A candidate is a bundle of ONNX and JSON with a hash for each file. The hash of its list "
                "of files is "
                "its identity in the registry, in every decision and beside every score.",
                table("gold/predictions", "gold/decisions") + file("bundle: manifest.json"),
            ),
        ),
    )


def _refresh(project: Project, decided: Decided) -> Section:
    trained = counted(decided.n_trainings, "time")
    asked = f"Asked {counted(decided.n_asked, 'time')} so far, the answer was to train {trained}."
    stated = project.report.deck.refresh
    review = project.report.sop.review
    reviewed = (
        Statement(f"Reviewed as a whole every {_every(review)}.", key("report.sop.review"))
        if review
        else _open("How often the model is reviewed as a whole is not stated.", "report.sop.review")
    )
    statements = [
        Statement(
            f"Each {project.period.value} asks whether to train. One trigger of the table is enough; a "
            "brake holds all of "
            f"them back. {asked if decided.n_asked else ''}".rstrip(),
            key("retrain") + table("gold/decisions") + command("tenure decide"),
        ),
        reviewed,
    ]
    statements += [Statement(stated, key("report.deck.refresh"))] if stated else []
    return Section("When it is refreshed", tuple(statements), triggers(project))


def _validation(project: Project) -> Section:
    return Section(
        "Validation before use: the gate",
        (
            Statement(
                "A candidate takes office only if every condition holds. What cannot be measured counts as "
                "not met.",
                key("gate") + table("gold/decisions") + command("tenure judge"),
            ),
            Statement(
                "Of each version a report for validation tells data, method, results by group, comparison, "
                "limits and "
                "open findings. It is material for the validator, and not the validation.",
                command("tenure validation-report"),
            ),
        ),
        conditions(project),
    )


def _approval(project: Project, decided: Decided) -> Section:
    required = project.gate.approval == "required"
    rule = (
        "A candidate that passed waits until a person approves it by name."
        if required
        else "A candidate that passed takes office without a person; `gate.approval: required` asks for one."
    )
    rows = tuple((str(one.as_of), str(one.version), one.by, one.note or "–") for one in decided.approvals)
    listed = Table(("end of period", "version", "approved by", "note"), rows) if rows else None
    told = (
        "Nobody has approved a version so far."
        if not rows
        else f"{counted(len(rows), 'approval is', 'approvals are')} on record."
    )
    shown = key("gate.approval") + command("tenure approve")
    return Section("Approval", (Statement(rule, shown), Statement(told, table("gold/decisions"))), listed)


def _monitoring(project: Project) -> Section:
    least, again = project.alert.least.value, project.alert.cooldown_periods
    return Section(
        "Monitoring and incidents",
        (
            Statement(
                "Each period is compared with what the version in office was trained and tested on. Drift "
                "is an alert only "
                "where it is large and also significant, with the false discoveries held over all features "
                "of a period.",
                key("monitor") + table("gold/monitoring") + command("tenure monitor"),
            ),
            Statement(
                "What has one cause is one incident. The operator is told of those that are at least "
                f"`{least}`; of one "
                f"that goes on again after {again} {project.period.value}s, or when it becomes graver.",
                key("alert") + table("gold/incidents", "gold/notifications") + command("tenure alerts list"),
            ),
            Statement(
                "A finding of severity error stops the period before anything is taken in.",
                key("validation") + table("gold/findings") + command("tenure validate"),
            ),
        ),
        limits(project),
    )


def _rollback(decided: Decided) -> Section:
    return Section(
        "Rollback",
        (
            Statement(
                "The approver puts the version before back in office, or one that has held it; the reason is "
                "recorded. It scores from the next period on, over HTTP within seconds. So far: "
                f"{decided.n_rollbacks}.",
                command("tenure rollback") + table("gold/decisions"),
            ),
            Statement(
                "A version that never passed the gate cannot be put in office this way. What was scored "
                "stays as it was.",
                table("gold/predictions"),
            ),
        ),
    )


def _records(project: Project) -> Section:
    kept = project.report.sop.retention
    how_long = (
        Statement(f"Kept for {_every(kept)}.", key("report.sop.retention"))
        if kept
        else _open(
            "How long tables, bundles, reports and logs are kept is not stated; the system itself deletes "
            "none of them.",
            "report.sop.retention",
        )
    )
    rows = (
        ("raw rows as received", "bronze tables", "by period, with file and row"),
        (
            "features, labels, scores",
            "gold/features, gold/labels, gold/predictions",
            "every score with its bundle",
        ),
        (
            "checks and measurements",
            "gold/findings, gold/monitoring, gold/incidents",
            "those that passed, too",
        ),
        ("decisions", "gold/decisions", "with every reason and who approved"),
        ("what ran", "gold/runs", "with the hash of the project file, what set it off, and who"),
        ("models", "bundles in the folder of the models", "a hash per file"),
        ("served answers", f"{project.serve.folder}/log", "each before it leaves"),
    )
    return Section(
        "Records and retention",
        (
            how_long,
            Statement(
                "For any prediction: its reasons, model, rows, code and gate.",
                command("tenure explain") + table("gold/predictions", "gold/runs"),
            ),
        ),
        Table(("what", "where", "how"), rows),
    )


def _changes(project: Project) -> Section:
    return Section(
        "Changes to the project file",
        (
            Statement(
                "Every run records the hash of what the project file said. What has run is not decided "
                "again because the "
                "file changed.",
                table("gold/runs"),
            ),
            Statement(
                "A change is replayed in tables of its own before it is used: a file that extends this one, "
                "with its own "
                "datamart.",
                key("extends", "datamart") + command("tenure backfill"),
            ),
            _risks(project),
        ),
    )


def _risks(project: Project) -> Statement:
    risks = project.report.deck.risks
    if not risks:
        return _open("No known limits or risks are stated.", "report.deck.risks")
    return Statement("Known risks: " + " ".join(risks), key("report.deck.risks"))


def _open(text: str, name: str) -> Statement:
    return Statement(text, key(name), is_open=True)


def _every(span: object) -> str:
    text = str(span)
    return text.removesuffix("s") if text.startswith("1 ") else text
