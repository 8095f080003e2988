"""Settings. Everything that differs between machines comes from the environment, and what is missing or wrong fails loudly."""

import sys
from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

from config import schedule
from config.reading import broker_address, database, mail, mail_server, one_of, required, seconds, web_address, whole

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- who we are -------------------------------------------------------------------------------------------------------------
SECRET_KEY = required("SECRET_KEY")
#: Ring of keys for channel secrets, `id:base64,id:base64`; the first one seals. See core/crypto.py.
FIELD_KEYS = required("FIELD_KEYS")
DEBUG = env.bool("DEBUG", default=False)
BASE_URL = web_address("RABTA_BASE_URL", "http://localhost:8420")
EMBEDDED = env.bool("RABTA_EMBEDDED", default=False)
TESTING = env.bool("RABTA_TEST", default=False)
STATE_DIR = Path(env.str("RABTA_STATE_DIR", default=str(BASE_DIR / ".rabta")))
_host = BASE_URL.split("://", 1)[-1].split("/", 1)[0]
_own_hosts = [_host.rsplit(":", 1)[0], "localhost", "127.0.0.1"]
ALLOWED_HOSTS = [host for host in env.list("ALLOWED_HOSTS", default=[]) if host] or _own_hosts
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- networks ---------------------------------------------------------------------------------------------------------------
#: The practice network's address; empty in production. Channels connected to it are labelled everywhere.
PRACTICE_URL = web_address("PRACTICE_URL", "")
PRACTICE_ADMIN_KEY = env.str("PRACTICE_ADMIN_KEY", default="")
#: Where X's API lives when not at X itself (practice, tests). The only outbound address that may be private.
X_API_BASE = web_address("X_API_BASE", "")
#: Where all channels of the network “custom” are led instead of to their own addresses (tests); private too.
CUSTOM_API_BASE = web_address("CUSTOM_API_BASE", "")
#: Where every Mastodon instance lives when not at its own address (practice, tests). It may be private, like those above.
MASTODON_API_BASE = web_address("MASTODON_API_BASE", "")
#: Where Telegram's Bot API lives when not at Telegram itself (practice, tests). It may be private, like those above.
TELEGRAM_API_BASE = web_address("TELEGRAM_API_BASE", "")
#: Where Twilio's API lives when not at Twilio itself (practice, tests). It may be private, like those above.
TWILIO_API_BASE = web_address("TWILIO_API_BASE", "")
#: Where every Bluesky server lives when not at its own address (practice, tests). It may be private, like those above.
BLUESKY_API_BASE = web_address("BLUESKY_API_BASE", "")
#: Where every mailbox and every outgoing mail is led instead of to their own servers (practice, tests), in plain text unless the
#: address begins with imaps:// or smtps://. They may be private, like those above.
EMAIL_IMAP_BASE = mail_server("EMAIL_IMAP_BASE", ("imap", "imaps"))
EMAIL_SMTP_BASE = mail_server("EMAIL_SMTP_BASE", ("smtp", "smtps"))
#: Where the APIs of providers that send mail are asked instead, for tests.
POSTMARK_API_BASE = web_address("POSTMARK_API_BASE", "")
MAILGUN_API_BASE = web_address("MAILGUN_API_BASE", "")
#: Where Meta's Graph lives when not at Meta itself (practice, tests). It may be private, like those above.
GRAPH_API_BASE = web_address("GRAPH_API_BASE", "")
#: Where Reddit lives, both its sites, when not at Reddit itself (practice, tests). It may be private, like those above.
REDDIT_API_BASE = web_address("REDDIT_API_BASE", "")
REDDIT_CLIENT_ID = env.str("REDDIT_CLIENT_ID", default="")
REDDIT_CLIENT_SECRET = env.str("REDDIT_CLIENT_SECRET", default="")
#: The Reddit name of whoever runs this installation: each question must say whom to write to. Without it, the account's own.
REDDIT_CONTACT = env.str("REDDIT_CONTACT", default="")
#: Where LinkedIn lives, API and sign-in, when not at LinkedIn itself (practice, tests). It may be private, like those above.
LINKEDIN_API_BASE = web_address("LINKEDIN_API_BASE", "")
#: Each version of its API lives about a year: learn.microsoft.com/linkedin/marketing/versioning, read 2026-11.
LINKEDIN_VERSION = env.str("LINKEDIN_VERSION", default="202609")
LINKEDIN_CLIENT_ID = env.str("LINKEDIN_CLIENT_ID", default="")
LINKEDIN_CLIENT_SECRET = env.str("LINKEDIN_CLIENT_SECRET", default="")
#: Each version of the Graph lives about two years: developers.facebook.com/docs/graph-api/changelog, read 2026-11.
GRAPH_VERSION = env.str("GRAPH_VERSION", default="v23.0")
#: This installation's app at developers.facebook.com, with which people sign in, and its configuration of Facebook Login for
#: Business, where it has one (docs/signing-in.md).
FACEBOOK_APP_ID = env.str("FACEBOOK_APP_ID", default="")
FACEBOOK_APP_SECRET = env.str("FACEBOOK_APP_SECRET", default="")
FACEBOOK_CONFIG_ID = env.str("FACEBOOK_CONFIG_ID", default="")
#: Where YouTube and Google's other APIs live, sign-in included, when not at Google itself (practice, tests). It may be private too.
GOOGLE_API_BASE = web_address("GOOGLE_API_BASE", "")
#: The OAuth client of this installation's project at Google; where reviews are announced, in whose name it calls (docs/google.md).
GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_ID", default=""), env.str("GOOGLE_CLIENT_SECRET", default="")
GOOGLE_PUBSUB_TOPIC, GOOGLE_PUBSUB_ACCOUNT = (env.str(f"GOOGLE_PUBSUB_{name}", default="") for name in ("TOPIC", "ACCOUNT"))
#: Where Microsoft's sign-in lives when not at Microsoft itself (practice, tests); it may be private too. And our app
#: at entra.microsoft.com, with which people sign in to their mailboxes (docs/signing-in.md).
MICROSOFT_API_BASE = web_address("MICROSOFT_API_BASE", "")
MICROSOFT_CLIENT_ID = env.str("MICROSOFT_CLIENT_ID", default="")
MICROSOFT_CLIENT_SECRET = env.str("MICROSOFT_CLIENT_SECRET", default="")
#: What YouTube allows that project in a day; more is granted on request: developers.google.com/youtube/v3/getting-started, 2026-11.
YOUTUBE_DAILY_UNITS = whole("YOUTUBE_DAILY_UNITS", 10_000, low=100, high=1_000_000_000)
X_CLIENT_ID = env.str("X_CLIENT_ID", default="")
X_CLIENT_SECRET = env.str("X_CLIENT_SECRET", default="")
#: The API key secret of that app, which proves X's webhooks; a channel may have one of its own app's.
X_CONSUMER_SECRET = env.str("X_CONSUMER_SECRET", default="")
#: Seconds between two polls of one channel; None leaves it to the network file, which knows what a poll costs.
POLL_SECONDS = seconds("RABTA_POLL_SECONDS", 3.0 if X_API_BASE else 0.0, low=0) or None
#: Seconds between two polls of a channel that is listened to: its network says when another is worth while (docs/adr/listening.md).
LISTENING_POLL_SECONDS = seconds("RABTA_LISTENING_POLL_SECONDS", 300.0, low=1)
#: So many connections one listener holds at most, and for so many seconds they are its own without a word from it.
LISTENER_CONNECTIONS = whole("RABTA_LISTENER_CONNECTIONS", 200, low=1, high=5000)
LISTENER_LEASE_SECONDS = seconds("RABTA_LISTENER_LEASE_SECONDS", 10.0, low=0.5, high=300.0)
#: Longest time in seconds that one call to a network may take; a network file may allow less, never more.
CALL_SECONDS = seconds("RABTA_CALL_SECONDS", 30.0, low=0.1, high=600.0)
#: Seconds by which a claim (to read, to send, to renew) outlives the longest call. The call begins within half of them, or not at
#: all; a worker that died is replaced when its claim has run out.
LEASE_MARGIN_SECONDS = seconds("RABTA_LEASE_MARGIN_SECONDS", 20.0, low=0.1)
#: Seconds for which a reply may be taken back before it leaves. People may choose another value in their profile.
UNDO_SECONDS = seconds("RABTA_UNDO_SECONDS", 5.0, low=0)
#: Seconds after which a reply of unknown outcome is looked up on the network. Longer than the longest late acceptance known.
SETTLE_SECONDS = seconds("RABTA_SETTLE_SECONDS", 20.0, low=0)
#: Seconds for which a channel first rests whose network did not answer several calls in a row; each further rest is twice as long.
REST_SECONDS = seconds("RABTA_REST_SECONDS", 15.0, low=0.1, high=300.0)
#: Seconds after which a person decides about a reply whose fate cannot be read back.
DECISION_SECONDS = seconds("RABTA_DECISION_SECONDS", 600.0, low=0)
#: Seconds between two pages of a channel that is read back; the poll goes on meanwhile.
BACKFILL_PAUSE_SECONDS = seconds("RABTA_BACKFILL_PAUSE_SECONDS", 2.0, low=0)
#: So many pages of such channels begin every two seconds, whoever asked for them: workers are for what is new first.
BACKFILLS_AT_ONCE = whole("RABTA_BACKFILLS_AT_ONCE", 2, low=1, high=1000)

# --- rooms ------------------------------------------------------------------------------------------------------------------
ROOMS = ["core", "activity", "accounts", "notifications", "social", "crm", "inbox", "search", "demo", "bench"]
#: The one table from kinds of events to those who listen.
EVENT_SUBSCRIBERS = "config.subscribers.SUBSCRIBERS"
#: Where rooms declare what members can be told of.
NOTICE_KINDS = ("inbox.services.notices.KINDS",)
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "config",
    *(room for room in ROOMS if (BASE_DIR / room / "apps.py").exists()),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.requests.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "accounts.middleware.WorkspaceMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "accounts.context.shell",
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------------------------------------
#: Only the owner may change tables; everything else runs as the application's role, which owns nothing.
OWNERS_COMMANDS = {"prepare", "migrate", "makemigrations", "sqlmigrate", "showmigrations"}
DB_ROLE = one_of("RABTA_DB_ROLE", "owner" if OWNERS_COMMANDS & set(sys.argv[1:2]) else "app", ("owner", "app"))
_database = database("DATABASE_OWNER_URL" if DB_ROLE == "owner" else "DATABASE_URL")
_database.update(
    ENGINE="django.db.backends.postgresql",
    CONN_MAX_AGE=60,
    CONN_HEALTH_CHECKS=True,
    DISABLE_SERVER_SIDE_CURSORS=True,
)
_database.setdefault("OPTIONS", {})
_database["OPTIONS"].setdefault("connect_timeout", 5)
_database["OPTIONS"].setdefault("application_name", "rabta")
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- bells, pushes ----------------------------------------------------------------------------------------------------------
REDIS_URL = broker_address("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "core.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "rabta",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # The server's channels know no database numbers: two installations on one Valkey need names of their own.
        "CONFIG": {"hosts": [REDIS_URL], "prefix": env.str("RABTA_PUSH_PREFIX", default="rabta")},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_TASK_DEFAULT_QUEUE = "slow"
CELERY_TASK_ROUTES = schedule.QUEUES
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than three times the time limit, so that no running job is ever handed out twice.
    "visibility_timeout": 3 * CELERY_TASK_TIME_LIMIT + 40,
    # kombu's own default sweeps unacknowledged jobs every hundred seconds only.
    "unacked_restore_interval": 2, "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "max_retries": 1, "interval_start": 0, "interval_step": 0.1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = schedule.RINGS

# --- people -----------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = one_of(
    "RABTA_EMAIL_VERIFICATION", "none" if EMBEDDED or TESTING else "mandatory", ("mandatory", "optional", "none")
)
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignUpForm"}
ACCOUNT_PREVENT_ENUMERATION = True
# Mail goes to addresses we store, never to one a stranger typed.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,20/15m/ip", "login": "60/m/ip"}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = BASE_URL.startswith("http://localhost")
MFA_TOTP_ISSUER = "Rabta"
USERSESSIONS_TRACK_ACTIVITY = True
vars().update(mail("EMAIL_URL", "consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Rabta <no-reply@{_host.rsplit(':', 1)[0]}>")

# --- language and time ------------------------------------------------------------------------------------------------------
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ur", _("Urdu")), ("fa", _("Persian")), ("ar", _("Arabic"))]
# The second folder speaks for libraries that do not know Urdu themselves.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "libraries"]

# --- files ------------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.str("STATIC_ROOT", default=str(STATE_DIR / "static"))
#: Where pictures and files of messages lie, which only our own pages hand out. Web and workers need the same folder.
MEDIA_DIR = env.str("RABTA_MEDIA_DIR", default=str(STATE_DIR / "media"))
#: The most bytes of one file, coming or going (a network may take less), and of all files of a workspace together.
MEDIA_FILE_BYTES = whole("RABTA_MEDIA_FILE_MB", 25, low=1, high=200) * 1024 * 1024
MEDIA_WORKSPACE_BYTES = whole("RABTA_MEDIA_WORKSPACE_MB", 5120, low=1, high=100_000_000) * 1024 * 1024
#: So many files are fetched from networks at once by one web process, half of them at most for one workspace; whoever comes
#: meanwhile asks again a moment later.
MEDIA_FETCHES = whole("RABTA_MEDIA_FETCHES", 4, low=1, high=64)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_DIR, "base_url": None}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = EMBEDDED or TESTING

# --- safety -----------------------------------------------------------------------------------------------------------------
_secure = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
#: One proxy that sets X-Forwarded-Proto and X-Forwarded-For itself. Without one, nobody is believed who sends them.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_socket = BASE_URL.replace("http", "ws", 1)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", _socket],
        "form-action": ["'self'", *([PRACTICE_URL] if PRACTICE_URL else []), "https://x.com", "https://twitter.com"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_HANDLERS = ["core.uploads.NoFiles"]

# --- processes --------------------------------------------------------------------------------------------------------------
#: Threads that answer pages; each keeps one connection to the database.
WEB_THREADS = whole("RABTA_WEB_THREADS", 8, low=1, high=512)

# --- API --------------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api_auth.TokenAuthentication",
        "accounts.api_auth.MiddlewareSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api_auth.MemberMay"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "accounts.api_auth.one_error_shape",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rabta",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1/w/{slug}",
    "POSTPROCESSING_HOOKS": ["config.api.name_refusals"],
}

# --- logs -------------------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "config.logs.Formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))},
    "loggers": {"django.request": {"level": "ERROR"}, "django_structlog": {"level": "WARNING"}},
}
