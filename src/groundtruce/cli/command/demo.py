"""`groundtruce demo`: the main job from nothing, on the worked example of Syria in 2016.

Three delegations, made for the demonstration, keep a record together: the secretariat files the reports,
the two others copy and audit its log and cosign it; the daily report is computed from the record and verified.
"""

from collections.abc import Callable, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
import yaml

from groundtruce.agreement.mechanism import DelegationRole
from groundtruce.cli.node import connect_peers, make_authoring
from groundtruce.cli.option import AsJson
from groundtruce.cli.output import finish, quarantine_file, report_problems, show_progress
from groundtruce.intake.library import library, load_agreement
from groundtruce.intake.quarantine import Quarantined
from groundtruce.intake.read import read_reports, read_table
from groundtruce.model.code import Language, Verdict
from groundtruce.model.serial import write_table
from groundtruce.model.table import COUNTS
from groundtruce.node.authoring.publishing import record_publication
from groundtruce.node.authoring.recording import RecordingOptions, record_reports, record_table
from groundtruce.node.authoring.setting import record_settings
from groundtruce.node.key import make_card
from groundtruce.node.node import Node, make_node
from groundtruce.node.replay import current_state, replay_view
from groundtruce.publish.atomic_folder import write_folder
from groundtruce.publish.daily import DailyReport, daily_report
from groundtruce.publish.forms import Form, render_forms
from groundtruce.record.log.durable import Disk
from groundtruce.view.view import View, count_verdicts

__all__ = ["demo"]

_DAY = date(2016, 3, 4)
_AGREEMENT = "syria-2016-02"
_EXAMPLE = "syria-2016"
_DELEGATIONS = (
    ("secretariat", "Demonstration secretariat", DelegationRole.SECRETARIAT),
    ("neighbour", "Demonstration neighbour", DelegationRole.NEIGHBOUR),
    ("guarantor", "Demonstration guarantor", DelegationRole.GUARANTOR),
)
_QUORUM = 2

Begin = Callable[[str], None]


def demo(
    out: Annotated[Path, typer.Option("--out", help="Directory of the outputs.")] = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Run the worked example: reports of the truce of 2016 in, the signed report of 4 March out.

    Examples:

    * `groundtruce demo`
    * `groundtruce demo --out /tmp/demo --json`
    """
    example = _example()
    with report_problems(as_json=as_json), show_progress("Beginning", 8 + len(Language)) as begin:
        nodes = _delegations(out / "record", begin)
        quarantined = _record_example(nodes[0], example, begin)
        begin("Replaying the record")
        state = current_state(nodes[0])
        view = replay_view(nodes[0], state)
        report = daily_report(view, _DAY)
        outputs = render_forms(report, list(Language), list(Form), begin)
        tables = {
            f"{table.file}.csv": write_table(rows, ".csv", table)
            for table, rows in view.tables.items()
        }
        verdicts = count_verdicts(view.assessments)
        outputs |= tables | quarantine_file(quarantined)
        summary: dict[str, object] = {
            "reports": view.reports.height,
            "incidents": view.incidents.height,
            **{verdict.value: count for verdict, count in verdicts.items()},
            "day": _DAY.isoformat(),
            "record_state": state.digest,
            "view": view.digest,
            "files": sorted(outputs),
        }
        begin("Writing and signing")
        write_folder(out, "demo", outputs, summary)
        record_publication(
            nodes[0], f"daily report of {_DAY.isoformat()}", outputs, state, make_authoring()
        )
        _cosign_example(nodes, begin)
    finish(
        summary,
        _summarise(view, verdicts, report, out),
        quarantined,
        as_json=as_json,
        folder=out,
    )


def _example() -> Path:
    """Return the folder of the worked example: beside the sources, or inside an installed package."""
    installed = Path(str(files("groundtruce"))) / "examples" / _EXAMPLE
    return installed if installed.is_dir() else Path(__file__).parents[4] / "examples" / _EXAMPLE


def _delegations(folder: Path, begin: Begin) -> list[Node]:
    """Make three nodes that know each other; those of an earlier run go on."""
    begin("Making three delegations")
    disk, random = Disk(), make_authoring().random
    alone = [
        make_node(folder / place, name, role, disk, random) for place, name, role in _DELEGATIONS
    ]
    cards = [
        make_card(node.keys, name, role, f"../{place}/public")
        for node, (place, name, role) in zip(alone, _DELEGATIONS, strict=True)
    ]
    mechanism = {
        "mechanism": "Demonstration of three delegations",
        "version": "1",
        "delegations": [card.model_dump(mode="json", exclude_none=True) for card in cards],
        "quorum": {"at_least": _QUORUM, "of": [card.name for card in cards]},
    }
    content = yaml.safe_dump(mechanism, sort_keys=False, width=2**31).encode()
    return [
        make_node(folder / place, name, role, disk, random, mechanism=content)
        for place, name, role in _DELEGATIONS
    ]


def _record_example(node: Node, example: Path, begin: Begin) -> Sequence[Quarantined]:
    """Record the terms, the bulletins' counts and the reports in the log of a node."""
    begin("Recording the terms")
    agreement = library() / _AGREEMENT / "agreement.yaml"
    record_settings(
        node, (load_agreement(agreement).label, agreement.read_bytes()), make_authoring()
    )
    begin("Recording the reports")
    reports = read_reports([example / "reports.csv"])
    counts = read_table(COUNTS, [example / "counts.csv"])
    with node.append() as log:
        record_table(node, log, COUNTS, counts.in_order(), make_authoring())
        record_reports(node, log, reports.in_order(), RecordingOptions(), make_authoring())
    return (*reports.quarantined, *counts.quarantined)


def _cosign_example(nodes: Sequence[Node], begin: Begin) -> None:
    """Let the others audit and cosign the first node's log, and see each other's cosignatures."""
    first, *others = nodes
    answers = []
    for node in others:
        begin(f"Auditing and cosigning by the {node.delegation.lower()}")
        with connect_peers(node) as dealings:
            answers.append(dealings.mirror(node.register.of_origin(first.origin)))
            answers.append(dealings.cosign(node.register.of_origin(first.origin)))
    begin("Collecting cosignatures")
    with connect_peers(first) as dealings, first.append() as log:
        answers += [dealings.collect_cosignature(log, member) for member in first.others]
    for node in others:
        with connect_peers(node) as dealings:
            answers.append(dealings.mirror(node.register.of_origin(first.origin)))
    for answer in answers:
        if answer.problem is not None:
            raise answer.problem


def _summarise(
    view: View, verdicts: dict[Verdict, int], report: DailyReport, out: Path
) -> Sequence[str]:
    """Say what happened in ten lines, for a minister."""
    today = report.day.today
    bulletins = [
        f"{bulletin.source} counted {bulletin.count} {bulletin.measure}"
        for bulletin in report.day.bulletins
    ]
    killed = (
        " to ".join(map(str, today.killed.figures)) if today.killed.figures else "an unknown number"
    )
    others = "; ".join(bulletins) or "no bulletin is on file"
    return [
        f"Syria, the first month of the truce of 27 February 2016: {view.reports.height} reports, "
        "each a signed statement; two other delegations audited and cosigned them.",
        f"{view.quarantined} rows had to be set aside.",
        f"They tell of {view.incidents.height} incidents; reports of one event count once.",
        f"{verdicts[Verdict.BREACH]} are breaches of the terms, as alleged, each with its sources named.",
        f"{verdicts[Verdict.EXEMPT]} are exempt: one side, as Daesh or al-Nusra, is expressly outside the terms.",
        f"{verdicts[Verdict.NOT_DETERMINABLE]} cannot be determined, and each says what is missing; "
        "most often, which groups had accepted.",
        f"{verdicts[Verdict.NO_BREACH]} are no breach: before the start, elsewhere, or no act that a clause covers.",
        f"On 4 March: {today.incidents} incidents, {today.verdicts[Verdict.BREACH]} breaches as alleged, "
        f"{killed} killed. For that day {others}.",
        f"The report in English, French and Arabic is in {out}/, as page, PDF, table and map data.",
        f"Check it: groundtruce verify {out}/daily-{_DAY.isoformat()}.en.html --node {out}/record/neighbour",
    ]
