"""The WSGI entry."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.foundation.settings")
application = get_wsgi_application()
# What was loaded stays: a collection in the middle of a request need not look through it.
gc.collect()
gc.freeze()
