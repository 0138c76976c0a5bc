"""Signing in: password, second factor, passkeys, single sign-on."""
