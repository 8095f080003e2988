"""When the scheduler rings for what, and in which queue a job waits."""

from typing import Any

from celery.schedules import crontab

#: Pattern of a task's name → its queue; the first that fits counts, what fits none waits in the slow one.
QUEUES: dict[str, dict[str, str]] = {
    "social.tasks.pull": {"queue": "pull"},
    "social.tasks.read_back": {"queue": "slow"},
    "social.tasks.recheck": {"queue": "slow"},
    "social.tasks.check_gaps": {"queue": "slow"},
    "social.tasks.reconcile": {"queue": "slow"},
    "social.tasks.*subscribe": {"queue": "slow"},
    "search.tasks.index": {"queue": "slow"},
    "social.tasks.watch": {"queue": "slow"},
    "social.tasks.age_files": {"queue": "slow"},
    "social.tasks.deliver": {"queue": "send"},
    "social.tasks.settle": {"queue": "send"},
    "social.tasks.act": {"queue": "send"},
    "inbox.tasks.send_planned": {"queue": "send"},
    "inbox.tasks.bulk": {"queue": "slow"},
    "inbox.tasks.*": {"queue": "ingest"},
    "activity.tasks.deliver": {"queue": "ingest"},
    # Not behind the bells that they ring themselves.
    "*.tasks.sweep*": {"queue": "celery"},
}

#: Seconds between two rings, or times of day.
RINGS: dict[str, dict[str, Any]] = {
    "ring due channels": {"task": "social.tasks.sweep_due_channels", "schedule": 1.0},
    "poll what nobody listens to": {"task": "social.tasks.sweep_ears", "schedule": 3.0},
    "ask hubs to call": {"task": "social.tasks.sweep_subscriptions", "schedule": 10.0},
    "ring due deliveries": {"task": "social.tasks.sweep_deliveries", "schedule": 1.0},
    "ring due deeds": {"task": "social.tasks.sweep_deeds", "schedule": 1.0},
    "ring stored items": {"task": "inbox.tasks.sweep_stored_items", "schedule": 5.0},
    "send planned replies": {"task": "inbox.tasks.sweep_planned", "schedule": 2.0},
    "ask how it was": {"task": "inbox.tasks.sweep_surveys", "schedule": 20.0},
    "ring unread events": {"task": "activity.tasks.sweep_events", "schedule": 5.0},
    "recheck recent posts": {"task": "social.tasks.sweep_rechecks", "schedule": 10.0},
    # At night, when networks and we have time; a channel is due once a night.
    "look for gaps": {"task": "social.tasks.sweep_gap_checks", "schedule": crontab(minute="*/2", hour="0-5")},
    "reconcile what was sent": {"task": "social.tasks.sweep_reconciles", "schedule": 60.0},
    "read channels back": {"task": "social.tasks.sweep_backfills", "schedule": 2.0},
    "remove old files": {"task": "social.tasks.sweep_files", "schedule": crontab(minute="*/20")},
    "watch channels": {"task": "social.tasks.sweep_watches", "schedule": 900.0},
    "bring search up to date": {"task": "search.tasks.sweep_due", "schedule": 2.0},
    "go on with bulk deeds": {"task": "inbox.tasks.sweep_bulk", "schedule": 10.0},
    "wake sleepers": {"task": "inbox.tasks.sweep_sleepers", "schedule": 5.0},
    "mail what was not read": {"task": "notifications.tasks.sweep_digests", "schedule": 15.0},
    "fold counts": {"task": "inbox.tasks.sweep_counts", "schedule": 10.0},
}
