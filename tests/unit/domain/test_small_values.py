"""Small values of the domain: lanes, keys, suppressions, campaigns and errors."""

from datetime import UTC, datetime

import pytest

from domain.api_key import ApiKey, Scope
from domain.campaign import Campaign, CampaignStatus
from domain.channel import Channel
from domain.errors import Conflict, FieldError, InvalidInput, KeyReused, Misconfigured, NotFound, TocsinError
from domain.lane import Lane
from domain.notification_type import NotificationType
from domain.suppression import suppression_key

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_lane_is_called_by_channel_type_and_campaign() -> None:
    standing = Lane(id=1, channel=Channel.EMAIL, type=NotificationType.PROMOTIONAL)
    assert standing.name == "email/promotional"
    of_campaign = Lane(id=2, channel=Channel.SMS, type=NotificationType.INFORMATIONAL, campaign_id=7)
    assert of_campaign.name == "sms/informational/campaign-7"


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ({Scope.SEND}, {Scope.SEND}),
        ({Scope.READ}, {Scope.READ}),
        ({Scope.MANAGE}, set(Scope)),
        ({Scope.SEND, Scope.READ}, {Scope.SEND, Scope.READ}),
        (set(), set()),
    ],
)
def test_a_key_allows_its_scopes_until_it_is_revoked(scopes: set[Scope], allowed: set[Scope]) -> None:
    key = ApiKey(id=1, name="app", digest=b"", scopes=frozenset(scopes), created_at=NOW)
    revoked = ApiKey(id=1, name="app", digest=b"", scopes=frozenset(scopes), created_at=NOW, revoked_at=NOW)
    assert {scope for scope in Scope if key.allows(scope)} == allowed
    assert not [scope for scope in Scope if revoked.allows(scope)]


@pytest.mark.parametrize("channel", Channel)
def test_only_mail_addresses_are_suppressed_without_regard_to_case(channel: Channel) -> None:
    assert suppression_key(channel, "AbC@Example.com") == (
        "abc@example.com" if channel is Channel.EMAIL else "AbC@Example.com"
    )


@pytest.mark.parametrize("status", CampaignStatus)
def test_a_campaign_is_complete_when_nothing_more_comes_of_it(status: CampaignStatus) -> None:
    campaign = Campaign(
        id=1,
        name="spring",
        channels=(Channel.EMAIL,),
        type=NotificationType.PROMOTIONAL,
        status=status,
        send_at=NOW,
        expires_at=NOW,
        created_at=NOW,
    )
    assert campaign.is_complete is (status in (CampaignStatus.FINISHED, CampaignStatus.CANCELLED))


class TestErrors:
    def test_invalid_input_names_every_field_at_once(self) -> None:
        error = InvalidInput([FieldError("to", "is missing"), FieldError("body", "is empty")])
        assert str(error) == "to: is missing; body: is empty"
        assert InvalidInput.of("to", "is missing").errors == (FieldError("to", "is missing"),)

    def test_not_found_names_what_was_looked_for(self) -> None:
        assert str(NotFound("recipient", "ada")) == "no recipient has the id ada"
        assert str(NotFound("campaign", 7)) == "no campaign has the id 7"
        assert str(NotFound("gateway", "nix", ["mail", "sms"])) == "no gateway is called nix; configured: mail, sms"

    def test_a_reused_key_is_a_conflict_with_a_remedy(self) -> None:
        assert isinstance(KeyReused("k"), Conflict)
        assert "take another key" in str(KeyReused("k"))

    def test_a_wrong_configuration_names_every_problem_on_its_line(self) -> None:
        assert str(Misconfigured(["a", "b"])) == "a\nb"

    @pytest.mark.parametrize("kind", [InvalidInput, Misconfigured])
    def test_an_error_without_a_problem_is_our_own_fault(self, kind: type[InvalidInput | Misconfigured]) -> None:
        with pytest.raises(AssertionError):
            kind([])

    def test_every_error_can_be_caught_as_one(self) -> None:
        assert issubclass(InvalidInput, TocsinError)
        assert issubclass(KeyReused, TocsinError)
        assert issubclass(NotFound, TocsinError)
