from pathlib import Path

from bench import machine

MOUNTS = """\
/dev/vda / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
/dev/vdb /tmp/disk xfs rw 0 0
"""


class TestTheFileSystem:
    def test_is_that_of_the_closest_mount(self) -> None:
        assert machine.file_system(MOUNTS, Path("/home/somebody")) == "ext4"
        assert machine.file_system(MOUNTS, Path("/tmp")) == "tmpfs"
        assert machine.file_system(MOUNTS, Path("/tmp/disk/run")) == "xfs"
        assert machine.file_system(MOUNTS, Path("/tmp/diskette")) == "tmpfs"

    def test_is_unknown_where_nothing_is_mounted(self) -> None:
        assert machine.file_system("", Path("/home")) == "unknown"


class TestTheProcessor:
    def test_is_named_once_for_all_its_cores(self) -> None:
        text = "processor\t: 0\nmodel name\t: Some  CPU @ 2 GHz\nprocessor\t: 1\nmodel name\t: Some CPU @ 2 GHz\n"

        assert machine.processor(text) == "Some CPU @ 2 GHz"
        assert machine.processor("Features: fp\n") == ""


class TestThePins:
    def test_name_the_peers_and_not_what_they_need(self) -> None:
        text = "# a comment\nDjango==5.2.19\ndjango_post_office==3.12.0\nhuey==3.5.4\nsqlparse==0.6.1\n"

        assert machine.pins(text) == {"huey": "3.5.4", "Django": "5.2.19", "django-post-office": "3.12.0"}

    def test_of_this_checkout_name_every_peer_exactly(self) -> None:
        text = machine.PEERS.read_text(encoding="utf-8")

        assert set(machine.pins(text)) == set(machine.SHOWN_PEERS)
        assert all("==" in line for line in text.splitlines() if not line.startswith("#"))
        assert "://" not in text


class TestTheMachine:
    def test_is_shown_without_its_name_and_without_places(self, tmp_path: Path) -> None:
        found = machine.look(tmp_path)

        assert found.cores > 0
        assert found.memory_gb > 0
        assert str(tmp_path) not in repr(found)
