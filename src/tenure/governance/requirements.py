"""What three sets of rules ask for, and which artefact helps to answer: an aid, and no legal advice."""

from __future__ import annotations

from tenure.domain.wording import counted
from tenure.governance.model import Requirement, command, file, key, table
from tenure.project import Project

NOTES = {
    "SR 26-2": (
        "Supervisory guidance on model risk management of the Federal Reserve, which took the place of SR "
        "11-7 in "
        "April 2026. Its text was not at hand when this table was made: the rows are the headings that such "
        "guidance has had since SR 11-7. Read it before you rely on them."
    ),
    "Reg B 1002.9": (
        "Equal Credit Opportunity Act, Regulation B, 12 CFR 1002.9: what an applicant is told. It applies to "
        "creditors in the United States."
    ),
    "AI Act, Annex IV": (
        "Regulation (EU) 2024/1689, Annex IV: the technical documentation of a high-risk system. Evaluating "
        "the "
        "creditworthiness of natural persons is high-risk by Annex III, point 5 (b)."
    ),
}
"""What each set of rules is, by the beginning of `Requirement.rule`."""
DISCLAIMER = (
    "This is an aid for the people who answer for the model. It is not legal advice, and being listed is "
    "not being met."
)


def requirements(project: Project) -> tuple[Requirement, ...]:
    """Every row of the tables, in their order."""
    return (*_supervisory(), *_notices(project), *_technical())


def _supervisory() -> tuple[Requirement, ...]:
    return (
        Requirement(
            "SR 26-2: development",
            "purpose, data, method, testing and their documentation",
            "project file, leakage audit, split by time, metrics with intervals, model card",
            key("report.sop.purpose", "features", "model")
            + file("model-card.html")
            + command("tenure audit"),
            "why this method suits this purpose",
        ),
        Requirement(
            "SR 26-2: validation",
            "independent challenge of soundness, outcomes and limits",
            "the gate's conditions; material for the validator by version",
            table("gold/decisions") + command("tenure judge", "tenure validation-report"),
            "the challenge itself, by people who had no part in the development",
        ),
        Requirement(
            "SR 26-2: monitoring",
            "whether it goes on working; thresholds; what follows",
            "measurements each period, incidents, retraining decisions, outcomes of matured cohorts",
            table("gold/monitoring", "gold/incidents", "gold/decisions") + command("tenure monitor"),
            "who acts on an incident, and by when",
        ),
        Requirement(
            "SR 26-2: governance",
            "roles, inventory, approvals, change control, audit",
            "this document; approvals by name; the hash of the project file with every run",
            key("report.sop.roles", "gate.approval") + table("gold/decisions", "gold/runs"),
            "the board's policy, the inventory, internal audit",
        ),
    )


def _notices(project: Project) -> tuple[Requirement, ...]:
    worded = sum(
        bool(rule.reason) for source in project.sources.values() for rule in (source.columns or {}).values()
    )
    return (
        Requirement(
            "Reg B 1002.9(a): notice of action taken",
            "an applicant is told of adverse action within the time limit of the rule",
            "who was declined in a period, as a list",
            command("tenure adverse-actions") + table("gold/predictions"),
            "the notice itself, its form and its date; decisions that people take against the score",
        ),
        Requirement(
            "Reg B 1002.9(b)(2): specific reasons",
            "the principal reasons for the action, specific and true",
            f"at most four reasons for each answer, from what moved its score; "
            f"{counted(worded, 'column has words of its own', 'columns have words of their own')}",
            command("tenure explain", "tenure adverse-actions") + file("bundle: reasons/") + key("sources"),
            "whether the words are what an applicant understands, and whether the score was the reason",
        ),
    )


def _technical() -> tuple[Requirement, ...]:
    return (
        Requirement(
            "AI Act, Annex IV 1: general description",
            "purpose, provider, version, how it is delivered, how it is used",
            "purpose, version in office, ways of deployment",
            key("report.sop.purpose", "report.sop.deployment") + command("tenure status", "tenure sop"),
            "instructions for use to the deployer; hardware; the user interface",
        ),
        Requirement(
            "AI Act, Annex IV 2: development",
            "method, design choices, data and their provenance, oversight, testing, cybersecurity",
            "project file, raw rows as received, findings, bundle with its provenance, validation report",
            key("sources", "model")
            + table("gold/findings")
            + file("bundle: provenance.json")
            + command("tenure profile", "tenure validation-report"),
            "why these design choices; labelling; cybersecurity of where it runs",
        ),
        Requirement(
            "AI Act, Annex IV 3: monitoring, functioning, control",
            "capabilities and limits, accuracy for groups of people, foreseeable unintended outcomes, "
            "oversight",
            "metrics by cohort, groups at the gate, drift, approval by a person",
            table("gold/monitoring", "gold/decisions") + key("gate.fairness", "gate.approval"),
            "foreseeable misuse; risks to fundamental rights",
        ),
        Requirement(
            "AI Act, Annex IV 4: appropriateness of the metrics",
            "why these metrics suit this system",
            "the metrics, their intervals and limits",
            key("gate.minimum", "monitor") + table("gold/monitoring"),
            "the reasons for choosing them",
        ),
        Requirement(
            "AI Act, Annex IV 5: risk management (Article 9)",
            "the risk management system",
            "known risks as stated in the project file",
            key("report.deck.risks"),
            "the system itself",
        ),
        Requirement(
            "AI Act, Annex IV 6: changes",
            "relevant changes through the lifecycle",
            "every training, verdict, promotion and rollback with its reasons; the project file's hash by "
            "run",
            table("gold/decisions", "gold/runs"),
            "changes outside the project file",
        ),
        Requirement(
            "AI Act, Annex IV 7 and 8: standards, declaration of conformity",
            "the list of standards applied; a copy of the declaration",
            "nothing",
            (),
            "both",
        ),
        Requirement(
            "AI Act, Annex IV 9: after placing on the market (Article 72)",
            "how performance is evaluated in use, and the plan for it",
            "monitoring of every period and of matured cohorts, incidents",
            table("gold/monitoring", "gold/incidents") + key("monitor", "alert"),
            "the plan as a document; reporting of serious incidents (Article 73)",
        ),
    )
