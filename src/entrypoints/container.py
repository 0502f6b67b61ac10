"""The composition root: the one place where ports meet their adapters.

Whatever is not needed is not imported: a command pays only for what it uses.
"""

from dependency_injector import containers, providers

from entrypoints import assembly
from entrypoints.assembly import Later
from entrypoints.settings import Settings

Factory, Singleton = providers.Factory, providers.ThreadSafeSingleton  # a plain Singleton may be made twice


class Container(containers.DeclarativeContainer):
    """Everything that the command line and HTTP use, by name; ``settings`` decides which adapters there are."""

    settings = providers.Dependency(instance_of=Settings)
    closing = Singleton(assembly.closing)

    zones = Singleton(assembly.zones, settings)
    clock = Singleton(Later("adapters.system_clock", "SystemClock"))
    randomness = Singleton(Later("adapters.system_randomness", "SystemRandomness"))
    address_checker = Singleton(Later("adapters.address_checker", "StandardAddressChecker"))
    renderer = Factory(Later("adapters.templates.jinja_renderer", "JinjaRenderer"))  # one thread at a time uses one
    email_finisher = Factory(assembly.email_finisher, clock, closing)  # likewise
    observer = Singleton(Later("entrypoints.silent_observer", "SilentObserver"))
    store = providers.Selector(
        providers.Callable(assembly.store_kind, settings),
        sqlite=Singleton(assembly.sqlite_store, settings, randomness, closing),
        memory=Singleton(assembly.memory_store, randomness, closing),
    )
    answers = store.provided.notifications

    gateway = Singleton(
        assembly.gateway_shelf, settings, clock, store.provided.inbox.provider, store.provided.secret.provider, closing
    )
    routes = Singleton(assembly.routes, settings, gateway)
    simulator = Singleton(assembly.simulator, store.provided.receipts, clock)
    route_names = providers.Callable(assembly.route_names, settings)
    gateway_facts = providers.Callable(assembly.gateway_facts, settings)

    # Sending.
    rulebook = Singleton(
        Later("application.sending.rulebook", "Rulebook"),
        policies=settings.provided.policies,
        retries=settings.provided.retries,
        routes=routes,
    )
    message_links = Factory(  # one thread at a time uses one
        Later("application.links.message_links", "MessageLinks"),
        public_url=settings.provided.public_url,
        lifetime=settings.provided.links_lifetime,
        secret=store.provided.secret,
        repository=store.provided.links,
        clock=clock,
    )
    preparation = Factory(
        Later("application.sending.preparation", "Preparation"),
        renderer=renderer,
        finisher=email_finisher,
        store_id=store.provided.identity,
        zones=zones,
        defaults=settings.provided.preference_defaults,
        links=message_links,
    )
    admission = Factory(
        Later("application.sending.admission", "Admission"),
        recipients=store.provided.recipients,
        notifications=store.provided.notifications,
        templates=store.provided.templates,
        channels=settings.provided.routes,
        policies=settings.provided.policies,
        clock=clock,
        timezone=settings.provided.timezone,
        zones=zones,
    )
    campaign_plan = Factory(
        Later("application.sending.bulk", "CampaignPlan"),
        channels=settings.provided.routes,
        policies=settings.provided.policies,
        renderer=renderer,
        templates=store.provided.templates,
        clock=clock,
        timezone=zones.provided.fallback,
    )
    enqueue = Factory(
        Later("application.sending.enqueue", "Enqueue"),
        admission=admission,
        notifications=store.provided.notifications,
    )
    schedule = Factory(
        Later("application.sending.schedule", "Schedule"),
        admission=admission,
        notifications=store.provided.notifications,
    )
    bulk = Factory(
        Later("application.sending.bulk", "Bulk"),
        plan=campaign_plan,
        campaigns=store.provided.campaigns,
        clock=clock,
    )
    start_campaign = Factory(
        Later("application.sending.bulk", "StartCampaign"),
        plan=campaign_plan,
        campaigns=store.provided.campaigns,
    )
    preview_bulk = Factory(
        Later("application.sending.preview_bulk", "PreviewBulk"),
        plan=campaign_plan,
        campaigns=store.provided.campaigns,
        zones=zones,
        defaults=settings.provided.preference_defaults,
    )
    dispatch_due = Factory(
        Later("application.sending.dispatch_due", "DispatchDue"),
        queue=store.provided.queue,
        campaigns=store.provided.campaigns,
        gateways=store.provided.gateways,
        routes=routes,
        simulator=simulator,
        rulebook=rulebook,
        preparation=preparation,
        clock=clock,
        randomness=randomness,
        observer=observer,
        lease=settings.provided.lease,
        batch=settings.provided.batch,
    )
    retry = Factory(
        Later("application.sending.retry", "Retry"), notifications=store.provided.notifications, clock=clock
    )
    retry_matching = Factory(
        Later("application.sending.retry", "RetryMatching"),
        notifications=store.provided.notifications,
        clock=clock,
    )
    cancel = Factory(
        Later("application.sending.cancel", "Cancel"), notifications=store.provided.notifications, clock=clock
    )

    # Receiving.
    recording = Factory(
        Later("application.receiving.recording", "Recording"),
        receipts=store.provided.receipts,
        store_id=store.provided.identity,
        clock=clock,
    )
    webhook_kinds = providers.Callable(assembly.webhook_kinds, settings)
    take_webhook = Factory(
        Later("application.receiving.take_webhook", "TakeWebhook"),
        kinds=webhook_kinds,
        gateway=gateway,
        record=recording,
    )
    bounce_reader = Factory(
        Later("adapters.gateways.bounce_reader", "BounceReader"),
        gateway=providers.Callable(assembly.gateway_of_bounces, settings),
        secret=store.provided.secret,
        store_id=store.provided.identity,
    )
    take_bounce = Factory(
        Later("application.receiving.take_bounce", "TakeBounce"),
        read=bounce_reader,
        record=recording,
        clock=clock,
    )

    # Steering.
    list_campaigns = Factory(
        Later("application.steering.campaigns", "ListCampaigns"), campaigns=store.provided.campaigns
    )
    show_campaign = Factory(Later("application.steering.campaigns", "ShowCampaign"), campaigns=store.provided.campaigns)
    pause_campaign = Factory(
        Later("application.steering.campaigns", "PauseCampaign"), campaigns=store.provided.campaigns
    )
    resume_campaign = Factory(
        Later("application.steering.campaigns", "ResumeCampaign"), campaigns=store.provided.campaigns
    )
    cancel_campaign = Factory(
        Later("application.steering.campaigns", "CancelCampaign"),
        campaigns=store.provided.campaigns,
        clock=clock,
    )
    list_lanes = Factory(Later("application.steering.lanes", "ListLanes"), lanes=store.provided.lanes)
    pause_lane = Factory(Later("application.steering.lanes", "PauseLane"), lanes=store.provided.lanes)
    resume_lane = Factory(Later("application.steering.lanes", "ResumeLane"), lanes=store.provided.lanes)
    pace_lane = Factory(Later("application.steering.lanes", "PaceLane"), lanes=store.provided.lanes)
    pause_gateway = Factory(
        Later("application.steering.gateways", "PauseGateway"),
        configured=settings.provided.gateways,
        gateways=store.provided.gateways,
        clock=clock,
    )
    resume_gateway = Factory(
        Later("application.steering.gateways", "ResumeGateway"),
        configured=settings.provided.gateways,
        gateways=store.provided.gateways,
    )

    # Looking.
    find = Factory(Later("application.insight.find", "Find"), notifications=store.provided.notifications)
    show = Factory(Later("application.insight.find", "Show"), notifications=store.provided.notifications)
    find_campaign = Factory(Later("application.insight.find", "FindCampaign"), campaigns=store.provided.campaigns)
    gathering = Factory(
        Later("application.insight.gate_context", "Gathering"),
        notifications=store.provided.notifications,
        suppressions=store.provided.suppressions,
        preferences=store.provided.preferences,
        policies=settings.provided.policies,
        defaults=settings.provided.preference_defaults,
        zones=zones,
    )
    route_health = Factory(
        Later("application.insight.route_health", "RouteHealth"),
        gateways=store.provided.gateways,
        routes=route_names,
    )
    why = Factory(
        Later("application.insight.why", "Why"),
        notifications=store.provided.notifications,
        recipients=store.provided.recipients,
        receipts=store.provided.receipts,
        lanes=store.provided.lanes,
        gather=gathering,
        route=route_health,
        clock=clock,
    )
    decide = Factory(
        Later("application.insight.decide", "Decide"),
        admission=admission,
        notifications=store.provided.notifications,
        recipients=store.provided.recipients,
        lanes=store.provided.lanes,
        gather=gathering,
        route=route_health,
        rates=providers.Callable(assembly.rates, settings),
        fill_in=Factory(Later("application.sending.filling", "Filling"), renderer=renderer, finisher=email_finisher),
        clock=clock,
    )
    report = Factory(Later("application.insight.report", "Report"), reports=store.provided.reports, clock=clock)
    list_gateways = Factory(
        Later("application.insight.inspect_gateways", "ListGateways"),
        configured=gateway_facts,
        routes=route_names,
        gateways=store.provided.gateways,
    )
    check_gateway = Factory(
        Later("application.insight.inspect_gateways", "CheckGateway"),
        gateway=gateway,
        gateways=store.provided.gateways,
        clock=clock,
    )
    doctor = Factory(
        Later("application.upkeep.doctor", "Doctor"),
        advice=providers.Callable(Later("entrypoints.configuration.advice", "advice"), settings),
        store=store,
        queue=store.provided.queue,
        gateways=store.provided.gateways,
        routes=route_names,
        clock=clock,
    )

    # Recipients.
    recipient_checking = Factory(
        Later("application.recipients.checking", "RecipientChecking"),
        addresses=address_checker,
        push_hosts=providers.Callable(assembly.push_hosts, settings),
    )
    import_recipients = Factory(
        Later("application.recipients.import_recipients", "ImportRecipients"),
        recipients=store.provided.recipients,
        checking=recipient_checking,
    )
    put_recipient = Factory(
        Later("application.recipients.store_recipient", "PutRecipient"),
        recipients=store.provided.recipients,
        checking=recipient_checking,
    )
    merge_recipient = Factory(
        Later("application.recipients.store_recipient", "MergeRecipient"),
        recipients=store.provided.recipients,
        checking=recipient_checking,
    )
    find_recipients = Factory(
        Later("application.recipients.find_recipients", "FindRecipients"), recipients=store.provided.recipients
    )
    get_recipient = Factory(
        Later("application.recipients.find_recipients", "GetRecipient"), recipients=store.provided.recipients
    )

    # Preferences.
    consequences = Factory(
        Later("application.recipients.preferences", "Consequences"),
        policies=settings.provided.policies,
        defaults=settings.provided.preference_defaults,
        zones=zones,
    )
    show_preferences = Factory(
        Later("application.recipients.preferences", "ShowPreferences"),
        recipients=store.provided.recipients,
        preferences=store.provided.preferences,
        consequences=consequences,
    )
    put_preferences = Factory(
        Later("application.recipients.preferences", "PutPreferences"),
        recipients=store.provided.recipients,
        preferences=store.provided.preferences,
        consequences=consequences,
    )
    change_preferences = Factory(
        Later("application.recipients.preferences", "ChangePreferences"),
        recipients=store.provided.recipients,
        preferences=store.provided.preferences,
        consequences=consequences,
    )

    message_files = Factory(assembly.message_files, settings)
    erase_recipients = Factory(
        Later("application.recipients.erase_recipients", "EraseRecipients"),
        erasure=store.provided.erasure,
        files=message_files,
        clock=clock,
    )
    erase_recipient = Factory(
        Later("application.recipients.erase_recipients", "EraseRecipient"), erase=erase_recipients
    )

    export_recipient = Factory(
        Later("application.recipients.export_recipients", "ExportRecipient"),
        recipients=store.provided.recipients,
        preferences=store.provided.preferences,
        suppressions=store.provided.suppressions,
        notifications=store.provided.notifications,
        receipts=store.provided.receipts,
        inbox=store.provided.inbox,
    )
    export_recipients = Factory(
        Later("application.recipients.export_recipients", "ExportRecipients"),
        recipients=store.provided.recipients,
    )

    # Templates.
    put_template = Factory(
        Later("application.templates.put_template", "PutTemplateDraft"),
        templates=store.provided.templates,
        renderer=renderer,
        clock=clock,
    )
    list_templates = Factory(
        Later("application.templates.find_templates", "ListTemplates"), templates=store.provided.templates
    )
    show_template = Factory(
        Later("application.templates.find_templates", "ShowTemplate"), templates=store.provided.templates
    )
    delete_template = Factory(
        Later("application.templates.find_templates", "DeleteTemplate"),
        templates=store.provided.templates,
        clock=clock,
    )
    preview_template = Factory(
        Later("application.templates.preview_template", "PreviewTemplate"),
        templates=store.provided.templates,
        recipients=store.provided.recipients,
        public_url=settings.provided.public_url,
        fill_in=Factory(Later("application.sending.filling", "Filling"), renderer=renderer, finisher=email_finisher),
    )

    # Suppressions.
    list_suppressions = Factory(
        Later("application.recipients.suppressions", "ListSuppressions"),
        suppressions=store.provided.suppressions,
    )
    add_suppression = Factory(
        Later("application.recipients.suppressions", "AddSuppression"),
        suppressions=store.provided.suppressions,
        addresses=address_checker,
        clock=clock,
    )
    remove_suppression = Factory(
        Later("application.recipients.suppressions", "RemoveSuppression"),
        suppressions=store.provided.suppressions,
        addresses=address_checker,
    )

    # The inbox.
    read_inbox = Factory(
        Later("application.inbox.read_inbox", "ReadInbox"),
        recipients=store.provided.recipients,
        inbox=store.provided.inbox,
    )
    mark_inbox = Factory(
        Later("application.inbox.mark_inbox", "MarkInbox"),
        recipients=store.provided.recipients,
        inbox=store.provided.inbox,
        receipts=store.provided.receipts,
        clock=clock,
        store_id=store.provided.identity,
    )
    follow_inbox = Factory(
        Later("application.inbox.follow_inbox", "FollowInbox"),
        recipients=store.provided.recipients,
        inbox=store.provided.inbox,
    )
    watch_inboxes = Factory(Later("application.inbox.follow_inbox", "WatchInboxes"), inbox=store.provided.inbox)
    make_inbox_token = Factory(
        Later("application.inbox.tokens", "MakeInboxToken"),
        recipients=store.provided.recipients,
        clock=clock,
        secret=store.provided.secret,
    )
    check_inbox_token = Factory(
        Later("application.inbox.tokens", "CheckInboxToken"), clock=clock, secret=store.provided.secret
    )

    # Links.
    check_link = Factory(
        Later("application.links.tokens", "CheckLink"),
        links=store.provided.links,
        clock=clock,
        secret=store.provided.secret,
    )
    make_links = Factory(
        Later("application.links.make", "MakeLinks"),
        public_url=settings.provided.public_url,
        lifetime=settings.provided.links_lifetime,
        secret=store.provided.secret,
        recipients=store.provided.recipients,
        links=store.provided.links,
        clock=clock,
    )
    rotate_links = Factory(Later("application.links.rotate", "RotateLinks"), links=store.provided.links)
    unsubscribe = Factory(
        Later("application.links.unsubscribe", "Unsubscribe"),
        preferences=store.provided.preferences,
        policies=settings.provided.policies,
        secret=store.provided.secret,
    )
    subscribe_again = Factory(
        Later("application.links.unsubscribe", "SubscribeAgain"),
        preferences=store.provided.preferences,
        defaults=settings.provided.preference_defaults,
        secret=store.provided.secret,
    )
    show_choices = Factory(
        Later("application.links.show_choices", "ShowChoices"),
        recipients=store.provided.recipients,
        preferences=store.provided.preferences,
        suppressions=store.provided.suppressions,
        channels=settings.provided.routes,
        policies=settings.provided.policies,
        defaults=settings.provided.preference_defaults,
        topics=settings.provided.topics,
        zones=zones,
    )
    save_choices = Factory(
        Later("application.links.save_choices", "SaveChoices"),
        preferences=store.provided.preferences,
        defaults=settings.provided.preference_defaults,
        show=show_choices,
    )

    # Keys.
    create_key = Factory(
        Later("application.access.keys", "CreateKey"),
        keys=store.provided.api_keys,
        randomness=randomness,
        clock=clock,
    )
    authenticate = Factory(Later("application.access.keys", "Authenticate"), keys=store.provided.api_keys)
    keep_apart = Factory(
        Later("application.access.keep_apart", "KeepApart"),
        notifications=store.provided.notifications,
        campaigns=store.provided.campaigns,
    )
    list_keys = Factory(Later("application.access.keys", "ListKeys"), keys=store.provided.api_keys)
    revoke_key = Factory(Later("application.access.keys", "RevokeKey"), keys=store.provided.api_keys, clock=clock)


def build(settings: Settings) -> Container:
    """Return the container for one configuration; nothing is opened or connected yet."""
    return Container(settings=providers.Object(settings))


def close(container: Container) -> None:
    """Close the gateways and the store, as far as they were used."""
    container.closing().close()
