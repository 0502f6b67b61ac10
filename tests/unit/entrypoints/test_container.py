import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from dependency_injector import providers
from dependency_injector.errors import Error

from adapters.memory.memory_sender import MemorySender
from application.ports.clock import Clock
from application.ports.inbox_repository import InboxQuery
from application.ports.notification_repository import Added
from application.recipients.checking import RecipientDraft
from application.sending.admission import NotificationRequest
from application.sending.dispatch_run import DispatchCommand
from domain.channel import Channel
from domain.content import Content
from domain.errors import InvalidInput, Misconfigured, NotFound, StoreUnavailable
from domain.lifecycle import Event, Status
from domain.notification import Notification
from domain.notification_type import NotificationType
from entrypoints.container import Container, build, close
from entrypoints.settings import load
from tests.contracts.given import only
from tests.unit.application.sending.desk import Journal

SRC = Path(__file__).parents[3] / "src"
STORES = ("memory://", "sqlite:///tocsin.db")
EVERY_CHANNEL = {f"TOCSIN_ROUTES_{channel.upper()}": "memory" for channel in Channel if channel is not Channel.IN_APP}


def a_container(folder: Path, **environ: str) -> Container:
    return build(load(None, environ, folder))


@pytest.fixture(params=STORES)
def container(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Container]:
    made = a_container(tmp_path, TOCSIN_STORE=request.param, **EVERY_CHANNEL)
    yield made
    close(made)


def a_person(container: Container) -> None:
    container.put_recipient()(RecipientDraft(id="ada", email="ada@example.com", phone="+14155550100"))


def accepted(container: Container, channel: Channel) -> Notification:
    request = NotificationRequest(
        to="ada",
        channel=channel,
        type=NotificationType.TRANSACTIONAL,
        content=Content(subject=None if channel is Channel.SMS else "Hi", body="It is here."),
    )
    answer = only(container.enqueue()([request]))
    assert isinstance(answer, Added), answer
    return answer.notification


class TestAContainer:
    def test_gives_every_provider_for_every_store(self, container: Container) -> None:
        container.check_dependencies()
        made = {name: provider() for name, provider in container.providers.items()}
        assert all(thing is not None for thing in made.values())
        assert "dispatch_due" in made

    def test_without_settings_is_refused(self) -> None:
        with pytest.raises(Error, match="undefined dependencies"):
            Container().check_dependencies()

    def test_shares_what_is_to_be_shared(self, container: Container) -> None:
        for name in ("clock", "store", "gateway", "routes", "rulebook", "address_checker", "observer"):
            provider = container.providers[name]
            assert provider() is provider(), name

    def test_gives_everybody_a_renderer_of_their_own(self, container: Container) -> None:
        assert container.campaign_plan().renderer is not container.preparation().renderer

    def test_opens_one_store_however_many_threads_ask(self, container: Container) -> None:
        together = Barrier(8, timeout=20)

        def ask(_: int) -> object:
            together.wait()
            return container.store()

        with ThreadPoolExecutor(8) as pool:
            assert len(set(map(id, pool.map(ask, range(8))))) == 1

    def test_makes_one_gateway_however_many_threads_ask(self, container: Container) -> None:
        together = Barrier(8, timeout=20)

        def ask(number: int) -> object:
            together.wait()
            if number % 2:
                return container.routes()[Channel.IN_APP][0]
            return container.gateway()("in_app")

        with ThreadPoolExecutor(8) as pool:
            assert len(set(map(id, pool.map(ask, range(8))))) == 1

    def test_delivers_what_is_enqueued(self, container: Container) -> None:
        a_person(container)
        email, sms = accepted(container, Channel.EMAIL), accepted(container, Channel.SMS)
        in_app = accepted(container, Channel.IN_APP)

        summary = container.dispatch_due()(DispatchCommand())

        assert summary.events == {Event.ACCEPT: 3}
        assert {container.show()(one.id).notification.status for one in (email, sms, in_app)} == {Status.SENT}
        sender = container.gateway()("memory").sender
        assert isinstance(sender, MemorySender)
        assert {message.address for message in sender.accepted} == {"ada@example.com", "+14155550100"}
        assert only(container.read_inbox()(InboxQuery(recipient_id="ada")).items).body == "It is here."

    def test_hears_an_observer_that_is_put_in(self, container: Container) -> None:
        journal = Journal()
        container.observer.override(providers.Object(journal))
        a_person(container)
        accepted(container, Channel.SMS)
        container.dispatch_due()(DispatchCommand())
        assert only(journal.conclusions).event is Event.ACCEPT

    def test_names_the_gateways_without_making_them(self, tmp_path: Path) -> None:
        (tmp_path / "tocsin.toml").write_text(
            '[gateways.own]\nkind = "no_such_module:make"\nrate = "5/s"\n[routes]\nsms = ["own"]', encoding="utf-8"
        )
        container = a_container(tmp_path, TOCSIN_STORE="memory://")
        states = {state.facts.name: state for state in container.list_gateways()()}
        assert set(states) == {"own", "in_app"}
        assert (states["own"].facts.kind, states["own"].facts.rate) == ("no_such_module:make", 5.0)
        assert list(states["own"].channels) == [Channel.SMS]
        with pytest.raises(Misconfigured, match="gateway own: the module no_such_module cannot be imported"):
            container.dispatch_due()

    def test_knows_no_gateway_that_is_not_configured(self, container: Container) -> None:
        with pytest.raises(NotFound, match="no gateway is called nowhere; configured: "):
            container.check_gateway()("nowhere")

    def test_names_what_is_wrong_with_every_gateway_at_once(self, tmp_path: Path) -> None:
        table = '[gateways.{}]\nkind = "missing_{}:make"\n'
        (tmp_path / "tocsin.toml").write_text(
            table.format("one", "one") + table.format("two", "two") + '[routes]\nsms = ["one"]\npush = ["two"]\n'
        )
        with pytest.raises(Misconfigured) as caught:
            a_container(tmp_path).routes()
        assert len(caught.value.problems) == 2
        assert "missing_one" in str(caught.value)
        assert "missing_two" in str(caught.value)

    def test_refuses_a_channel_without_a_route(self, tmp_path: Path) -> None:
        container = a_container(tmp_path, TOCSIN_STORE="memory://", TOCSIN_ROUTES_SMS="memory")
        a_person(container)
        request = NotificationRequest(
            to="ada", channel=Channel.EMAIL, type=NotificationType.TRANSACTIONAL, content=Content(subject="a", body="b")
        )
        refusal = only(container.enqueue()([request]))
        assert isinstance(refusal, InvalidInput)
        assert "email has no gateway" in str(refusal)

    def test_works_as_it_is_without_any_configuration(self, tmp_path: Path) -> None:
        container = a_container(tmp_path)
        a_person(container)
        accepted(container, Channel.EMAIL)
        assert container.dispatch_due()(DispatchCommand()).events == {Event.ACCEPT: 1}
        close(container)
        assert (tmp_path / "tocsin.db").is_file()
        assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


class TestClosing:
    def test_closes_the_store(self, tmp_path: Path) -> None:
        container = a_container(tmp_path)
        store = container.store()
        close(container)
        with pytest.raises(StoreUnavailable):
            store.notifications.find_by_key(None)

    def test_opens_nothing_that_was_not_used(self, tmp_path: Path) -> None:
        close(a_container(tmp_path))
        assert list(tmp_path.iterdir()) == []

    def test_closes_a_gateway_that_was_used(self, tmp_path: Path) -> None:
        (tmp_path / "closing_gateway.py").write_text(
            "class Ours:\n    batch_size = 1\n    closed = 0\n    def send(self, messages, deadline): return []\n"
            "    def close(self): self.closed += 1\ndef make(settings): return Ours()",
            encoding="utf-8",
        )
        (tmp_path / "tocsin.toml").write_text('[gateways.own]\nkind = "closing_gateway:make"', encoding="utf-8")
        container = a_container(tmp_path, TOCSIN_STORE="memory://")
        sender = container.gateway()("own").sender
        close(container)
        close(container)
        assert sender.closed == 1


class TestWhatACommandPaysFor:
    @pytest.mark.parametrize(
        ("provider", "store", "absent"),
        [
            ("find", "memory://", "adapters.sqlite adapters.gateways application.sending jinja2 phonenumbers"),
            ("enqueue", "sqlite:///t.db", "adapters.memory adapters.gateways application.insight jinja2 phonenumbers"),
            ("dispatch_due", "sqlite:///t.db", "adapters.memory twilio firebase_admin requests smtplib phonenumbers"),
        ],
    )
    def test_is_what_it_uses(self, tmp_path: Path, provider: str, store: str, absent: str) -> None:
        program = f"""
import sys
sys.path.insert(0, {str(SRC)!r})
from pathlib import Path
from entrypoints.container import build
from entrypoints.settings import load
build(load(None, {{"TOCSIN_STORE": {store!r}}}, Path({str(tmp_path)!r}))).{provider}()
names = {[*absent.split(), "litestar", "uvicorn", "structlog"]!r}
print(*[name for name in names if name in sys.modules])
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.split() == []


def test_the_clock_is_the_machines(tmp_path: Path) -> None:
    clock: Clock = a_container(tmp_path).clock()
    assert clock.now().utcoffset() is not None
