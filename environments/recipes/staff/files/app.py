"""A staff directory that says when a meeting is in everybody's own time."""

import datetime
import sys
from importlib.util import find_spec

import django
from django.conf import settings

PLUGIN = find_spec("timezone_field") is not None

settings.configure(
    DEBUG=True,
    SECRET_KEY="x",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "staff.db"}},
    INSTALLED_APPS=["timezone_field"] if PLUGIN else [],
    MIDDLEWARE=[],
)
django.setup()

from django.core.management import execute_from_command_line  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

if PLUGIN:
    from timezone_field import TimeZoneField

MEETING = datetime.datetime(2026, 1, 15, 20, 0, tzinfo=datetime.UTC)
ICON = '<link rel="icon" href="data:,">'


class Staff(models.Model):
    name = models.CharField(max_length=80)
    tz = TimeZoneField() if PLUGIN else models.CharField(max_length=63)

    class Meta:
        app_label = "directory"
        db_table = "staff"


def home(request):
    return HttpResponse(f'{ICON}<title>Staff</title><h1>Staff</h1><a href="/meeting">Meeting</a>')


def meeting(request):
    when = [(one.name, MEETING.astimezone(one.tz) if PLUGIN else MEETING) for one in Staff.objects.all()]
    rows = "".join(f"<li>{name}: {time:%H:%M}</li>" for name, time in when)
    return HttpResponse(f"{ICON}<title>Meeting</title><h1>Meeting</h1><ul>{rows}</ul>")


urlpatterns = [path("", home), path("meeting", meeting)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
