"""A node: the folder with everything of one delegation, and how its parts are opened.

    NODE/
      node.yaml          who this is
      mechanism.yaml     the mechanism that this node goes by
      keys/              secret: for their owner alone
      public/            served to everybody: log, objects, copies of others' logs, proofs of misbehaviour
      private/           journal, ledger of heads, disclosures
      view.sqlite        the view as a database, which `groundtruce replay` fills

* The folder can be copied to a memory stick as it is; `private/heads.sqlite` is never restored from a copy.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from groundtruce.agreement.mechanism import DelegationRole, Mechanism, parse_mechanism
from groundtruce.model.document import Shape, parse_document
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.key import NodeKeys, load_keys, make_card, make_keys
from groundtruce.node.register import Member, MemberRegister, make_register
from groundtruce.record.evidence.disclosure import Disclosure
from groundtruce.record.evidence.sealed import ObjectId
from groundtruce.record.evidence.store import ObjectStore, SecretStore
from groundtruce.record.log.append import AppendLog, LogFiles, LogKeys
from groundtruce.record.log.durable import Disk
from groundtruce.record.log.ledger import Ledger
from groundtruce.record.log.lock import WriterLock
from groundtruce.record.log.read import ReadLog, fetch_from_folder
from groundtruce.record.peers.mirror import MirrorLog
from groundtruce.record.statement.statement import Statement
from groundtruce.record.tlog.encoding import digest

__all__ = ["Node", "disclosure_id", "is_node", "make_node", "open_node"]

_NODE = "node.yaml"
_MECHANISM = "mechanism.yaml"


class _Identity(Shape):
    delegation: str
    role: DelegationRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An opened node; nothing is locked until its log is opened for append."""

    path: Path
    delegation: str
    keys: NodeKeys
    mechanism: Mechanism
    register: MemberRegister
    disk: Disk

    @property
    def origin(self) -> str:
        """The origin of its log."""
        return self.keys.log.verifier.name

    @property
    def own(self) -> Member:
        """This delegation among the members."""
        return self.register.of_origin(self.origin)

    @property
    def others(self) -> list[Member]:
        """The other members, sorted by name."""
        others = (
            member for member in self.register.members.values() if member.origin != self.origin
        )
        return sorted(others, key=lambda member: member.name)

    @property
    def public(self) -> Path:
        """What is served."""
        return self.path / "public"

    @property
    def view(self) -> Path:
        """The file of the view as a database; it follows from the record and may be gone."""
        return self.path / "view.sqlite"

    @property
    def objects(self) -> ObjectStore:
        """The store of files by hash."""
        return ObjectStore(self.public, self.disk)

    @property
    def secrets(self) -> SecretStore:
        """The store of keys and disclosures."""
        return SecretStore(self.path / "private" / "secret", self.disk)

    @property
    def ledger(self) -> Ledger:
        """The ledger of heads."""
        return Ledger(self._files.ledger)

    @property
    def _files(self) -> LogFiles:
        return LogFiles(public=self.public, private=self.path / "private")

    def append(self, step: Callable[[str], None] = lambda name: None) -> AppendLog:
        """Open the log for append; raises GroundtruceError `record.locked` and others."""
        keys = LogKeys(log=self.keys.log, statement=self.keys.statement, author=self.delegation)
        return AppendLog(self._files, keys, self.disk, step)

    def mirror(self, member: Member) -> MirrorLog:
        """Open the copy of another's log."""
        return MirrorLog(self.mirror_path(member), member.log, [member.statement], self.disk)

    def mirror_path(self, member: Member) -> Path:
        """Return the folder of the copy of another's log."""
        return self.public / "mirror" / digest(member.origin.encode()).hex()

    @contextmanager
    def open_copy(self, member: Member) -> Iterator[MirrorLog]:
        """Open the copy of another's log for a change; other threads and processes wait meanwhile."""
        name = digest(member.origin.encode()).hex()
        lock = WriterLock(self.path / "private" / f"{name}.lock", member.origin, wait=True)
        try:
            yield self.mirror(member)
        finally:
            lock.release()

    def read(self, member: Member) -> ReadLog:
        """Open a log for reading: the own one, or the copy of another's; raises `record.missing`."""
        if member.origin == self.origin:
            return ReadLog(member.log, fetch_from_folder(self.public))
        return self.mirror(member).read()

    def logs(self) -> Iterator[tuple[Member, ReadLog]]:
        """Yield every log that is here, sorted by origin."""
        for origin in sorted(self.register.members):
            member = self.register.members[origin]
            try:
                yield member, self.read(member)
            except GroundtruceError as error:
                if error.problem is not Problem.RECORD_MISSING:
                    raise

    def load(self, name: str) -> bytes:
        """Return an object by its SHA-256; raises GroundtruceError."""
        return self.objects.read(ObjectId(name))

    def disclosures(self, statement: Statement) -> Sequence[Disclosure]:
        """Return the disclosures of a statement that this node holds."""
        digests = statement.content.get("withheld")
        if not isinstance(digests, list) or not digests:
            return ()
        name = disclosure_id([str(digest_text) for digest_text in digests])
        return self.secrets.disclosures(name) if self.secrets.has(name) else ()


def disclosure_id(digests: Sequence[str]) -> ObjectId:
    """Return the name of the disclosures of these digests in the secret store."""
    return ObjectId(digest(" ".join(digests).encode()).hex())


def is_node(path: Path) -> bool:
    """Return whether a node is there."""
    return (path / _NODE).is_file()


def open_node(path: Path, disk: Disk) -> Node:
    """Open a node; raises GroundtruceError `node.missing` and others."""
    if not is_node(path):
        raise GroundtruceError(Problem.NODE_MISSING, folder=str(path))
    identity = parse_document(str(path / _NODE), (path / _NODE).read_bytes(), _Identity)
    content = (path / _MECHANISM).read_bytes()
    mechanism = parse_mechanism(str(path / _MECHANISM), content)
    node = Node(
        path=path,
        delegation=identity.delegation,
        keys=load_keys(path / "keys"),
        mechanism=mechanism,
        register=make_register(mechanism),
        disk=disk,
    )
    if node.own.name != identity.delegation:
        raise GroundtruceError(
            Problem.RECORD_KEY,
            who=quote(identity.delegation),
            cause=Phrase("the mechanism gives it to another"),
        )
    return node


def make_node(  # noqa: PLR0913 - what a delegation is made of
    path: Path,
    delegation: str,
    role: DelegationRole,
    disk: Disk,
    random: Callable[[int], bytes],
    *,
    mechanism: bytes | None = None,
    address: str | None = None,
) -> Node:
    """Make a node with its keys and an empty log, or give an existing one another mechanism.

    Without a mechanism document the node begins with one of its own, with itself as the only delegation.
    What is there already stays, so an interrupted call can be repeated. Raises GroundtruceError `node.exists`
    for the node of another delegation, and others.
    """
    if is_node(path):
        identity = parse_document(str(path / _NODE), (path / _NODE).read_bytes(), _Identity)
        if identity.delegation != delegation:
            raise GroundtruceError(
                Problem.NODE_EXISTS, folder=str(path), delegation=identity.delegation
            )
    keys = make_keys(path / "keys", random)
    for name in ("public", "private", "private/secret"):
        (path / name).mkdir(mode=0o755 if name == "public" else 0o700, parents=True, exist_ok=True)
    if mechanism is not None or not (path / _MECHANISM).exists():
        content = mechanism or _lone_mechanism(keys, delegation, role, address)
        # checked before it is kept
        make_register(parse_mechanism("mechanism", content)).of_origin(keys.log.verifier.name)
        disk.write(path / _MECHANISM, content)
    files = LogFiles(public=path / "public", private=path / "private")
    log_keys = LogKeys(log=keys.log, statement=keys.statement, author=delegation)
    AppendLog.create(files, log_keys, disk).close()
    identity = _Identity(delegation=delegation, role=role)
    disk.write(path / _NODE, _yaml(identity.model_dump(mode="json")))
    return open_node(path, disk)


def _lone_mechanism(
    keys: NodeKeys, delegation: str, role: DelegationRole, address: str | None
) -> bytes:
    """Return a mechanism document with this delegation alone."""
    own = make_card(keys, delegation, role, address)
    return _yaml(
        {
            "mechanism": delegation,
            "version": "1",
            "delegations": [own.model_dump(mode="json", exclude_none=True, exclude_defaults=True)],
        }
    )


def _yaml(value: object) -> bytes:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=2**31).encode()
