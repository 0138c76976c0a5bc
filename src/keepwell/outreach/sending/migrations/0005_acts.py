from django.db import migrations, models
from django.db.models import F, Q

# In the order of the bits that say of a message what people did with it.
PERSONS = ("opened", "clicked", "replied", "unsubscribed", "complained")


def note_acts(apps, _schema):
    """Keep with each message what its receipts say that people did."""
    messages = apps.get_model("sending", "Message").objects
    receipts = apps.get_model("sending", "ReceiptRow").objects.filter(by_machine=False)
    for place, kind in enumerate(PERSONS):
        told = receipts.filter(kind=kind).order_by().values("message")
        messages.filter(pk__in=told).update(acts=F("acts").bitor(1 << place))


class Migration(migrations.Migration):
    dependencies = [
        ("sending", "0004_recommended_products"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="message", name="sending_message_read"),
        migrations.AddField(
            model_name="message",
            name="acts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="message",
            name="recalled",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.RunPython(note_acts, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=~Q(standing=""),
                fields=[
                    "finished_at",
                    "content",
                    "text_id",
                    "channel",
                    "standing",
                    "opens_told",
                    "clicks_told",
                    "acts",
                ],
                name="sending_message_read",
            ),
        ),
    ]
