"""What each source reports of each field of an incident, next to the value that the reports come to together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from groundtruce.database.query.incident import Incident
from groundtruce.database.query.report import Report
from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _
from groundtruce.model.text_form import split_list
from groundtruce.web.wording.phrase import mark_enumeration, mark_identifier, outside

__all__ = ["FieldTold", "Said", "report_fields"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One value of a field in words, in the direction of its own, and the sources that give it."""

    text: Markup
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTold:
    """A field: its name, what the reports come to, what each said, and how many said nothing of it."""

    name: str
    fused: Markup
    said: tuple[Said, ...]
    silent: int
    disputed: bool


def report_fields(
    words: Words, incident: Incident, reports: Sequence[Report]
) -> tuple[FieldTold, ...]:
    """Return every field of an incident with what its reports say of it."""
    return tuple(
        FieldTold(
            name=words.say(name),
            fused=say(words, incident) or Markup("–"),
            said=_say_value(words, reports, say),
            silent=sum(not say(words, report) for report in reports),
            disputed=key in incident.contradictions,
        )
        for key, (name, say) in _FIELDS.items()
    )


Say = Callable[[Words, Incident | Report], Markup | None]


def _say_value(words: Words, reports: Sequence[Report], say: Say) -> tuple[Said, ...]:
    """Return what the reports say of a field, the value of most sources first."""
    sources_by_text: dict[Markup, list[str]] = {}
    for report in reports:
        text = say(words, report)
        if text:
            sources_by_text.setdefault(text, []).append(report.source)
    ordered = sorted(sources_by_text.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Said(text=text, sources=tuple(dict.fromkeys(by))) for text, by in ordered)


def _say_code(name: str) -> Say:
    """Return what says a coded field by its label."""

    def say(words: Words, row: Incident | Report) -> Markup | None:
        code = getattr(row, name)
        return outside(words.label(name, code)) if code else None

    return say


def _when(words: Words, row: Incident | Report) -> Markup | None:
    if row.occurred_from is None and row.occurred_to is None:
        return None
    return outside(words.span(row.occurred_from, row.occurred_to))


def _where(words: Words, row: Incident | Report) -> Markup | None:
    if row.place_name is not None:
        place = outside(row.place_name)
    elif row.lat is not None and row.lon is not None:
        place = mark_identifier(f"{row.lat:.4f}, {row.lon:.4f}")
    else:
        return None
    if row.location_radius_m is None:
        return place
    radius = outside(f"± {words.distance(row.location_radius_m)}")
    return Markup("{} ({})").format(place, radius)


def _who(words: Words, row: Incident | Report) -> Markup | None:
    return outside(words.party(row.actor)) if row.actor else None


def _say_parties(words: Words, row: Incident | Report) -> Markup | None:
    named = split_list(row.involved) if isinstance(row.involved, str) else row.involved
    return mark_enumeration(words, words.parties(named)) if named else None


def _persons(act: str) -> Say:
    """Return what says the range of persons who suffered an act."""

    def say(words: Words, row: Incident | Report) -> Markup | None:
        low, high = getattr(row, f"{act}_low"), getattr(row, f"{act}_high")
        return None if low is None or high is None else outside(words.persons((low, high)))

    return say


_FIELDS: dict[str, tuple[str, Say]] = {
    "kind": (_("What happened"), _say_code("kind")),
    "weapon": (_("Weapon"), _say_code("weapon")),
    "target": (_("Who was hit"), _say_code("target")),
    "occurred": (_("When"), _when),
    "place": (_("Where"), _where),
    "actor": (_("Who is said to have done it"), _who),
    "involved": (_("Parties involved"), _say_parties),
    "killed": (_("Killed"), _persons("killed")),
    "injured": (_("Injured"), _persons("injured")),
}
