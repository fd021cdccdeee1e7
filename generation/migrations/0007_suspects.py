from django.db import migrations, models

from common.db import KeepingTriggers


def as_it_was_until_now(apps, schema_editor):
    """A worker was known by its name, and whatever was lost was suspect."""
    apps.get_model("generation", "Worker").objects.update(slot=models.F("name"))
    apps.get_model("generation", "Attempt").objects.filter(state="lost").update(is_suspect=True)


class Migration(migrations.Migration):
    dependencies = [("generation", "0006_source_gone")]

    operations = [
        KeepingTriggers(
            migrations.AddField(
                model_name="attempt",
                name="is_decoded",
                field=models.BooleanField(default=False, verbose_name="decoded"),
            ),
            migrations.AddField(
                model_name="attempt",
                name="is_suspect",
                field=models.BooleanField(default=False, verbose_name="suspect"),
            ),
            migrations.AddField(
                model_name="worker",
                name="slot",
                field=models.CharField(blank=True, db_index=True, max_length=160, verbose_name="slot"),
            ),
            migrations.AddIndex(
                model_name="attempt",
                index=models.Index(condition=models.Q(state="lost"), fields=["generation"], name="attempt_losses"),
            ),
        ),
        migrations.RunPython(as_it_was_until_now, migrations.RunPython.noop, elidable=True),
    ]
