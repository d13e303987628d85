"""Settings: the documents that a node goes by, recorded as its first statements and whenever they change."""

import json

from groundtruce.fusion.method import FusionMethod
from groundtruce.node.filing import Pen, file_document
from groundtruce.node.node import Node
from groundtruce.record.kind import Kind

__all__ = ["record_settings"]


def record_settings(node: Node, terms: tuple[str, bytes] | None, pen: Pen) -> list[str]:
    """Record mechanism, method and, if given, the agreement (label and bytes); return which were new."""
    method = FusionMethod()
    mechanism = node.mechanism
    documents = [
        (
            Kind.MECHANISM_VERSION,
            ("mechanism", f"{mechanism.mechanism} {mechanism.version}"),
            (node.path / "mechanism.yaml").read_bytes(),
        ),
        (
            Kind.METHOD_VERSION,
            ("method", method.version),
            json.dumps(method.as_json(), sort_keys=True, indent=1).encode(),
        ),
    ]
    if terms is not None:
        documents.append((Kind.AGREEMENT_VERSION, ("agreement", terms[0]), terms[1]))
    with node.append() as log:
        return [
            kind.value
            for kind, label, content in documents
            if file_document(node, log, kind, label, content, pen)
        ]
