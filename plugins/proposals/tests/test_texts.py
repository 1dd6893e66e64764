"""Texts of two people who write at once, and what changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugins.proposals.texts import compare, digest, folded, merge, paragraphs

lines = st.lists(st.sampled_from("abcdefgh"), max_size=6).map("\n\n".join)


@given(base=lines, theirs=lines, mine=lines)
def test_nothing_that_anybody_wrote_is_lost(base: str, theirs: str, mine: str) -> None:
    kept = paragraphs(merge(base, theirs, mine).words)

    for text in (theirs, mine):
        for part in paragraphs(text):
            assert part in kept or part in paragraphs(base), (part, kept)


@given(base=lines, mine=lines)
def test_alone_one_writes_what_one_writes(base: str, mine: str) -> None:
    assert merge(base, base, mine) == merge(base, mine, base)
    assert merge(base, base, mine).words == mine
    assert not merge(base, base, mine).clash


def test_two_places_are_merged_without_a_word() -> None:
    merged = merge("one\n\ntwo\n\nthree", "ONE\n\ntwo\n\nthree", "one\n\ntwo\n\nTHREE")

    assert merged.words == "ONE\n\ntwo\n\nTHREE"
    assert not merged.clash


def test_one_place_keeps_both_and_says_so() -> None:
    merged = merge("one", "theirs", "mine")

    assert merged.words == "theirs\n\nmine"
    assert merged.clash


@given(old=st.text(max_size=60), new=st.text(max_size=60))
def test_pieces_are_the_two_texts(old: str, new: str) -> None:
    left, right = compare(old, new)

    assert "".join(piece.words for piece in left) == old
    assert "".join(piece.words for piece in right) == new
    assert {piece.kind for piece in left} <= {"same", "gone"}
    assert {piece.kind for piece in right} <= {"same", "new"}


def test_words_that_changed_are_marked() -> None:
    left, right = compare("A quiet room", "A loud room")

    assert [piece.words for piece in left if piece.kind == "gone"] == ["quiet"]
    assert [piece.words for piece in right if piece.kind == "new"] == ["loud"]


def test_digest_is_of_the_words_alone() -> None:
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})
    assert digest({"a": "1"}) != digest({"a": "2"})


def test_search_forgives_marks_and_capitals() -> None:
    assert folded("Café  NOIR") == "cafe noir"
