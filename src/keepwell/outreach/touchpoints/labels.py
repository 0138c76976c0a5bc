"""Words of the journey map."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

SEVERITY: dict[int, Label] = {
    3: pgettext_lazy("severity", "severe"),
    2: pgettext_lazy("severity", "annoying"),
    1: pgettext_lazy("severity", "slight"),
}
FEELING: dict[int, Label] = {
    2: pgettext_lazy("feeling", "delighted"),
    1: pgettext_lazy("feeling", "content"),
    0: pgettext_lazy("feeling", "indifferent"),
    -1: pgettext_lazy("feeling", "annoyed"),
    -2: pgettext_lazy("feeling", "angry"),
}
REMEDY: dict[str, Label] = {
    "journey": pgettext_lazy("remedy", "A journey"),
    "task": pgettext_lazy("remedy", "A task for a person"),
    "message": pgettext_lazy("remedy", "A message"),
}
OUTCOME: dict[str, Label] = {
    "started": pgettext_lazy("remedy", "started"),
    "complained": pgettext_lazy("remedy", "had complained by then"),
    "lately": pgettext_lazy("remedy", "had the same not long ago"),
    "others": pgettext_lazy("remedy", "not meant for them"),
    "failed": pgettext_lazy("remedy", "could not start"),
}
ERROR: dict[str, Label] = {
    "not_on": _("The journey is not on."),
    "not_looked": _("It could not be seen who met this: look at how it is seen."),
    "no_such_journey": _("There is no such journey any more."),
    "no_such_template": _("There is no such text any more."),
    "not_ready": _("Marketing needs the shop's name, address and a way to unsubscribe first."),
}
