"""Settings: the documents that a node goes by, recorded as its first statements and whenever they change."""

import json

from groundtruce.fusion.matching.model import MODEL_VERSION
from groundtruce.fusion.method import FusionMethod
from groundtruce.node.authoring.recording import Authoring, own_statements, record_document
from groundtruce.node.node import Node
from groundtruce.record.statement.schema import StatementKind

__all__ = ["record_settings"]


def record_settings(
    node: Node,
    terms: tuple[str, bytes] | None,
    authoring: Authoring,
    method: FusionMethod | None = None,
) -> list[str]:
    """Record mechanism, method and, if given, the agreement (label and bytes); return which were new.

    Without a method the program's own is recorded, unless one of its version is on record already.
    """
    mechanism = node.mechanism
    documents = [
        (
            StatementKind.MECHANISM_VERSION,
            ("mechanism", f"{mechanism.mechanism} {mechanism.version}"),
            (node.path / "mechanism.yaml").read_bytes(),
        )
    ]
    if method is not None or _method_on_record(node) != MODEL_VERSION:
        used = method or FusionMethod()
        content = json.dumps(used.as_json(), sort_keys=True, indent=1).encode()
        documents.append((StatementKind.METHOD_VERSION, ("method", used.version), content))
    if terms is not None:
        documents.append((StatementKind.AGREEMENT_VERSION, ("agreement", terms[0]), terms[1]))
    with node.append() as log:
        return [
            kind.value
            for kind, label, content in documents
            if record_document(node, log, kind, label, content, authoring)
        ]


def _method_on_record(node: Node) -> str | None:
    """Return the version of the method that the node recorded last."""
    methods = [
        statement
        for statement in own_statements(node)
        if statement.kind is StatementKind.METHOD_VERSION
    ]
    return str(methods[-1].content["method"]) if methods else None
