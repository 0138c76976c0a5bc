"""Import in the browser: upload, say what is what, check, import, see what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.intake.contracts import IntakeError
from keepwell.intake.jobs import queries as jobs
from keepwell.intake.jobs import services as job_services
from keepwell.intake.jobs.contracts import JobView, TableSeen, Upload
from keepwell.web import words
from keepwell.web.shell import render
from keepwell.web.uploads import StagedFile, StagingUploadHandler, size_bytes_max

RECOGNISED = ""
USUAL = {
    "source": "",
    "currency": "",
    "time_zone": "",
    "country": "",
    "date_order": "auto",
    "unknown_customers": "create",
}


@csrf_exempt  # the inner view is protected: the upload handler has to be set before anything is read
def imports(request: HttpRequest) -> HttpResponse:
    """Choose files, and the imports so far; POST takes the files in."""
    access.require(request.user, Permission.IMPORT_DATA)
    handler = StagingUploadHandler(request, size_bytes_max())
    request.upload_handlers = [handler]
    response: HttpResponse = _imports(request, handler)
    return response


@csrf_protect
def _imports(request: HttpRequest, handler: StagingUploadHandler) -> HttpResponse:
    error = ""
    if request.method == "POST":
        files = [file for file in request.FILES.getlist("files") if isinstance(file, StagedFile)]
        if handler.too_large:
            error = _("The files are too large. Import them with the command `keepwell import`.")
        else:
            try:
                job = job_services.begin(
                    files=[(file.name or "", file.path) for file in files],
                    actor=request.user.get_username(),
                    now=clock.now(),
                )
                return HttpResponseRedirect(reverse("import_job", args=[job.job_id]))
            except IntakeError as problem:
                error = str(problem)
    context = {
        "title": _("Import"),
        "subtitle": _("Data"),
        "error": error,
        "jobs": jobs.recent(),
        "limit_bytes": handler.limit,
        "now": clock.now(),
    }
    return render(request, "keepwell/imports.html", context, status=422 if error else 200)


def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One import: what is in the files, how far it is, or what came of it."""
    access.require(request.user, Permission.IMPORT_DATA)
    one = _found(job_id)
    context: dict[str, Any] = {
        "title": _("Import"),
        "subtitle": _("Data"),
        "job": one,
        "now": clock.now(),
        "status_word": words.JOB_STATUS.get(one.status, one.status),
    }
    if one.status == "draft":
        context |= draft_context(one)
    if one.report:
        context["rejected_rows"] = jobs.rejected_rows(one)
    fragment = "keepwell/_job_progress.html"
    return render(request, "keepwell/import_job.html", context, fragment=fragment)


def draft_context(one: JobView) -> dict[str, Any]:
    """What the form of a draft shows."""
    return {
        "files": [_file(place, upload, seen) for place, (upload, seen) in enumerate(jobs.tables_of(one))],
        "tables": [(name, words.TABLE.get(name, name)) for name in jobs.table_names()],
        "date_orders": ("auto", "YMD", "DMY", "MDY"),
        "is_read_otherwise": any(one.options.get(name, usual) != usual for name, usual in USUAL.items()),
    }


def _file(place: int, upload: Upload, seen: tuple[TableSeen, ...]) -> dict[str, Any]:
    one = seen[0]
    table = upload.table or (one.table if one.table in jobs.table_names() else "")
    theirs = {their: ours for ours, their in one.placed.items()}
    columns = [
        {
            "name": name,
            "field": f"file-{place}-column-{number}",
            "values": [row[number] for row in one.rows if row[number]][:3],
            "ours": theirs.get(name, ""),
        }
        for number, name in enumerate(one.columns)
    ]
    ours = jobs.columns_of(table) if table else ()
    return {
        "place": place,
        "upload": upload,
        "seen": seen,
        "one": one,
        "table": table,
        "columns": columns,
        "ours": [(name, words.column(name), required) for name, required in ours],
        "is_explained": bool(upload.table),
        "can_explain": len(seen) == 1 and bool(one.columns),
        "missing": [words.column(name) for name, required in ours if required and name not in one.placed],
    }


@require_POST
def act(request: HttpRequest, job_id: int, action: str) -> HttpResponse:
    """Say what is what, check, import, or throw away."""
    access.require(request.user, Permission.IMPORT_DATA)
    one = _found(job_id)
    actor, now = request.user.get_username(), clock.now()
    back = HttpResponseRedirect(reverse("import_job", args=[job_id]))
    try:
        if action == "discard":
            job_services.discard(job_id=job_id, actor=actor)
            return HttpResponseRedirect(reverse("imports"))
        job_services.say(
            job_id=job_id, files=said(request.POST, one), options=options(request.POST), actor=actor
        )
        if "remember" in request.POST:
            job_services.save_mappings(job_id=job_id, actor=actor, now=now)
        if action == "check":
            job_services.ask_check(job_id=job_id, actor=actor, now=now)
        elif action == "start":
            job_services.ask_import(job_id=job_id, actor=actor, now=now)
    except IntakeError as problem:
        messages.error(request, str(problem))
    return back


def said(post: QueryDict, one: JobView) -> list[tuple[str, Mapping[str, str] | None]]:
    """What the form says of each file: its table and columns, or that it is as recognised."""
    found: list[tuple[str, Mapping[str, str] | None]] = []
    for place, (_upload, seen) in enumerate(jobs.tables_of(one)):
        table = post.get(f"file-{place}-table", RECOGNISED)
        if table not in jobs.table_names():
            found.append((RECOGNISED, None))
            continue
        known = {name for name, _required in jobs.columns_of(table)}
        columns: dict[str, str] = {}
        for number, theirs in enumerate(seen[0].columns):
            ours = post.get(f"file-{place}-column-{number}", "")
            if ours in known:
                columns.setdefault(ours, theirs)
        was_table = post.get(f"file-{place}-was", "")
        # Another table was chosen just now: its columns are found by name before anybody changes them.
        found.append((table, columns if columns and was_table == table else None))
    return found


def options(post: QueryDict) -> dict[str, str]:
    """How all files are to be read; what is empty is left to Keepwell."""
    names = ("source", "date_order", "currency", "unknown_customers", "time_zone", "country")
    found = {name: post.get(name, "").strip()[:80] for name in names}
    if found["currency"] and not (len(found["currency"]) == 3 and found["currency"].isalpha()):
        raise IntakeError(_("currency must be an ISO 4217 code such as EUR"), code="option")
    return {name: value for name, value in found.items() if value}


def rejected(request: HttpRequest, job_id: int, name: str) -> HttpResponseBase:
    """The rejected rows of an import as a file, to correct and import again."""
    access.require(request.user, Permission.IMPORT_DATA)
    one = _found(job_id)
    path = jobs.quarantine_path(one, name)
    if path is None:
        raise Http404(_("There is no such file any more."))
    audit.log(
        actor=request.user.get_username(),
        action="intake.quarantine.download",
        object_type="job",
        object_id=str(job_id),
        details={"file": path.name},
    )
    response = FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def start_cycle(request: HttpRequest) -> HttpResponse:
    """Ask for a cycle; the worker runs it."""
    access.require(request.user, Permission.IMPORT_DATA)
    job_services.ask_cycle(actor=request.user.get_username(), now=clock.now())
    messages.success(request, _("The cycle begins within seconds. You can go on working meanwhile."))
    return HttpResponseRedirect(reverse("cycles"))


def _found(job_id: int) -> JobView:
    one = jobs.job(job_id)
    if one is None or one.task == "cycle":
        raise Http404(_("There is no such import."))
    return one
