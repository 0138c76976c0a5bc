"""Puts allauth's views into our shell."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from keepwell.web.shell import shell_context

View = Callable[..., HttpResponseBase]


def in_shell(view: View, title: Any) -> View:
    """The same view; what it renders gets `title` and what the shell needs."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
            given = response.context_data or {}
            response.context_data = {**shell_context(request), "title": title, **given}
        return response

    return shown
