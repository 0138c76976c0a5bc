"""Teams and who leads them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts.models import Team, User
from keepwell.foundation.audit import services as audit


def create_team(*, name: str, leader_id: int | None, actor: str) -> Team:
    """Make a team; raises ValidationError where the name is empty or taken, or the leader unknown."""
    team = Team(name=name.strip(), leader_id=_leader(leader_id))
    team.full_clean()
    with transaction.atomic():
        team.save()
        _log(team, "team.create", actor)
    return team


def change_team(*, team_id: int, name: str, leader_id: int | None, actor: str) -> Team:
    """Rename a team or give it another leader."""
    with transaction.atomic():
        team = Team.objects.select_for_update(of=("self",)).get(pk=team_id)
        team.name, team.leader_id = name.strip(), _leader(leader_id)
        team.full_clean()
        team.save()
        _log(team, "team.change", actor)
    return team


def delete_team(*, team_id: int, actor: str) -> None:
    """Dissolve a team; its members stay, without a team."""
    with transaction.atomic():
        team = Team.objects.select_for_update(of=("self",)).get(pk=team_id)
        _log(team, "team.delete", actor)
        team.delete()


def _leader(leader_id: int | None) -> int | None:
    if leader_id is not None and not User.objects.filter(pk=leader_id, is_active=True).exists():
        raise ValidationError({"leader_id": [_("There is no such person.")]})
    return leader_id


def _log(team: Team, action: str, actor: str) -> None:
    audit.log(
        actor=actor,
        action=action,
        object_type="team",
        object_id=str(team.pk),
        details={"name": team.name, "leader": team.leader_id},
    )
