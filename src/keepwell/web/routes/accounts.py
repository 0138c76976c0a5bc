"""Signing in, one's own account, people."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount.providers.openid_connect import views as sso
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.utils.translation import gettext_lazy as _

from keepwell.web.signing.shell import in_shell
from keepwell.web.views import account as own
from keepwell.web.views import approvals, cards, entry, people, roles, standards

sign_in = [
    path("welcome/", entry.welcome, name="welcome"),
    path("sign-in/", entry.sign_in, name="sign_in"),
    path(
        "sign-in/second/",
        in_shell(mfa.AuthenticateView.as_view(template_name="keepwell/sign_in_second.html"), _("Sign in")),
        name="mfa_authenticate",
    ),
    path("sign-in/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/with/<slug:provider_id>/", sso.login, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/callback/", sso.callback, name="openid_connect_callback"),
    path("sign-in/link/<str:secret>/", entry.password_link, name="password_link"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("language/", entry.set_language, name="set_language"),
]

own_account = [
    path("account/card/", cards.own_card, name="own_card"),
    path("account/", own.account, name="account"),
    path("account/profile/", own.save_profile, name="save_profile"),
    path("account/sessions/end/", own.end_other_sessions, name="end_other_sessions"),
    path("account/tokens/", own.create_token, name="create_token"),
    path("account/tokens/<int:token_id>/revoke/", own.revoke_token, name="revoke_token"),
    path("account/confidentiality/", own.confidentiality, name="confidentiality"),
    path(
        "account/password/",
        in_shell(
            account.PasswordChangeView.as_view(template_name="keepwell/account_form.html"),
            _("Change password"),
        ),
        name="account_change_password",
    ),
    path(
        "account/password/first/",
        in_shell(
            account.PasswordSetView.as_view(template_name="keepwell/account_form.html"), _("Set a password")
        ),
        name="account_set_password",
    ),
    path(
        "account/confirm/",
        in_shell(
            account.ReauthenticateView.as_view(template_name="keepwell/account_confirm.html"),
            _("Is it really you?"),
        ),
        name="account_reauthenticate",
    ),
    path(
        "account/confirm/code/",
        in_shell(
            mfa.ReauthenticateView.as_view(template_name="keepwell/account_confirm.html"),
            _("Is it really you?"),
        ),
        name="mfa_reauthenticate",
    ),
    path(
        "account/confirm/passkey/",
        in_shell(
            passkeys.ReauthenticateWebAuthnView.as_view(template_name="keepwell/account_confirm.html"),
            _("Is it really you?"),
        ),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "account/app/",
        in_shell(
            totp.ActivateTOTPView.as_view(template_name="keepwell/account_app.html"),
            _("Set up an authenticator app"),
        ),
        name="mfa_activate_totp",
    ),
    path(
        "account/app/remove/",
        in_shell(
            totp.DeactivateTOTPView.as_view(template_name="keepwell/account_remove.html"),
            _("Remove the authenticator app"),
        ),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/codes/",
        in_shell(
            codes.ViewRecoveryCodesView.as_view(template_name="keepwell/account_codes.html"),
            _("Recovery codes"),
        ),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/codes/new/",
        in_shell(
            codes.GenerateRecoveryCodesView.as_view(template_name="keepwell/account_codes_new.html"),
            _("New recovery codes"),
        ),
        name="mfa_generate_recovery_codes",
    ),
    path("account/codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path(
        "account/passkeys/add/",
        in_shell(
            passkeys.AddWebAuthnView.as_view(template_name="keepwell/account_passkey.html"),
            _("Add a passkey"),
        ),
        name="mfa_add_webauthn",
    ),
    path(
        "account/passkeys/<int:pk>/remove/",
        in_shell(
            passkeys.RemoveWebAuthnView.as_view(template_name="keepwell/account_remove.html"),
            _("Remove a passkey"),
        ),
        name="mfa_remove_webauthn",
    ),
]

# Where allauth's flows lead back to, under the names that it knows.
names_of_allauth = [
    path("sign-in/", entry.sign_in, name="account_login"),
    path("sign-in/", entry.sign_in, name="account_inactive"),
    path("sign-in/", entry.sign_in, name="socialaccount_login_cancelled"),
    path("sign-in/", entry.sign_in, name="socialaccount_login_error"),
    path("sign-in/", entry.sign_in, name="socialaccount_signup"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
    path("account/", own.account, name="mfa_index"),
    path("account/", own.account, name="mfa_list_webauthn"),
    path("account/", own.account, name="socialaccount_connections"),
    path("account/", own.account, name="usersessions_list"),
]

settings = [
    path("settings/people/", people.people, name="people"),
    path("settings/people/invite/", people.invite, name="invite_person"),
    path("settings/people/<int:user_id>/", people.person, name="person"),
    path("settings/people/<int:user_id>/card/", cards.person_card, name="person_card"),
    path("settings/people/<int:user_id>/roles/", people.set_roles, name="set_person_roles"),
    path("settings/people/<int:user_id>/link/", people.create_link, name="create_person_link"),
    path("settings/people/<int:user_id>/active/", people.set_active, name="set_person_active"),
    path("settings/teams/", people.create_team, name="create_team"),
    path("settings/teams/<int:team_id>/", people.change_team, name="change_team"),
    path("settings/teams/<int:team_id>/delete/", people.delete_team, name="delete_team"),
    path("settings/roles/", roles.roles, name="roles"),
    path("settings/roles/second-factor/", roles.set_second_factors, name="set_second_factors"),
    path("settings/roles/authority/", roles.set_authority, name="set_authority"),
    path("settings/roles/second-person/", roles.set_second_person, name="set_second_person"),
]

approving = [
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<int:approval_id>/decide/", approvals.decide, name="decide_approval"),
    path("approvals/<int:approval_id>/withdraw/", approvals.withdraw, name="withdraw_approval"),
]

register = [
    path("settings/standards/", standards.standards, name="standards"),
    path("settings/standards/<slug:kind>/", standards.standards, name="standards_of"),
    path("settings/standards/<slug:kind>/add/", standards.add_standard, name="add_standard"),
    path("settings/standards/records/<int:record_id>/", standards.standard, name="standard"),
    path(
        "settings/standards/records/<int:record_id>/close/", standards.close_standard, name="close_standard"
    ),
    path(
        "settings/standards/records/<int:record_id>/reopen/",
        standards.reopen_standard,
        name="reopen_standard",
    ),
]

urlpatterns = [*sign_in, *own_account, *names_of_allauth, *settings, *approving, *register]
