"""Words: every sentence, label, number and date of the published pages in one language.

* Sentences come whole from message catalogues (`language/locale/*.po`); English is the source text.
* Codes are labelled from the lexicon; parties and clauses from the agreement.
* Numerals are the European ones in all three languages, as in the tables of the United Nations, so that
  figures can be compared between the versions of a report.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from groundtruce.agreement.terms import Agreement, Clause, ClauseKind, PartyStanding
from groundtruce.compliance.questions.register import Register
from groundtruce.compliance.reason_code import (
    NO_RECORD,
    Missing,
    ReasonCode,
    parse_readings,
    parse_reasons,
)
from groundtruce.model.code import Language, ObligationState, Verdict
from groundtruce.model.message import translatable as _
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary

__all__ = ["Words", "translations"]

_SEMICOLON = {Language.ENGLISH: "; ", Language.FRENCH: "\u202f; ", Language.ARABIC: "؛ "}
_LOCALE = {Language.ENGLISH: "en_GB", Language.FRENCH: "fr", Language.ARABIC: "ar_SY"}


_VERDICTS = {
    Verdict.BREACH: _("Breach"),
    Verdict.NOT_DETERMINABLE: _("Not determinable"),
    Verdict.EXEMPT: _("Exempt"),
    Verdict.NO_BREACH: _("No breach"),
}

_REASONS = {
    ReasonCode.BEFORE_START: _("it happened before the terms entered into force"),
    ReasonCode.AFTER_END: _("it happened after the terms had ended"),
    ReasonCode.OUTSIDE_AREA: _("it happened outside the area of the terms"),
    ReasonCode.ACT_NOT_COVERED: _("the clause does not cover this: {value}"),
    ReasonCode.SUSPENDED: _("it happened while the terms were suspended"),
    ReasonCode.OUTSIDE_HOURS: _("it happened outside the hours of the clause"),
    ReasonCode.WITHIN_DEADLINE: _("the deadline had not passed"),
    ReasonCode.CONDITION_NOT_MET: _("a condition of the clause is not met: {value}"),
    ReasonCode.PERMISSION: _("the terms permit it: {value}"),
    ReasonCode.POSSIBLE: _("the terms may permit it: {value}"),
    ReasonCode.HUMAN_JUDGEMENT: _("people must judge this: {value}"),
    ReasonCode.NOT_BOUND: _("not bound by the terms: {value}"),
    ReasonCode.EXEMPT_ACTOR: _("the author is expressly outside the terms: {value}"),
    ReasonCode.EXEMPT_TARGET: _("one side is expressly outside the terms: {value}"),
    ReasonCode.UNCLEAR_STANDING: _("it is not on record whether this party accepted: {value}"),
    ReasonCode.UNCERTAIN_TIME: _("the stated time spans the start or the end of the terms"),
    ReasonCode.UNCERTAIN_PLACE: _("the stated place reaches beyond the area of the terms"),
    ReasonCode.IMPRECISE_KIND: _("what happened is told too imprecisely: {value}"),
    ReasonCode.IMPRECISE_WEAPON: _("the weapon is told too imprecisely: {value}"),
    ReasonCode.MIXED_TARGET: _("civilians and combatants were hit together"),
    ReasonCode.BY: _("said to be done by {value}"),
    ReasonCode.AGAINST: _("against {value}"),
    ReasonCode.AUTHOR_UNDETERMINED: _("the sources do not say which side attacked"),
    ReasonCode.RIVAL_START: _("texts differ on when the terms start: {value}"),
    ReasonCode.RIVAL_READING: _("texts of the clause differ: {value}"),
    ReasonCode.LATE: _("late: {value}"),
    ReasonCode.DEFICIT: _("still to be done: {value}"),
    ReasonCode.AFTER_CLAUSE: _("due only after {value} is met"),
    ReasonCode.LAPSED: _("it was not kept up, says {value}"),
    ReasonCode.ACCESS_DENIED: _("observers were denied access by {value}"),
    ReasonCode.EVIDENCE: _("what shows that it was not done: {value}"),
}

_SENTENCES = {
    Verdict.BREACH: _("Clause {clause}, {title}: a breach as alleged; {reasons}."),
    Verdict.NOT_DETERMINABLE: _(
        "Clause {clause}, {title}: whether this is a breach cannot be determined; {reasons}."
    ),
    Verdict.EXEMPT: _("Clause {clause}, {title}: exempt; {reasons}."),
    Verdict.NO_BREACH: _("Clause {clause}, {title}: no breach; {reasons}."),
}

_STANDINGS = {
    PartyStanding.BOUND: _("bound"),
    PartyStanding.EXEMPT: _("exempt"),
    PartyStanding.OUTSIDE: _("no party to the terms"),
    PartyStanding.UNCLEAR: _("not on record"),
}

_NOT_ASSESSED = {
    ClauseKind.DEFINITION: _("it defines a term that other clauses use"),
    ClauseKind.MECHANISM: _("it sets up a body of the mechanism"),
    ClauseKind.PERMISSION: _("it permits, and is read with the clauses that forbid"),
}

_MISSING = {
    Missing.ACTOR: _("no source names the author"),
    Missing.TARGET: _("no source says which party was hit"),
    Missing.TARGET_KIND: _("no source says whether civilians were hit"),
    Missing.PLACE: _("the place is not known"),
    Missing.TIME: _("the time is not known"),
    Missing.WEAPON: _("no source names the weapon"),
    Missing.KIND: _("no source says what happened"),
    Missing.START: _("the terms leave open when they start"),
    Missing.HOURS: _("the terms leave the hours to be agreed"),
    Missing.DEADLINE: _("what the deadline hangs on is not on record"),
    Missing.ZONE: _("the terms leave the place to be agreed"),
    Missing.EDITION: _("no edition of the zone is valid for that time"),
    Missing.PRIOR_ATTACK: _("it is not known whether an attack came before"),
    Missing.VALUE: _("a value is missing"),
    Missing.REPORT: _("no report says whether it was done"),
}

_OBLIGATIONS = {
    ObligationState.PENDING: _("not due yet"),
    ObligationState.MET: _("met"),
    ObligationState.BREACHED: _("breached"),
    ObligationState.OVERDUE: _("overdue"),
    ObligationState.WAIVED: _("waived"),
    ObligationState.NOT_DETERMINABLE: _("not determinable"),
}

_FIELDS = {
    "kind": _("what happened"),
    "weapon": _("weapon"),
    "target": _("who was hit"),
    "occurred": _("time"),
    "place": _("place"),
    "actor": _("author"),
    "killed": _("killed"),
    "injured": _("injured"),
}

MEASURES = {
    "violations": _("violations"),
    "violations by combat": _("violations by combat"),
    "violations by arrest": _("violations by arrest"),
    "violations, running total": _("violations, running total"),
    "civilians killed": _("civilians killed"),
    "combatants killed": _("combatants killed"),
    "persons killed, running total": _("persons killed, running total"),
    "persons killed in areas covered by the ceasefire": _(
        "persons killed in areas covered by the ceasefire"
    ),
    "persons killed in areas not covered": _("persons killed in areas not covered"),
}
"""Measures that have a translation; others are shown in the source's own words."""


@cache
def translations(language: Language) -> NullTranslations:
    """Return the catalogue of a language; English is its own."""
    if language is Language.ENGLISH:
        return NullTranslations()
    path = files("groundtruce.language") / "locale" / f"{language.value}.po"
    catalog = read_po(BytesIO(path.read_bytes()), locale=language.value)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=10_000)
def _decimal(value: float, locale: str) -> str:
    return format_decimal(value, locale=locale)


@lru_cache(maxsize=10_000)
def _dated(value: date, pattern: str, language: Language) -> str:
    """Follow the United Nations: both names of a month in Arabic, 1er in French."""
    if language is Language.ARABIC:
        month = f"{format_date(value, 'MMMM', 'ar_SY')}/{format_date(value, 'MMMM', 'ar')}"
        pattern = pattern.replace("MMMM", f"'{month}'")
    text = format_date(value, pattern, locale=_LOCALE[language])
    if language is Language.FRENCH and value.day == 1:
        return text.replace("1 ", "1er ", 1)
    return text


class Words:
    """The words of one language for one agreement."""

    def __init__(self, language: Language, agreement: Agreement) -> None:
        self.language = language
        self.agreement = agreement
        self.locale = _LOCALE[language]
        self._register = Register(agreement)
        self._translations = translations(language)

    @property
    def say(self) -> Callable[[str], str]:
        """Translate a whole sentence."""
        return self._translations.gettext

    def say_many(self, one: str, many: str, count: int, **named: str) -> str:
        """Translate a sentence with a count; `{n}` stands for the number, other names for what is given."""
        return self.form_of(one, many, count).format(n=self.number(count), **named)

    def form_of(self, one: str, many: str, count: int) -> str:
        """Return the form of a sentence that a count asks for, its places still open."""
        return self._translations.ngettext(one, many, count)

    def number(self, value: float) -> str:
        """Return a number with the separators of the language."""
        return _decimal(value, self.locale)

    def day(self, value: date) -> str:
        """Return a date in full, as 4 March 2016."""
        return self._date(value, "d MMMM y")

    def short_day(self, value: date) -> str:
        """Return a date without its year and with a short month, for narrow columns."""
        return format_date(value, "d MMM", locale=self.locale)

    def weekday(self, value: date) -> str:
        """Return a date in full with its day of the week."""
        return self._date(value, "EEEE d MMMM y")

    def _date(self, value: date, pattern: str) -> str:
        return _dated(value, pattern, self.language)

    def when(self, start: datetime, end: datetime) -> str:
        """Return an interval in the agreement's time: clock times, or the day it spans."""
        zone: ZoneInfo = self.agreement.zone
        first, last = start.astimezone(zone), end.astimezone(zone)
        if last - first >= timedelta(hours=23) and last.date() > first.date():
            return self.say("during the day")
        upper = "24:00" if last.date() > first.date() else self._clock(last)
        return f"{self._clock(first)}–{upper}"

    def moment(self, value: datetime) -> str:
        """Return a day with its clock time, by the agreement's clock."""
        local = value.astimezone(self.agreement.zone)
        return self.enumerate_texts([self.day(local.date()), self._clock(local)])

    def span(self, start: datetime | None, end: datetime | None) -> str:
        """Return an interval with its days: one day, several, or from clock to clock; a bound may be unknown."""
        if start is None or end is None:
            known = start or end
            if known is None:
                return self.say("time not known")
            bound = self.say("after {moment}") if end is None else self.say("before {moment}")
            return bound.format(moment=self.moment(known))
        zone: ZoneInfo = self.agreement.zone
        first, last = start.astimezone(zone), end.astimezone(zone)
        inclusive = (last - timedelta(microseconds=1)).date() if last > first else last.date()
        if first.time() == last.time() == time():
            if first.date() == inclusive:
                return self.day(inclusive)
            return self._from_to(self.day(first.date()), self.day(inclusive))
        if first.date() == inclusive:
            return self.enumerate_texts([self.day(inclusive), self.when(start, end)])
        return self._from_to(self.moment(start), self.moment(end))

    def _from_to(self, first: str, last: str) -> str:
        return self.say("from {first} to {last}").format(first=first, last=last)

    def _clock(self, value: datetime) -> str:
        return f"{value:%H:%M}"

    def label(self, name: str, code: str | None) -> str:
        """Return the label of a code of a vocabulary, or a dash."""
        if code is None:
            return "–"
        entry = load_vocabulary(VocabularyName(name)).get(code)
        return entry.label[self.language] if entry else code

    def verdict(self, verdict: Verdict) -> str:
        """Return a verdict as a label."""
        return self.say(_VERDICTS[verdict])

    def obligation(self, state: ObligationState) -> str:
        """Return where an obligation stands."""
        return self.say(_OBLIGATIONS[state])

    def standing(self, standing: PartyStanding) -> str:
        """Return how a name stands to the terms."""
        return self.say(_STANDINGS[standing])

    def party(self, name: str | None) -> str:
        """Return a party by the agreement's name for it, or the source's own name."""
        if name is None:
            return "–"
        party = self._register.party(name)
        if party is not None:
            return party.name[self.language]
        body = next(
            (candidate for candidate in self.agreement.bodies if candidate.id == name), None
        )
        if body is not None:
            return body.name[self.language]
        if ", " in name:
            return self.enumerate_texts([self.party(part) for part in name.split(", ")])
        return name

    def parties(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names of parties."""
        return tuple(self.party(name) for name in names)

    def part(self, party: str | None, region: str | None) -> str:
        """Return what a part of a published count covers."""
        named = [self.party(party)] if party else []
        return " – ".join([*named, *([region] if region else [])])

    @property
    def comma(self) -> str:
        """What stands between the members of an enumeration."""
        return "، " if self.language is Language.ARABIC else ", "

    def enumerate_texts(self, texts: Sequence[str]) -> str:
        """Return texts as one enumeration."""
        return self.comma.join(texts)

    def clause(self, clause_id: str) -> str:
        """Return the title of a clause."""
        return self.agreement.clause(clause_id).title[self.language]

    def measure(self, measure: str) -> str:
        """Return what a bulletin counted."""
        return self.say(MEASURES[measure]) if measure in MEASURES else measure

    def field(self, name: str) -> str:
        """Return the name of a field on which reports disagree."""
        return self.say(_FIELDS[name])

    def sentence(self, clause_id: str, verdict: Verdict, reasons: str) -> str:
        """Return a verdict with its reasons as one sentence."""
        return self.say(_SENTENCES[verdict]).format(
            clause=clause_id, title=self.clause(clause_id), reasons=self.reasons(reasons)
        )

    def not_assessed(self, clause: Clause) -> str:
        """Return why no incident is tested against a clause."""
        if clause.kind in _NOT_ASSESSED:
            return self.say(_NOT_ASSESSED[clause.kind])
        if any(scope.duty for _, scope in clause.versions()):
            return self.say("it is a duty, followed over time and not by incidents")
        return self.say("no incident can show whether it is kept")

    def reasons(self, text: str) -> str:
        """Return the reasons of a verdict as the end of one sentence."""
        return _SEMICOLON[self.language].join(
            self._reason(reason.code, reason.value) for reason in parse_reasons(text)
        )

    def _reason(self, code: ReasonCode, value: str | None) -> str:
        if code is ReasonCode.MISSING and value is not None:
            if value in self.agreement.facts:
                return self.say("not on record: {value}").format(value=self._question(value))
            return self.say(_MISSING[Missing(value)])
        return self.say(_REASONS[code]).format(value=self._value(code, value))

    def _value(self, code: ReasonCode, value: str | None) -> str:
        if value is None:
            return "–"
        if code in (ReasonCode.IMPRECISE_KIND, ReasonCode.ACT_NOT_COVERED, ReasonCode.AGAINST):
            for name in (VocabularyName.KIND, VocabularyName.TARGET):
                if value in load_vocabulary(name):
                    return self.label(name, value)
        if code in (ReasonCode.HUMAN_JUDGEMENT, ReasonCode.CONDITION_NOT_MET):
            return self._question(value)
        if code in (ReasonCode.PERMISSION, ReasonCode.POSSIBLE):
            titles = {
                exception.id: exception.title[self.language]
                for exception in self.agreement.exceptions
            }
            return titles.get(value, value)
        if code in (ReasonCode.RIVAL_START, ReasonCode.RIVAL_READING):
            return self._readings(value)
        if code in (ReasonCode.LATE, ReasonCode.EVIDENCE):
            return self._undone(value)
        return self.party(value)

    def _undone(self, value: str) -> str:
        """Return how late a duty is, or what shows that it was not done: days, incidents, silence or who says so."""
        count, _, unit = value.partition(" ")
        if count.isdigit() and unit == "d":
            return self.say_many("{n} day", "{n} days", int(count))
        if value.isdigit():
            return self.say_many("{n} incident", "{n} incidents", int(value))
        return self.say("nothing is on record") if value == NO_RECORD else self.party(value)

    def _question(self, name: str) -> str:
        """Return the question of a fact, or the condition as it is written."""
        fact = self.agreement.facts.get(name)
        return fact.question[self.language] if fact else name

    def _readings(self, value: str) -> str:
        """Return what each reading comes to: a verdict, or where a duty stands and when it is due."""
        parts = []
        for reading in parse_readings(value):
            state = reading.outcome
            if state in list(Verdict):
                said = self.verdict(Verdict(state))
            elif state in list(ObligationState):
                said = self.obligation(ObligationState(state))
            else:
                said = state
            if reading.due is not None:
                said = self.enumerate_texts([said, self.moment(reading.due)])
            parts.append(f"{reading.name}: {said}")
        return self.enumerate_texts(parts)

    def distance(self, metres: float) -> str:
        """Return a radius in kilometres, or in metres below one."""
        kilometre = 1000
        if metres < kilometre:
            return self.say("{n} m").format(n=self.number(round(metres)))
        return self.say("{n} km").format(n=self.number(round(metres / kilometre)))

    def persons(self, figures: tuple[int, int] | None) -> str:
        """Return a casualty range, or a dash where no figure is given."""
        if figures is None:
            return "–"
        low, high = figures
        return self.number(low) if low == high else f"{self.number(low)}–{self.number(high)}"
