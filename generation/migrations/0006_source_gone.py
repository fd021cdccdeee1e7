from django.db import migrations, models

from common.db import KeepingTriggers

CODES = [
    ("engine_error", "The model stopped with an error."),
    ("out_of_memory", "The model ran out of memory at this size and length."),
    ("storage_error", "The storage of pictures and videos did not work."),
    ("encode_error", "The frames could not be encoded."),
    ("model_unavailable", "The model is no longer offered."),
    ("worker_lost", "The workers that tried it were lost."),
    ("source_gone", "What it was to start from is no longer there."),
]


def failure_code() -> models.CharField:
    return models.CharField(blank=True, choices=CODES, max_length=30, verbose_name="failure")


class Migration(migrations.Migration):
    dependencies = [("generation", "0005_resumed_at")]

    operations = [
        KeepingTriggers(
            migrations.RemoveConstraint(model_name="generation", name="generation_failure_code"),
            migrations.AlterField(model_name="attempt", name="failure_code", field=failure_code()),
            migrations.AlterField(model_name="generation", name="failure_code", field=failure_code()),
            migrations.AddConstraint(
                model_name="generation",
                constraint=models.CheckConstraint(
                    name="generation_failure_code",
                    condition=models.Q(failure_code__in=["", *(code for code, _label in CODES)]),
                ),
            ),
        ),
    ]
