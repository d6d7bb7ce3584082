from odoo import api, fields, models


class CollectionsPortalMerged(models.Model):
    """What became of a customer or a person that was merged away: links that were sent
    to them name a record that is gone."""

    _name = "collections.portal.merged"
    _description = "Merged Contact"
    _rec_name = "former_id"

    former_id = fields.Integer(
        string="Former Number",
        required=True,
        index=True,
        help="Number of the record that is gone.",
    )
    profile_id = fields.Many2one(
        comodel_name="collections.profile",
        string="Customer",
        index="btree_not_null",
        ondelete="cascade",
    )
    # Odoo's merge leads it on when this one is merged away too.
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Person",
        index="btree_not_null",
        ondelete="cascade",
    )

    @api.model
    def _remember(self, fname, former, kept):
        """Keep what records became that are merged away, also those that had become
        one of them before.

        :param str fname: ``profile_id`` or ``partner_id``
        :param former: the records that go
        :param kept: the record that stays
        """
        self.search([(fname, "in", former.ids)])[fname] = kept
        self.create([{"former_id": gone, fname: kept.id} for gone in former.ids])

    @api.model
    def _find(self, fname, former_id):
        """Return what a record became.

        :param str fname: ``profile_id`` or ``partner_id``
        :param int former_id: number of the record that is gone
        :return: the record that stayed, empty if nobody knows of one
        """
        return self.search([(fname, "!=", False), ("former_id", "=", former_id)])[
            fname
        ][:1]
