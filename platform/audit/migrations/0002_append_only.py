from django.db import migrations

from common.db import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [append_only("audit_auditevent", message="The audit log is append-only.")]
