"""Django settings, read from the home folder and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from keepwell.foundation.home import Home

PACKAGE = Path(__file__).resolve().parent.parent
HOME = Home.from_environment()
KEEPWELL_HOME = str(HOME.root)
KEEPWELL_LAKE = os.environ.get("KEEPWELL_LAKE") or str(HOME.lake_path)
KEEPWELL_ENGINE = os.environ.get("KEEPWELL_ENGINE", "duckdb")
KEEPWELL_CURRENCY = os.environ.get("KEEPWELL_CURRENCY", "")  # ISO 4217 code of amounts that say none
KEEPWELL_BACKUP_DIR = os.environ.get("KEEPWELL_BACKUP_DIR", "")
KEEPWELL_BACKUP_HOUR = int(os.environ.get("KEEPWELL_BACKUP_HOUR", "2"))
KEEPWELL_BACKUP_KEEP = os.environ.get("KEEPWELL_BACKUP_KEEP", "7,4,6")
KEEPWELL_METRICS_TOKEN = os.environ.get("KEEPWELL_METRICS_TOKEN", "")
KEEPWELL_API_RATE = int(os.environ.get("KEEPWELL_API_RATE", "1200"))  # requests a minute and caller
KEEPWELL_TRACKING_RATE = int(os.environ.get("KEEPWELL_TRACKING_RATE", "60000"))
KEEPWELL_MAIL_ADDRESSES = os.environ.get("KEEPWELL_MAIL_ADDRESSES", "")
KEEPWELL_MAILDIR = os.environ.get("KEEPWELL_MAILDIR", "")
KEEPWELL_WEBHOOKS_PRIVATE = os.environ.get("KEEPWELL_WEBHOOKS_PRIVATE", "") == "1"
KEEPWELL_MEMORY = os.environ.get("KEEPWELL_MEMORY", "")  # e.g. "4GB": limit of the analytic engine

DEBUG = False
ALLOWED_HOSTS = os.environ.get("KEEPWELL_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("KEEPWELL_ORIGINS", "").split(",") if origin]


def secret_key() -> str:
    """The session key of the key ring; made with it at first use."""
    from keepwell.foundation.keys import load_ring

    return load_ring(HOME.keys_path).session_key


def database(url: str | None) -> dict[str, object]:
    """Django's database entry for DATABASE_URL (postgres://user:password@host:port/name), else SQLite."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(HOME.state_path),
            # Closing the last connection writes the whole WAL back: not with every request.
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError(f"DATABASE_URL: only postgres:// is supported, not {parts.scheme}://")
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(parts.port or ""),
        "OPTIONS": query,
        "CONN_MAX_AGE": 60,
    }


def email(url: str | None) -> dict[str, object]:
    """Django's e-mail settings for KEEPWELL_SMTP_URL: smtp[s]://user:password@host:port?from=address&tls=1.

    Without it nothing is sent. `smtps` speaks TLS from the first byte, `tls=1` turns to it (STARTTLS).
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("KEEPWELL_SMTP_URL: must be smtp://host:port or smtps://host:port")
    query = dict(parse_qsl(parts.query))
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and query.get("tls") == "1",
        "EMAIL_TIMEOUT": 30,
        "DEFAULT_FROM_EMAIL": query.get("from", f"keepwell@{parts.hostname}"),
    }


KEEPWELL_SMTP_URL = os.environ.get("KEEPWELL_SMTP_URL", "")
KEEPWELL_URL = os.environ.get("KEEPWELL_URL", "")  # where people reach this installation, for links in e-mail
globals().update(email(KEEPWELL_SMTP_URL))

DATABASES = {"default": database(os.environ.get("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "keepwell.web",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",  # its look and shell are used, none of its own pages
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "keepwell.foundation.audit",
    "keepwell.accounts",
    "keepwell.accounts.standards",
    "keepwell.history",
    "keepwell.customers",
    "keepwell.customers.identity",
    "keepwell.customers.privacy",
    "keepwell.customers.search",
    "keepwell.customers.lists",
    "keepwell.intake",
    "keepwell.insight",
    "keepwell.outreach",
    "keepwell.outreach.policy",
    "keepwell.outreach.pacing",
    "keepwell.outreach.sending",
    "keepwell.outreach.channels.onsite",
    "keepwell.outreach.channels.person",
    "keepwell.outreach.groups",
    "keepwell.outreach.social",
    "keepwell.outreach.tailoring",
    "keepwell.outreach.offline",
    "keepwell.outreach.controls",
    "keepwell.outreach.chats",
    "keepwell.outreach.vip",
    "keepwell.outreach.advertising",
    "keepwell.outreach.coupons",
    "keepwell.outreach.mailings",
    "keepwell.outreach.content",
    "keepwell.outreach.journeys",
    "keepwell.outreach.touchpoints",
    "keepwell.outreach.replying",
    "keepwell.outreach.habits",
    "keepwell.outreach.questions",
    "keepwell.outreach.moods",
    "keepwell.outreach.firstreply",
    "keepwell.plays",
    "keepwell.plays.winback",
    "keepwell.plays.experiments",
    "keepwell.plays.learning",
    "keepwell.plays.lifts",
    "keepwell.plays.care",
    "keepwell.integrations",
    "keepwell.api",
    "ninja",
]

MIDDLEWARE = [
    "keepwell.operations.middleware.ProbeMiddleware",
    "keepwell.operations.middleware.ObserveMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "keepwell.web.middleware.SecurityHeadersMiddleware",
    "keepwell.api.gateway.ApiGatewayMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "keepwell.web.middleware.UserLanguageMiddleware",
    "keepwell.web.middleware.FirstRunMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "keepwell.web.middleware.DutiesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "keepwell.web.urls"
WSGI_APPLICATION = "keepwell.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = reverse_lazy("sign_in")
LOGIN_REDIRECT_URL = reverse_lazy("cockpit")
LOGOUT_REDIRECT_URL = reverse_lazy("sign_in")
CSRF_FAILURE_VIEW = "keepwell.web.views.errors.csrf_failure"

# Signing in: allauth's flows with our pages. Counts of failed attempts are shared by all processes of one
# installation, so they live in the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_sharedvalue",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
ACCOUNT_ADAPTER = "keepwell.web.signing.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = False
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_RATE_LIMITS = {"login_failed": os.environ.get("KEEPWELL_SIGN_IN_LIMIT", "30/m/ip,5/300s/key")}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("KEEPWELL_PROXIES", "0"))
ACCOUNT_FORMS = {
    "change_password": "keepwell.web.signing.forms.ChangePasswordForm",
    "reauthenticate": "keepwell.web.signing.forms.ReauthenticateForm",
    "set_password": "keepwell.web.signing.forms.SetPasswordForm",
}
MFA_FORMS = {
    "activate_totp": "keepwell.web.signing.forms.ActivateTOTPForm",
    "add_webauthn": "keepwell.web.signing.forms.AddWebAuthnForm",
    "authenticate": "keepwell.web.signing.forms.AuthenticateForm",
    "reauthenticate": "keepwell.web.signing.forms.ReauthenticateCodeForm",
}
MFA_ADAPTER = "keepwell.web.signing.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Keepwell"
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "keepwell.web.signing.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
# Roles of accounts that single sign-on makes; without any, only people who have an account can sign in.
KEEPWELL_OIDC_ROLES = [role for role in os.environ.get("KEEPWELL_OIDC_ROLES", "").split(",") if role]
# "off" where the duty of confidentiality is recorded elsewhere.
KEEPWELL_CONFIDENTIALITY = os.environ.get("KEEPWELL_CONFIDENTIALITY", "on")


def single_sign_on(environment: Mapping[str, str]) -> dict[str, object]:
    """The OpenID Connect provider that KEEPWELL_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET, _NAME describe."""
    if not environment.get("KEEPWELL_OIDC_ISSUER"):
        return {}
    app = {
        "provider_id": "sso",
        "name": environment.get("KEEPWELL_OIDC_NAME") or "OpenID Connect",
        "client_id": environment.get("KEEPWELL_OIDC_CLIENT_ID", ""),
        "secret": environment.get("KEEPWELL_OIDC_CLIENT_SECRET", ""),
        "settings": {"server_url": environment["KEEPWELL_OIDC_ISSUER"]},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


SOCIALACCOUNT_PROVIDERS = single_sign_on(os.environ)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("KEEPWELL_TIME_ZONE", "UTC")

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("KEEPWELL_STATIC") or None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# Where people come by TLS only, their cookies go by TLS only.
TLS_ONLY = bool(CSRF_TRUSTED_ORIGINS) and all(one.startswith("https://") for one in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = TLS_ONLY
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60

UNFOLD = {
    "SITE_TITLE": _("Keepwell"),
    "SITE_HEADER": _("Keepwell"),
    "SITE_SUBHEADER": _("Keep and win back customers"),
    "SITE_SYMBOL": "favorite",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("keepwell/favicon.svg"),
        }
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        # A quiet teal: the one accent; states have colours of their own in keepwell.css.
        "primary": {
            "50": "oklch(98% .013 195)",
            "100": "oklch(95% .03 195)",
            "200": "oklch(90% .055 195)",
            "300": "oklch(83% .08 195)",
            "400": "oklch(73% .1 196)",
            "500": "oklch(62% .1 198)",
            "600": "oklch(50% .088 200)",
            "700": "oklch(43% .075 202)",
            "800": "oklch(37% .062 204)",
            "900": "oklch(32% .05 206)",
            "950": "oklch(24% .04 208)",
        },
    },
    "STYLES": [
        lambda request: static("keepwell/keepwell.css"),
        lambda request: static("keepwell/finding.css"),
        lambda request: static("keepwell/today.css"),
        lambda request: static("keepwell/portrait.css"),
        lambda request: static("keepwell/segments.css"),
        lambda request: static("keepwell/winback.css"),
        lambda request: static("keepwell/questions.css"),
        lambda request: static("keepwell/care.css"),
        lambda request: static("keepwell/content.css"),
        lambda request: static("keepwell/sending.css"),
        lambda request: static("keepwell/journeys.css"),
        lambda request: static("keepwell/touchpoints.css"),
        lambda request: static("keepwell/privacy.css"),
    ],
    "SCRIPTS": [lambda request: static("keepwell/theme.js")],
    "COMMAND": {"search_callback": "keepwell.web.shell.search"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "keepwell.web.shell.navigation",
    },
}

LOG_FORMAT = os.environ.get("KEEPWELL_LOG_FORMAT", "plain")
if LOG_FORMAT not in ("plain", "json"):
    raise ValueError(f"KEEPWELL_LOG_FORMAT: {LOG_FORMAT!r} is neither plain nor json")
LOG_LEVEL = os.environ.get("KEEPWELL_LOG", "WARNING").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": f"keepwell.operations.logs.{LOG_FORMAT.capitalize()}Formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Handlers of their own would write a second line, unmasked, or send mail.
        **{name: {"handlers": [], "propagate": True} for name in ("django", "django.server", "_granian")},
        # A line for each request where lines are gathered.
        "keepwell.request": {"level": "INFO" if LOG_FORMAT == "json" else LOG_LEVEL},
    },
}

SITE_NAME = _("Keepwell")
SECRET_KEY = SimpleLazyObject(secret_key)
