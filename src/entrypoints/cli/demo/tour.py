"""The tour, part by part."""

from collections.abc import Callable, Sequence

from entrypoints.cli.demo.stage import Stage

TEMPLATE = """\
name = "shipped"
variables = ["order"]

[email]
subject = "Order {{ order }} is on its way"
html = "<p>Dear {{ recipient.name }},</p><p>Order {{ order }} left today.</p>"

[email.de]
subject = "Bestellung {{ order }} ist unterwegs"
html = "<p>Hallo {{ recipient.name }},</p><p>Bestellung {{ order }} ist heute abgegangen.</p>"
"""


def bring_people_in(stage: Stage) -> None:
    """Import a file with one bad row."""
    stage.title("Bring people in. One row is wrong: it is set aside with its line and the reason, the others are kept.")
    stage.run("recipients", "import", "people.csv", code=1)
    stage.say("\n  people.rejects.csv:")
    rejects = (stage.folder / "people.rejects.csv").read_text(encoding="utf-8")
    for line in rejects.splitlines():
        stage.say(f"    {line}")
    stage.run("recipients", "list")
    stage.promise("three people are known, the bad row is set aside", holds=len(stage.ask("recipients", "list")) == 3)  # noqa: PLR2004  (see PEOPLE)


def be_refused(stage: Stage) -> None:
    """Ask for what cannot be done."""
    stage.title("What cannot work is refused at once, with the remedy, and nothing is stored.")
    stage.run("send", "--to", "nobody", "--channel", "in_app", "--type", "transactional", "--body", "Hi", code=3)
    stage.run("send", "--to", "grace", "--channel", "sms", "--type", "transactional", "--body", "Hi", code=2)
    stage.run("send", "--to", "ada", "--channel", "email", "--type", "transactional", "--body", "Hi", code=2)
    stage.promise("nothing was stored", holds=not stage.ask("list"))


def send_one_on_each_channel(stage: Stage) -> None:
    """Send one message each way, one of them later, while the SMS provider is busy."""
    stage.title("One message on each channel. The same key stands for the same message, however often it is sent.")
    order = ("--subject", "Your order", "--body", "It is on its way.", "--key", "order-17")
    email = stage.run("send", "--to", "ada", "--channel", "email", "--type", "transactional", *order)
    again = stage.run("send", "--to", "ada", "--channel", "email", "--type", "transactional", *order)
    stage.promise("the second call gave the same notification", holds=email == again)
    push = stage.run("send", "--to", "ada", "--channel", "push", "--type", "informational", "--body", "Out today")
    sms = stage.run("send", "--to", "ada", "--channel", "sms", "--type", "transactional", "--body", "Your code is 4711")
    inbox = ("--channel", "in_app", "--type", "informational", "--subject", "Welcome", "--body", "Good to have you.")
    in_app = stage.run("send", "--to", "ada", *inbox)
    later = stage.run("send", "--to", "ada", *inbox[:4], "--body", "A second later", "--at", "+1s")

    stage.title("Send what is due. The SMS provider is busy just now, so that one is tried again by itself.")
    stage.provider_is("busy")
    stage.run("dispatch")
    stage.promise(
        "email, push and in-app are sent", holds=all(stage.status(one) == "sent" for one in (email, push, in_app))
    )
    stage.promise("the SMS waits for its next attempt", holds=stage.ask("show", sms)[0]["retrying"])
    stage.run("why", sms)
    stage.provider_is("fine")
    stage.wait_for(sms)
    stage.wait_for(later)
    stage.run("dispatch")
    stage.promise("the SMS is sent, at the second attempt", holds=stage.ask("show", sms)[0]["attempts"] == 2)  # noqa: PLR2004  (one was deferred)
    stage.promise("the scheduled one is sent, once its time had come", holds=stage.status(later) == "sent")
    stage.promise("the outbox has the email", holds=any("It is on its way." in text for text in stage.outbox()))


def tell_many(stage: Stage) -> None:
    """Start a campaign."""
    stage.title("Tell many people at once. First see whom it would reach, then start it.")
    news = (
        "--type",
        "informational",
        "--subject",
        "News, {{ recipient.name }}",
        "--body",
        "Hello {{ recipient.name }}!",
    )
    audience = ("--audience", "plan = pro", "--channel", "email", "--channel", "push", *news)
    stage.run("bulk", *audience, "--dry-run")
    stage.run("bulk", *audience, "--name", "news")
    stage.run("dispatch")
    sent = [one for one in stage.ask("list", "--campaign", "news") if one["status"] == "sent"]
    stage.promise("two emails and one push are sent; Grace has no device", holds=len(sent) == 3)  # noqa: PLR2004  (as said)
    greeted = ("Hello Ada Lovelace!", "Hello Grace Hopper!")
    texts = stage.outbox()
    stage.promise("each has a name of its own", holds=all(any(one in text for text in texts) for one in greeted))


def fail_and_retry(stage: Stage) -> None:
    """Let a message fail for good, and put it back."""
    stage.title("A provider may also say never. Once the cause is removed, put the message back.")
    stage.provider_is("strict")
    sms = stage.run(
        "send", "--to", "emmy", "--channel", "sms", "--type", "transactional", "--body", "Your code is 4712"
    )
    stage.run("dispatch")
    stage.promise("it failed", holds=stage.status(sms) == "failed")
    stage.provider_is("fine")
    stage.run("retry", sms)
    stage.run("dispatch")
    stage.promise("it is sent now", holds=stage.status(sms) == "sent")


def change_ones_mind(stage: Stage) -> None:
    """Withdraw what is not sent yet."""
    stage.title("Withdraw what is not sent yet; what is sent stays sent.")
    later = ("--channel", "in_app", "--type", "informational", "--body", "Never mind", "--at", "+1h")
    doubted = stage.run("send", "--to", "emmy", *later)
    stage.run("cancel", doubted)
    stage.promise("it is cancelled", holds=stage.status(doubted) == "cancelled")
    stage.run("cancel", "1", code=4)


def keep_a_text(stage: Stage) -> None:
    """Put a template, and send by it."""
    stage.title("Keep a text under a name, for each channel and locale. Who has another locale gets the first.")
    (stage.folder / "shipped.toml").write_text(TEMPLATE, encoding="utf-8")
    stage.run("templates", "put", "shipped.toml")
    stage.run("templates", "preview", "shipped", "--var", "order=17", "--locale", "de-AT")
    by_template = ("--channel", "email", "--type", "transactional", "--template", "shipped")
    stage.run("send", "--to", "ada", *by_template, code=2)
    stage.run("send", "--to", "ada", *by_template, "--var", "order=17")
    stage.run("dispatch")
    stage.promise("the text is filled in", holds=any("Order 17 left today." in text for text in stage.outbox()))


def leave_an_address_alone(stage: Stage) -> None:
    """Suppress an address for a complaint."""
    stage.title(
        "Who complained is told nothing more but what they ordered. Receipts of providers say so; a person may too."
    )
    stage.run("suppressions", "add", "--channel", "email", "grace@example.com", "--reason", "complaint")
    news = ("--channel", "email", "--type", "informational", "--subject", "News", "--body", "Hello again")
    order = ("--channel", "email", "--type", "transactional", "--subject", "Your order", "--body", "It is there.")
    spared = stage.run("send", "--to", "grace", *news)
    ordered = stage.run("send", "--to", "grace", *order)
    stage.run("dispatch")
    stage.promise("the news are held back", holds=stage.status(spared) == "suppressed")
    stage.promise("the order is sent", holds=stage.status(ordered) == "sent")


def let_people_choose(stage: Stage) -> None:
    """Let somebody say what they want, and ask what that means."""
    stage.title("People choose what they want, by channel, type and topic. What is ordered comes whatever they say.")
    stage.run("preferences", "set", "ada", "--topic", "offers", "--wanted", "no", "--quiet-hours", "22:00-07:00")
    offer = ("--to", "ada", "--channel", "email", "--type", "promotional", "--topic", "offers")
    text = ("--subject", "Offers", "--body", "Everything is cheaper.")
    stage.run("decide", *offer, *text)
    refused = stage.run("send", *offer, *text)
    stage.run("dispatch")
    stage.promise("the offer is held back, and says why", holds="topic offers" in stage.reason(refused))
    stage.title(
        "The news of before carry the headers of one-click unsubscribe, and support can hand out the same page."
    )
    stage.run("links", "show", "ada")
    stage.promise(
        "a mail program can unsubscribe", holds=any("List-Unsubscribe-Post" in text for text in stage.outbox())
    )


def forget_somebody(stage: Stage) -> None:
    """Erase somebody, and look for what is left."""
    stage.title("Forget somebody for good: nothing of them is left, and the counts stay.")
    stage.run("recipients", "erase", "emmy", "--yes")
    stage.run("recipients", "show", "emmy", code=3)
    stage.promise("no byte of the store names her", holds=not stage.store_has("Noether"))


def rehearse(stage: Stage) -> None:
    """Try what a bounce does, without reaching anybody."""
    stage.title("Rehearse without reaching anybody: some recipients give each outcome. Here one whose mail bounces.")
    stage.run("recipients", "set", "tester", "--email", "simulate-bounced@example.com")
    mail = ("--channel", "email", "--type", "transactional", "--subject", "Your order", "--body", "It is on its way.")
    test = stage.run("send", "--test", "--to", "tester", *mail)
    stage.run("dispatch")
    stage.promise("it was sent, and bounced", holds=stage.status(test) == "failed")
    stage.run("why", test)
    stage.promise("no file was written for it", holds=not any("simulate-bounced" in text for text in stage.outbox()))


def look_back(stage: Stage) -> None:
    """Look at what happened."""
    stage.title("Look back.")
    stage.run("inbox", "ada")
    stage.promise("Ada has both messages in her inbox", holds=len(stage.ask("inbox", "ada")) == 2)  # noqa: PLR2004  (as said)
    stage.run("report", "--by", "channel")
    stage.run("report", "--by", "gateway")
    report = stage.ask("report")
    stage.promise(
        "nothing is left over: all are sent but the cancelled and the suppressed one, and the rehearsal is not counted",
        holds=bool(report)
        and report[0]["created"] == sum(report[0]["now"][status] for status in ("sent", "cancelled", "suppressed")),
    )


PARTS: Sequence[Callable[[Stage], None]] = (
    bring_people_in,
    be_refused,
    send_one_on_each_channel,
    tell_many,
    fail_and_retry,
    change_ones_mind,
    keep_a_text,
    leave_an_address_alone,
    let_people_choose,
    forget_somebody,
    rehearse,
    look_back,
)


def take(stage: Stage) -> None:
    """Take the whole tour."""
    stage.set_up()
    stage.say(f"All of this happens in {stage.folder}; nothing leaves this machine.")
    for part in PARTS:
        part(stage)
