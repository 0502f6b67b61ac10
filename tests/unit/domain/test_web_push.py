"""Which endpoints belong to a push service, and which texts are the keys of a subscription."""

import pytest

from domain.web_push import PUSH_HOSTS, is_auth_secret, is_host_pattern, is_public_key, key_bytes, push_service

KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


@pytest.mark.parametrize(
    ("endpoint", "service"),
    [
        ("https://fcm.googleapis.com/fcm/send/1", "fcm.googleapis.com"),
        ("https://web.push.apple.com/1", "push.apple.com"),
        ("https://a.b.push.apple.com/1", "push.apple.com"),
        ("https://push.apple.com/1", None),
        ("https://notpush.apple.com/1", None),
        ("http://fcm.googleapis.com/1", None),
        ("https://fcm.googleapis.com:80/1", None),
        ("https://10.0.0.1/1", None),
    ],
)
def test_an_endpoint_belongs_to_one_service_or_to_none(endpoint: str, service: str | None) -> None:
    assert push_service(endpoint) == service


def test_the_first_entry_that_covers_a_host_counts() -> None:
    assert push_service("https://a.example.com/", ["a.example.com", "*.example.com"]) == "a.example.com"
    assert push_service("https://b.example.com/", ["a.example.com", "*.example.com"]) == "example.com"
    assert push_service("https://a.example.com/", []) is None


@pytest.mark.parametrize("text", [*PUSH_HOSTS, "push.example.com", "*.example.net", "a-b.c0.example"])
def test_a_name_may_stand_on_the_list(text: str) -> None:
    assert is_host_pattern(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "*", "*.", "example", "localhost", "*.com.", "127.0.0.1", "1.2.3.04", "[::1]", "Push.example.com"),
        *("https://a.example", "a.example/", "a.example:443", "-a.example", "a..example", "a.*.example", "a.example\n"),
        "a" * 64 + ".example",
        "a." * 130 + "example",
    ],
)
def test_what_is_no_name_may_not(text: str) -> None:
    assert not is_host_pattern(text)


class TestAKeyOfASubscription:
    @pytest.mark.parametrize("text", [KEY, KEY + "="])
    def test_is_a_point_of_the_curve(self, text: str) -> None:
        assert is_public_key(text)

    @pytest.mark.parametrize(
        "text", ["", AUTH, KEY[:-2], KEY + "AA", "A" + KEY[1:], KEY.replace("sr7", "sr8"), "B" + "A" * 86, "é" * 87]
    )
    def test_is_nothing_else(self, text: str) -> None:
        assert not is_public_key(text)

    def test_has_a_secret_of_sixteen_octets(self) -> None:
        assert is_auth_secret(AUTH)
        assert is_auth_secret(AUTH + "==")
        assert not is_auth_secret(AUTH[:-2])
        assert not is_auth_secret(KEY)

    @pytest.mark.parametrize("text", ["", "a b", "a+b/", "=", "aaaa===", "a" * 5 + "\n"])
    def test_that_is_not_base64url_has_no_octets(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not base64url"):
            key_bytes(text)
