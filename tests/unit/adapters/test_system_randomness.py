import base64

from adapters.system_randomness import SystemRandomness


class TestSystemRandomness:
    def test_a_spread_lies_between_a_half_and_one_all_over(self) -> None:
        drawn = [SystemRandomness().spread() for _ in range(2000)]

        assert all(0.5 <= spread <= 1 for spread in drawn)
        assert all(any(low <= spread < low + 0.1 for spread in drawn) for low in (0.5, 0.6, 0.7, 0.8, 0.9))

    def test_a_secret_is_256_bits_of_url_safe_text_and_never_the_same(self) -> None:
        secrets = {SystemRandomness().secret() for _ in range(100)}

        assert len(secrets) == 100
        assert all(len(base64.urlsafe_b64decode(secret + "=")) == 32 for secret in secrets)
