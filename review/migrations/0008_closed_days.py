"""Days that are no working days; and each answer keeps by when the decision before it had been promised."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0007_oldest_wait'),
    ]

    operations = [
        migrations.AddField(
            model_name='answer',
            name='promised_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='deadline until then'),
        ),
        migrations.AddField(
            model_name='reviewrules',
            name='closed_days',
            field=models.JSONField(blank=True, default=list, verbose_name='closed days'),
        ),
    ]
