"""Problems of decisions about reports and incidents."""

from groundtruce.model.problem.entry import CatalogueEntry


def _decision(code: str, sentence: str, advice: str, http_status: int = 422) -> CatalogueEntry:
    return CatalogueEntry(f"decision.{code}", sentence, advice, http_status)


REPORT_UNKNOWN = _decision(
    "report_unknown",
    "No report in the record has the identifier {id}.",
    "Take it from `groundtruce review next`, or from the column report_id of the links.",
    404,
)
REPORT_SHARED = _decision(
    "report_shared",
    "Several reports have the identifier {id}: {known}.",
    "Name the one that is meant with its ending, or each of them.",
    409,
)
TOO_FEW = _decision(
    "too_few",
    "A decision compares two {what} or more, and {count} is named.",
    "Name each one that it is about, once.",
)
TOO_LARGE = _decision(
    "too_large",
    "The decision is about {count} {what}; one statement holds {limit} at most.",
    "Decide on some of them at a time.",
    413,
)
INCIDENTS = _decision(
    "incidents",
    "The reports stand in several incidents: {known}.",
    "Split one incident at a time, or name with --from what they are told apart from.",
    409,
)
WHOLE = _decision(
    "whole",
    "The incident {id} has no other reports.",
    "To tell its reports from each other, use `groundtruce review different`.",
    409,
)
REASON = _decision(
    "reason",
    "The decision has no reason.",
    "Say in --reason how it is known; everyone who holds the record reads it.",
)
OVERRULED = _decision(
    "overruled",
    "{one} and {other} cannot be brought together: {delegation} holds them apart, because “{reason}”.",
    "Only {delegation} can take that back, with `groundtruce review undo` and the id {statement}.",
    409,
)
UNKNOWN = _decision(
    "unknown",
    "{id} is no decision of {delegation} that still counts.",
    "Take the id from `groundtruce review list`; a decision is taken back in the log that holds it.",
    404,
)
UNCONFIRMED = _decision(
    "unconfirmed",
    "There is no terminal on which to confirm the decision.",
    "Give --yes to record it, or --dry-run to see its effect only. Nothing was recorded.",
)
OUTDATED = _decision(
    "outdated",
    "Other decisions came into the record while this one waited.",
    "Look at its effect again: repeat the command. Nothing was recorded.",
    409,
)
