"""What is held is parted by why, and the parts add up to it."""

import pytest

from devkit.held import EXCLUDED, ON_ITS_WAY, Hold, Item, by_reason


def _item(number, held, **values):
    item = Item(number, 1, 1, pending=0.0, held=held, excluded=False, rate=1.0)
    return item._replace(**values)


def _hold(reason, scope="all", **values):
    hold = Hold(reason, 1, scope, "exclude", currency=1, amount=0.0, lines={})
    return hold._replace(**values)


def test_what_is_on_its_way_or_excluded_has_lines_of_its_own():
    items = [_item(1, 0.0, pending=30.0), _item(2, 20.0, excluded=True)]
    assert by_reason(items, []) == {ON_ITS_WAY: 30.0, EXCLUDED: 20.0}


def test_an_item_is_held_by_what_names_it_and_then_by_amounts():
    holds = [
        _hold("money", "amount", amount=50.0),
        _hold("dispute", "items", lines={1: 40.0}),
        _hold("promise", "items", lines={2: None}),
    ]
    items = [_item(1, 60.0), _item(2, 70.0), _item(3, 30.0)]
    parts = by_reason(items, holds)
    assert parts == {"dispute": 40.0, "money": 50.0, "promise": 70.0}
    assert sum(parts.values()) == sum(item.held for item in items)


def test_a_whole_customer_is_held_for_one_reason():
    holds = [_hold("peace"), _hold("dispute", "items", lines={1: 40.0})]
    assert by_reason([_item(1, 60.0)], holds) == {"peace": 60.0}


def test_a_pause_holds_no_amount():
    assert by_reason([_item(1, 0.0)], [_hold("reply", effect="pause")]) == {}


def test_amounts_are_told_in_one_currency():
    items = [_item(1, 60.0, rate=0.5), _item(2, 10.0)]
    holds = [_hold("dispute", "items", lines={1: None, 2: None})]
    assert by_reason(items, holds) == {"dispute": pytest.approx(40.0)}


def test_an_amount_holds_items_of_its_customer_and_currency_alone():
    holds = [
        _hold("money", "amount", amount=50.0),
        _hold("other", "amount", amount=50.0, profile=2),
    ]
    items = [_item(1, 20.0), _item(2, 10.0, profile=2)]
    assert by_reason(items, holds) == {"money": 20.0, "other": 10.0}
