"""Seven nodes as seven processes: five are dishonest, each in another way, and none of it passes or stops anything."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from shutil import copytree, rmtree

import httpx2
import yaml
from tests.peers import (
    AGREEMENT,
    Desk,
    Front,
    Serving,
    answer,
    free_ports,
    report,
    run,
    statements,
    table,
)

from groundtruce.agreement.mechanism import DelegationRole
from groundtruce.intake.read import read_reports
from groundtruce.node.authoring.recording import Authoring, RecordingOptions, record_reports
from groundtruce.node.authoring.setting import record_settings
from groundtruce.node.key import make_card
from groundtruce.node.node import Node, make_node, open_node
from groundtruce.node.peers.exchange import Exchange
from groundtruce.record.log.durable import Disk
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.tlog.checkpoint import Head, sign_head
from groundtruce.record.tlog.layout import grow_files
from groundtruce.record.tlog.merkle import leaf_hash

HONEST = ("Secretariat", "Monitor")
FORKS, ROLLS_BACK, BACKDATES, REPLAYS, REFUSES = "North", "South", "East", "West", "Neighbour"
NAMES = (*HONEST, FORKS, ROLLS_BACK, BACKDATES, REPLAYS, REFUSES)
QUORUM = 5

EXPECTED = {
    ("fork", FORKS),
    ("rollback", ROLLS_BACK),
    ("backdating", BACKDATES),
    ("replay", REPLAYS),
    ("refusal", REFUSES),
}


def slow() -> Authoring:
    """Return the authoring of a delegation whose clock shows the hour before."""
    return Authoring(
        now=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1),
        random=token_bytes,
    )


@dataclass
class Seven:
    """The nodes by name, what answers for them, the reports recorded so far, and where command lines run."""

    folder: Path
    ports: dict[str, int]
    serving: dict[str, Serving]
    fronts: dict[str, Front]
    recorded: dict[str, int]
    desks: dict[str, Desk]

    def path(self, name: str) -> Path:
        """Return the folder of a node."""
        return self.folder / name

    def node(self, name: str) -> Node:
        """Open a node."""
        return open_node(self.path(name), Disk())

    def record(self, name: str, count: int = 3, folder: Path | None = None) -> None:
        """Record new reports of a delegation; nothing that others do may stop that."""
        first = 100 * NAMES.index(name) + self.recorded.get(name, 0)
        self.recorded[name] = self.recorded.get(name, 0) + count
        rows = [report(number, source=name) for number in range(first, first + count)]
        reports = table(self.folder / f"{name}.csv", *rows)
        told = answer("intake", reports, "--node", folder or self.path(name))
        assert told["recorded"] == count

    def exchange(self, *names: str) -> None:
        """Let delegations copy, then cosign, at the same time, each in a process of its own."""
        for step in ("mirror", "cosign"):
            for name in names:
                self.desks[name].begin("record", step, self.path(name))
            for name in names:
                # 1: someone did not, and is named
                assert self.desks[name].end() in {0, 1}

    def ask(self, name: str, before: timedelta) -> None:
        """Let a delegation ask the one that refuses, by a clock that shows an earlier time."""
        node = self.node(name)
        at = datetime.now(UTC).replace(microsecond=0) - before
        authoring = Authoring(now=lambda: at, random=token_bytes)
        with httpx2.Client(trust_env=False) as client, node.append() as log:
            dealings = Exchange(node, client, authoring)
            dealings.collect_cosignature(log, node.register.of_name(REFUSES))
            dealings.keep_refusals(log)

    def serve(self, name: str) -> None:
        """Let a node answer; the pages of the honest ones follow the record all the while."""
        log = self.folder / f"{name}.log"
        self.serving[name] = Serving(self.path(name), self.ports[name], log, pages=name in HONEST)

    def stop(self, name: str) -> None:
        """End what answers for a node."""
        self.serving[name].stop()


@contextmanager
def seven(folder: Path) -> Iterator[Seven]:
    """Make seven nodes with a quorum of five, let them answer, and end their processes afterwards."""
    ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    here = Seven(folder, ports, {}, {}, {}, {})
    with ExitStack() as stack:
        real = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        views = stack.enter_context(Front(here.path(FORKS) / "public", real[FORKS]).listening())
        wall = stack.enter_context(Front(here.path(REFUSES) / "public", 403).listening())
        here.fronts = {FORKS: views, REFUSES: wall}
        _init(here, {**real, REFUSES: wall.address}, views.address)
        for name in NAMES:
            here.serve(name)
            stack.callback(here.stop, name)
        for name in (*HONEST, REFUSES):
            here.desks[name] = Desk()
            stack.callback(here.desks[name].close)
        for serving in here.serving.values():
            serving.answers()
        yield here


def _init(here: Seven, addresses: dict[str, str], other_view: str) -> None:
    """Make the nodes with one mechanism; but the monitor has it that the forking node answers elsewhere."""
    cards = [_card(here, name, addresses[name]) for name in NAMES]
    document = here.folder / "mechanism.yaml"
    content = {
        "mechanism": "Seven delegations",
        "version": "1",
        "delegations": cards,
        "quorum": {"at_least": QUORUM, "of": list(NAMES)},
    }
    document.write_text(yaml.safe_dump(content, sort_keys=False, width=2**31))
    for name in NAMES:
        if name == BACKDATES:
            text = document.read_bytes()
            made = make_node(
                here.path(name), name, DelegationRole.MONITOR, Disk(), token_bytes, mechanism=text
            )
            record_settings(made, None, slow())
        else:
            terms = ("--agreement", AGREEMENT) if name == HONEST[0] else ()
            known = ("init", here.path(name), "--delegation", name, "--mechanism", document)
            assert "mechanism_version" in answer(*known, *terms)["recorded"]
    own = here.path("Monitor") / "mechanism.yaml"
    own.write_text(own.read_text().replace(addresses[FORKS], other_view))


def _card(here: Seven, name: str, address: str) -> dict[str, object]:
    if name == BACKDATES:
        made = make_node(here.path(name), name, DelegationRole.MONITOR, Disk(), token_bytes)
        return make_card(made.keys, name, DelegationRole.MONITOR, address).model_dump(
            mode="json", exclude_none=True
        )
    found = answer("init", here.path(name), "--delegation", name, "--address", address)["card"]
    assert isinstance(found, dict)
    return found


def fork(here: Seven) -> None:
    """Sign two statements for one place, and show one of them to the monitor only."""
    twin = copytree(here.path(FORKS), here.folder / "twin")
    here.record(FORKS, 1)
    here.record(FORKS, 1, twin)
    here.fronts[FORKS].public = twin / "public"


def backdate(here: Seven) -> None:
    """File a report of an hour ago by a clock that is slow: others had cosigned a later head without it."""
    node = here.node(BACKDATES)
    reports = read_reports([table(here.folder / "late.csv", report(400, source=BACKDATES))])
    with node.append() as log:
        assert (
            record_reports(node, log, reports.in_order(), RecordingOptions(), slow()).recorded == 1
        )


def replay_statement(here: Seven) -> None:
    """Put a genuine statement of the monitor into another log, below the tools that would refuse it."""
    node, victim = here.node(REPLAYS), here.node("Monitor")
    entry = list(victim.read(victim.own).entries())[-1]
    old = node.read(node.own).tree
    frontier = old.frontier(old.head.size)
    frontier.append(leaf_hash(bytes(entry.leaf)))
    head = Head(origin=node.origin, size=frontier.size, root=frontier.root())
    files = grow_files(
        old, head.size, [*old.leaves(0), bytes(entry.leaf)], [*old.bodies(0), entry.body]
    )
    files["checkpoint"] = bytes(sign_head(head, node.keys.log))
    Disk().write_all({node.public / path: content for path, content in files.items()})


def roll_back(here: Seven, backup: Path) -> None:
    """Bring back an older copy of the whole folder, ledger included, as after a crash of the disk."""
    here.stop(ROLLS_BACK)
    rmtree(here.path(ROLLS_BACK))
    backup.rename(here.path(ROLLS_BACK))
    here.serve(ROLLS_BACK)
    here.serving[ROLLS_BACK].answers()


def proofs(here: Seven, name: str) -> set[tuple[str, str]]:
    """Return what the proofs of a node show of whom, each checked by `record verify`, alone and with the names."""
    folder, found = here.path(name) / "public" / "misbehaviour", set()
    for path in folder.glob("*.json"):
        assert run("record", "verify", path).exit_code == 0
        told = answer("record", "verify", path, "--node", here.path(name))
        found.add((told["kind"], told["accused"]))
    return found


def told_of(here: Seven, name: str) -> set[str]:
    """Return the hashes of the files that the notifications of a log name."""
    found = set()
    for statement in statements(here.node(name)):
        files = statement.content.get("files")
        if statement.kind is StatementKind.NOTIFICATION and isinstance(files, list):
            found |= {str(dict(one)["sha256"]) for one in files if isinstance(one, dict)}
    return found


def common_state(here: Seven, names: Sequence[str]) -> Path:
    """Return the record state of some logs, on which the honest nodes agree, as a file."""
    origins = tuple(here.node(name).origin for name in names)
    held = []
    for name in HONEST:
        lines = answer("record", "heads", here.path(name))["state"]
        held.append([lines[0], *(line for line in lines if line.startswith(origins))])
    assert held[0] == held[1]
    assert len(held[0]) == 1 + len(names)
    path = here.folder / "state.txt"
    path.write_text("".join(f"{line}\n" for line in held[0]))
    return path


def test_five_dishonest_nodes_are_found_out_and_stop_nothing(tmp_path: Path) -> None:
    """Fork, rollback, backdating, replay and refusal: each is proven by each honest node; the record goes on.

    The honest nodes record at every stage, tell of each proof in their logs, accuse nobody else, reach grade 3,
    and all seven nodes compute the same view of the honest logs.
    """
    with seven(tmp_path) as here:
        for name in NAMES:
            if name != BACKDATES:
                here.record(name)
        for name in HONEST:
            # it was asked since yesterday, and goes on refusing below
            for hours in (25, 13):
                here.ask(name, timedelta(hours=hours))
            assert proofs(here, name) == set()
        here.exchange(*HONEST)
        backup = copytree(here.path(ROLLS_BACK), tmp_path / "backup")

        fork(here)
        here.record(ROLLS_BACK)
        backdate(here)
        replay_statement(here)
        for name in HONEST:
            here.record(name)
        here.exchange(*HONEST)

        roll_back(here, backup)
        for name in HONEST:
            here.record(name)
        run("record", "mirror", here.path(ROLLS_BACK), *HONEST)
        refused = answer("record", "cosign", here.path(ROLLS_BACK), *HONEST, status=1)
        problems = [one["problem"] for one in refused["answers"] if "problem" in one]
        assert [one["code"] for one in problems] == ["record.rollback"] * len(HONEST)
        assert all(here.node(ROLLS_BACK).origin in one["sentence"] for one in problems)
        here.exchange(*HONEST)

        for name in HONEST:
            here.record(name)
        # twice: the first round may have proofs to tell of, which are statements as well
        for _ in range(2):
            here.exchange(REFUSES, *HONEST)
        for name in HONEST:
            assert (
                run("record", "mirror", here.path(name), REFUSES, *set(HONEST) - {name}).exit_code
                == 0
            )

        for name in HONEST:
            assert proofs(here, name) == EXPECTED
            files = (here.path(name) / "public" / "misbehaviour").iterdir()
            assert told_of(here, name) == {sha256(path.read_bytes()).hexdigest() for path in files}
            grades = answer("record", "show", here.path(name))["logs"]
            reached = {one["delegation"]: one["grade"] for one in grades}
            assert [reached[one] for one in (*HONEST, REFUSES)] == [3, 3, 3]
            assert answer("record", "fsck", here.path(name))["findings"] == []
        state = common_state(here, (*HONEST, REFUSES))
        views = [answer("replay", here.path(name), "--state", state) for name in NAMES]
        assert len({view["view"] for view in views}) == 1
        assert views[0]["reports"] == sum(here.recorded[name] for name in (*HONEST, REFUSES))
