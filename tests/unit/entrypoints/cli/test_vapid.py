"""``tocsin gateways vapid``: the key pair of web push, and where its halves are seen."""

import stat

from adapters.gateways.web_push_vapid import VapidKey
from tests.unit.entrypoints.cli.runner import CommandLine

GATEWAY = """
[gateways.web]
kind = "web_push"
private_key = { file = "vapid.pem" }
contact = "mailto:ops@example.com"

[routes]
web_push = ["web"]
"""


class TestAKeyPair:
    def test_goes_into_a_file_that_only_its_owner_reads(self, tocsin: CommandLine) -> None:
        said = tocsin.ok("gateways", "vapid", "--out", "vapid.pem")

        file = tocsin.folder / "vapid.pem"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert VapidKey.parse(file.read_text()).public in said
        assert "PRIVATE" not in said
        assert 'private_key = { file = "vapid.pem" }' in said

    def test_never_takes_the_place_of_another(self, tocsin: CommandLine) -> None:
        tocsin.ok("gateways", "vapid", "--out", "vapid.pem")
        before = (tocsin.folder / "vapid.pem").read_text()

        result = tocsin("gateways", "vapid", "--out", "vapid.pem")

        assert result.exit_code == 4
        assert "vapid.pem exists and is not changed" in result.stderr
        assert (tocsin.folder / "vapid.pem").read_text() == before

    def test_is_printed_where_json_is_asked_for(self, tocsin: CommandLine) -> None:
        pair = tocsin.json("gateways", "vapid")
        assert pair.keys() == {"public_key", "private_key"}
        assert VapidKey.parse(pair["private_key"]).public == pair["public_key"]

    def test_is_not_printed_where_it_goes_into_a_file(self, tocsin: CommandLine) -> None:
        pair = tocsin.json("gateways", "vapid", "--out", "vapid.pem")
        key = VapidKey.parse((tocsin.folder / "vapid.pem").read_text())
        assert pair == {"public_key": key.public, "file": "vapid.pem"}

    def test_has_to_go_somewhere(self, tocsin: CommandLine) -> None:
        result = tocsin("gateways", "vapid")
        assert result.exit_code == 2
        assert "--out vapid.pem" in result.stderr

    def test_needs_a_folder_that_is_there(self, tocsin: CommandLine) -> None:
        result = tocsin("gateways", "vapid", "--out", "nowhere/vapid.pem")
        assert result.exit_code == 2
        assert "cannot write nowhere/vapid.pem: No such file or directory" in result.stderr

    def test_works_as_the_advice_says_and_shows_its_public_half(self, tocsin: CommandLine) -> None:
        public = tocsin.json("gateways", "vapid", "--out", "vapid.pem")["public_key"]
        tocsin.write("tocsin.toml", GATEWAY)

        listed = {one["name"]: one for one in tocsin.json_lines("gateways", "list")}

        assert (listed["web"]["public_key"], listed["web"]["scopes"]) == (public, [])
        assert listed["in_app"]["public_key"] is None
