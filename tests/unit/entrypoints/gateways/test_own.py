from datetime import timedelta
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest

from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.inbox_repository import InboxRepository
from application.ports.sender import Gateway
from domain.channel import Channel
from domain.errors import Misconfigured
from domain.outcome import Accepted, Unknown
from entrypoints.configuration.values import Secret
from entrypoints.gateways.factory import GatewayFactory
from entrypoints.settings import GatewaySettings
from entrypoints.testing.sender_contract import outbounds

SENDER = """
    from domain.outcome import Accepted, Unreachable

    class OurSender:
        batch_size = 2

        def __init__(self, settings):
            self.settings = settings

        def send(self, messages, deadline):
            return [Accepted(f"{self.settings['prefix']}-{message.notification_id}") for message in messages]

    make = OurSender
"""
numbers = count(1)


def no_inbox() -> InboxRepository:
    raise AssertionError("a gateway of one's own needs no inbox")


def module(folder: Path, text: str) -> str:
    """Write a module that no test had before, and return its name."""
    name = f"our_gateway_{next(numbers)}"
    (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    return name


def made(folder: Path, kind: str, timeout: timedelta | None = None, **options: object) -> Gateway:
    settings = GatewaySettings(name="own", kind=kind, options=options, timeout=timeout, connections=3, rate=5.0)
    return GatewayFactory(lease=timedelta(seconds=60), beside=folder, clock=SystemClock(), inbox=no_inbox)(settings)


def deadline() -> Deadline:
    return Deadline.after(30, SystemClock())


@pytest.fixture(autouse=True)
def path_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend("/nowhere")  # puts the import path back afterwards


class TestAGatewayOfOnesOwn:
    def test_is_found_beside_the_configuration_and_sends(self, tmp_path: Path) -> None:
        gateway = made(tmp_path, f"{module(tmp_path, SENDER)}:make", prefix="ours")
        outcomes = gateway.sender.send(outbounds(Channel.SMS, 2), deadline())
        assert outcomes == [Accepted("ours-1001"), Accepted("ours-1002")]
        assert (gateway.slots, gateway.rate, gateway.sender.batch_size) == (3, 5.0, 2)
        assert gateway.check is None
        assert not gateway.repeats_are_harmless

    def test_is_taken_from_the_import_path_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        installed, beside = tmp_path / "installed", tmp_path / "beside"
        installed.mkdir()
        beside.mkdir()
        name = module(installed, SENDER)
        (beside / f"{name}.py").write_text("raise ImportError('the wrong one')", encoding="utf-8")
        monkeypatch.syspath_prepend(installed)
        assert made(beside, f"{name}:make", prefix="ours").sender.batch_size == 2

    def test_may_lie_in_a_package(self, tmp_path: Path) -> None:
        package = tmp_path / f"our_package_{next(numbers)}"
        package.mkdir()
        (package / "__init__.py").touch()
        name = module(package, SENDER)
        assert made(tmp_path, f"{package.name}.{name}:make", prefix="ours").sender.batch_size == 2

    def test_gets_its_settings_with_secrets_as_plain_text(self, tmp_path: Path) -> None:
        kind = f"{module(tmp_path, SENDER)}:make"
        gateway = made(tmp_path, kind, prefix=Secret("hush"), nested={"list": [Secret("a"), 1]})
        assert gateway.sender.settings == {  # type: ignore[attr-defined]  # of the sender above
            "prefix": "hush",
            "nested": {"list": ["a", 1]},
            "connections": 3,
        }

    def test_may_have_a_check_a_close_and_harmless_repeats(self, tmp_path: Path) -> None:
        extended = f"""{SENDER}
    class Extended(OurSender):
        repeats_are_harmless = True
        closed = False

        def check(self, deadline):
            return Accepted("checked")

        def close(self):
            self.closed = True
"""
        gateway = made(tmp_path, f"{module(tmp_path, extended)}:Extended", prefix="ours")
        assert gateway.repeats_are_harmless
        assert gateway.check is not None
        assert gateway.check(deadline()) == Accepted("checked")
        gateway.close()
        assert gateway.sender.closed  # type: ignore[attr-defined]  # of the sender above

    def test_that_hangs_is_given_up_after_its_timeout(self, tmp_path: Path) -> None:
        hanging = """
            import threading

            class Hanging:
                batch_size = 1
                release = threading.Event()

                def send(self, messages, deadline):
                    self.release.wait(60)

                def close(self):
                    self.release.set()

            def make(settings):
                return Hanging()
        """
        gateway = made(tmp_path, f"{module(tmp_path, hanging)}:make", timeout=timedelta(milliseconds=50))
        try:
            (outcome,) = gateway.sender.send(outbounds(Channel.SMS, 1), deadline())
        finally:
            gateway.close()
        assert outcome == Unknown("no answer within the timeout of 0.05 s a message")


class TestWhatIsWrongWithOne:
    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("import no_such_library", "cannot be imported: ModuleNotFoundError: No module named 'no_such_library'"),
            ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
            ("def make(:", "cannot be imported: SyntaxError"),
            ("other = 3", "has no function make"),
            ("make = 3", "has no function make"),
            ("def make(settings): raise KeyError('host')", "failed: KeyError: 'host'"),
            ("def make(): pass", "failed: TypeError: make() takes 0 positional arguments"),
            (
                "def make(settings): pass",
                "gave NoneType, which lacks batch_size, a whole number of 1 or more and send(",
            ),
            (
                "class S:\n    batch_size = True\n    send = print\ndef make(settings): return S()",
                "gave S, which lacks batch_size, a whole number of 1 or more",
            ),
            ("class S:\n    batch_size = 1\ndef make(settings): return S()", "gave S, which lacks send("),
        ],
    )
    def test_is_said_with_its_cause(self, tmp_path: Path, text: str, problem: str) -> None:
        name = f"our_gateway_{next(numbers)}"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        with pytest.raises(Misconfigured) as caught:
            made(tmp_path, f"{name}:make")
        (found,) = caught.value.problems
        assert found.startswith("gateway own: ")
        assert problem in found

    def test_a_module_that_is_nowhere_is_said_with_where_it_was_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured) as caught:
            made(tmp_path, "no.such_module:make")
        assert f"it was looked for on the import path and in {tmp_path}" in str(caught.value)

    @pytest.mark.parametrize("text", ["1 / 0", "import no_such_library"])
    def test_one_of_the_import_path_that_fails_is_not_looked_for_elsewhere(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(Misconfigured) as caught:
            made(tmp_path / "elsewhere", f"{module(tmp_path, text)}:make")
        assert "cannot be imported: " in str(caught.value)
        assert "elsewhere" not in str(caught.value)

    def test_no_secret_is_in_it(self, tmp_path: Path) -> None:
        name = module(tmp_path, "def make(settings): raise ValueError(settings['nested']['list'][0])")
        with pytest.raises(Misconfigured, match=r"failed: ValueError: \*{8}$"):
            made(tmp_path, f"{name}:make", nested={"list": [Secret("hush")]})
