"""The keys of a node: made once, kept for their owner alone, public halves given to others as a card.

* Four keys, one use each: the log's, the statements', the witness's, and the witness's second, post-quantum one.
* A key file is the text form of `c2sp.org/signed-note`, readable by its owner only.
* The card is what goes into the mechanism document; it holds no secret.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from groundtruce.agreement.mechanism import Delegation, DelegationRole
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.audit import statement_key
from groundtruce.record.tlog.checkpoint import origin_of
from groundtruce.record.tlog.cosignature import witness_name
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey, public_key_of

__all__ = ["NodeKeys", "card_text", "load_keys", "make_card", "make_keys", "statement_verifier"]

_SEED_LENGTH = 32
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKeys:
    """The signing keys of a node."""

    log: SigningKey
    statement: SigningKey
    witness: SigningKey
    witness_pq: SigningKey

    @property
    def cosigning(self) -> tuple[SigningKey, ...]:
        """The keys by which it cosigns."""
        return self.witness, self.witness_pq


def make_keys(folder: Path, random: Callable[[int], bytes]) -> NodeKeys:
    """Make the keys that are not there yet, and return all; raises GroundtruceError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = _key(folder, "log", KeyType.NOTE, random, origin_of)
    origin = log.verifier.name
    statement = _key(folder, "statement", KeyType.NOTE, random, lambda _: f"{origin}/statement")
    witness = _key(folder, "witness", KeyType.COSIGNATURE, random, witness_name)
    pq = _key(
        folder, "witness-pq", KeyType.MLDSA_COSIGNATURE, random, lambda _: witness.verifier.name
    )
    return NodeKeys(log=log, statement=statement, witness=witness, witness_pq=pq)


def load_keys(folder: Path) -> NodeKeys:
    """Return the keys of a node; raises GroundtruceError when one is missing or damaged."""

    def refuse(count: int) -> bytes:
        raise GroundtruceError(
            Problem.RECORD_MISSING, what=Phrase("A key in {folder}", folder=folder)
        )

    return make_keys(folder, refuse)


def make_card(keys: NodeKeys, name: str, role: DelegationRole, address: str | None) -> Delegation:
    """Return what the mechanism document says of this node."""
    return Delegation(
        name=name,
        role=role,
        log=str(keys.log.verifier),
        statement=keys.statement.verifier.public.hex(),
        witness=str(keys.witness.verifier),
        witness_pq=str(keys.witness_pq.verifier),
        address=address,
    )


def card_text(delegation: Delegation) -> str:
    """Return the card as text for a mechanism document."""
    value = delegation.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return yaml.safe_dump([value], sort_keys=False, allow_unicode=True, width=2**31)


def _key(
    folder: Path,
    name: str,
    kind: KeyType,
    random: Callable[[int], bytes],
    named: Callable[[bytes], str],
) -> SigningKey:
    """Read a secret key from its file, or make it; raises GroundtruceError."""
    path = folder / f"{name}.key"
    if path.exists():
        return SigningKey.parse(path.read_text("utf-8").strip())
    seed = random(_SEED_LENGTH)
    public = b"" if kind is KeyType.MLDSA_COSIGNATURE else public_key_of(seed)
    key = SigningKey.from_seed(named(public), kind, seed)
    hidden = path.with_name(f".partial-{path.name}")
    hidden.touch(mode=_OWNER_ONLY)
    hidden.chmod(_OWNER_ONLY)
    hidden.write_text(key.secret_text() + "\n", "utf-8")
    hidden.replace(path)
    return key


def statement_verifier(delegation: Delegation) -> VerifierKey:
    """Return the key that signs a delegation's statements at the start of its log."""
    origin = VerifierKey.parse(delegation.log).name
    return statement_key(origin, bytes.fromhex(delegation.statement))
