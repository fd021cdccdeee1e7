"""Settings, all from the environment. Each name can also be read from a file: `SECRET_KEY_FILE=/run/secrets/key`.

A bad value stops the start with a sentence that says which and why (`config.environment`).
"""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.admin_panel import UNFOLD  # noqa: F401
from config.environment import Environment, bucket_origin

BASE_DIR = Path(__file__).resolve().parents[2]
env = Environment()

# --- Where it runs -----------------------------------------------------------------------------------------------
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / ".data")
DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY", DATA_DIR / "secret-key")
SITE_URL = env.address("SITE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)
# Secure cookies and HSTS wherever the site is reached over TLS; the embedded default speaks plain HTTP on loopback.
SECURE = SITE_URL.startswith("https://")

# --- The three services ------------------------------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'dailies.sqlite3'}")}
REDIS_URL = env.redis("REDIS_URL", f"unix://{DATA_DIR / 'redis.sock'}")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "private": env.storage("STORAGE_URL", f"file://{DATA_DIR / 'private'}"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# How private bytes leave: "direct" (Django sends them), "nginx" (X-Accel-Redirect) or "presigned" (S3, at most 60 s).
MEDIA_DELIVERY = env.choice("MEDIA_DELIVERY", "direct", ("direct", "nginx", "presigned"))
MEDIA_ACCEL_PREFIX = "/protected-media/"
MEDIA_PRESIGNED_SECONDS = 60

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "dly"}
}

# --- Applications ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "template_partials",
    "heroicons",
    "csp",
    "common",
    "audit",
    "accounts",
    "quotas",
    "notifications",
    "videos",
    "generation",
    "review",
    "web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "common.middleware.RequestContextMiddleware",
    "accounts.middleware.NoTokenInAddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.HeadlessBodyMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "accounts.middleware.TermsMiddleware",
    "web.middleware.AwayMiddleware",
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
                "web.context_processors.shell",
            ],
        },
    },
]

# --- People ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapters.ClosedAccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.allauth_forms.SignInForm",
    "reset_password": "accounts.allauth_forms.AskForPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # the invitation's link proved the address; changing it needs a code (later)
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
HEADLESS_CLIENTS = ("browser",)
INVITATION_DAYS = env.integer("INVITATION_DAYS", 14, minimum=1)

# --- The programme -----------------------------------------------------------------------------------------------
# Each rule answers "may this viewer see this video?"; `videos.visibility` asks them all. In order of layers.
VIDEO_ACCESS_RULES = [
    "videos.visibility.OwnerRule",
    "review.visibility.OpenClaimRule",
    "review.visibility.LikenessRule",
    "review.visibility.PracticeRule",
]
# What keeps an owner from changing what others are shown: callables video -> a sentence why, or nothing.
VIDEO_HOLDS = ["review.holds.open_case"]
# What a reviewer with a live claim is told about the making of a video: callables video -> lines. `review` knows no
# `generation`, so this list introduces them.
REVIEW_CASE_FACTS = ["generation.case_facts.facts"]
# What a case is routed by: callables video -> `model_key` and `language`.
REVIEW_ROUTING_FACTS = ["generation.case_facts.routing"]
# What the detectors are told of a prompt: a callable video -> the prompt, and the videos of others made from it.
REVIEW_PROMPTS = "generation.prompts.prompt"
# A look of all detectors at one work is ended after so long, and may take so much memory.
SIGNALS_SECONDS = env.integer("SIGNALS_SECONDS", 600, minimum=1)
SIGNALS_MEMORY_MIB = env.integer("SIGNALS_MEMORY_MIB", 3072, minimum=512)
# Who cuts a film: `videos` knows no encoder, and is given one here.
VIDEO_CUTTER = "generation.trimming.cut"
# Who runs the programme and its model, as people write it: no policy may forbid criticism of them (`review.criticism`).
OPERATOR_NAMES = env.words("OPERATOR_NAMES", [])
MODELS_DIR = env.folder("MODELS_DIR", DATA_DIR / "models")
# Where `manage.py models pull` copies weights from, instead of the Hub.
MODELS_MIRROR = env.folder("MODELS_MIRROR", MODELS_DIR) if env.text("MODELS_MIRROR", "") else None
CATALOGUE_FILE = env.file("CATALOGUE_FILE", BASE_DIR / "generation" / "catalogue.toml")
# What the pictures of one participant may take in the private storage, as it is stored.
INPUT_IMAGES_MAX_MIB = env.integer("INPUT_IMAGES_MAX_MIB", 500)
# A worker that is silent for so long loses its generation; it renews its lease three times as often.
LEASE_SECONDS = env.integer("LEASE_SECONDS", 30, minimum=3)
# So often lost leases are looked for, and what waits is rung for.
REAPER_SECONDS = env.integer("REAPER_SECONDS", 10, minimum=1)
# A worker that is told to stop may end what it runs for so long; then it gives it back. 0: at once.
DRAIN_SECONDS = env.integer("DRAIN_SECONDS", 60)
# A cancelled generation whose step does not come for so long takes its worker's process with it.
HARD_STOP_SECONDS = env.integer("HARD_STOP_SECONDS", 60, minimum=1)
# So long without any sign of life, and a generation counts as hung even if nobody cancelled it.
STALL_SECONDS = env.integer("STALL_SECONDS", 1800, minimum=1)
# Which entries of the catalogue a worker takes (by their `pool`), and under which name it is known.
WORKER_POOLS = env.words("WORKER_POOLS", ["standard", "turbo"])
WORKER_NAME = env.text("WORKER_NAME", "")
# So many faults in its latest ten attempts, and a worker puts itself into maintenance.
WORKER_MOST_FAULTS = env.integer("WORKER_MOST_FAULTS", 5, minimum=1)
# What models may occupy, in MiB; 0: as much of the device as is left beside what a generation needs.
WORKER_MEMORY_MIB = env.integer("WORKER_MEMORY_MIB", 0)
# The same for the machine's own memory, where offloaded models wait for their turn; 0: most of it.
WORKER_HOST_MEMORY_MIB = env.integer("WORKER_HOST_MEMORY_MIB", 0)
# A reviewer whose page has not renewed the claim for so long loses it.
CLAIM_MINUTES = env.integer("CLAIM_MINUTES", 10, minimum=1)

# --- Celery: the broker is the doorbell --------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "generation.tasks.answer_doorbell": {"queue": "generation"},
    "review.tasks.look_at_signals": {"queue": "signals"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The doorbell is acknowledged before the work: no visibility timeout can hand the same work to two workers, no lost
# process is run again and again by the broker. Leases, the reaper and the cap on attempts own all that.
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_REJECT_ON_WORKER_LOST = False
# A broker that comes back must not stop what renders: the work is the database's, not the message's.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# SIGTERM waits for what runs, which ends by itself within DRAIN_SECONDS; SIGQUIT waits no longer than that either.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = DRAIN_SECONDS + HARD_STOP_SECONDS
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# kombu would try for six seconds before it says that the broker is away, and a person's request waits for it.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "socket_connect_timeout": 2,
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "ring-for-what-waits": {"task": "generation.tasks.ring", "schedule": REAPER_SECONDS},
    "return-expired-leases": {"task": "generation.tasks.reap", "schedule": REAPER_SECONDS},
    "sweep-files-of-nobody": {"task": "generation.tasks.sweep", "schedule": 3600},
    "return-lapsed-claims": {"task": "review.tasks.return_lapsed_claims", "schedule": 30},
    "ring-for-signals": {"task": "review.tasks.ring_for_signals", "schedule": 60},
    "reroute-ripe-cases": {"task": "review.tasks.reroute_ripe", "schedule": 300},
    "escalate-overdue-cases": {"task": "review.tasks.escalate_overdue", "schedule": 60},
    "cut-what-waits": {"task": "videos.tasks.cut_what_waits", "schedule": 30},
    "tell-reporters": {"task": "review.tasks.tell_reporters", "schedule": 60},
    "apply-bulk-decisions": {"task": "review.tasks.apply_bulk", "schedule": 30},
    "send-unsent-mail": {"task": "notifications.tasks.send_unsent", "schedule": 60},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

# --- Mail --------------------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.mail("EMAIL_URL", f"file://{DATA_DIR / 'mail'}")
vars().update(EMAIL_CONFIG)
# A mail server that is silent for so long counts as away. A person's request may be waiting for it.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Dailies <dailies@localhost>")
# Invitations are mailed, and people are told of a changed password, from a layer below the one that knows mail.
ADDRESS_MAILER = "notifications.services.send_mail_to_address"
PERSON_NOTIFIER = "notifications.services.notify"

# --- API ---------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.SignedInWithTerms"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.parsers.StrictJSON"],
    "DEFAULT_PAGINATION_CLASS": "common.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.problems.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttles.PerPerson"],
    "DEFAULT_THROTTLE_RATES": {"anonymous": "60/min", "person": "600/min", "report": "10/hour"},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Dailies API",
    "DESCRIPTION": "Generate, keep private, submit for sharing, review, share.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Fields of one name and different choices get a name of their own in generated clients.
    "ENUM_NAME_OVERRIDES": {
        "ParticipantRole": "accounts.states.ParticipantRole",
        "StaffRole": "accounts.states.StaffRole",
        "InvitationState": "accounts.states.InvitationState",
        "TokenState": "accounts.states.TokenState",
        "LedgerEntryKind": "quotas.models.EntryKind",
        "RenditionKind": "videos.states.RenditionKind",
        "TrimState": "videos.states.TrimState",
        "ReportState": "review.serializers.reports.STATES",
        "GenerationState": "generation.states.GenerationState",
        "GenerationMode": "generation.states.Mode",
        "GenerationRelation": "generation.states.Relation",
        "AttemptState": "generation.states.AttemptState",
        "YesOrNo": "review.serializers.statements.YES_OR_NO",
        "CaseKind": "review.states.CaseKind",
        "DsaCategory": "review.categories.DsaCategory",
        "BulkState": "review.states.BulkState",
        "InterestKind": "review.states.InterestKind",
        "Opinion": "review.states.Opinion",
        "SignalKind": "review.states.SignalKind",
        "CaseState": "review.states.CaseState",
        "Outcome": "review.states.Outcome",
    },
}

# A presigned address leads to the bucket's host, which pages must be allowed to show pictures and films from.
MEDIA_HOSTS = [bucket_origin(STORAGES["private"])] if MEDIA_DELIVERY == "presigned" else []

# --- Hardening ---------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *MEDIA_HOSTS],
        "media-src": [SELF, *MEDIA_HOSTS],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: [] for feature in ("camera", "microphone", "geolocation", "usb", "payment", "accelerometer", "gyroscope")
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False  # the proxy's work
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "dailies_session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "dailies_csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CSRF_FAILURE_VIEW = "web.views.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_HANDLERS = ["common.uploads.OnlyWhereTaken"]
# The redirect to HTTPS is the proxy's work (W008); a preload list is for the owner of the whole domain to join (W021).
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W021"]

# --- Languages, time, files --------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "platform" / "web" / "locale"]
# The programme's own: its working days, its letters, and the last day to appeal. People see times in theirs.
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", DATA_DIR / "static")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}},
}
