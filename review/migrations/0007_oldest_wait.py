"""Indexes that lead to whoever waits for longest, in the general queue and in each other one."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_caps'),
        ('review', '0006_reason_categories'),
        ('videos', '0004_trims'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='reviewcase',
            index=models.Index(condition=models.Q(('queue__isnull', True), ('state__in', ('queued', 'awaiting_second', 'escalated'))), fields=['opened_at'], name='case_oldest'),
        ),
        migrations.AddIndex(
            model_name='reviewcase',
            index=models.Index(condition=models.Q(('queue__isnull', False), ('state__in', ('queued', 'awaiting_second', 'escalated'))), fields=['queue', 'opened_at'], name='case_oldest_in_queue'),
        ),
    ]
