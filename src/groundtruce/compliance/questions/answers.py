"""Facts: how each incident answers the atoms of an agreement's rules: yes, no, or unknown, and why.

* An answer holds over the stated precision: of the kind and the weapon, the time, the place, and who did it.
* Each atom is answered once for all incidents and clauses. What depends on names alone is answered once for each
  distinct pair of names, geometry near each place only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from operator import add, or_

import numpy as np
import polars as pl

from groundtruce.agreement.condition import Atom
from groundtruce.agreement.terms import Agreement, Clause, Fact, PartyStanding, Scope
from groundtruce.compliance.questions.actors import add_sides
from groundtruce.compliance.questions.geometry import (
    Ground,
    answer_inside,
    build_grounds,
    locate,
    measure_share,
)
from groundtruce.compliance.questions.prior_attack import ASKED, find_prior_attacks, reach_of
from groundtruce.compliance.questions.timing import answer_time
from groundtruce.compliance.reason_code import Missing, ReasonCode, reason_column, reason_literal
from groundtruce.compliance.schedule import Window, window
from groundtruce.model.text_form import split_facts
from groundtruce.model.vocabulary import VocabularyName, covers, load_vocabulary

__all__ = ["ACCESS_DENIED", "Answer", "Facts"]

ACCESS_DENIED = "access_denied"
"""Name of the fact that observers could not see for themselves; its value is who kept them from it."""

_NUMBER = r"^\s*(\d+(?:\.\d+)?)(?:\s*\.\.\s*(\d+(?:\.\d+)?))?\s*$"


Discs = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` for each incident, null for unknown; the texts are the reasons for no and for unknown."""

    value: pl.Series
    no: pl.Expr
    unknown: pl.Expr
    share: Callable[[], pl.Series] | None = None
    """Works out the probability of yes, null where it cannot be known; it costs more than the value."""


class Facts:
    """The incidents with what every clause asks; `rows` has the columns that the reasons name."""

    def __init__(self, incidents: pl.DataFrame, agreement: Agreement) -> None:
        self._agreement = agreement
        self.rows, self._pairs = add_sides(incidents, agreement)
        self._stated = split_facts(self.rows["attributes"])
        self._texts: dict[str, pl.Series] = {}
        self._answers: dict[Atom, Answer] = {}
        self._places: dict[str, Answer] = {}
        self._times: dict[Window, Answer] = {}
        self._grounds = build_grounds(agreement.places)
        self._discs: Discs | None = None

    @property
    def context(self) -> pl.DataFrame:
        """Return the rows with the sides of each and what is said of facts (`fact_*`), as the reasons name them."""
        sides = self._pairs.drop("actor", "involved", "disputed", "by_members", "on_members")
        return self.rows.join(sides, on="pair", how="left", maintain_order="left").with_columns(
            self._text_of(name).alias(f"fact_{name}")
            for name in {ACCESS_DENIED: None, **self._agreement.facts}
        )

    def answer(self, atom: Atom) -> Answer:
        """Return the answer to an atom; each is worked out once."""
        if atom not in self._answers:
            self._answers[atom] = self._worked_out(atom)
        return self._answers[atom]

    def _worked_out(self, atom: Atom) -> Answer:
        """Return the answer of the question that the atom names, else of a fact."""
        if atom.comparison is not None:
            return self._compared(atom)
        by_name: dict[str, Callable[[Atom], Answer]] = {
            "kind": self._kind,
            "weapon": self._weapon,
            "target": self._target,
            "time": self._time,
            "in": self._in,
            "by": self._by,
            "against": self._against,
            "bound": self._bound,
            "exempt": self._exempt,
            ASKED: self._attacked_before,
        }
        return by_name.get(atom.name, self._fact)(atom)

    def _kind(self, atom: Atom) -> Answer:
        imprecise = reason_column(ReasonCode.IMPRECISE_KIND, pl.col("kind"))
        missing = reason_literal(ReasonCode.MISSING, Missing.KIND)
        return Answer(
            self._coded("kind", VocabularyName.KIND, atom.arguments),
            reason_column(ReasonCode.ACT_NOT_COVERED, pl.col("kind")),
            pl.when(pl.col("kind").is_null()).then(missing).otherwise(imprecise),
        )

    def _weapon(self, atom: Atom) -> Answer:
        imprecise = reason_column(ReasonCode.IMPRECISE_WEAPON, pl.col("weapon"))
        missing = reason_literal(ReasonCode.MISSING, Missing.WEAPON)
        return Answer(
            self._coded("weapon", VocabularyName.WEAPON, atom.arguments),
            reason_column(ReasonCode.ACT_NOT_COVERED, pl.col("weapon")),
            pl.when(pl.col("weapon").is_null()).then(missing).otherwise(imprecise),
        )

    def _target(self, atom: Atom) -> Answer:
        """A kind below `civilians` hits civilians, whatever the target field says; `mixed` is either."""
        value = self._coded("target", VocabularyName.TARGET, atom.arguments)
        if any(covers("civilian", code) for code in atom.arguments):
            by_kind = self.rows["kind"].str.starts_with("civilians").fill_null(value=False)
            value = pl.select(pl.when(by_kind).then(True).otherwise(value)).to_series()
        mixed = reason_literal(ReasonCode.MIXED_TARGET)
        missing = reason_literal(ReasonCode.MISSING, Missing.TARGET_KIND)
        return Answer(
            value,
            reason_column(ReasonCode.ACT_NOT_COVERED, pl.col("target")),
            pl.when(pl.col("target") == "mixed").then(mixed).otherwise(missing),
        )

    def _coded(self, column: str, name: VocabularyName, wanted: tuple[str, ...]) -> pl.Series:
        """Return yes for codes at or below the wanted, null for those above them or undetermined."""
        codes: dict[str, bool | None] = {}
        for code in load_vocabulary(name):
            if any(covers(wanted_code, code) for wanted_code in wanted):
                codes[code] = True
            elif code in ("undetermined", "mixed") or any(
                covers(code, wanted_code) for wanted_code in wanted
            ):
                codes[code] = None
            else:
                codes[code] = False
        yes = [code for code, value in codes.items() if value]
        no = [code for code, value in codes.items() if value is False]
        kept = pl.col(column)
        answer = pl.when(kept.is_in(yes)).then(True).when(kept.is_in(no)).then(False)
        return self.rows.select(answer.otherwise(None).alias(column)).to_series()

    def _time(self, atom: Atom) -> Answer:
        clause_id, start, reading = atom.arguments
        clause = self._agreement.clause(clause_id)
        scope = _version(clause, reading)
        clause_window = window(self._agreement, clause, scope, start)
        if clause_window not in self._times:
            time_answer = answer_time(self.rows, clause_window, self._agreement)
            share = None if time_answer.share is None else partial(_same, time_answer.share)
            self._times[clause_window] = Answer(
                time_answer.value, time_answer.out, time_answer.unknown, share
            )
        return self._times[clause_window]

    def _in(self, atom: Atom) -> Answer:
        answers = [self._place(name) for name in atom.arguments]
        if len(answers) == 1:
            return answers[0]
        value = reduce(or_, [answer.value for answer in answers])
        shares = [answer.share for answer in answers if answer.share is not None]
        share = partial(_added, shares) if len(shares) == len(answers) else None
        unknown = answers[0].unknown
        if any(self._grounds[name] is None for name in atom.arguments):
            unknown = (
                pl.when(pl.col("lat").is_null())
                .then(reason_literal(ReasonCode.MISSING, Missing.PLACE))
                .otherwise(reason_literal(ReasonCode.MISSING, Missing.ZONE))
            )
        return Answer(value, answers[0].no, unknown, share)

    def _place(self, name: str) -> Answer:
        """Return whether it was within a place; each place is worked out once."""
        if name not in self._places:
            self._places[name] = self._within(name)
        return self._places[name]

    def _within(self, name: str) -> Answer:
        place, ground = self._agreement.places[name], self._grounds[name]
        outside = reason_literal(ReasonCode.OUTSIDE_AREA)
        nowhere = pl.Series([None], dtype=pl.Boolean).new_from_index(0, self.rows.height)
        if ground is None:
            return Answer(nowhere, outside, reason_literal(ReasonCode.MISSING, Missing.ZONE))
        if self._discs is None:
            lat, lon, radius = (
                self.rows[column].to_numpy() for column in ("lat", "lon", "location_radius_m")
            )
            self._discs = lat, lon, np.nan_to_num(radius, nan=0.0)
        masks = locate(ground, *self._discs)
        value = answer_inside(*masks)
        share: Callable[[], pl.Series] | None = partial(_share, ground, self._discs, masks)
        unknown = (
            pl.when(pl.col("lat").is_null())
            .then(reason_literal(ReasonCode.MISSING, Missing.PLACE))
            .otherwise(reason_literal(ReasonCode.UNCERTAIN_PLACE))
        )
        begin, finish = pl.col("occurred_from"), pl.col("occurred_to")
        valid = pl.lit(value=True)
        if place.valid_from is not None:
            valid = valid & (begin >= place.valid_from)
        if place.valid_to is not None:
            valid = valid & (finish <= place.valid_to)
        if place.valid_from is not None or place.valid_to is not None:
            validity = self.rows.select(valid.fill_null(value=False).alias("valid")).to_series()
            value = pl.select(pl.when(validity).then(value)).to_series()
            share = None
            unknown = (
                pl.when(valid.fill_null(value=False))
                .then(unknown)
                .otherwise(reason_literal(ReasonCode.MISSING, Missing.EDITION))
            )
        return Answer(value, outside, unknown, share)

    def _by(self, atom: Atom) -> Answer:
        return self._of_side("by", atom.arguments, ReasonCode.ACT_NOT_COVERED)

    def _against(self, atom: Atom) -> Answer:
        return self._of_side("on", atom.arguments, ReasonCode.ACT_NOT_COVERED)

    def _of_side(self, side: str, names: tuple[str, ...], no: ReasonCode) -> Answer:
        """Whether all of a side are among some parties; an unlisted name may belong to any."""
        wanted = [party.id for name in names for party in self._agreement.parties_of(name)]
        members = pl.col(f"{side}_members")
        known = members.list.len() > 0
        among = members.list.eval(pl.element().is_in(wanted))
        value = (
            pl.when(pl.col("undirected") | ~known.fill_null(value=False))
            .then(None)
            .when(members.list.eval(pl.element().is_null()).list.any())
            .then(None)
            .when(among.list.all())
            .then(True)
            .when(~among.list.any())
            .then(False)
        )
        return Answer(
            self._gathered(self._pairs.select(value.alias("value")).to_series()),
            reason_column(no, pl.col(f"{side}_label")),
            _unknown_side(side, author=True),
        )

    def _gathered(self, by_pair: pl.Series) -> pl.Series:
        """Return for each incident the value of its pair of names."""
        return by_pair.gather(self.rows["pair"])

    def _bound(self, atom: Atom) -> Answer:
        """Whether a side is bound, by then and by this clause; those exempt are not bound."""
        who, how, *bearers = atom.arguments
        side = "by" if who == "actor" else "on"
        author = how == "author"
        standing = pl.col(f"{side}_standing")
        value = (
            pl.when(standing == PartyStanding.BOUND)
            .then(True)
            .when(standing.is_in([PartyStanding.OUTSIDE, PartyStanding.EXEMPT]))
            .then(False)
            .otherwise(None)
        )
        if bearers:
            among = self._among(side, tuple(bearers))
            value = value & pl.when(pl.col("undirected") & ~among).then(None).otherwise(among)
        if author:
            value = pl.when(~pl.col("undirected")).then(value)
        by_pair = self._pairs.select(value=value, since=pl.col(f"{side}_from"))
        known = self._gathered(by_pair["value"])
        since = self._gathered(by_pair["since"])
        timely = (
            pl.when(since.is_null() | (self.rows["occurred_from"] >= since))
            .then(True)
            .when((self.rows["occurred_to"] <= since).fill_null(value=False))
            .then(False)
            .otherwise(None)
        )
        answers = pl.select(pl.when(known).then(timely).otherwise(known).alias("value")).to_series()
        return Answer(
            answers,
            reason_column(ReasonCode.NOT_BOUND, pl.col(f"{side}_label")),
            _unknown_side(side, author=author),
        )

    def _among(self, side: str, bearers: tuple[str, ...]) -> pl.Expr:
        """Return whether the members of a side are all, or none, among the bearers; null where they are mixed."""
        wanted = [party.id for name in bearers for party in self._agreement.parties_of(name)]
        inside = pl.col(f"{side}_members").list.eval(pl.element().is_in(wanted))
        return pl.when(inside.list.all()).then(True).when(~inside.list.any()).then(False)

    def _exempt(self, atom: Atom) -> Answer:
        """Whether a side is left out by one of the exemptions; with the associated only where that is on record."""
        who, how, *ids = atom.arguments
        side = "by" if who == "actor" else "on"
        author = how == "author"
        exemptions = [exemption for exemption in self._agreement.exemptions if exemption.id in ids]
        members = sorted({member for exemption in exemptions for member in exemption.members})
        standing = pl.col(f"{side}_standing")
        value = (
            pl.when(standing == PartyStanding.EXEMPT)
            .then(self._among(side, tuple(members)))
            .when(standing.is_in([PartyStanding.BOUND, PartyStanding.OUTSIDE]))
            .then(False)
            .otherwise(None)
        )
        if author:
            value = pl.when(~pl.col("undirected")).then(value)
        answers = self._gathered(self._pairs.select(value.alias("value")).to_series())
        if any(exemption.associated for exemption in exemptions):
            associated = self._noted("associated")
            # a party on record is what it is on record as, whatever an incident says of it
            known = pl.coalesce(answers, pl.when(associated).then(True))
            answers = pl.select(known.alias("value")).to_series()
        since = [exemption.since for exemption in exemptions if exemption.since is not None]
        if since and len(since) == len(exemptions):
            before = (self.rows["occurred_to"] <= min(since)).fill_null(value=False)
            answers = pl.select(pl.when(before).then(False).otherwise(answers)).to_series()
        return Answer(answers, pl.lit(None, pl.String), _unknown_side(side, author=author))

    def _attacked_before(self, atom: Atom) -> Answer:
        prior_attacks = find_prior_attacks(self.rows, self._pairs, reach_of(atom.arguments))
        noted = self._noted(ASKED)
        value = pl.select(
            pl.when(noted.is_not_null()).then(noted).otherwise(prior_attacks)
        ).to_series()
        return Answer(
            value,
            reason_literal(ReasonCode.CONDITION_NOT_MET, ASKED),
            reason_literal(ReasonCode.MISSING, Missing.PRIOR_ATTACK),
        )

    def _text_of(self, name: str) -> pl.Series:
        """Return what the attributes of each incident say under a name; of two sayings the first."""
        if name not in self._texts:
            stated = self._stated.filter((pl.col("name") == name) & (pl.col("value") != ""))
            rows = pl.DataFrame(
                {"row": pl.int_range(self.rows.height, dtype=pl.UInt32, eager=True)}
            )
            self._texts[name] = rows.join(
                stated.unique("row", keep="first"), on="row", how="left", maintain_order="left"
            )["value"]
        return self._texts[name]

    def _noted(self, name: str) -> pl.Series:
        """Return yes, no, or null for what is said under a name."""
        text = self._text_of(name).str.to_lowercase()
        value = pl.when(text.is_in(["yes", "true"])).then(True)
        return pl.select(value.when(text.is_in(["no", "false"])).then(False)).to_series()

    def _fact(self, atom: Atom) -> Answer:
        fact: Fact = self._agreement.facts[atom.name]
        human = fact.judged_by == "human"
        code = ReasonCode.HUMAN_JUDGEMENT if human else ReasonCode.MISSING
        return Answer(
            self._noted(atom.name),
            reason_literal(ReasonCode.CONDITION_NOT_MET, atom.name),
            reason_literal(code, atom.name),
        )

    def _compared(self, atom: Atom) -> Answer:
        """Compare a number, or a range of which every value must agree."""
        text = pl.lit(self._text_of(atom.name))
        low = text.str.extract(_NUMBER, 1).cast(pl.Float64)
        high = pl.coalesce(text.str.extract(_NUMBER, 2).cast(pl.Float64), low)
        limit = float(atom.arguments[0])
        tests: dict[str, tuple[pl.Expr, pl.Expr]] = {
            ">=": (low >= limit, high < limit),
            ">": (low > limit, high <= limit),
            "<=": (high <= limit, low > limit),
            "<": (high < limit, low >= limit),
            "=": ((low == limit) & (high == limit), (low > limit) | (high < limit)),
            "!=": ((low > limit) | (high < limit), (low == limit) & (high == limit)),
        }
        yes, no = tests[atom.comparison or "="]
        value = pl.when(yes).then(True).when(no).then(False).otherwise(None)
        shown = pl.concat_str(
            pl.lit(f"{atom.name} "), pl.col(f"fact_{atom.name}").str.to_lowercase()
        )
        return Answer(
            pl.select(value.alias("value")).to_series(),
            reason_column(ReasonCode.ACT_NOT_COVERED, shown),
            reason_literal(ReasonCode.MISSING, atom.name),
        )


def _same(share: pl.Series) -> pl.Series:
    return share


def _added(shares: list[Callable[[], pl.Series]]) -> pl.Series:
    """Return the share of several places, which are taken not to overlap."""
    return reduce(add, [share() for share in shares]).clip(0.0, 1.0)


def _share(ground: Ground, discs: Discs, masks: tuple[np.ndarray, np.ndarray]) -> pl.Series:
    return pl.Series(measure_share(ground, *discs, masks)).fill_nan(None)


def _version(clause: Clause, reading: str) -> Scope:
    return dict(clause.versions())[reading]


def _unknown_side(side: str, *, author: bool) -> pl.Expr:
    missing = Missing.ACTOR if side == "by" else Missing.TARGET
    label, standing = pl.col(f"{side}_label"), pl.col(f"{side}_standing")
    text = (
        pl.when(label.is_null())
        .then(reason_literal(ReasonCode.MISSING, missing))
        .when(standing == PartyStanding.UNCLEAR)
        .then(reason_column(ReasonCode.UNCLEAR_STANDING, label))
        .otherwise(reason_literal(ReasonCode.UNCERTAIN_TIME))
    )
    if author:
        undirected = pl.col("undirected")
        return (
            pl.when(undirected).then(reason_literal(ReasonCode.AUTHOR_UNDETERMINED)).otherwise(text)
        )
    return text
