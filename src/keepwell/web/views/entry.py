"""Before anything can be read: the first account, signing in and out, the language."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from keepwell.accounts import queries as accounts
from keepwell.accounts import services as account_services
from keepwell.foundation import clock
from keepwell.web.forms import NewPasswordForm, WelcomeForm
from keepwell.web.shell import render, shell_context
from keepwell.web.signing.forms import SignInForm

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@never_cache
@sensitive_post_parameters()
def welcome(request: HttpRequest) -> HttpResponse:
    """First run: make the administrator's account, sign in, go to the cockpit."""
    if accounts.anybody_exists():
        return HttpResponseRedirect(reverse("cockpit"))
    form = WelcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = account_services.create_first_administrator(
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                language=translation.get_language() or settings.LANGUAGE_CODE,
            )
        except ValidationError as error:
            _place(form, error)
        else:
            login(request, user, backend=BACKEND)
            return HttpResponseRedirect(reverse("cockpit"))
    return render(request, "keepwell/welcome.html", {"form": form, "title": _("Welcome")})


def _place(form: WelcomeForm, error: ValidationError) -> None:
    """Put each message at its field; what the password rules say belongs to the password."""
    if hasattr(error, "error_dict"):
        for name, messages in error.message_dict.items():
            form.add_error(name if name in form.fields else None, messages)
    else:
        form.add_error("password", error)


class SignIn(LoginView):
    """Signing in with a password; a second factor and single sign-on follow from here."""

    template_name = "keepwell/sign_in.html"
    form_class = SignInForm  # type: ignore[assignment]  # allauth's form, not Django's

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """With the shell's branding and the other ways in."""
        found = super().get_context_data(**kwargs)
        target = str(found.get("next") or "")
        providers = get_social_adapter().list_providers(self.request)
        others = [
            {"name": one.name, "url": one.get_login_url(self.request, **({"next": target} if target else {}))}
            for one in providers
        ]
        return {**shell_context(self.request), **found, "title": _("Sign in"), "providers": others}

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        """On to the second factor, or in; the language of this browser goes to an account without one."""
        user = form.get_user()
        chosen = self.request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if not user.language and chosen in dict(settings.LANGUAGES):
            account_services.set_language(user=user, language=chosen)
            user.language = chosen
        login = Login(user=user, redirect_url=self.get_success_url())
        answer: HttpResponse = perform_password_login(self.request, {"username": user.username}, login)
        return answer


sign_in = method_decorator([login_not_required, never_cache, sensitive_post_parameters()], name="dispatch")(
    SignIn
).as_view()


@login_not_required
@never_cache
@sensitive_post_parameters()
def password_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Set the password of an account that somebody made for one; then sign in with it."""
    now = clock.now()
    user = accounts.user_of_link(secret, now)
    if user is None:
        return render(request, "keepwell/password_link.html", {"title": _("Set a password")}, status=404)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account_services.set_password_by_link(
                secret=secret, password=form.cleaned_data["password"], now=now
            )
        except ValidationError as error:
            form.add_error("password", error)
        else:
            messages.success(request, _("The password is set. Please sign in with it."))
            return HttpResponseRedirect(reverse("sign_in"))
    context = {"title": _("Set a password"), "form": form, "person": user}
    return render(request, "keepwell/password_link.html", context)


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on: remembered by cookie, and with the account where there is one."""
    language = request.POST.get("language", "")
    target = request.POST.get("next") or request.META.get("HTTP_REFERER") or "/"
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    if language not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        account_services.set_language(user=request.user, language=language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response
