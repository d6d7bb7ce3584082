from odoo import http
from odoo.http import request

from ..const import ROLES
from ..models.collections_profile_preferences import HOURS, OPTOUTS
from .access import CollectionsPortal
from .arguments import choose
from .door import door

CHANNELS = ("email", "sms", "letter", "call")


class CollectionsPreferencesPortal(CollectionsPortal):
    """Preferences: how to be reached, in which language, and who."""

    def _get_navigation(self, account):
        """Override: preferences come last."""
        pages = super()._get_navigation(account)
        return pages + account.page(
            "preferences", "preferences", request.env._("Preferences")
        )

    def _may_choose_for_all(self, account):
        """Tell whether what the visitor chooses counts for the customer: with a
        login, or as the one who receives our messages."""
        profile = account.profile
        return account.may("people") or account.person == profile._get_recipient()

    @http.route(
        "/my/collections/<int:profile_id>/preferences",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    @door("preferences")
    def collections_preferences(self, account, saved=""):
        """Show how the visitor is reached.

        :param Account account: whose
        :param str saved: set after a change
        """
        profile, person = account.profile, account.person
        own, common = profile._get_portal_optouts(person)
        people = account.may("people")
        roles = dict(
            profile.env["collections.contact.role"]
            ._fields["role"]
            ._description_selection(profile.env)
        )
        return self._render_page(
            "collections_portal.portal_preferences",
            account,
            "preferences",
            saved=bool(saved),
            own=set(own.mapped("channel")),
            common=set(common.mapped("channel")),
            for_all=self._may_choose_for_all(account),
            channel=profile.preferred_channel or "",
            hours=profile._get_portal_hours(),
            wish_place=profile._get_wish_place(),
            several_zones=len(profile._get_zones()) > 1,
            zone=profile._get_portal_zone(),
            languages=profile.env["res.lang"].get_installed(),
            language=person.lang,
            roles=roles if people else {},
            people=profile._get_portal_people() if people else None,
            holders={r.role: r.partner_id.id for r in profile.contact_role_ids},
        )

    @http.route(
        "/my/collections/<int:profile_id>/preferences/save",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    @door("preferences", "write")
    def collections_preferences_save(self, account, channel="", hours="", language=""):
        """Save them; the gate keeps them from now on.

        :param Account account: whose
        :param str channel: the preferred one
        :param str hours: key of ``HOURS``
        :param str language: code of an installed language
        """
        profile, person = account.profile, account.person
        form = request.httprequest.form
        changed = profile._set_portal_optouts(
            person, {key for key in OPTOUTS if form.get(f"no_{key}")}
        )
        if self._may_choose_for_all(account):
            changed |= profile._set_portal_wishes(
                choose(channel, CHANNELS, ""), choose(hours, HOURS, "")
            )
        codes = dict(profile.env["res.lang"].get_installed())
        if language in codes and language != person.lang:
            person.lang = language
            changed = True
        if account.may("people"):
            changed |= profile._set_portal_roles(
                self._read_roles(profile, form), person
            )
        if changed:
            profile._log_portal_preferences(person)
        return request.redirect(f"{account.url('preferences')}?saved=1")

    def _read_roles(self, profile, form):
        """Return the people of a form by role: those of the customer alone."""
        people = {str(person.id): person for person in profile._get_portal_people()}
        nobody = profile.env["res.partner"]
        return {
            role: people.get(form[f"role_{role}"], nobody)
            for role, _label in ROLES
            if f"role_{role}" in form
        }
