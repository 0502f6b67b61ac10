from typing import Any

import pytest

from adapters.gateways.smtp_settings import Tls
from tests.servers.smtp_account import account


class TestSmtpSettings:
    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"host": ""}, "host"),
            ({"host": "two words"}, "host"),
            ({"host": ".example.com"}, "host"),
            ({"host": "a" * 64 + ".example.com"}, "host"),
            ({"port": 0}, "port"),
            ({"port": 65_536}, "port"),
            ({"tls": "ssl"}, "ssl"),
            ({"connections": 0}, "connections"),
            ({"timeout_s": 0}, "timeout_s"),
            ({"username": "tocsin"}, "password"),
            ({"password": "hunter2"}, "username"),
            ({"username": "a\0b", "password": "c"}, "NUL"),
        ],
    )
    def test_a_value_out_of_range_is_named(self, changes: dict[str, Any], named: str) -> None:
        with pytest.raises(ValueError, match=named):
            account(changes.pop("port", 25), **changes)

    def test_tls_is_read_as_people_write_it(self) -> None:
        assert account(25, tls="starttls").tls is Tls.STARTTLS

    def test_the_password_is_never_shown(self) -> None:
        assert "hunter2" not in repr(account(25, username="tocsin", password="hunter2"))
