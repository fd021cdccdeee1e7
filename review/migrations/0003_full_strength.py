"""The desk, fairness, signals and quality: what the review holds at full strength."""

from datetime import timedelta

import common.ids
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import review.deadlines
import review.models.policies
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

from common.db import KeepingTriggers


def promise(apps, schema_editor):
    """Cases from before deadlines: three days from when they were opened."""
    cases = apps.get_model("review", "ReviewCase").objects
    cases.update(due_at=F("opened_at") + timedelta(days=3))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_caps'),
        ('review', '0002_immutable_triggers'),
        ('videos', '0003_captions_and_av1'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReviewQueue',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('slug', models.SlugField(unique=True, verbose_name='slug')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('rules', models.JSONField(blank=True, default=list, verbose_name='rules')),
                ('leads_only', models.BooleanField(default=False, verbose_name='for leads only')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
                ('members', models.ManyToManyField(blank=True, related_name='review_queues', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'review queue',
                'verbose_name_plural': 'review queues',
                'ordering': ('position', 'slug'),
            },
        ),
        migrations.CreateModel(
            name='GoldenItem',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('expected', models.CharField(choices=[('approve', 'Approve'), ('request_changes', 'Request changes'), ('reject', 'Reject')], max_length=16, verbose_name='expected outcome')),
                ('expected_reason', models.SlugField(blank=True, default='', max_length=40, verbose_name='expected reason code')),
                ('note', models.TextField(blank=True, max_length=1000, verbose_name='why')),
                ('added_at', models.DateTimeField(auto_now_add=True, verbose_name='added')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('video', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='videos.video')),
            ],
            options={
                'verbose_name': 'golden item',
                'verbose_name_plural': 'golden items',
                'ordering': ('-id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('expected__in', ['approve', 'request_changes', 'reject'])), name='golden_expected'), models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('video',), name='golden_once')],
            },
        ),
        migrations.CreateModel(
            name='ReviewRules',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('deadline_working_days', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(30)], verbose_name='working days until a decision')),
                ('approvals_needed', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2)], verbose_name='approvals needed')),
                ('two_person_signals', models.JSONField(blank=True, default=list, verbose_name='signals that ask for a second person')),
                ('appeal_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='days to appeal')),
                ('golden_percent', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(50)], verbose_name="golden items among a reviewer's cases, in per cent")),
                ('exposure_budget', models.JSONField(blank=True, default=review.models.policies.no_exposure_budget, verbose_name='cases a day by topic')),
                ('rest_after', models.PositiveSmallIntegerField(default=10, verbose_name='cases until a rest')),
                ('rest_minutes', models.PositiveSmallIntegerField(default=15, verbose_name='minutes of rest')),
            ],
            options={
                'verbose_name': 'rules of the review',
                'verbose_name_plural': 'rules of the review',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='review_rules_one_row'), models.CheckConstraint(condition=models.Q(('approvals_needed__in', [1, 2])), name='review_rules_approvals')],
            },
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('query', models.JSONField(default=dict, verbose_name='filter')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'saved filter',
                'verbose_name_plural': 'saved filters',
                'ordering': ('name', 'id'),
                'constraints': [models.UniqueConstraint(fields=('owner', 'name'), name='saved_filter_once')],
            },
        ),
        migrations.CreateModel(
            name='SavedReply',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('body', models.TextField(max_length=4000, verbose_name='text')),
                ('reason_code', models.SlugField(blank=True, default='', max_length=40, verbose_name='reason code')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='saved_replies', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'saved reply',
                'verbose_name_plural': 'saved replies',
                'ordering': ('title', 'id'),
                'constraints': [models.UniqueConstraint(fields=('owner', 'title'), name='saved_reply_once')],
            },
        ),
        migrations.CreateModel(
            name='ReviewerPreferences',
            fields=[
                ('reviewer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='review_preferences', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('blurred', models.BooleanField(default=False, verbose_name='start blurred')),
                ('greyscale', models.BooleanField(default=False, verbose_name='start in grey')),
                ('muted', models.BooleanField(default=True, verbose_name='start muted')),
                ('small', models.BooleanField(default=False, verbose_name='start small')),
                ('paused', models.BooleanField(default=True, verbose_name='start paused')),
                ('languages', models.JSONField(blank=True, default=list, verbose_name='languages')),
                ('declined_topics', models.JSONField(blank=True, default=list, verbose_name='topics to leave to others')),
            ],
            options={
                'verbose_name': "reviewer's preferences",
                'verbose_name_plural': "reviewers' preferences",
            },
        ),
        migrations.CreateModel(
            name='CalibrationRound',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'calibration round',
                'verbose_name_plural': 'calibration rounds',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='CalibrationItem',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('video', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='videos.video')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='review.calibrationround')),
            ],
            options={
                'verbose_name': 'work of a round',
                'verbose_name_plural': 'works of rounds',
                'ordering': ('position',),
                'constraints': [models.UniqueConstraint(fields=('round', 'video'), name='calibration_item_once'), models.UniqueConstraint(fields=('round', 'position'), name='calibration_position_once')],
            },
        ),
        migrations.CreateModel(
            name='CalibrationAnswer',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('approve', 'Approve'), ('request_changes', 'Request changes'), ('reject', 'Reject')], max_length=16, verbose_name='outcome')),
                ('reason_code', models.SlugField(blank=True, default='', max_length=40, verbose_name='reason code')),
                ('note', models.TextField(blank=True, max_length=2000, verbose_name='why')),
                ('answered_at', models.DateTimeField(auto_now_add=True, verbose_name='answered')),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='review.calibrationitem')),
            ],
            options={
                'verbose_name': 'answer of a round',
                'verbose_name_plural': 'answers of rounds',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('item', 'reviewer'), name='calibration_answer_once'), models.CheckConstraint(condition=models.Q(('outcome__in', ['approve', 'request_changes', 'reject'])), name='calibration_outcome')],
            },
        ),
        migrations.CreateModel(
            name='Interest',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('collaborator', 'Works together'), ('dispute', 'Earlier dispute'), ('declared', 'Declared interest')], max_length=12, verbose_name='kind')),
                ('declared_at', models.DateTimeField(auto_now_add=True, verbose_name='declared')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('artist', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('declared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'interest',
                'verbose_name_plural': 'interests',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['collaborator', 'dispute', 'declared'])), name='interest_kind'), models.CheckConstraint(condition=models.Q(('reviewer', models.F('artist')), _negated=True), name='interest_of_two'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('reviewer', 'artist', 'kind'), name='interest_once')],
            },
        ),
        migrations.CreateModel(
            name='Rest',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('begins_at', models.DateTimeField(verbose_name='begins')),
                ('ends_at', models.DateTimeField(verbose_name='ends')),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'rest',
                'verbose_name_plural': 'rests',
                'ordering': ('-id',),
                'indexes': [models.Index(fields=['reviewer', '-ends_at'], name='rest_by_reviewer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('begins_at'))), name='rest_has_length')],
            },
        ),
        migrations.CreateModel(
            name='Signal',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('nudity', 'Nudity'), ('text', 'Text in frames'), ('faces', 'Faces'), ('prompt_topics', 'Prompt against policy topics'), ('profanity', 'Rude words in the prompt'), ('near_duplicate', 'Like a refused work'), ('same_prompt', 'The same prompt elsewhere')], max_length=20, verbose_name='kind')),
                ('state', models.CharField(choices=[('pending', 'Not looked at yet'), ('done', 'Looked at'), ('failed', 'Missing')], default='pending', max_length=10, verbose_name='state')),
                ('score', models.FloatField(blank=True, null=True, verbose_name='score')),
                ('fired', models.BooleanField(default=False, verbose_name='fired')),
                ('hits', models.JSONField(blank=True, default=list, verbose_name='where')),
                ('detector', models.CharField(blank=True, default='', max_length=60, verbose_name='detector')),
                ('detector_version', models.CharField(blank=True, default='', max_length=40, verbose_name='version')),
                ('fault', models.CharField(blank=True, default='', max_length=200, verbose_name='why it is missing')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('rendition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='videos.rendition')),
                ('video', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='videos.video')),
            ],
            options={
                'verbose_name': 'signal',
                'verbose_name_plural': 'signals',
                'ordering': ('kind', 'id'),
                'constraints': [models.UniqueConstraint(fields=('rendition', 'kind'), name='signal_one_a_kind'), models.CheckConstraint(condition=models.Q(('kind__in', ['nudity', 'text', 'faces', 'prompt_topics', 'profanity', 'near_duplicate', 'same_prompt'])), name='signal_kind'), models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'done', 'failed'])), name='signal_state'), models.CheckConstraint(condition=models.Q(('fired', False), ('state', 'done'), _connector='OR'), name='signal_fires_when_done'), models.CheckConstraint(condition=models.Q(('score__isnull', True), models.Q(('score__gte', 0), ('score__lte', 1)), _connector='OR'), name='signal_score')],
            },
        ),
        migrations.CreateModel(
            name='FrameHash',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at_ms', models.PositiveIntegerField(verbose_name='time')),
                ('pdq', models.CharField(max_length=64, verbose_name='PDQ')),
                ('pdq_mirrored', models.CharField(max_length=64, verbose_name='PDQ, mirrored')),
                ('quality', models.PositiveSmallIntegerField(verbose_name='quality')),
                ('rendition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='frame_hashes', to='videos.rendition')),
            ],
            options={
                'verbose_name': "frame's hash",
                'verbose_name_plural': "frames' hashes",
                'ordering': ('at_ms',),
                'constraints': [models.UniqueConstraint(fields=('rendition', 'at_ms'), name='frame_hash_once')],
            },
        ),
        # Tables with triggers change here.
        KeepingTriggers(
            migrations.RemoveConstraint(
                model_name='reviewcase',
                name='case_one_open_a_video',
            ),
            migrations.RemoveIndex(
                model_name='reviewcase',
                name='case_queue',
            ),
            migrations.AddField(
                model_name='decision',
                name='automated_detection',
                field=models.BooleanField(db_default=False, default=False, verbose_name='signals took part'),
            ),
            migrations.AddField(
                model_name='policyversion',
                name='justification',
                field=models.TextField(blank=True, default='', verbose_name='why it may limit criticism'),
            ),
            migrations.AddField(
                model_name='policyversion',
                name='justified_by',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='justified by'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='approvals_needed',
                field=models.PositiveSmallIntegerField(default=1, verbose_name='approvals needed'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='assigned_to',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned_cases', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='cohort',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.cohort'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='due_at',
                field=models.DateTimeField(default=review.deadlines.due_by_default, verbose_name='due'),
            ),
            migrations.RunPython(promise, migrations.RunPython.noop),
            migrations.AddField(
                model_name='reviewcase',
                name='escalated_at',
                field=models.DateTimeField(blank=True, null=True, verbose_name='escalated'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='held_by',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='held_until',
                field=models.DateTimeField(blank=True, null=True, verbose_name='on hold until'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='language',
                field=models.CharField(blank=True, default='', max_length=12, verbose_name='language of the prompt'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='model_key',
                field=models.CharField(blank=True, default='', max_length=60, verbose_name='model'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='overdue_at',
                field=models.DateTimeField(blank=True, null=True, verbose_name='deadline passed'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='round',
                field=models.PositiveSmallIntegerField(default=1, verbose_name='round'),
            ),
            migrations.AlterField(
                model_name='reviewcase',
                name='opened_by',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddIndex(
                model_name='decision',
                index=models.Index(fields=['reviewer', '-decided_at'], name='decision_by_reviewer'),
            ),
            migrations.AddIndex(
                model_name='decision',
                index=models.Index(fields=['decided_at'], name='decision_by_time'),
            ),
            migrations.AddConstraint(
                model_name='policyversion',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('justification', ''), ('justified_by__isnull', True)), models.Q(models.Q(('justification', ''), _negated=True), ('justified_by__isnull', False)), _connector='OR'), name='policy_version_justified_by_somebody'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='golden',
                field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='review.goldenitem'),
            ),
            migrations.AddField(
                model_name='reviewcase',
                name='queue',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='review.reviewqueue'),
            ),
            migrations.AddIndex(
                model_name='reviewcase',
                index=models.Index(condition=models.Q(('state__in', ('queued', 'awaiting_second', 'escalated'))), fields=['due_at', 'id'], name='case_waiting'),
            ),
            migrations.AddIndex(
                model_name='reviewcase',
                index=models.Index(condition=models.Q(('state__in', ('queued', 'awaiting_second', 'escalated'))), fields=['queue', 'due_at', 'id'], name='case_waiting_in_queue'),
            ),
            migrations.AddIndex(
                model_name='reviewcase',
                index=models.Index(fields=['video', '-id'], name='case_by_video'),
            ),
            migrations.AddIndex(
                model_name='reviewcase',
                index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['closed_at'], name='case_closed'),
            ),
            migrations.AddConstraint(
                model_name='reviewcase',
                constraint=models.UniqueConstraint(condition=models.Q(('golden__isnull', True), ('state__in', ('queued', 'claimed', 'awaiting_second', 'escalated'))), fields=('video', 'kind'), name='case_one_open_a_video'),
            ),
            migrations.AddConstraint(
                model_name='reviewcase',
                constraint=models.CheckConstraint(condition=models.Q(('opened_by__isnull', False), ('kind__in', ['report', 'recheck']), _connector='OR'), name='case_opened_by_somebody'),
            ),
            migrations.AddConstraint(
                model_name='reviewcase',
                constraint=models.CheckConstraint(condition=models.Q(('approvals_needed__in', [1, 2])), name='case_one_or_two'),
            ),
            migrations.AddConstraint(
                model_name='reviewcase',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('held_by__isnull', True), ('held_until__isnull', True)), models.Q(('held_by__isnull', False), ('held_until__isnull', False)), _connector='OR'), name='case_hold'),
            ),
            migrations.AddConstraint(
                model_name='reviewcase',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'escalated'), _negated=True), ('escalated_at__isnull', False), _connector='OR'), name='case_escalated_when'),
            ),
        ),
        migrations.CreateModel(
            name='CaseTopic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(choices=[('nudity', 'Nudity'), ('violence', 'Violence'), ('hate', 'Hatred'), ('minors', 'Children'), ('real_people', 'Real people'), ('text', 'Text in the picture'), ('profanity', 'Rude words'), ('repeat', 'Like something refused before')], max_length=20, verbose_name='topic')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='review.reviewcase')),
            ],
            options={
                'verbose_name': 'topic of a case',
                'verbose_name_plural': 'topics of cases',
                'constraints': [models.UniqueConstraint(fields=('case', 'topic'), name='case_topic_once'), models.CheckConstraint(condition=models.Q(('topic__in', ['nudity', 'violence', 'hate', 'minors', 'real_people', 'text', 'profanity', 'repeat'])), name='case_topic')],
            },
        ),
        migrations.CreateModel(
            name='Pass',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('passed_at', models.DateTimeField(auto_now_add=True, verbose_name='passed')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passes', to='review.reviewcase')),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'pass',
                'verbose_name_plural': 'passes',
                'constraints': [models.UniqueConstraint(fields=('case', 'reviewer'), name='pass_once')],
            },
        ),
        migrations.CreateModel(
            name='Exposure',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('topic', models.CharField(choices=[('nudity', 'Nudity'), ('violence', 'Violence'), ('hate', 'Hatred'), ('minors', 'Children'), ('real_people', 'Real people'), ('text', 'Text in the picture'), ('profanity', 'Rude words'), ('repeat', 'Like something refused before')], max_length=20, verbose_name='topic')),
                ('seen_at', models.DateTimeField(auto_now_add=True, verbose_name='seen')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exposures', to='review.claim')),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exposures', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'exposure',
                'verbose_name_plural': 'exposures',
                'indexes': [models.Index(fields=['reviewer', '-seen_at'], name='exposure_by_reviewer')],
                'constraints': [models.UniqueConstraint(fields=('claim', 'topic'), name='exposure_once'), models.CheckConstraint(condition=models.Q(('topic__in', ['nudity', 'violence', 'hate', 'minors', 'real_people', 'text', 'profanity', 'repeat'])), name='exposure_topic')],
            },
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='round')),
                ('opinion', models.CharField(choices=[('approve', 'Approve'), ('request_changes', 'Request changes'), ('reject', 'Reject'), ('escalate', 'Escalate')], max_length=16, verbose_name='opinion')),
                ('artist_message', models.TextField(blank=True, verbose_name='message to the artist')),
                ('assessed_at', models.DateTimeField(auto_now_add=True, verbose_name='assessed')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='review.reviewcase')),
                ('claim', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='assessment', to='review.claim')),
                ('policy_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.policyversion')),
                ('reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.reasoncode')),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'assessment',
                'verbose_name_plural': 'assessments',
                'ordering': ('id',),
                'indexes': [models.Index(fields=['reviewer', '-id'], name='assessment_by_reviewer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('opinion__in', ['approve', 'request_changes', 'reject', 'escalate'])), name='assessment_opinion'), models.UniqueConstraint(fields=('case', 'round', 'reviewer'), name='assessment_once')],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='round')),
                ('at_ms', models.PositiveIntegerField(verbose_name='time')),
                ('left', models.FloatField(blank=True, null=True, verbose_name='left')),
                ('top', models.FloatField(blank=True, null=True, verbose_name='top')),
                ('width', models.FloatField(blank=True, null=True, verbose_name='width')),
                ('height', models.FloatField(blank=True, null=True, verbose_name='height')),
                ('body', models.TextField(max_length=1000, verbose_name='comment')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='review.reviewcase')),
                ('video', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='videos.video')),
            ],
            options={
                'verbose_name': 'comment',
                'verbose_name_plural': 'comments',
                'ordering': ('at_ms', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('height__isnull', True), ('left__isnull', True), ('top__isnull', True), ('width__isnull', True)), models.Q(('height__gt', 0), ('left__gte', 0), ('left__lte', django.db.models.expressions.CombinedExpression(models.Value(1), '-', models.F('width'))), ('top__gte', 0), ('top__lte', django.db.models.expressions.CombinedExpression(models.Value(1), '-', models.F('height'))), ('width__gt', 0)), _connector='OR'), name='comment_rectangle_in_frame')],
            },
        ),
        migrations.CreateModel(
            name='BulkDecision',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('proposed', 'Waits for a second person'), ('confirmed', 'Confirmed, can still be undone'), ('applied', 'Applied'), ('undone', 'Undone'), ('withdrawn', 'Withdrawn')], default='proposed', max_length=12, verbose_name='state')),
                ('outcome', models.CharField(choices=[('approve', 'Approve'), ('request_changes', 'Request changes'), ('reject', 'Reject')], max_length=16, verbose_name='outcome')),
                ('artist_message', models.TextField(blank=True, verbose_name='message to the artist')),
                ('proposed_at', models.DateTimeField(auto_now_add=True, verbose_name='proposed')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('applies_at', models.DateTimeField(blank=True, null=True, verbose_name='applies')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('policy_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.policyversion')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.reasoncode')),
            ],
            options={
                'verbose_name': 'bulk decision',
                'verbose_name_plural': 'bulk decisions',
                'ordering': ('-id',),
                'indexes': [models.Index(condition=models.Q(('state', 'confirmed')), fields=['applies_at'], name='bulk_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'confirmed', 'applied', 'undone', 'withdrawn'])), name='bulk_state'), models.CheckConstraint(condition=models.Q(('outcome__in', ['approve', 'request_changes', 'reject'])), name='bulk_outcome'), models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='bulk_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['confirmed', 'applied', 'undone']), _negated=True), models.Q(('applies_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='bulk_confirmed_before_applied'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'approve'), ('reason__isnull', True)), models.Q(('artist_message__gt', ''), ('outcome__in', ['reject', 'request_changes']), ('reason__isnull', False)), _connector='OR'), name='bulk_adverse_says_why')],
            },
        ),
        migrations.CreateModel(
            name='BulkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case_version', models.PositiveIntegerField(verbose_name="case's version")),
                ('shown', models.JSONField(verbose_name='what was shown')),
                ('result', models.CharField(blank=True, default='', max_length=40, verbose_name='result')),
                ('bulk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='review.bulkdecision')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.reviewcase')),
                ('decision', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bulk_item', to='review.decision')),
            ],
            options={
                'verbose_name': 'case of a bulk decision',
                'verbose_name_plural': 'cases of bulk decisions',
                'constraints': [models.UniqueConstraint(fields=('bulk', 'case'), name='bulk_item_once')],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('body', models.TextField(blank=True, max_length=2000, verbose_name='answer')),
                ('answered_at', models.DateTimeField(auto_now_add=True, verbose_name='answered')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='review.reviewcase')),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='review.decision')),
                ('video_after', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='videos.video')),
                ('video_before', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='videos.video')),
            ],
            options={
                'verbose_name': "artist's answer",
                'verbose_name_plural': "artists' answers",
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('body', models.TextField(max_length=4000, verbose_name='why')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('upheld', 'Upheld'), ('overturned', 'Overturned'), ('expired', 'Expired'), ('withdrawn', 'Withdrawn')], default='pending', max_length=12, verbose_name='state')),
                ('opened_at', models.DateTimeField(auto_now_add=True, verbose_name='opened')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('appellant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to=settings.AUTH_USER_MODEL)),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='appeal', to='review.reviewcase')),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='appeal', to='review.decision')),
            ],
            options={
                'verbose_name': 'appeal',
                'verbose_name_plural': 'appeals',
                'ordering': ('-id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'upheld', 'overturned', 'expired', 'withdrawn'])), name='appeal_state'), models.CheckConstraint(condition=models.Q(('body', ''), _negated=True), name='appeal_has_words'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='appeal_closed_at')],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('category', models.CharField(choices=[('real_person', 'A real person appears without consent'), ('minor', 'A child is in danger, or is sexualised'), ('sexual', 'Nudity or sex'), ('violence', 'Cruelty, or a call to violence'), ('hate', 'Hatred against people for what they are'), ('deception', 'Made to deceive'), ('rights', 'My work, name or image is used'), ('other', 'Something else that is illegal')], max_length=20, verbose_name='category')),
                ('body', models.TextField(max_length=2000, verbose_name='what is wrong')),
                ('at_ms', models.PositiveIntegerField(blank=True, null=True, verbose_name='time')),
                ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='e-mail address')),
                ('token_sha256', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='received')),
                ('told_at', models.DateTimeField(blank=True, null=True, verbose_name='told')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='review.reviewcase')),
                ('share_grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='videos.sharegrant')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('category__in', ['real_person', 'minor', 'sexual', 'violence', 'hate', 'deception', 'rights', 'other'])), name='report_category'), models.CheckConstraint(condition=models.Q(('body', ''), _negated=True), name='report_has_words')],
            },
        ),
    ]
