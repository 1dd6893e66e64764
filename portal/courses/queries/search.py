"""Search that forgives spelling: one interface over SQLite's FTS5 and PostgreSQL's pg_trgm.

`look_up` asks the database once for two things: the courses whose title or summary contain every word
that was typed, or that have words beginning like it anywhere, and for each typed word the most alike words
that titles use. Which of those is meant is
decided here in Python (`_nearest`), so that both engines agree. Nothing typed reaches the database but
letters and digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.ddl import (
    HAS_DESCRIPTION,
    SEARCHED_TEXT,
    SEARCHED_TITLE,
    SEARCHED_WORDS,
    course_word,
    fold,
)
from portal.courses.models import Course
from portal.db import dialect_name

# Courses that one search considers, those with the words in their titles first. A list says no more than
# "over 100"; one that is narrowed further needs more to choose from. A real catalogue has fewer in all.
CANDIDATES, CANDIDATES_NARROWED = 121, 200
# Labels of rows, beside the numbers of the words: in titles, in titles and summaries, in descriptions too.
IN_TITLE, ANYWHERE, IN_TEXT = -3, -2, -1
LONGEST_QUERY = 200  # characters
MOST_WORDS = 8
TRIGRAM = 3
_WORD = re.compile(r"[^\W_]+")
# Figures that stand for letters, in a word that has both.
_FIGURES = str.maketrans("0134578", "oleastb")
# Words that say nothing about a course, left out while others remain.
_SMALL_WORDS = frozenset(
    {
        "a", "about", "an", "and", "are", "at", "can", "course", "courses", "do", "for", "from", "get",
        "help", "how", "i", "in", "is", "it", "me", "my", "of", "on", "or", "the", "to", "want", "what",
        "with", "you", "your",
    }
)  # fmt: skip
# At most this many slips, by the length of what was typed.
_SLIPS = ((2, 0), (5, 1), (8, 2), (99, 3))


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed, as words in lower case and without marks on letters."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search is about to show.

    `words` are what the courses are matched against: those typed, or the nearest that exist, when
    `approximate`. `course_ids` are None when the words are approximate: `matches` finds them.
    """

    query: Query
    words: tuple[str, ...]
    course_ids: tuple[int, ...] | None
    approximate: bool = False
    most: int = CANDIDATES
    in_titles: bool = True  # each of the words is one of some title


def parse(text: str) -> Query:
    """The words worth searching for; none for an empty or meaningless text."""
    text = " ".join(text[:LONGEST_QUERY].replace("\0", " ").split())
    plain = fold(unicodedata.normalize("NFKC", text))
    words = list(dict.fromkeys(word[:40] for word in _WORD.findall(plain) if len(word) > 1))
    telling = [word for word in words if word not in _SMALL_WORDS]
    return Query(text, tuple((telling or words)[:MOST_WORDS]))


def look_up(session: Session, query: Query, *, narrowed: bool = False) -> Found:
    """Which courses hold all the words; failing that, which words were probably meant. One query.

    `narrowed` when only some of what is found will be shown.
    """
    if not query.words:
        return Found(query, (), ())
    sqlite = dialect_name(session) == "sqlite"
    most = CANDIDATES_NARROWED if narrowed else CANDIDATES
    parts: list[sa.Select[Any]] = []
    # Where only some are shown, so many are considered that which come first hardly matters.
    places = [(ANYWHERE, "")] if narrowed else [(IN_TITLE, "title"), (ANYWHERE, "")]
    for label, column in places:
        held = _holding(query.words, "AND", column, most, sqlite=sqlite).subquery()
        parts.append(sa.select(sa.literal(label), held.c.id, sa.literal(""), sa.literal(0)))
    text = _mentioning(query.words, most, sqlite=sqlite).subquery()
    parts.append(sa.select(sa.literal(IN_TEXT), text.c.id, sa.literal(""), sa.literal(0)))
    for index, word in enumerate(query.words):
        near = (_alike_sqlite if sqlite else _alike_postgresql)(_as_letters(word))
        parts.append(sa.select(sa.literal(index), near.c.id, near.c.word, near.c.uses))
        if len(query.words) > 1 and len(word) >= TRIGRAM:
            for there in (
                _holding((word,), "AND", "", 1, sqlite=sqlite).subquery(),
                _mentioning((word,), 1, sqlite=sqlite).subquery(),
            ):
                known = (sa.literal(index), there.c.id, sa.literal(word), sa.literal(0))
                parts.append(sa.select(*known))
    rows = session.execute(sa.union_all(*parts)).all()
    labels = (IN_TITLE, ANYWHERE, IN_TEXT)
    ids = dict.fromkeys(row[1] for label in labels for row in rows if row[0] == label)
    if ids:
        return Found(query, query.words, tuple(ids)[:most])
    words: list[str] = []
    titled: set[str] = set()
    for index, word in enumerate(query.words):
        alike = [(row[2], row[3]) for row in rows if row[0] == index]
        titled.update(name for name, uses in alike if uses)
        words.extend(_nearest(word, alike))
    return Found(
        query,
        tuple(dict.fromkeys(words)),
        None,
        approximate=True,
        most=most,
        in_titles=titled.issuperset(words),
    )


def matches(session: Session, found: Found) -> sa.ColumnElement[bool]:
    """The condition on `Course` that a row is among those found."""
    if found.course_ids is not None:
        return Course.id.in_(found.course_ids)
    if not found.words:
        return sa.false()
    sqlite = dialect_name(session) == "sqlite"
    column = "title" if found.in_titles else ""
    return Course.id.in_(_holding(found.words, "OR", column, found.most, sqlite=sqlite))


def rank(found: Found, title: str, summary: str) -> int:
    """How well a course fits: higher is better. A word in the title counts most, whole most of all."""
    title_words = _WORD.findall(fold(title))
    folded_summary = fold(summary)
    score = 0
    for word in found.words:
        if word in title_words:
            score += 12
        elif any(part.startswith(word) for part in title_words):
            score += 9
        elif any(word in part for part in title_words):
            score += 6
        elif word in folded_summary:
            score += 2
    return score


def _holding(
    words: Sequence[str], joiner: str, column: str, most: int, *, sqlite: bool
) -> sa.Select[int]:
    """Ids of at most so many courses with every (AND) or some (OR) word in the title, or, where no column
    is named, in the title or summary; through the trigram index.

    A word of two letters has no trigram: it counts only where nothing longer was typed, at the start
    of a word in the title.
    """
    ids = sa.select(Course.id).limit(most)
    long = [word for word in words if len(word) >= TRIGRAM]
    lowered = sa.func.lower(Course.title)
    join = sa.and_ if joiner == "AND" else sa.or_
    if not long:
        starts = [
            sa.or_(lowered.startswith(word, autoescape=True), lowered.contains(f" {word}"))
            for word in words
        ]
        return ids.where(join(*starts))
    if sqlite:
        match = f" {joiner} ".join(f'"{word}"' for word in long)
        # Cut within: the outer query would first read all that match.
        hits = sa.text(
            "SELECT rowid FROM course_search WHERE course_search MATCH :words LIMIT :most"
        ).bindparams(
            sa.bindparam("words", f"{column} : ({match})" if column else match, unique=True),
            sa.bindparam("most", most, unique=True),
        )
        return sa.select(
            hits.columns(sa.column("rowid", sa.Integer)).subquery().c.rowid.label("id")
        )
    text: sa.ColumnElement[str] = sa.literal_column(SEARCHED_TEXT, sa.Text)
    held = join(*(text.contains(word, autoescape=True) for word in long))
    if column:
        title: sa.ColumnElement[str] = sa.literal_column(SEARCHED_TITLE, sa.Text)
        held = sa.and_(held, join(*(title.contains(word, autoescape=True) for word in long)))
    return ids.where(held)


def _mentioning(words: Sequence[str], most: int, *, sqlite: bool) -> sa.Select[int]:
    """Ids of at most so many courses with a description in whose texts a word begins like each of these.

    Words of two letters are passed over; where nothing longer was typed, none is found.
    """
    long = [word for word in words if len(word) >= TRIGRAM]
    ids = sa.select(Course.id).limit(most)
    if not long:
        return ids.where(sa.false())
    if sqlite:
        hits = sa.text(
            "SELECT rowid FROM course_text_search WHERE course_text_search MATCH :words LIMIT :most"
        ).bindparams(
            sa.bindparam("words", " AND ".join(f'"{word}"*' for word in long), unique=True),
            sa.bindparam("most", most, unique=True),
        )
        return sa.select(
            hits.columns(sa.column("rowid", sa.Integer)).subquery().c.rowid.label("id")
        )
    # Named, not sent: with a value in its place PostgreSQL passes the index by.
    simple: sa.ColumnElement[str] = sa.literal_column("'simple'::regconfig", sa.Text)
    asked = sa.func.to_tsquery(simple, " & ".join(f"{word}:*" for word in long))
    held: sa.ColumnElement[bool] = sa.literal_column(SEARCHED_WORDS).op("@@")(asked)
    return ids.where(sa.text(HAS_DESCRIPTION), held)


def _alike_sqlite(word: str) -> sa.Subquery:
    """The words of titles that share the most trigrams with `word`."""
    padded = f" {word} "
    trigrams = {padded[at : at + TRIGRAM] for at in range(len(padded) - TRIGRAM + 1)}
    match = " OR ".join(f'"{trigram}"' for trigram in sorted(trigrams))
    hits = (
        sa.text(
            "SELECT rowid AS id FROM course_word_search WHERE course_word_search MATCH :trigrams "
            "ORDER BY rank LIMIT 30"
        )
        .bindparams(sa.bindparam("trigrams", match, unique=True))
        .columns(sa.column("id", sa.Integer))
        .subquery()
    )
    return (
        sa.select(course_word.c.id, course_word.c.word, course_word.c.uses)
        .join(hits, hits.c.id == course_word.c.id)
        .where(course_word.c.uses > 0)
        .subquery()
    )


def _alike_postgresql(word: str) -> sa.Subquery:
    """The words of titles nearest to `word` by trigram distance, through the GiST index."""
    distance = course_word.c.word.op("<->", return_type=sa.Float())(sa.bindparam(None, word))
    return (
        sa.select(course_word.c.id, course_word.c.word, course_word.c.uses)
        .where(course_word.c.uses > 0)
        .order_by(distance)
        .limit(30)
        .subquery()
    )


def _nearest(word: str, alike: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """The word that was meant, two that were run together, or none when nothing is near.

    `alike` holds (word, how often titles use it; 0 for the word itself where only a summary has it).
    """
    names = {name for name, _ in alike}
    if word in names:
        return (word,)
    word = _as_letters(word)
    if word in names:
        return (word,)
    allowed = next(slips for longest, slips in _SLIPS if len(word) <= longest)
    near = [
        (distance, -uses, name)
        for name, uses in alike
        if (distance := _slips(word, name, allowed)) <= allowed
    ]
    if near:
        return (min(near)[2],)
    for first in names:
        if word.startswith(first) and word[len(first) :] in names:
            return (first, word[len(first) :])
    return ()


def _as_letters(word: str) -> str:
    """ "sleep" from "sl33p"; what is only letters, or only figures, stays."""
    return word if word.isalpha() or word.isdigit() else word.translate(_FIGURES)


def _slips(typed: str, meant: str, allowed: int) -> int:
    """How many letters were left out, added, changed, or swapped with their neighbour.

    More than `allowed` may be reported as `allowed + 1` (optimal string alignment distance).
    """
    if abs(len(typed) - len(meant)) > allowed:
        return allowed + 1
    before_last: list[int] = []
    last = list(range(len(meant) + 1))
    for row, letter in enumerate(typed, 1):
        line = [row]
        for column, other in enumerate(meant, 1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == meant[column - 2] and typed[row - 2] == other:
                cost = min(cost, before_last[column - 2] + 1)
            line.append(cost)
        if min(line) > allowed:
            return allowed + 1
        before_last, last = last, line
    return last[-1]
