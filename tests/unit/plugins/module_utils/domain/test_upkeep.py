"""What an upgrade would reset, and what is put back."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_secrets import ROLES, USER, Field
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject
from ansible_collections.epinio.aws.plugins.module_utils.domain.upkeep import (
    Live,
    PutBack,
    after,
    at_odds,
    meanwhile,
    to_keep,
    to_put_back,
)

PASSWORD: Field = ("data", "password")
NAMESPACES: Field = ("data", "namespaces")
EXTRA: Field = ("data", "extra")
CONFIG: Field = ("data", "config.yaml")
ISSUER: Field = ("data", "issuer")

Some = dict[Field, str]
# bcrypt: the same password, another hash in every revision.
FIRST: Some = {PASSWORD: "hash-1", NAMESPACES: "", ROLES: "admin", USER: "true"}
SECOND: Some = {**FIRST, PASSWORD: "hash-2"}
THIRD: Some = {**FIRST, PASSWORD: "hash-3"}
EDITED: Some = {PASSWORD: "own", NAMESPACES: "team1", ROLES: "admin,admin:team1", USER: "true"}


def without(fields: Some, *gone: Field) -> Some:
    return {key: value for key, value in fields.items() if key not in gone}


def live(fields: Some | None) -> dict[str, Live]:
    return {} if fields is None else {"radmin": Live(fields, "uid", "5")}


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        (FIRST, None),
        (EDITED, {PASSWORD: "own", NAMESPACES: "team1", ROLES: "admin,admin:team1"}),
        ({**FIRST, PASSWORD: "own"}, {PASSWORD: "own"}),
        ({**FIRST, ROLES: ""}, {ROLES: ""}),
        ({**FIRST, EXTRA: "x"}, {EXTRA: "x"}),
        # A user who is one no more: somebody took the label off.
        (without(FIRST, USER), {USER: None}),
        (without(FIRST, NAMESPACES, ROLES), {NAMESPACES: None, ROLES: None}),
    ],
)
def test_kept_is_what_differs_from_the_rendering(there: Some, kept: dict[Field, str | None] | None) -> None:
    rendering = {"radmin": FIRST}
    wanted = () if kept is None else (KeptObject("radmin", kept),)
    assert to_keep(rendering, rendering, live(there)) == wanted


def test_a_deleted_secret_is_kept_as_deleted() -> None:
    assert to_keep({"radmin": FIRST}, {"radmin": FIRST}, {}) == (KeptObject("radmin", deleted=True),)


def test_a_secret_that_only_a_failed_revision_rendered_was_not_deleted() -> None:
    assert to_keep({}, {"radmin": FIRST}, {}) == ()


def test_a_secret_that_the_chart_does_not_render_is_not_helms_to_reset() -> None:
    assert to_keep({}, {}, live(EDITED)) == ()


@pytest.mark.parametrize("there", [FIRST, SECOND])
def test_after_a_failed_revision_a_field_as_either_rendered_it_was_not_edited(there: Some) -> None:
    assert to_keep({"radmin": FIRST}, {"radmin": SECOND}, live(there)) == ()


def test_kept_objects_are_in_the_order_of_names() -> None:
    renderings = dict.fromkeys(("b", "c", "a"), FIRST)
    assert [one.name for one in to_keep(renderings, renderings, {})] == ["a", "b", "c"]


KEPT = KeptObject("radmin", {PASSWORD: "own", NAMESPACES: "team1", ROLES: "admin,admin:team1"})


@pytest.mark.parametrize(
    ("there", "put_back"),
    [
        (SECOND, dict(KEPT.fields)),
        # Not reset yet, or put back already.
        (EDITED, None),
        # Half of it is put back.
        ({**SECOND, PASSWORD: "own"}, {NAMESPACES: "team1", ROLES: "admin,admin:team1"}),
        # Somebody changed the password since: that one stays, the rest is put back.
        ({**SECOND, PASSWORD: "newer"}, {NAMESPACES: "team1", ROLES: "admin,admin:team1"}),
        # Epinio added a namespace to what the upgrade left: the password is put back all the same.
        ({**SECOND, NAMESPACES: "team2", ROLES: "admin,admin:team2"}, {PASSWORD: "own"}),
        ({**EDITED, PASSWORD: "newer"}, None),
        # Deleted since.
        (None, None),
    ],
)
def test_put_back_is_what_still_reads_as_the_upgrade_rendered_it(
    there: Some | None, put_back: dict[Field, str | None] | None
) -> None:
    wanted = () if put_back is None else (PutBack("radmin", put_back, "uid", "5"),)
    assert to_put_back([KEPT], [{"radmin": SECOND}], live(there)) == wanted


def test_without_a_newer_revision_nothing_is_put_back() -> None:
    assert to_put_back([KEPT, KeptObject("repinio", deleted=True)], [], live(FIRST)) == ()


def test_a_secret_that_the_upgrade_does_not_render_is_left_alone() -> None:
    assert to_put_back([KEPT], [{"other": SECOND}], live(FIRST)) == ()


@pytest.mark.parametrize("there", [SECOND, THIRD])
def test_of_several_newer_revisions_any_may_have_reset_it(there: Some) -> None:
    (put_back,) = to_put_back([KEPT], [{"radmin": SECOND}, {}, {"radmin": THIRD}], live(there))
    assert put_back.fields == KEPT.fields


def test_a_field_that_was_taken_out_is_taken_out_again() -> None:
    (put_back,) = to_put_back([KeptObject("radmin", {USER: None})], [{"radmin": SECOND}], live(SECOND))
    assert put_back.fields == {USER: None}


def test_a_field_that_the_chart_renders_no_more_is_given_back() -> None:
    (put_back,) = to_put_back([KeptObject("radmin", {EXTRA: "x"})], [{"radmin": SECOND}], live(SECOND))
    assert put_back.fields == {EXTRA: "x"}


@pytest.mark.parametrize(
    ("there", "deleted"),
    [
        (SECOND, True),
        (FIRST, False),
        ({**SECOND, NAMESPACES: "team1"}, False),
        ({**SECOND, EXTRA: "x"}, False),
        # The label was taken off while helm waited.
        (without(SECOND, USER), True),
        ({**without(SECOND, USER), NAMESPACES: "team1"}, False),
        (None, False),
    ],
)
def test_a_deleted_user_is_deleted_again_only_as_rendered(there: Some | None, deleted: bool) -> None:
    put_back = to_put_back([KeptObject("radmin", deleted=True)], [{"radmin": SECOND}], live(there))
    assert put_back == ((PutBack("radmin", None, "uid", "5"),) if deleted else ())


def test_while_helm_waits_a_deleted_user_only_loses_the_label() -> None:
    edited, deleted = PutBack("a", {PASSWORD: "own"}), PutBack("b", None, "uid", "5")
    found = meanwhile([edited, deleted], {"a": Live(SECOND), "b": Live(SECOND)})
    assert found == (edited, PutBack("b", {USER: None}, "uid", "5"))
    assert meanwhile([deleted], {"b": Live(without(SECOND, USER))}) == ()


def test_what_is_there_once_it_is_put_back() -> None:
    there = {"radmin": Live(SECOND, "uid", "5"), "repinio": Live(SECOND), "other": Live(FIRST)}
    done = after(there, [PutBack("radmin", {PASSWORD: "own", USER: None}), PutBack("repinio", None)])
    assert done == {"radmin": Live({**without(SECOND, USER), PASSWORD: "own"}, "uid", "5"), "other": Live(FIRST)}
    # As planned with what an earlier run has left: the next upgrade keeps it again.
    assert to_keep({"radmin": SECOND}, {"radmin": SECOND}, done) == (
        KeptObject("radmin", {PASSWORD: "own", USER: None}),
    )


def test_edited_settings_of_dex_that_the_upgrade_renders_otherwise_are_named() -> None:
    before = {"dex-config": {CONFIG: "a", ISSUER: "a"}, "radmin": FIRST}
    now = {"dex-config": {CONFIG: "b", ISSUER: "b"}, "radmin": SECOND}
    dex = KeptObject("dex-config", {CONFIG: "edited", EXTRA: "x"})
    assert at_odds([KEPT, dex], before, now) == ("config.yaml",)
    assert at_odds([KEPT, dex], before, {**now, "dex-config": before["dex-config"]}) == ()
    assert at_odds([KEPT], before, now) == ()


def test_nothing_secret_shows() -> None:
    assert "own" not in repr([KEPT, Live(EDITED), PutBack("radmin", EDITED)])
