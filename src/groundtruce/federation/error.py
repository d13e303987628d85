"""What can go wrong with a peer, as kinds: what follows from a failure is decided by its class, never by its words.

* `PeerUnavailable`: no answer of the protocol came. Nothing follows about the peer; it may be an outage.
* `WitnessRefused`: a witness gave one of the answers by which `c2sp.org/tlog-witness` has it refuse a request.
* A witness that has cosigned another size answers `record.peers.witness.WitnessConflict`, which carries that size.
"""

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["PeerError", "PeerUnavailable", "WitnessRefused"]


class PeerError(GroundtruceError):
    """A peer did not answer as agreed: `record.peer`."""

    def __init__(self, peer: str, cause: Phrase) -> None:
        super().__init__(Problem.RECORD_PEER, peer=peer, cause=cause)


class PeerUnavailable(PeerError):  # noqa: N818 - the state of a peer, not an error of it
    """No answer of the protocol came: no connection, a gateway, a limit of requests, an answer that is too long."""


class WitnessRefused(PeerError):  # noqa: N818 - what the witness did
    """A witness refused a request with one of `record.peers.witness.REFUSAL_STATUSES`."""

    def __init__(self, peer: str, status: int) -> None:
        self.status = status
        super().__init__(
            peer, Phrase("it refused to cosign, with the status {status}", status=status)
        )
