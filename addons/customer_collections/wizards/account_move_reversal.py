from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """Override to credit the rest of an offer alone, and to link the two."""
        action = super().reverse_moves(is_modify=is_modify)
        offer_id = self.env.context.get("collections_offer_id")
        if offer_id and not is_modify:
            self.new_move_ids._shrink_to_offer(offer_id)
        return action
