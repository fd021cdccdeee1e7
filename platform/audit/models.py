"""The audit log: append-only, each event chained to the one before it by SHA-256.

The migration's triggers refuse UPDATE, DELETE, REPLACE and TRUNCATE, so only `audit.services.record` adds to it.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

GENESIS = "0" * 64


class AuditEvent(models.Model):
    """One change of state. `data` never holds a prompt, a message or a secret."""

    # Contiguous from 1: a gap is a break in the chain.
    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(_("at"))
    # No foreign keys: the log outlives what it speaks of.
    actor_kind = models.CharField(_("actor kind"), max_length=10)  # "person" or "system"
    actor_id = models.CharField(_("actor"), max_length=64)
    action = models.CharField(_("action"), max_length=80)  # "generation.submitted"
    target_type = models.CharField(_("target type"), max_length=40)  # "generation"
    target_id = models.CharField(_("target"), max_length=64)
    from_state = models.CharField(_("from"), max_length=40, blank=True)
    to_state = models.CharField(_("to"), max_length=40, blank=True)
    data = models.JSONField(_("data"), default=dict)
    context = models.JSONField(_("context"), default=dict)
    previous_hash = models.CharField(_("previous hash"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64, unique=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        constraints = (
            models.CheckConstraint(name="audit_actor_kind", condition=models.Q(actor_kind__in=("person", "system"))),
            models.UniqueConstraint(name="audit_chain_never_forks", fields=("previous_hash",)),
        )
        indexes = (models.Index(name="audit_by_target", fields=("target_type", "target_id", "id")),)

    def __str__(self) -> str:
        return f"{self.id} {self.action}"
