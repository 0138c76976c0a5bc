"""The WSGI entry."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.foundation.settings")
# Loading makes much and leaves no garbage: the collector would look through all of it again and again.
gc.disable()
application = get_wsgi_application()
# Every page is loaded now and not while the first visitor waits; what was loaded stays, so that a collection
# in the middle of a request need not look through it.
resolve("/")
gc.collect()
gc.freeze()
gc.enable()
