"""What a form of items brings: which are ticked, and what was typed for them."""

from odoo.http import request

from ..tools.amounts import parse_amount
from .access import CollectionsPortal
from .arguments import number

MAX_ITEMS = 1000


def get_chosen(name="item"):
    """Return the ids that are ticked, in their order.

    :param str name: of the boxes
    :rtype: list[int]
    """
    values = map(number, request.httprequest.form.getlist(name)[:MAX_ITEMS])
    return [value for value in values if value is not None]


def get_typed():
    """Return what was typed as the amount of each item that is ticked.

    :return: id of an item to a text
    :rtype: dict[int, str]
    """
    form = request.httprequest.form
    return {number: form.get(f"amount_{number}", "")[:40] for number in get_chosen()}


class CollectionsChosenPortal(CollectionsPortal):
    """Amounts as they are typed in the visitor's language."""

    def _get_lang(self):
        return request.env["res.lang"]._get_data(code=request.env.lang or "en_US")

    def _format_amount_input(self, amount, currency):
        """Return an amount the way it is typed in the visitor's language."""
        text = f"{amount:.{currency.decimal_places}f}"
        return text.replace(".", self._get_lang().decimal_point or ".")

    def _parse_amount(self, typed):
        """Return the amount somebody typed.

        :raise ValueError: with a sentence for them
        """
        try:
            return parse_amount(typed, self._get_lang().thousands_sep)
        except ValueError:
            raise ValueError(
                request.env._("Write an amount, such as 120.50.")
            ) from None

    def _parse_typed(self, texts):
        """Return (amounts, errors) of what was typed, by id of an item."""
        amounts, errors = {}, {}
        for item_id, typed in texts.items():
            try:
                amounts[item_id] = self._parse_amount(typed)
            except ValueError as error:
                errors[item_id] = str(error)
        return amounts, errors

    def _get_texts(self, groups, texts=None):
        """Return what stands in the field of each item: what was typed, else what
        settles it."""
        texts = texts or {}
        return {
            item.id: texts.get(
                item.id, self._format_amount_input(item.amount, group.currency)
            )
            for group in groups
            for item in group.items
        }
