"""Preferences as JSON: read strictly, and written so that they read back."""

from datetime import time
from typing import Any

import pytest

from domain.channel import Channel
from domain.errors import FieldError, InvalidInput
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.preferences import CHOICES_MAX, NO_PREFERENCES, Choice, Preferences, Scope, preference_problems
from domain.quiet_hours import NoQuietHours, QuietHours
from entrypoints.preference_shape import ERRORS_MAX, preferences_json, read_preferences


def problems(preferences: Preferences) -> list[FieldError]:
    return preference_problems(preferences, TYPE_POLICIES)


def read(value: Any) -> Preferences:
    return read_preferences(value, problems)


@pytest.mark.parametrize(
    "preferences",
    [
        NO_PREFERENCES,
        Preferences(quiet_hours=NoQuietHours.NONE),
        Preferences(
            choices=(
                Choice(Scope(), wanted=False),
                Choice(Scope(channel=Channel.SMS), wanted=True),
                Choice(Scope(channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL, topic="Neues"), wanted=True),
            ),
            quiet_hours=QuietHours(time(21, 30), time(8)),
        ),
    ],
)
def test_what_is_written_reads_back(preferences: Preferences) -> None:
    assert read(preferences_json(preferences)) == preferences


def test_what_a_choice_leaves_out_is_about_every_one() -> None:
    assert read({"choices": [], "quiet_hours": None}) == NO_PREFERENCES
    assert read({"choices": [{"wanted": False}], "quiet_hours": None}) == Preferences(
        choices=(Choice(Scope(), wanted=False),)
    )


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ({}, {"choices": "is missing; give [] to forget all", "quiet_hours": "is missing; null is what the type says"}),
        ({"choices": None, "quiet_hours": "none"}, {"choices": "is missing; give [] to forget all"}),
        ({"choices": []}, {"quiet_hours": "is missing; null is what the type says"}),
    ],
)
def test_what_takes_the_place_of_all_must_be_said(value: Any, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(value)

    assert {error.field: error.message for error in caught.value.errors} == wrong


def test_the_effect_of_an_answer_may_come_back_and_says_nothing() -> None:
    assert read({"choices": [], "quiet_hours": None, "effect": {"always": ["everything"]}}) == NO_PREFERENCES


NO = {"wanted": False}


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ([], [""]),
        (None, [""]),
        ({"choice": []}, ["choice", "choices"]),
        ({"choices": {}}, ["choices"]),
        ({"choices": "all"}, ["choices"]),
        ({"choices": [{"topic": str(number), **NO} for number in range(CHOICES_MAX + 1)]}, ["choices"]),
        ({"choices": ["no"]}, ["choices.0"]),
        ({"choices": [{}]}, ["choices.0.wanted"]),
        ({"choices": [{"wanted": None}]}, ["choices.0.wanted"]),
        ({"choices": [{"wanted": "no"}, {"wanted": 0}]}, ["choices.0.wanted", "choices.1.wanted"]),
        (
            {"choices": [{"channel": "fax", "type": ["x"], "topic": 7, **NO}]},
            ["choices.0.channel", "choices.0.type", "choices.0.topic"],
        ),
        ({"choices": [{"address": "x", **NO}]}, ["choices.0.address"]),
        ({"choices": [{"topic": "", **NO}, {"topic": "a\nb", **NO}]}, ["choices.0.topic", "choices.1.topic"]),
        ({"choices": [{"type": "transactional", **NO}]}, ["choices.0.type"]),
        ({"choices": [{"topic": "a", **NO}, {"topic": "a", "wanted": True}]}, ["choices.1"]),
        ({"choices": [], "quiet_hours": "21-8"}, ["quiet_hours"]),
        ({"choices": [], "quiet_hours": 21}, ["quiet_hours"]),
        ({"choices": [], "effect": []}, ["effect"]),
        ({"choices": [], "quiet_hours": ""}, ["quiet_hours"]),
    ],
)
def test_what_is_wrong_is_named(value: Any, wrong: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read({"quiet_hours": None, **value} if isinstance(value, dict) else value)

    assert [error.field for error in caught.value.errors] == wrong


def test_of_very_many_wrong_fields_the_first_are_named() -> None:
    choices = [{str(number): 1 for number in range(100)} for _ in range(CHOICES_MAX)]
    value = {"choices": choices, "quiet_hours": None}

    with pytest.raises(InvalidInput) as caught:
        read(value)

    assert len(caught.value.errors) == ERRORS_MAX + 1
    assert "more wrong fields" in caught.value.errors[-1].message


def test_as_many_wrong_fields_as_are_named_at_once_are_all_that_is_said() -> None:
    value = {"choices": [{**NO, **{str(number): 1 for number in range(ERRORS_MAX)}}], "quiet_hours": None}

    with pytest.raises(InvalidInput) as caught:
        read(value)

    assert {error.field for error in caught.value.errors} == {f"choices.0.{number}" for number in range(ERRORS_MAX)}


def test_what_can_be_read_is_judged_beside_what_cannot_and_keeps_its_place() -> None:
    value = {
        "choices": [
            {"channel": "fax", **NO},
            {"type": "transactional", **NO},
            "no",
            {"channel": "sms", **NO},
            {"topic": "\t", **NO},
            {"channel": "sms", "wanted": True},
        ],
        "quiet_hours": "never",
    }

    with pytest.raises(InvalidInput) as caught:
        read(value)

    found = {error.field: error.message for error in caught.value.errors}
    assert found.keys() == {
        "choices.0.channel",
        "choices.1.type",
        "choices.2",
        "choices.4.topic",
        "choices.5",
        "quiet_hours",
    }
    assert found["choices.1.type"] == "transactional cannot be refused; informational, promotional can"
    assert found["choices.5"] == "is about sms, as choices.3 is; keep one of them"
    assert found["quiet_hours"] == "must be two times of day, such as 21:00-08:00, or none"
